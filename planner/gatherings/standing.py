"""How gatherings stand: who was asked, what they said, which seats are held. One query, however many there are."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from planner.gatherings.models import Gathering
from planner.invitations.models import Invitation
from planner.parties.models import Kind, Party
from planner.rsvps.models import Answer, Rsvp

_said = Rsvp.answer
_waits = Rsvp.waiting_since.is_not(None)
_people = Rsvp.adults + Rsvp.children

# The five states of a party, as a condition on Rsvp joined to Invitation.
STATES: dict[str, sa.ColumnElement[bool]] = {
    "accepted": sa.and_(_said == Answer.ACCEPTED, ~_waits),
    "waiting": _waits,
    "tentative": _said == Answer.TENTATIVE,
    "unanswered": Rsvp.invitation_id.is_(None),
    "declined": _said == Answer.DECLINED,
}


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Parties by what they said; `adults` and `children` hold seats, the other numbers of people hold none."""

    invited: int = 0
    accepted: int = 0
    waiting: int = 0
    tentative: int = 0
    unanswered: int = 0
    declined: int = 0
    adults: int = 0
    children: int = 0
    professionals_waiting: int = 0
    people_waiting: int = 0
    people_maybe: int = 0
    # Said before the last move: they are asked anew.
    to_confirm: int = 0

    @property
    def people(self) -> int:
        """How many hold seats."""
        return self.adults + self.children

    @property
    def by_state(self) -> dict[str, int]:
        """What the meter draws."""
        return {state: getattr(self, state) for state in STATES}


def standings(session: Session, gathering_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Standing]:
    """How each of these gatherings stands."""
    ids = list(gathering_ids)
    seated = STATES["accepted"]
    outdated = sa.and_(_said != Answer.DECLINED, Rsvp.sequence < Gathering.asked_sequence)
    query = (
        sa.select(
            Invitation.gathering_id,
            sa.func.count().label("invited"),
            *(_number(condition).label(state) for state, condition in STATES.items()),
            _sum(seated, Rsvp.adults).label("adults"),
            _sum(seated, Rsvp.children).label("children"),
            _number(sa.and_(_waits, Party.kind == Kind.PROFESSIONAL)).label("professionals_waiting"),
            _sum(_waits, _people).label("people_waiting"),
            _sum(STATES["tentative"], _people).label("people_maybe"),
            _number(outdated).label("to_confirm"),
        )
        .join(Gathering, Gathering.id == Invitation.gathering_id)
        .join(Party, Party.id == Invitation.party_id)
        .outerjoin(Rsvp, Rsvp.invitation_id == Invitation.id)
        .where(Invitation.gathering_id.in_(ids), Invitation.withdrawn_at.is_(None))
        .group_by(Invitation.gathering_id)
    )
    found = {row.gathering_id: _standing(row) for row in session.execute(query)} if ids else {}
    return {gathering_id: found.get(gathering_id, Standing()) for gathering_id in ids}


def standing(session: Session, gathering_id: uuid.UUID) -> Standing:
    """How one gathering stands."""
    return standings(session, [gathering_id])[gathering_id]


def _standing(row: Any) -> Standing:
    return Standing(**{name: int(getattr(row, name)) for name in Standing.__struct_fields__})


def _number(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return _sum(condition, sa.literal(1))


def _sum(condition: sa.ColumnElement[bool], what: Any) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, what), else_=0)), 0)
