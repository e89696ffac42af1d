"""Gatherings in the JSON interface. Start, end and answer-by are said on the clock of the gathering's own zone."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Final

import msgspec
import sqlalchemy as sa
from litestar import Response, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import UNSET, UnsetType
from sqlalchemy.orm import Session

from planner.api import Caller, Page, TheCaller, ThePaging, page_by_id, renamed
from planner.contacts import Contact, contact_fields, contact_of
from planner.database import Database
from planner.dependencies import TheDatabase, TheSettings
from planner.errors import Invalid
from planner.gatherings import actions
from planner.gatherings.fields import GatheringBasics, GatheringFields
from planner.gatherings.models import Gathering
from planner.gatherings.programme import Part
from planner.gatherings.standing import Standing, standing, standings
from planner.series import actions as series
from planner.series.actions import scope_of
from planner.settings import Settings

OF_A_SERIES: Final = "Of an occurrence of a series: `this`, `following` (it and those after it) or `all`."


class GatheringBody(GatheringBasics, kw_only=True):
    """A gathering's fields. A new one needs `title`, `starts_at`, `ends_at` and `time_zone` (an IANA name).

    With `all_day` both times are midnights in that zone, the end that of the day after the last. `programme` is
    the running order, 30 parts at most; `topics` are up to 10 words of the organisation's own, 50 characters each.
    """

    contact: Contact | UnsetType | None = UNSET

    def fields(self) -> GatheringFields:
        """The same as actions take it."""
        given: dict[str, Any] = {name: getattr(self, name) for name in GatheringBasics.__struct_fields__}
        if self.contact is not UNSET:
            given |= contact_fields(self.contact)
        return GatheringFields(**given)


class GatheringChange(GatheringBody, kw_only=True):
    """What changes; the rest stays. `reason` goes into the mail of a reschedule or move."""

    tell_declined: bool = False
    reason: str | None = None


class Reason(msgspec.Struct, kw_only=True):
    """Why it is called off; those who are invited read it."""

    reason: str | None = None


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Parties by what they said; `accepted`, `adults` and `children` hold seats, the `waitlisted` said yes too."""

    invited: int
    accepted: int
    declined: int
    tentative: int
    waitlisted: int
    adults: int
    children: int


class GatheringView(msgspec.Struct, frozen=True, kw_only=True):
    """A gathering as it is now; `organization` is a slug."""

    id: uuid.UUID
    slug: str
    organization: str
    series_id: uuid.UUID | None
    status: str
    title: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    all_day: bool
    venue: str | None
    online_url: str | None
    description: str | None
    capacity: int | None
    visibility: str
    answer_by: datetime | None
    contact: Contact | None
    programme: list[Part]
    topics: list[str]
    url: str
    ics_url: str
    sequence: int
    counts: Counts
    cancel_reason: str | None
    created_at: datetime
    published_at: datetime | None
    cancelled_at: datetime | None
    held_at: datetime | None


def view(gathering: Gathering, how: Standing, settings: Settings) -> GatheringView:
    """A gathering for programs."""
    zone = gathering.zone
    address = settings.url(f"/e/{gathering.slug}")
    return GatheringView(
        id=gathering.id,
        slug=gathering.slug,
        organization=gathering.organization.slug,
        series_id=gathering.series_id,
        status=gathering.status,
        title=gathering.title,
        starts_at=gathering.local_start,
        ends_at=gathering.local_end,
        time_zone=gathering.time_zone,
        all_day=gathering.all_day,
        venue=gathering.venue or None,
        online_url=gathering.online_url or None,
        description=gathering.description or None,
        capacity=gathering.capacity,
        visibility=gathering.visibility,
        answer_by=gathering.answer_by.astimezone(zone) if gathering.answer_by else None,
        contact=contact_of(gathering.contact_name, gathering.contact_phone, gathering.contact_email),
        programme=[Part(**part | {"led_by": part["led_by"] or None}) for part in gathering.programme],
        topics=gathering.topics,
        url=address,
        ics_url=address + ".ics",
        sequence=gathering.sequence,
        counts=_counts(how),
        cancel_reason=gathering.cancel_reason or None,
        created_at=gathering.created_at,
        published_at=gathering.published_at,
        cancelled_at=gathering.cancelled_at,
        held_at=gathering.held_at,
    )


def _counts(how: Standing) -> Counts:
    return Counts(
        invited=how.invited,
        accepted=how.accepted,
        declined=how.declined,
        tentative=how.tentative,
        waitlisted=how.waiting,
        adults=how.adults,
        children=how.children,
    )


@post("/gatherings", sync_to_thread=True)
def create(
    data: JSONBody[GatheringBody], caller: TheCaller, database: TheDatabase, settings: TheSettings
) -> Response[GatheringView]:
    """Makes a draft; nobody is told before it is published."""
    caller.must_plan()

    def act(session: Session) -> GatheringView:
        with contact_errors():
            made = actions.create(
                session, caller.organization, data.fields(), by=caller.account_id, actor=caller.actor
            )
        return view(made, Standing(), settings)

    return caller.once(database, act)


@get("/gatherings", sync_to_thread=True)
def list_all(
    caller: TheCaller, paging: ThePaging, database: TheDatabase, settings: TheSettings
) -> Page[GatheringView]:
    """All gatherings of the organisation, the one made first coming first."""
    query = sa.select(Gathering).where(Gathering.organization_id == caller.organization_id)
    with database.reading() as session:
        found = page_by_id(session, query, Gathering.id, paging, lambda row: row[0])
        how = standings(session, [gathering.id for gathering in found.items])
        return Page([view(one, how[one.id], settings) for one in found.items], found.next_cursor)


@get("/gatherings/{gathering_id:uuid}", sync_to_thread=True)
def show(
    gathering_id: FromPath[uuid.UUID], caller: TheCaller, database: TheDatabase, settings: TheSettings
) -> GatheringView:
    """One gathering."""
    with database.reading() as session:
        gathering = actions.find(session, caller.organization_id, gathering_id)
        return view(gathering, standing(session, gathering.id), settings)


@patch("/gatherings/{gathering_id:uuid}", sync_to_thread=True)
def change(
    gathering_id: FromPath[uuid.UUID],
    data: JSONBody[GatheringChange],
    caller: TheCaller,
    database: TheDatabase,
    settings: TheSettings,
    which: Annotated[str, QueryParameter(name="scope", description=OF_A_SERIES)] = "this",
) -> GatheringView:
    """Changes what is given. Moving the time or the place asks those who said yes or maybe anew."""
    caller.must_plan()
    with database.writing() as session, contact_errors():
        gathering = actions.find(session, caller.organization_id, gathering_id, lock=True)
        series.change(
            session,
            gathering,
            data.fields(),
            scope_of(which),
            actor=caller.actor,
            tell_declined=data.tell_declined,
            reason=data.reason or "",
        )
        return view(gathering, standing(session, gathering.id), settings)


@post("/gatherings/{gathering_id:uuid}/publish", status_code=200, sync_to_thread=True)
def publish(
    gathering_id: FromPath[uuid.UUID], caller: TheCaller, database: TheDatabase, settings: TheSettings
) -> Response[GatheringView]:
    """Opens a draft: invitations leave, and it is listed where it is public."""
    return _turn(caller, database, settings, gathering_id, partial(actions.publish, actor=caller.actor))


@post("/gatherings/{gathering_id:uuid}/cancel", status_code=200, sync_to_thread=True)
def cancel(
    gathering_id: FromPath[uuid.UUID],
    caller: TheCaller,
    database: TheDatabase,
    settings: TheSettings,
    data: JSONBody[Reason | None] = None,
    which: Annotated[str, QueryParameter(name="scope", description=OF_A_SERIES)] = "this",
) -> Response[GatheringView]:
    """Calls it off; all who are invited and have not said no are told why."""
    reason = (data.reason if data else None) or ""
    return _turn(
        *(caller, database, settings, gathering_id),
        partial(series.cancel, reason=reason, scope=scope_of(which), actor=caller.actor),
    )


@post("/gatherings/{gathering_id:uuid}/held", status_code=200, sync_to_thread=True)
def hold(
    gathering_id: FromPath[uuid.UUID], caller: TheCaller, database: TheDatabase, settings: TheSettings
) -> Response[GatheringView]:
    """Marks it as held: thanks and feedback begin."""
    return _turn(caller, database, settings, gathering_id, partial(actions.hold, actor=caller.actor))


def _turn(
    caller: Caller,
    database: Database,
    settings: Settings,
    gathering_id: uuid.UUID,
    turn: Callable[[Session, Gathering], Gathering],
) -> Response[GatheringView]:
    """Brings a gathering into another state."""
    caller.must_plan()

    def act(session: Session) -> GatheringView:
        gathering = turn(session, actions.find(session, caller.organization_id, gathering_id, lock=True))
        return view(gathering, standing(session, gathering_id), settings)

    return caller.once(database, act, 200)


@contextmanager
def contact_errors() -> Iterator[None]:
    """Names what is wrong with a contact as these bodies name it."""
    try:
        yield
    except Invalid as invalid:
        raise renamed(invalid, "contact_", "contact") from invalid


routes = [create, list_all, show, change, publish, cancel, hold]
