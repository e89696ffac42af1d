"""A party's current answer."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal

import sqlalchemy as sa
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from planner.database import Base, UtcDateTime
from planner.invitations.models import Invitation


class Answer(StrEnum):
    """RFC 5545 PARTSTAT, in lower case."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    TENTATIVE = "tentative"


class Source(StrEnum):
    """Where an answer came from."""

    LINK = "link"
    CALENDAR = "calendar"
    DESK = "desk"


UNANSWERED: Final = "unanswered"


def state_of(answer: str | None, waiting_since: datetime | None) -> str:
    """The patch that shows a party: accepted, waiting, tentative, declined or, without an answer, unanswered."""
    return "waiting" if waiting_since else answer or UNANSWERED


class Rsvp(Base):
    """The party's current answer; what it answered before stands in the event log.

    An accepted answer either holds seats (`seats_held` = people) or waits (`waiting_since`), in order of arrival.
    """

    __tablename__ = "rsvp"
    __table_args__ = (
        # All that the seat rule reads, without touching the table.
        sa.Index("ix_rsvp_seats", "gathering_id", "seats_held"),
        sa.Index("ix_rsvp_waiting", "gathering_id", "waiting_since"),
    )

    invitation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("invitation.id"), primary_key=True)
    gathering_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("gathering.id"))
    answer: Mapped[Literal["accepted", "declined", "tentative"]] = mapped_column(sa.String(20))
    adults: Mapped[int] = mapped_column(default=0)
    children: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(sa.Text, default="")
    seats_held: Mapped[int] = mapped_column(default=0)
    waiting_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When seats came that it had waited for: its calendar then shows something else than it answered to.
    seated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    source: Mapped[Literal["link", "calendar", "desk"]] = mapped_column(sa.String(20))
    # The gathering's SEQUENCE that was answered to.
    sequence: Mapped[int] = mapped_column(default=0)
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)

    invitation: Mapped[Invitation] = relationship()

    @hybrid_property
    def moved_at(self) -> datetime:
        """When it last changed for who gave it: when it was given, or seats came that it had waited for."""
        return max(self.answered_at, self.seated_at) if self.seated_at else self.answered_at

    @moved_at.inplace.expression
    @classmethod
    def _moved_at(cls) -> sa.ColumnElement[datetime]:
        return sa.case((cls.seated_at > cls.answered_at, cls.seated_at), else_=cls.answered_at)

    def was_said_with(self, other: Rsvp) -> bool:
        """Whether it was said in one breath with another day's: the same answer, at the same instant."""
        return (self.answer, self.answered_at) == (other.answer, other.answered_at)

    @property
    def people(self) -> int:
        """How many come."""
        return self.adults + self.children

    @property
    def waits(self) -> bool:
        """Whether the party said yes and has no seats yet."""
        return self.waiting_since is not None

    @property
    def state(self) -> str:
        """The patch that shows it: accepted, waiting, tentative or declined."""
        return state_of(self.answer, self.waiting_since)


def said_by(rsvp: Rsvp | None) -> str:
    """What a party said: accepted (also where it waits), tentative, declined or, without an answer, unanswered."""
    return rsvp.answer if rsvp else UNANSWERED
