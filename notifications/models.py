"""Mails, one to one person each; mail that comes in; changes that settle before they are told."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from planner.database import Base, UtcDateTime, new_id, utc_now
from planner.gatherings.models import Gathering
from planner.invitations.models import Invitation


class State(StrEnum):
    """Where a mail stands."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"
    STOPPED = "stopped"


class Message(Base):
    """One mail to one person.

    `key` says what it is owed for (kind, event and address), so that a second delivery of the event writes
    nothing. Times are UTC; `due_at` is when it is next tried, `claimed_until` until when a sender holds it.
    """

    __tablename__ = "message"
    __table_args__ = (
        sa.Index(
            "ix_message_due",
            "due_at",
            sqlite_where=sa.text("state = 'queued'"),
            postgresql_where=sa.text("state = 'queued'"),
        ),
        sa.Index("ix_message_listed", "organization_id", "id"),
        sa.Index("ix_message_gathering", "gathering_id", "state"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(sa.String(400), unique=True)
    # None for a sign-in link, which belongs to a person, not to an organisation's mailbox.
    organization_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("organization.id"))
    gathering_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("gathering.id"))
    invitation_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("invitation.id"), index=True)
    event_id: Mapped[uuid.UUID | None] = mapped_column()
    # SEQUENCE of the gathering when it was put into words: a later one may have changed what it says.
    sequence: Mapped[int | None] = mapped_column()
    kind: Mapped[str] = mapped_column(sa.String(40))
    to_name: Mapped[str] = mapped_column(sa.String(200))
    to_address: Mapped[str] = mapped_column(sa.String(254), index=True)
    language: Mapped[str] = mapped_column(sa.String(20))
    subject: Mapped[str] = mapped_column(sa.String(400))
    text: Mapped[str] = mapped_column(sa.Text, deferred=True)
    html: Mapped[str] = mapped_column(sa.Text, deferred=True)
    # The iTIP method (RFC 5546) and the bytes of the calendar part, where there is one.
    calendar_method: Mapped[str | None] = mapped_column(sa.String(20))
    calendar: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True)
    # Reply-To, List-Unsubscribe and the like, as they go out.
    headers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # RFC 5322, without angle brackets; `thread` is the Message-ID of the first mail about the same invitation.
    message_id: Mapped[str] = mapped_column(sa.String(200))
    thread: Mapped[str | None] = mapped_column(sa.String(200))
    state: Mapped[str] = mapped_column(sa.String(20), default=State.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(sa.Text)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AlsoAbout(Base):
    """A further invitation that a mail is about: one mail tells a party of several days of a series.

    `key` and `sequence` are those that a message of its own would have.
    """

    __tablename__ = "message_also_about"

    key: Mapped[str] = mapped_column(sa.String(400), primary_key=True)
    message_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("message.id", ondelete="CASCADE"), index=True)
    invitation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("invitation.id"), index=True)
    sequence: Mapped[int] = mapped_column()


class PendingUpdate(Base):
    """Edits of a gathering that settle before one mail says old and new.

    `before` holds starts_at, ends_at, time_zone, venue and online_url as guests were last told. Each edit moves
    `last_at` and puts `due_at` off anew, four settling times after `first_at` at most.
    """

    __tablename__ = "pending_update"

    gathering_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("gathering.id"), primary_key=True)
    before: Mapped[dict[str, Any]] = mapped_column()
    # The SEQUENCE of the move that guests were last told of.
    asked_before: Mapped[int] = mapped_column(default=0)
    tell_declined: Mapped[bool] = mapped_column(default=False)
    event_id: Mapped[uuid.UUID] = mapped_column()
    first_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Incoming(StrEnum):
    """What kind of mail came in."""

    REPLY = "reply"
    COUNTER = "counter"
    BOUNCE = "bounce"
    UNSUBSCRIBE = "unsubscribe"
    AUTOMATIC = "automatic"
    OTHER = "other"


class IncomingMail(Base):
    """A mail that came in. None vanishes: what could not be used waits until a coordinator settles it.

    `key` is the Message-ID, or a hash of the bytes where there is none, so that the same mail counts once.
    `reason` is a word for programs, which pages put into a sentence; `details` holds what is shown of it. A
    reply's `sequence` and `stamp` (SEQUENCE, DTSTAMP) put it in order. `raw` goes when it is settled.
    """

    __tablename__ = "incoming_mail"
    __table_args__ = (
        sa.Index("ix_incoming_mail_waiting", "organization_id", "done", "id"),
        sa.Index("ix_incoming_mail_invitation", "invitation_id", "sequence", "stamp"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    # None where the mail doesn't tell whom it concerns: then each owner of the installation sees it.
    organization_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("organization.id"))
    gathering_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("gathering.id"))
    invitation_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("invitation.id"))
    # The mail that a bounce is about.
    message_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("message.id"), index=True)
    key: Mapped[str] = mapped_column(sa.String(300), unique=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    done: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(sa.String(40), default="")
    from_address: Mapped[str] = mapped_column(sa.String(254), default="")
    subject: Mapped[str] = mapped_column(sa.String(400), default="")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sequence: Mapped[int | None] = mapped_column()
    stamp: Mapped[datetime | None] = mapped_column(UtcDateTime)
    raw: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("account.id"))

    gathering: Mapped[Gathering | None] = relationship()
    invitation: Mapped[Invitation | None] = relationship()

    def is_about(self, invitation: Invitation) -> None:
        """Notes which invitation it is about, for those who see the queue."""
        self.invitation_id, self.gathering_id = invitation.id, invitation.gathering_id
        self.organization_id = invitation.gathering.organization_id

    def returns(self, message: Message) -> None:
        """Notes which mail it says something about."""
        self.message_id, self.organization_id = message.id, message.organization_id
        self.gathering_id, self.invitation_id = message.gathering_id, message.invitation_id
