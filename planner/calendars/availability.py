"""When a coordinator is busy: VFREEBUSY (RFC 5545 section 3.6.4) of the gatherings that person planned."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, time

import sqlalchemy as sa
from sqlalchemy.orm import Session

from planner.calendars.building import BEGIN, END
from planner.calendars.lines import CRLF, line, moment
from planner.calendars.queries import AHEAD
from planner.gatherings.models import Gathering, Status

Period = tuple[datetime, datetime]


def busy_periods(session: Session, organization_id: uuid.UUID, account_id: uuid.UUID, day: date) -> list[Period]:
    """The hours of what an account planned and published, from `day` (UTC) on, merged where they touch."""
    today = datetime.combine(day, time.min, UTC)
    query = sa.select(Gathering.starts_at, Gathering.ends_at).where(
        Gathering.organization_id == organization_id,
        Gathering.created_by == account_id,
        Gathering.status == Status.PUBLISHED,
        Gathering.ends_at > today,
        Gathering.starts_at < today + AHEAD,
    )
    return _merged([(row[0], row[1]) for row in session.execute(query.order_by(Gathering.starts_at))])


def _merged(periods: Sequence[Period]) -> list[Period]:
    merged: list[Period] = []
    for begins, ends in periods:
        if merged and begins <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], ends))
        else:
            merged.append((begins, ends))
    return merged


def busy_bytes(feed_id: uuid.UUID, periods: Sequence[Period], day: date, changed_at: datetime) -> bytes:
    """The calendar, without titles and places. DTSTAMP is `changed_at` (UTC), when one of them last changed."""
    today = datetime.combine(day, time.min, UTC)
    lines = [
        *BEGIN,
        b"BEGIN:VFREEBUSY",
        line("UID", str(feed_id)),
        line("DTSTAMP", moment(changed_at)),
        line("DTSTART", moment(today)),
        line("DTEND", moment(today + AHEAD)),
        *(line("FREEBUSY;FBTYPE=BUSY", f"{moment(begins)}/{moment(ends)}") for begins, ends in periods),
        b"END:VFREEBUSY",
    ]
    return CRLF.join(lines) + CRLF + END
