"""One party asked to one gathering, and what is written to guests besides."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from planner.database import Base, UtcDateTime, new_id, utc_now
from planner.gatherings.models import Gathering
from planner.parties.models import Party


class Invitation(Base):
    """One party asked to one gathering; it carries the party's link, which `link_version` lets die."""

    __tablename__ = "invitation"
    __table_args__ = (sa.UniqueConstraint("gathering_id", "party_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    gathering_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("gathering.id"))
    party_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("party.id"), index=True)
    link_version: Mapped[int] = mapped_column(default=1)
    # The coordinator's own sentence at the top of the mail.
    words: Mapped[str] = mapped_column(sa.Text, default="")
    invited_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Whether feedback was given: once, and without a trace of what was said.
    gave_feedback: Mapped[bool] = mapped_column(default=False)

    gathering: Mapped[Gathering] = relationship(lazy="joined", innerjoin=True)
    party: Mapped[Party] = relationship(lazy="joined", innerjoin=True)


class Letter(Base):
    """A coordinator's free message to guests: who accepted, waits or is silent."""

    __tablename__ = "letter"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    gathering_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("gathering.id"), index=True)
    account_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    # Which answers it goes to: accepted, waiting, tentative, unanswered, declined.
    audience: Mapped[list[str]] = mapped_column()
    subject: Mapped[str] = mapped_column(sa.String(200))
    words: Mapped[str] = mapped_column(sa.Text)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class Question(Base):
    """What a party asks the coordinator from its page; nobody else sees it."""

    __tablename__ = "question"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    invitation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("invitation.id"), index=True)
    gathering_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("gathering.id"), index=True)
    words: Mapped[str] = mapped_column(sa.Text)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    invitation: Mapped[Invitation] = relationship()
