"""What guests knew of a gathering, and what of it is no longer so."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from events.catalogue import Facts, GatheringRescheduled
from events.log import LogEntry, decode
from planner.gatherings.models import Gathering
from planner.i18n import gettext as _


class Moved(NamedTuple):
    """What is another now: the day, the hours or the zone on the same day, the place (or the link to join)."""

    day: bool
    time: bool
    place: bool


def facts_of(gathering: Gathering) -> Facts:
    """When and where it is now."""
    return Facts(**{name: getattr(gathering, name) for name in Facts.__struct_fields__})


def what_moved(before: Facts, gathering: Gathering) -> Moved:
    """What of `before` no longer holds; days are those of the gathering's own zone."""
    day = before.starts_at.astimezone(gathering.zone).date() != gathering.local_start.date()
    hours = (before.starts_at, before.ends_at, before.time_zone)
    time = not day and hours != (gathering.starts_at, gathering.ends_at, gathering.time_zone)
    return Moved(day, time, (before.venue, before.online_url) != (gathering.venue, gathering.online_url))


def known_then(session: Session, gathering: Gathering, sequence: int) -> Facts | None:
    """When and where it was for an answer given at that SEQUENCE (RFC 5545); None where it never moved since."""
    query = (
        sa.select(LogEntry)
        .where(LogEntry.gathering_id == gathering.id, LogEntry.type == GatheringRescheduled.__name__)
        .order_by(LogEntry.id.desc())
    )
    for entry in session.scalars(query):
        event = decode(entry)
        if isinstance(event, GatheringRescheduled) and event.asked_before <= sequence:
            return event.before
    return None


def say_moved(moved: Moved) -> str:
    """The day has changed; the time and the place have changed."""
    if moved.day:
        return _("The day and the place have changed.") if moved.place else _("The day has changed.")
    if moved.time:
        return _("The time and the place have changed.") if moved.place else _("The time has changed.")
    return _("The place has changed.") if moved.place else _("It was moved, and is now as it was before.")
