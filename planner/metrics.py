"""Figures for Prometheus."""

from __future__ import annotations

import hmac
import ipaddress
from typing import Any, Final

import sqlalchemy as sa
from litestar import Request, Response, get
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest
from sqlalchemy.orm import Session

from events import dead_letters, waiting
from events.log import LogEntry
from planner.database import Database
from planner.errors import NotFound
from planner.i18n import gettext as _
from planner.settings import Settings

answers: Final = Gauge("planner_answers_total", "Answers that were recorded", ["answer", "source"])
lag: Final = Histogram("planner_event_lag_seconds", "From commit to subscriber", ["subscriber"])
deliveries_waiting: Final = Gauge("planner_deliveries_waiting", "Deliveries not done yet", ["subscriber"])
dead: Final = Gauge("planner_dead_letters", "Deliveries that were given up")
feed_requests: Final = Counter("planner_feed_requests_total", "Answers to calendar programs", ["status"])


def observe_lag(subscriber: str, seconds: float) -> None:
    """Notes how long an event was on its way."""
    lag.labels(subscriber).observe(seconds)


def _may_read(request: Request[Any, Any, Any], settings: Settings) -> bool:
    if settings.metrics_token:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), settings.metrics_token.encode())
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _count(session: Session) -> None:
    deliveries_waiting.clear()
    for subscriber, number in waiting(session).items():
        deliveries_waiting.labels(subscriber).set(number)
    dead.set(len(dead_letters(session)))
    answer, source = LogEntry.data["answer"].as_string(), LogEntry.data["source"].as_string()
    rows = session.execute(
        sa.select(answer, source, sa.func.count()).where(LogEntry.type == "RsvpRecorded").group_by(answer, source)
    )
    for said, by, number in rows:
        answers.labels(said, by).set(number)


@get("/metrics", sync_to_thread=True, include_in_schema=False)
def route(request: Request[Any, Any, Any], database: Database, settings: Settings) -> Response[bytes]:
    """The figures as they are now; to this machine alone, or to who has the token."""
    if not _may_read(request, settings):
        raise NotFound(_("There is no page at this address."))
    with database.reading() as session:
        _count(session)
    return Response(generate_latest(), headers={"content-type": CONTENT_TYPE_LATEST})
