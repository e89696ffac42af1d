"""Who has seats and who waits. Called inside a transaction that holds the gathering's row."""

from __future__ import annotations

import uuid
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, lazyload

from events import record
from events.catalogue import SeatsGiven
from planner.calendars.versions import raise_party_versions
from planner.database import utc_now
from planner.gatherings.models import Gathering
from planner.invitations.models import Invitation
from planner.rsvps.models import Rsvp

# Made once, since each answer asks it.
_SEATS_HELD: Final = sa.select(sa.func.coalesce(sa.func.sum(Rsvp.seats_held), 0)).where(
    Rsvp.gathering_id == sa.bindparam("gathering_id"), Rsvp.seats_held > 0
)
_SEATS_OF_OTHERS: Final = _SEATS_HELD.where(Rsvp.invitation_id != sa.bindparam("besides"))


def seats_held(session: Session, gathering_id: uuid.UUID, besides: uuid.UUID | None = None) -> int:
    """Seats that are held, but for those of one invitation."""
    query = _SEATS_OF_OTHERS if besides else _SEATS_HELD
    return session.connection().scalar(query, {"gathering_id": gathering_id, "besides": besides}) or 0


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
        .options(
            contains_eager(Rsvp.invitation).options(lazyload(Invitation.gathering), lazyload(Invitation.party))
        )
        .order_by(Rsvp.waiting_since, Rsvp.invitation_id)
    )
    return list(session.scalars(query))


def give_free_seats(session: Session, gathering: Gathering, *, actor: str | None = None) -> list[Rsvp]:
    """Gives free seats to waiting parties, each time to the first that fits; those who got some."""
    given = seat_who_waits(session, gathering, actor=actor)
    raise_party_versions(session, {rsvp.invitation.party_id for rsvp in given})
    return given


def seat_who_waits(session: Session, gathering: Gathering, *, actor: str | None = None) -> list[Rsvp]:
    """The same for a caller that raises the feed versions of the parties itself, with those of others."""
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
