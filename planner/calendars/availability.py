"""When a coordinator is busy: VFREEBUSY (RFC 5545 section 3.6.4) of the gatherings that person planned."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, time

import sqlalchemy as sa
from sqlalchemy.orm import Session

from planner.calendars.building import calendar_of
from planner.calendars.lines import CRLF, line, moment
from planner.calendars.models import Feed
from planner.calendars.queries import AHEAD
from planner.gatherings.models import Gathering, Status

Period = tuple[datetime, datetime]


def busy_periods(session: Session, feed: Feed, day: date) -> list[Period]:
    """When what the feed's coordinator planned takes place, from `day` (UTC) on; published alone, merged."""
    today = datetime.combine(day, time.min, UTC)
    query = sa.select(Gathering.starts_at, Gathering.ends_at).where(
        Gathering.organization_id == feed.organization_id,
        Gathering.created_by == feed.account_id,
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
        b"BEGIN:VFREEBUSY",
        line("UID", str(feed_id)),
        line("DTSTAMP", moment(changed_at)),
        line("DTSTART", moment(today)),
        line("DTEND", moment(today + AHEAD)),
        *(line("FREEBUSY;FBTYPE=BUSY", f"{moment(begins)}/{moment(ends)}") for begins, ends in periods),
        b"END:VFREEBUSY",
    ]
    return calendar_of(CRLF.join(lines) + CRLF)
