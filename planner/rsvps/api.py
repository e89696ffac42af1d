"""Answers over the JSON interface."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Final

import msgspec
import sqlalchemy as sa
from litestar import get, put

from planner.api import Caller, Page, Window
from planner.database import Database
from planner.errors import Invalid
from planner.gatherings.actions import find
from planner.i18n import gettext as _
from planner.invitations import actions as invitations
from planner.invitations.models import Invitation
from planner.parties.models import Party
from planner.rsvps.actions import Said, answer
from planner.rsvps.models import Rsvp, Source
from planner.rsvps.seats import waiting


class RsvpShown(msgspec.Struct):
    """A party's current answer."""

    party_id: uuid.UUID
    name: str
    answer: str
    adults: int
    children: int
    waitlisted: bool
    seats_held: int
    source: str
    answered_at: datetime


class Waiting(msgspec.Struct):
    """A party on the waiting list. Seats are given without asking back, so nothing is offered for a time."""

    party_id: uuid.UUID
    people: int
    since: datetime
    offered_until: datetime | None = None
    last_decision: str | None = None


def shown(rsvp: Rsvp, party: Party) -> RsvpShown:
    """An answer as programs get it."""
    return RsvpShown(
        party_id=party.id,
        name=party.name,
        answer=rsvp.answer,
        adults=rsvp.adults,
        children=rsvp.children,
        waitlisted=rsvp.waits,
        seats_held=rsvp.seats_held,
        source=rsvp.source,
        answered_at=rsvp.answered_at,
    )


@get("/gatherings/{gathering_id:uuid}/rsvps", sync_to_thread=True)
def list_all(gathering_id: uuid.UUID, caller: Caller, window: Window, database: Database) -> Page[RsvpShown]:
    """List the answers that were given."""
    query = (
        sa.select(Rsvp, Party)
        .join(Invitation, Invitation.id == Rsvp.invitation_id)
        .join(Party, Party.id == Invitation.party_id)
        .where(Rsvp.gathering_id == gathering_id, Invitation.withdrawn_at.is_(None))
    )
    with database.reading() as session:
        find(session, caller.organization_id, gathering_id)
        return window.page(session, query, Rsvp.invitation_id, lambda row: shown(row[0], row[1]))


@get("/gatherings/{gathering_id:uuid}/waitlist", sync_to_thread=True)
def list_waiting(gathering_id: uuid.UUID, caller: Caller, window: Window, database: Database) -> Page[Waiting]:
    """List who waits for seats, in order."""
    after = window.after
    if after is not None and not (after.isascii() and after.isdigit() and len(after) < 10):
        raise Invalid.field("cursor", _("This cursor is not one of ours."))
    begin = int(after or 0)
    with database.reading() as session:
        find(session, caller.organization_id, gathering_id)
        line = waiting(session, gathering_id)
        part = line[begin : begin + window.limit]
        items = [
            Waiting(rsvp.invitation.party_id, rsvp.people, rsvp.waiting_since)
            for rsvp in part
            if rsvp.waiting_since is not None
        ]
    end = begin + len(part)
    return Page(items, str(end) if end < len(line) else None)


@put("/invitations/{invitation_id:uuid}/rsvp", sync_to_thread=True)
def answer_for(invitation_id: uuid.UUID, data: Said, caller: Caller, database: Database) -> RsvpShown:
    """Answer for a party, as a coordinator does for one that rang."""
    with database.writing() as session:
        invitation = invitations.find(session, caller.organization_id, invitation_id)
        rsvp = answer(session, invitation.id, data, Source.DESK, actor=caller.actor)
        return shown(rsvp, invitation.party)


routes: Final = [list_all, list_waiting, answer_for]
