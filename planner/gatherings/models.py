"""The joint event that people attend, and the rules that need only itself."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from planner.accounts.models import Account, Organization
from planner.database import Base, UtcDateTime, new_id, utc_now
from planner.gatherings.programme import Line, running_order, say_course
from planner.gatherings.span import Span

LINK_LASTS = timedelta(days=90)
HELD_AFTER = timedelta(hours=1)


class Status(StrEnum):
    """Where a gathering stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"
    HELD = "held"


class Visibility(StrEnum):
    """Who may see a gathering's public page."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    INVITED = "invited"


class Gathering(Base):
    """A family night, a workshop, an outing. On pages it is simply "event"."""

    __tablename__ = "gathering"
    __table_args__ = (
        sa.Index("ix_gathering_listed", "organization_id", "status", "starts_at"),
        sa.Index("ix_gathering_due", "status", "ends_at"),
        sa.Index("ix_gathering_slot", "series_id", "slot", unique=True),
        sa.Index("ix_gathering_source", "organization_id", "source_uid", unique=True),
        sa.CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        sa.CheckConstraint("capacity IS NULL OR capacity > 0", name="capacity_positive"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organization.id"))
    slug: Mapped[str] = mapped_column(sa.String(120), unique=True)
    status: Mapped[str] = mapped_column(sa.String(20), default=Status.DRAFT)
    title: Mapped[str] = mapped_column(sa.String(200))
    description: Mapped[str] = mapped_column(sa.Text, default="")
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    time_zone: Mapped[str] = mapped_column(sa.String(64))
    venue: Mapped[str] = mapped_column(sa.String(300), default="")
    online_url: Mapped[str] = mapped_column(sa.String(2000), default="")
    capacity: Mapped[int | None] = mapped_column()
    visibility: Mapped[str] = mapped_column(sa.String(20), default=Visibility.INVITED)
    answer_by: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Whom guests may ask, where it is not the organisation's own contact.
    contact_name: Mapped[str | None] = mapped_column(sa.String(200))
    contact_phone: Mapped[str | None] = mapped_column(sa.String(50))
    contact_email: Mapped[str | None] = mapped_column(sa.String(254))
    # RFC 5545 SEQUENCE: rises with every visible change. `asked_sequence` is its value at the last
    # reschedule or move: answers given before it are to be confirmed.
    sequence: Mapped[int] = mapped_column(default=0)
    asked_sequence: Mapped[int] = mapped_column(default=0)
    # Rises with every change of the row, seen or not: what a form that was opened earlier is compared with.
    revision: Mapped[int] = mapped_column(default=0)
    created_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    # When guests would last have seen something change: LAST-MODIFIED and DTSTAMP.
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancel_reason: Mapped[str] = mapped_column(sa.Text, default="")
    # Why it was last moved; goes into the mail that says so.
    move_reason: Mapped[str] = mapped_column(sa.Text, default="")
    held_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Whole days: start and end are midnights in `time_zone`, the end that of the day after the last.
    all_day: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    # The series that it belongs to, and for which of its slots it stands (RECURRENCE-ID; see Series).
    series_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("series.id"))
    slot: Mapped[str | None] = mapped_column(sa.String(15))
    # The running order: parts in order, each with its minutes after the start, what happens and who leads it.
    programme: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON, default=list, server_default="[]")
    # What it is about, in the organisation's own words (CATEGORIES).
    topics: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    # Where it was brought in from a calendar file: the UID there, and a digest of what was said then.
    source_uid: Mapped[str | None] = mapped_column(sa.String(255))
    source_digest: Mapped[str | None] = mapped_column(sa.String(64))

    organization: Mapped[Organization] = relationship(lazy="joined", innerjoin=True)
    creator: Mapped[Account | None] = relationship()

    @property
    def zone(self) -> ZoneInfo:
        """The IANA zone in which times are said."""
        return ZoneInfo(self.time_zone)

    @property
    def local_start(self) -> datetime:
        """The start on the clock at the place."""
        return self.span.local_start

    @property
    def local_end(self) -> datetime:
        """The end on the clock at the place."""
        return self.span.local_end

    @property
    def span(self) -> Span:
        """When it is."""
        return Span(self.starts_at, self.ends_at, self.zone, self.all_day)

    @property
    def running_order(self) -> list[Line]:
        """The parts as people read them, in the language spoken now, and last the end."""
        return running_order(self.programme, self.span)

    @property
    def course(self) -> str:
        """What stands above the running order: how the morning goes."""
        return say_course(self.span)

    @property
    def is_open(self) -> bool:
        """Whether it is published and still to come about: neither a draft nor cancelled nor held."""
        return self.status == Status.PUBLISHED

    @property
    def is_over(self) -> bool:
        """Whether it was held or cancelled: nobody answers any more."""
        return self.status in (Status.HELD, Status.CANCELLED)

    @property
    def is_open_to_all(self) -> bool:
        """Whether everybody who has the address may see it: it was published, and not for those invited alone."""
        return self.published_at is not None and self.visibility != Visibility.INVITED

    def answers_closed(self, now: datetime) -> bool:
        """Whether the answer-by time has passed, or the gathering is over."""
        return now >= (self.answer_by or self.ends_at)

    def links_work(self, now: datetime) -> bool:
        """A party's link opens until 90 days after the end."""
        return now < self.ends_at + LINK_LASTS

    def free_seats(self, held: int) -> int | None:
        """Seats still free where so many are held; None where there is no limit."""
        return None if self.capacity is None else max(self.capacity - held, 0)

    @property
    def contact(self) -> tuple[str, str, str]:
        """Whom to ask: name, phone and address, the gathering's own or the organisation's; empty where unknown."""
        if self.contact_name:
            return self.contact_name, self.contact_phone or "", self.contact_email or ""
        return self.organization.contact
