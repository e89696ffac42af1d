"""Answers and the waiting line in the JSON interface."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import msgspec
import sqlalchemy as sa
from litestar import get, put
from litestar.params import FromPath, JSONBody

from planner.api import Page, TheCaller, ThePaging, bad_cursor, page_by_id
from planner.dependencies import TheDatabase
from planner.gatherings import actions as gatherings
from planner.invitations import actions as invitations
from planner.invitations.models import Invitation
from planner.parties.models import Party
from planner.rsvps.actions import Said, answer
from planner.rsvps.models import Rsvp, Source


class RsvpView(msgspec.Struct, frozen=True, kw_only=True):
    """What a party answered; `seats_held` is 0 while it waits."""

    invitation_id: uuid.UUID
    party_id: uuid.UUID
    name: str
    answer: str
    adults: int
    children: int
    waitlisted: bool
    seats_held: int
    note: str | None
    source: str
    answered_at: datetime


class WaitingView(msgspec.Struct, frozen=True, kw_only=True):
    """A party in the line; seats go to the first that fits. `last_decision` is why it was passed over last."""

    party_id: uuid.UUID
    people: int
    since: datetime
    offered_until: datetime | None = None
    last_decision: str | None = None


def _view(rsvp: Rsvp, party: Party) -> RsvpView:
    return RsvpView(
        invitation_id=rsvp.invitation_id,
        party_id=party.id,
        name=party.name,
        answer=rsvp.answer,
        adults=rsvp.adults,
        children=rsvp.children,
        waitlisted=rsvp.waits,
        seats_held=rsvp.seats_held,
        note=rsvp.note or None,
        source=rsvp.source,
        answered_at=rsvp.answered_at,
    )


@get("/gatherings/{gathering_id:uuid}/rsvps", sync_to_thread=True)
def list_all(
    gathering_id: FromPath[uuid.UUID], caller: TheCaller, paging: ThePaging, database: TheDatabase
) -> Page[RsvpView]:
    """The parties that have answered, in the order in which they were invited."""
    query = _answers(gathering_id)
    with database.reading() as session:
        gatherings.find(session, caller.organization_id, gathering_id)
        return page_by_id(session, query, Rsvp.invitation_id, paging, lambda row: _view(row[0], row[1]))


def _answers(gathering_id: uuid.UUID) -> sa.Select[Rsvp, Party]:
    return (
        sa.select(Rsvp, Party)
        .join(Invitation, Invitation.id == Rsvp.invitation_id)
        .join(Party, Party.id == Invitation.party_id)
        .where(Rsvp.gathering_id == gathering_id, Invitation.withdrawn_at.is_(None))
    )


@get("/gatherings/{gathering_id:uuid}/waitlist", sync_to_thread=True)
def waitlist(
    gathering_id: FromPath[uuid.UUID], caller: TheCaller, paging: ThePaging, database: TheDatabase
) -> Page[WaitingView]:
    """Those who said yes and wait for seats, in order of arrival."""
    place = sa.tuple_(Rsvp.waiting_since, Rsvp.invitation_id)
    query = _answers(gathering_id).where(Rsvp.waiting_since.is_not(None))
    if (after := paging.after) is not None:
        query = query.where(place > sa.tuple_(*_place(after)))
    query = query.order_by(Rsvp.waiting_since, Rsvp.invitation_id).limit(paging.limit + 1)
    with database.reading() as session:
        gatherings.find(session, caller.organization_id, gathering_id)
        return paging.page(
            session.execute(query).all(),
            lambda row: WaitingView(party_id=row[1].id, people=row[0].people, since=row[0].waiting_since),
            lambda row: f"{row[0].waiting_since.isoformat()} {row[0].invitation_id}",
        )


def _place(after: str) -> tuple[sa.ColumnElement[datetime], sa.ColumnElement[uuid.UUID]]:
    """Where in the line a page ended."""
    since, _space, invitation_id = after.partition(" ")
    try:
        moment, id = datetime.fromisoformat(since).astimezone(UTC), uuid.UUID(invitation_id)
    except (ValueError, OverflowError):
        raise bad_cursor() from None
    return sa.literal(moment, Rsvp.waiting_since.type), sa.literal(id, Rsvp.invitation_id.type)


@put("/invitations/{invitation_id:uuid}/rsvp", sync_to_thread=True)
def answer_at_the_desk(
    invitation_id: FromPath[uuid.UUID], data: JSONBody[Said], caller: TheCaller, database: TheDatabase
) -> RsvpView:
    """A coordinator answers for a party, also after the time to answer is over."""
    with database.writing() as session:
        party = invitations.find(session, caller.organization_id, invitation_id).party
        rsvp = answer(session, invitation_id, data, Source.DESK, actor=caller.actor)
        return _view(rsvp, party)


routes = [list_all, waitlist, answer_at_the_desk]
