"""Series in the JSON interface: a gathering's fields and a rule make many gatherings."""

from __future__ import annotations

import uuid
from datetime import date, datetime

import msgspec
from litestar import Response, post
from litestar.params import FromPath, JSONBody
from sqlalchemy.orm import Session

from planner.api import TheCaller
from planner.dependencies import TheDatabase, TheSettings
from planner.gatherings.api import GatheringBody, contact_errors
from planner.series import actions
from planner.series.models import Series
from planner.series.rules import slot_time
from planner.settings import Settings


class SeriesBody(GatheringBody, kw_only=True):
    """The first occurrence's fields; `rule` is a RRULE's value, `except` lists days left out."""

    rule: str = ""
    except_: list[date] = msgspec.field(name="except", default_factory=list)


class Occurrence(msgspec.Struct, frozen=True, kw_only=True):
    """A gathering of a series."""

    id: uuid.UUID
    starts_at: datetime


class SeriesView(msgspec.Struct, frozen=True, kw_only=True):
    """A series with the gatherings that exist: those of the next 18 months."""

    id: uuid.UUID
    slug: str
    ics_url: str
    rule: str
    except_: list[date] = msgspec.field(name="except")
    time_zone: str
    published_at: datetime | None
    cancelled_at: datetime | None
    gatherings: list[Occurrence]


def view(session: Session, series: Series, settings: Settings) -> SeriesView:
    """A series for programs."""
    return SeriesView(
        id=series.id,
        slug=series.slug,
        ics_url=settings.url(f"/series/{series.slug}.ics"),
        rule=series.rule,
        except_=[slot_time(name).date() for name in series.except_slots],
        time_zone=series.time_zone,
        published_at=series.published_at,
        cancelled_at=series.cancelled_at,
        gatherings=[
            Occurrence(id=one.id, starts_at=one.local_start) for one in actions.occurrences(session, series)
        ],
    )


@post("/series", sync_to_thread=True)
def create(
    data: JSONBody[SeriesBody], caller: TheCaller, database: TheDatabase, settings: TheSettings
) -> Response[SeriesView]:
    """Makes the drafts of a series; nobody is told before they are published."""
    caller.must_plan()

    def act(session: Session) -> SeriesView:
        with contact_errors():
            made = actions.create(
                *(session, caller.organization, data.fields(), data.rule, data.except_),
                by=caller.account_id,
                actor=caller.actor,
            )
        return view(session, made, settings)

    return caller.once(database, act)


@post("/series/{series_id:uuid}/publish", status_code=200, sync_to_thread=True)
def publish(
    series_id: FromPath[uuid.UUID], caller: TheCaller, database: TheDatabase, settings: TheSettings
) -> Response[SeriesView]:
    """Publishes all drafts of a series, and those still to be made when they are made."""
    caller.must_plan()

    def act(session: Session) -> SeriesView:
        found = actions.find(session, caller.organization_id, series_id, lock=True)
        return view(session, actions.publish(session, found, actor=caller.actor), settings)

    return caller.once(database, act, 200)


routes = [create, publish]
