"""Gatherings that repeat."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from planner.accounts.models import Organization
from planner.database import Base, UtcDateTime, new_id, utc_now


class Series(Base):
    """A repeating gathering: an RRULE (RFC 5545 section 3.3.10) and its occurrences, each a Gathering of its own.

    `rule` is the RRULE's value, always with COUNT or UNTIL. `first_start` and `first_end` are on the clock of
    `time_zone`, without an offset, and with the rule they give the slots: each occurrence bears the one that it
    stands for in `Gathering.slot`, wherever it was moved to. `pattern` is what occurrences still to be made will
    say: a gathering's fields, and start and end as minutes from the slot, since "this and following" changes those
    alone. Slots are written as RECURRENCE-ID writes them, 20270318T173000 or, for whole days, 20270318.
    """

    __tablename__ = "series"
    __table_args__ = (sa.Index("ix_series_source", "organization_id", "source_uid", unique=True),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organization.id"))
    slug: Mapped[str] = mapped_column(sa.String(120), unique=True)
    rule: Mapped[str] = mapped_column(sa.String(500))
    # Slots that are skipped (EXDATE).
    except_slots: Mapped[list[str]] = mapped_column(default=list)
    time_zone: Mapped[str] = mapped_column(sa.String(64))
    first_start: Mapped[datetime] = mapped_column(sa.DateTime)
    first_end: Mapped[datetime] = mapped_column(sa.DateTime)
    all_day: Mapped[bool] = mapped_column(default=False)
    pattern: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # From this slot on there are none, whatever the rule says: "this and following" were called off.
    stops_before: Mapped[str | None] = mapped_column(sa.String(15))
    # Until which day (in `time_zone`) the occurrences exist.
    extended_to: Mapped[date] = mapped_column(sa.Date, index=True)
    # RFC 5545 SEQUENCE of the series as one recurring item.
    sequence: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(default=0)
    created_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # As a gathering's.
    source_uid: Mapped[str | None] = mapped_column(sa.String(255))
    source_digest: Mapped[str | None] = mapped_column(sa.String(64))

    organization: Mapped[Organization] = relationship(lazy="joined", innerjoin=True)
