"""The running order of a gathering: what happens when, and who leads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import msgspec

from planner.errors import FieldError
from planner.gatherings.span import Span
from planner.i18n import gettext as _
from planner.text import line_field
from planner.times import say_time

PARTS_MOST: Final = 30
WORDS_MOST: Final = 200
_DAY: Final = timedelta(days=1)
# What lasts longer than this is neither a morning nor an evening.
_ONE_SITTING: Final = timedelta(hours=6)


class Part(msgspec.Struct, kw_only=True):
    """A part of the running order. It begins so many `minutes` after the gathering starts, and moves with it."""

    minutes: int
    title: str
    led_by: str | None = None


class Line(NamedTuple):
    """A part as people read it: "17:45", what happens, and who leads it or ""."""

    time: str
    title: str
    led_by: str


def programme_field(
    field: str, value: Sequence[Part | Mapping[str, Any]] | None, errors: list[FieldError]
) -> list[dict[str, Any]]:
    """The parts as they are kept, cleaned, in the order given; what is wrong with them is added to `errors`.

    A series' pattern brings them as they are kept.
    """
    parts = msgspec.convert(value or [], list[Part], from_attributes=True)
    if len(parts) > PARTS_MOST:
        errors.append(FieldError(field, _("A running order has %(most)d parts at most.") % {"most": PARTS_MOST}))
        return []
    return [
        {
            "minutes": part.minutes,
            "title": line_field(f"{field}[{at}].title", part.title, WORDS_MOST, errors, required=True),
            "led_by": line_field(f"{field}[{at}].led_by", part.led_by, WORDS_MOST, errors),
        }
        for at, part in enumerate(parts)
    ]


def check_span(field: str, programme: list[dict[str, Any]], length: timedelta, errors: list[FieldError]) -> None:
    """Adds an error for each part that begins before the gathering does, or after its end."""
    for at, part in enumerate(programme):
        if part["minutes"] < 0:
            errors.append(FieldError(f"{field}[{at}].minutes", _("This is before the event starts.")))
        elif part["minutes"] * 60 > length.total_seconds():
            errors.append(FieldError(f"{field}[{at}].minutes", _("This is after the event has ended.")))


def in_order(programme: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The parts in order of time; those of the same minute as they were given."""
    return sorted(programme, key=lambda part: part["minutes"])


def running_order(programme: list[dict[str, Any]], span: Span) -> list[Line]:
    """The parts as people read them, and last the end; nothing where there are no parts."""
    if not programme:
        return []
    lines = [
        Line(_said(part_time(part["minutes"], span), span), part["title"], part["led_by"]) for part in programme
    ]
    if not span.all_day and programme[-1]["minutes"] * 60 < span.length.total_seconds():
        lines.append(Line(_said(span.ends_at.astimezone(span.zone), span), _("End, on time"), ""))
    return lines


def part_time(minutes: int, span: Span) -> datetime:
    """When a part begins, on the clock of the place; on whole days it keeps its hour, whatever the clocks do."""
    after = timedelta(minutes=minutes)
    return span.local_start + after if span.all_day else (span.starts_at + after).astimezone(span.zone)


def say_course(span: Span) -> str:
    """What stands above a running order: how the morning, the afternoon or the evening goes."""
    hour = span.local_start.hour
    if span.all_day or span.length > _ONE_SITTING or hour < 5:
        return _("How it goes")
    if hour < 12:
        return _("How the morning goes")
    return _("How the afternoon goes") if hour < 17 else _("How the evening goes")


def _said(moment: datetime, span: Span) -> str:
    """The time; where it lasts longer than a day, with the day's number: true of each occurrence of a series."""
    if span.length <= _DAY:
        return say_time(moment)
    day = (moment.date() - span.local_start.date()).days + 1
    return _("Day %(day)d, %(time)s") % {"day": day, "time": say_time(moment)}
