"""Gatherings over the JSON interface."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from litestar import Response, get, patch, post
from msgspec import UNSET, UnsetType
from sqlalchemy.orm import Session

from planner.api import Caller, Once, Page, Window
from planner.database import Database
from planner.gatherings import actions
from planner.gatherings.fields import GatheringFields
from planner.gatherings.models import Gathering
from planner.gatherings.standing import Standing, standings
from planner.settings import Settings


class Contact(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Whom guests may ask."""

    name: str
    phone: str | None = None
    email: str | None = None


class GatheringSent(GatheringFields, kw_only=True):
    """A gathering's fields as a program sends them; what is left out stays as it is."""

    contact: Contact | None | UnsetType = UNSET
    # Only with a change of time or place: whether those who said no are told too, and why it moves.
    tell_declined: bool = False
    reason: str = ""

    @property
    def fields(self) -> GatheringFields:
        """The fields as actions take them."""
        given = {name: getattr(self, name) for name in GatheringFields.__struct_fields__}
        if self.contact is not UNSET:
            contact = self.contact
            given |= {
                "contact_name": contact.name if contact else None,
                "contact_phone": contact.phone if contact else None,
                "contact_email": contact.email if contact else None,
            }
        return GatheringFields(**given)


class Counts(msgspec.Struct):
    """Parties by their answer; `accepted`, `adults` and `children` hold seats."""

    invited: int
    accepted: int
    declined: int
    tentative: int
    waitlisted: int
    adults: int
    children: int

    @classmethod
    def of(cls, standing: Standing) -> Counts:
        """The counts of a gathering that stands so."""
        return cls(
            invited=standing.invited,
            accepted=standing.accepted,
            declined=standing.declined,
            tentative=standing.tentative,
            waitlisted=standing.waiting,
            adults=standing.adults,
            children=standing.children,
        )


class GatheringShown(msgspec.Struct, kw_only=True):
    """A gathering; times bear the offset of its zone."""

    id: uuid.UUID
    slug: str
    organization: str
    status: str
    title: str
    description: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    venue: str
    online_url: str
    capacity: int | None
    visibility: str
    answer_by: datetime | None
    contact: Contact | None
    url: str
    ics_url: str
    sequence: int
    counts: Counts
    cancel_reason: str
    created_at: datetime
    changed_at: datetime
    published_at: datetime | None
    cancelled_at: datetime | None
    held_at: datetime | None


def shown(gathering: Gathering, standing: Standing, settings: Settings) -> GatheringShown:
    """A gathering as programs get it."""
    name, phone, email = gathering.contact_name, gathering.contact_phone, gathering.contact_email
    plain = {
        field: getattr(gathering, field)
        for field in GatheringShown.__struct_fields__
        if field not in _MADE
    }
    return GatheringShown(
        **plain,
        organization=gathering.organization.slug,
        starts_at=gathering.local_start,
        ends_at=gathering.local_end,
        contact=Contact(name=name, phone=phone, email=email) if name else None,
        url=settings.url(f"/e/{gathering.slug}"),
        ics_url=settings.url(f"/e/{gathering.slug}.ics"),
        counts=Counts.of(standing),
    )


_MADE: Final = frozenset({"organization", "starts_at", "ends_at", "contact", "url", "ics_url", "counts"})


def _show_one(session: Session, gathering: Gathering, settings: Settings) -> GatheringShown:
    return shown(gathering, standings(session, [gathering.id])[gathering.id], settings)


@post("/gatherings", sync_to_thread=True, status_code=201, response_description="The draft")
def create(data: GatheringSent, caller: Caller, once: Once, settings: Settings) -> Response[bytes]:
    """Make a draft."""
    caller.must_plan()

    def act(session: Session) -> GatheringShown:
        organization = session.merge(caller.organization, load=False)
        made = actions.create(
            session, organization, data.fields, by=caller.account.id, actor=caller.actor
        )
        return _show_one(session, made, settings)

    return once.do(201, act)


@get("/gatherings", sync_to_thread=True)
def list_all(caller: Caller, window: Window, database: Database, settings: Settings) -> Page[GatheringShown]:
    """List gatherings in order of creation."""
    query = sa.select(Gathering).where(Gathering.organization_id == caller.organization_id)
    with database.reading() as session:
        found = window.page(session, query, Gathering.id, lambda gathering: gathering)
        stand = standings(session, [gathering.id for gathering in found.items])
        return Page(
            [shown(gathering, stand[gathering.id], settings) for gathering in found.items], found.next_cursor
        )


@get("/gatherings/{gathering_id:uuid}", sync_to_thread=True)
def show(gathering_id: uuid.UUID, caller: Caller, database: Database, settings: Settings) -> GatheringShown:
    """One gathering, with its counts as they are now."""
    with database.reading() as session:
        return _show_one(session, actions.find(session, caller.organization_id, gathering_id), settings)


@patch("/gatherings/{gathering_id:uuid}", sync_to_thread=True)
def change(
    gathering_id: uuid.UUID, data: GatheringSent, caller: Caller, database: Database, settings: Settings
) -> GatheringShown:
    """Change any field. A change of time or place asks those who said yes or maybe anew."""
    caller.must_plan()
    with database.writing() as session:
        gathering = actions.find(session, caller.organization_id, gathering_id, lock=True)
        actions.change(
            session,
            gathering,
            data.fields,
            actor=caller.actor,
            tell_declined=data.tell_declined,
            reason=data.reason,
        )
        return _show_one(session, gathering, settings)


class Cancellation(msgspec.Struct):
    """Why a gathering is called off; it goes into the mail."""

    reason: str | None = None


def _turned(caller: Caller, gathering_id: uuid.UUID, once: Once, settings: Settings, turn: Any) -> Response[bytes]:
    caller.must_plan()

    def act(session: Session) -> GatheringShown:
        gathering = actions.find(session, caller.organization_id, gathering_id, lock=True)
        turn(session, gathering)
        return _show_one(session, gathering, settings)

    return once.do(200, act)


@post("/gatherings/{gathering_id:uuid}/publish", sync_to_thread=True, status_code=200)
def publish(gathering_id: uuid.UUID, caller: Caller, once: Once, settings: Settings) -> Response[bytes]:
    """Publish a draft: its invitations leave."""
    return _turned(
        caller, gathering_id, once, settings, lambda session, one: actions.publish(session, one, actor=caller.actor)
    )


@post("/gatherings/{gathering_id:uuid}/cancel", sync_to_thread=True, status_code=200)
def cancel(
    gathering_id: uuid.UUID, caller: Caller, once: Once, settings: Settings, data: Cancellation | None = None
) -> Response[bytes]:
    """Cancel: all who were invited and have not said no are told."""
    reason = (data.reason if data else None) or ""
    return _turned(
        caller,
        gathering_id,
        once,
        settings,
        lambda session, one: actions.cancel(session, one, reason, actor=caller.actor),
    )


@post("/gatherings/{gathering_id:uuid}/held", sync_to_thread=True, status_code=200)
def held(gathering_id: uuid.UUID, caller: Caller, once: Once, settings: Settings) -> Response[bytes]:
    """Mark as held: those who came are asked how it was."""
    return _turned(
        caller, gathering_id, once, settings, lambda session, one: actions.hold(session, one, actor=caller.actor)
    )


routes: Final = [create, list_all, show, change, publish, cancel, held]
