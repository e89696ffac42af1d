"""Who has seats and who waits. Called inside a transaction that holds the gathering's row."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from events import record
from events.catalogue import SeatsGiven
from planner.calendars.versions import raise_party_version
from planner.database import utc_now
from planner.gatherings.models import Gathering
from planner.invitations.models import Invitation
from planner.rsvps.models import Rsvp


def seats_held(session: Session, gathering_id: uuid.UUID, besides: uuid.UUID | None = None) -> int:
    """Seats that are held, but for those of one invitation."""
    query = sa.select(sa.func.coalesce(sa.func.sum(Rsvp.seats_held), 0)).where(
        Rsvp.gathering_id == gathering_id, Rsvp.seats_held > 0
    )
    if besides:
        query = query.where(Rsvp.invitation_id != besides)
    return session.scalar(query) or 0


def waiting(session: Session, gathering_id: uuid.UUID) -> list[Rsvp]:
    """Those who wait, in order of arrival."""
    query = (
        sa.select(Rsvp)
        .join(Invitation, Invitation.id == Rsvp.invitation_id)
        .where(
            Rsvp.gathering_id == gathering_id,
            Rsvp.waiting_since.is_not(None),
            Invitation.withdrawn_at.is_(None),
        )
        .order_by(Rsvp.waiting_since, Rsvp.invitation_id)
    )
    return list(session.scalars(query))


def give_free_seats(session: Session, gathering: Gathering, *, actor: str | None = None) -> list[Rsvp]:
    """Gives free seats to waiting parties, each time to the first that fits; those who got some."""
    session.flush()
    line = waiting(session, gathering.id)
    if not line:
        return []
    free = gathering.free_seats(seats_held(session, gathering.id))
    given = []
    for rsvp in line:
        if free is None or rsvp.people <= free:
            free = None if free is None else free - rsvp.people
            _seat(session, gathering, rsvp, actor)
            given.append(rsvp)
    return given


def _seat(session: Session, gathering: Gathering, rsvp: Rsvp, actor: str | None) -> None:
    rsvp.seats_held, rsvp.waiting_since, rsvp.seated_at = rsvp.people, None, utc_now()
    raise_party_version(session, rsvp.invitation.party_id)
    record(
        session,
        SeatsGiven(
            organization_id=gathering.organization_id,
            gathering_id=gathering.id,
            invitation_id=rsvp.invitation_id,
            party_id=rsvp.invitation.party_id,
            seats=rsvp.people,
        ),
        actor=actor,
    )
