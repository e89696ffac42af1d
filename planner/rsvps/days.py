"""The days of a series as one party has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from planner.gatherings.models import Gathering
from planner.invitations.models import Invitation
from planner.parties.models import Party
from planner.rsvps.models import UNANSWERED, Rsvp


class Day(NamedTuple):
    """A day of a series for one party: its invitation, its answer if it has one, and its own page."""

    invitation: Invitation
    rsvp: Rsvp | None
    link: str

    @property
    def gathering(self) -> Gathering:
        """The day itself."""
        return self.invitation.gathering

    @property
    def state(self) -> str:
        """The patch that shows its answer."""
        return self.rsvp.state if self.rsvp else UNANSWERED


def days_of(session: Session, link: Callable[[Invitation], str], *which: sa.ColumnElement[bool]) -> list[Day]:
    """To which of their days parties are invited, in order, each with its answer and what `link` makes of it.

    `which`, in terms of Invitation, Gathering, Party and Rsvp. Withdrawn invitations are left out.
    """
    query = (
        sa.select(Invitation, Rsvp)
        .join(Gathering, Gathering.id == Invitation.gathering_id)
        .join(Party, Party.id == Invitation.party_id)
        .outerjoin(Rsvp, Rsvp.invitation_id == Invitation.id)
        .options(contains_eager(Invitation.gathering), contains_eager(Invitation.party))
        .where(Invitation.withdrawn_at.is_(None), *which)
        .order_by(Gathering.starts_at, Invitation.id)
    )
    return [Day(invitation, rsvp, link(invitation)) for invitation, rsvp in session.execute(query)]
