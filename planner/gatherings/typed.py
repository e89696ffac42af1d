"""Days and times as people type them into an event's form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from planner.errors import FieldError, Invalid
from planner.i18n import gettext as _
from planner.times import local_instant

Typed = dict[str, str]


def day_typed(
    typed: Mapping[str, str], name: str, errors: list[FieldError], required: bool = False
) -> date | None:
    """The day in a field; None where it is empty or cannot be read."""
    text = typed[name].strip()
    if not text:
        if required:
            errors.append(FieldError(name, _("Please choose a day.")))
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        errors.append(FieldError(name, _("Write the day as year-month-day, like 2027-03-18.")))
        return None


def clock_typed(typed: Mapping[str, str], name: str, errors: list[FieldError], missing: str = "") -> time | None:
    """The time in a field; None where it is empty, which `missing` says is wrong, or cannot be read."""
    text = typed[name].strip()
    if not text:
        if missing:
            errors.append(FieldError(name, missing))
        return None
    found = re.fullmatch(r"(\d{1,2})[:.h](\d{2})(?::\d{2})?", text, re.ASCII)
    if found and int(found[1]) < 24 and int(found[2]) < 60:
        return time(int(found[1]), int(found[2]))
    errors.append(FieldError(name, _("Write the time as hours and minutes, like 17:30.")))
    return None


def instant_typed(
    day: date | None, clock: time | None, zone: ZoneInfo | None, name: str, errors: list[FieldError]
) -> datetime | None:
    """The instant (UTC) of a day and a time at a place; None where one is missing or there is no such time."""
    if day is None or clock is None or zone is None:
        return None
    try:
        return local_instant(day, clock, zone, name)
    except Invalid as invalid:
        errors += invalid.errors
    except OverflowError:
        errors.append(FieldError(name, _("This date is too far away.")))
    return None
