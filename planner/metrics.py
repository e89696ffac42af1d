"""Figures for Prometheus: counted in this process, or read from the database when they are asked for."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Final, TypeAlias
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from litestar import Response, get
from litestar.exceptions import NotAuthorizedException
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector, CollectorRegistry
from sqlalchemy.orm import Session

from events import waiting
from events.log import Delivery, LogEntry
from planner.database import Database
from planner.dependencies import TheDatabase, TheSettings
from planner.errors import NotAllowed
from planner.i18n import gettext as _
from planner.settings import Settings
from planner.web import AnyRequest

Read: TypeAlias = Callable[[Session], Iterable[Metric]]

_lag: Final = Histogram("planner_event_lag_seconds", "From an event's commit to its subscriber", ["subscriber"])


def observe_lag(subscriber: str, seconds: float) -> None:
    """Notes how long after its event a subscriber was told, for `Dispatcher(on_delivered=…)`."""
    _lag.labels(subscriber).observe(seconds)


class _Counted:
    """The answers of one database that were counted up to a number of the log."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], int] = {}
        self.last = 0


_counted: Final[WeakKeyDictionary[object, _Counted]] = WeakKeyDictionary()
_counting: Final = Lock()


def _answers(session: Session) -> Iterable[Metric]:
    """The answers to this day, whichever process took them; each time only what came since is counted."""
    family = CounterMetricFamily("planner_answers", "Answers that were recorded", labels=["answer", "source"])
    with _counting:
        counted = _counted.setdefault(session.get_bind(), _Counted())
        _count_on(session, counted)
        for labels, number in counted.answers.items():
            family.add_metric(labels, number)
    return [family]


def _count_on(session: Session, counted: _Counted) -> None:
    answer, source = LogEntry.data["answer"].as_string(), LogEntry.data["source"].as_string()
    last = session.scalar(sa.select(sa.func.max(LogEntry.sequence))) or 0
    query = (
        sa.select(answer, source, sa.func.count())
        .where(LogEntry.type == "RsvpRecorded", LogEntry.sequence > counted.last, LogEntry.sequence <= last)
        .group_by(answer, source)
    )
    for said, by, number in session.execute(query):
        counted.answers[said, by] = counted.answers.get((said, by), 0) + number
    counted.last = last


def _deliveries(session: Session) -> Iterable[Metric]:
    due = GaugeMetricFamily("planner_deliveries_waiting", "Deliveries not done yet", labels=["subscriber"])
    for subscriber, number in waiting(session).items():
        due.add_metric([subscriber], number)
    query = sa.select(sa.func.count()).select_from(Delivery).where(Delivery.dead_at.is_not(None))
    return [due, GaugeMetricFamily("planner_dead_letters", "Deliveries given up", session.scalar(query))]


# What is read from the database; rooms that own other tables add theirs.
reads: Final[list[Read]] = [_answers, _deliveries]


class _FromDatabase(Collector):
    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterable[Metric]:
        """The figures as they are now."""
        with self._database.reading() as session:
            return [metric for read in reads for metric in read(session)]


@get("/metrics", sync_to_thread=True, include_in_schema=False)
def route(request: AnyRequest, database: TheDatabase, settings: TheSettings) -> Response[bytes]:
    """The figures as they are now; to this machine alone, or to who has the token."""
    _refuse_strangers(request, settings)
    stored = CollectorRegistry()
    stored.register(_FromDatabase(database))
    return Response(
        generate_latest(REGISTRY) + generate_latest(stored), headers={"content-type": CONTENT_TYPE_LATEST}
    )


def _refuse_strangers(request: AnyRequest, settings: Settings) -> None:
    if settings.metrics_token:
        scheme, _space, given = request.headers.get("authorization", "").partition(" ")
        right = hmac.compare_digest(given.strip().encode(), settings.metrics_token.encode())
        if scheme.lower() != "bearer" or not right:
            raise NotAuthorizedException("This needs a token: Authorization: Bearer TOKEN")
    elif not _from_this_machine(request):
        raise NotAllowed(_("Set PLANNER_METRICS_TOKEN to read the metrics from another machine."))


def _from_this_machine(request: AnyRequest) -> bool:
    # A proxy on this machine makes everybody seem to come from here, unless it is trusted and tells who it is.
    told = request.headers.get("x-forwarded-for")
    hosts = [request.client.host if request.client else "", *(told.split(",") if told else ())]
    try:
        return all(ipaddress.ip_address(host.strip()).is_loopback for host in hosts)
    except ValueError:
        return False
