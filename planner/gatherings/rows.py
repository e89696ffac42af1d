"""The running order in an event's form: rows as they are typed, as parts; parts, as what could be typed.

A row's fields are `programme-0-day`, `-time`, `-title` and `-led_by`. Its time is one of the clock, on the event's
first day unless a day is named by its number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from planner.errors import FieldError, Invalid
from planner.gatherings.models import Gathering
from planner.gatherings.programme import PARTS_MOST, Part, part_time
from planner.gatherings.span import Span
from planner.gatherings.typed import Typed, clock_typed, instant_typed
from planner.i18n import gettext as _
from planner.web import value, whole_number

_FIELDS: Final = ("day", "time", "title", "led_by")
_ROW: Final = re.compile(r"programme-(\d{1,2})-\w+")
_PART: Final = re.compile(r"programme\[(\d+)\]\.(\w+)")
_DAYS_MOST: Final = 61
SPARE_ROWS: Final = 2
MORE_ROWS: Final = 3


def rows_in(form: Mapping[str, Any], prefix: str = "") -> Typed:
    """The rows that were typed, without the empty ones after the last."""
    typed: Typed = {}
    for row in range(posted_rows(form, prefix)):
        typed |= {_name(row, field): value(form, prefix + _name(row, field)) for field in _FIELDS}
    last = max(_filled(typed), default=-1)
    return {name: words for name, words in typed.items() if _row(name) <= last}


def posted_rows(form: Mapping[str, Any], prefix: str = "") -> int:
    """How many rows a form has, empty ones too."""
    return 1 + max((_row(name.removeprefix(prefix)) for name in form if name.startswith(prefix)), default=-1)


def rows_from(gathering: Gathering) -> Typed:
    """What one would have typed to get this running order."""
    typed: Typed = {}
    for row, part in enumerate(gathering.programme):
        begins = part_time(part["minutes"], gathering.span)
        day = (begins.date() - gathering.local_start.date()).days + 1
        words = (str(day) if day > 1 else "", f"{begins:%H:%M}", part["title"], part["led_by"])
        typed |= {_name(row, field): word for field, word in zip(_FIELDS, words, strict=True)}
    return typed


def rows_of(typed: Typed) -> Typed:
    """Of a whole form the rows alone."""
    return {name: words for name, words in typed.items() if _row(name) >= 0}


def rows_shown(typed: Typed, at_least: int = 0) -> list[dict[str, str]]:
    """The rows as the form shows them, with empty ones to type into."""
    filled = max(_filled(typed), default=-1) + 1
    return [
        {field: typed.get(_name(row, field), "") for field in _FIELDS}
        for row in range(min(max(filled + SPARE_ROWS, MORE_ROWS, at_least), PARTS_MOST))
    ]


def parts_in(
    typed: Typed, span: Span | None, opened_with: Typed, opened_span: Span | None, errors: list[FieldError]
) -> list[Part]:
    """The parts that were typed, in the order of the rows. What cannot be read is added to `errors`.

    A time that is still as the form was opened with keeps its distance from the start, wherever that has moved.
    """
    parts = []
    for row in _filled(typed):
        time_of, day_of = _name(row, "time"), _name(row, "day")
        kept = all(typed[name] == opened_with.get(name) for name in (time_of, day_of))
        if kept and span and opened_span and span.all_day == opened_span.all_day:
            minutes = _minutes(typed, row, opened_span, errors)
        else:
            minutes = _minutes(typed, row, span, errors)
        words = {"title": typed[_name(row, "title")], "led_by": typed[_name(row, "led_by")]}
        parts.append(Part(minutes=minutes or 0, **words))
    return parts


def at_typed_fields(invalid: Invalid, typed: Typed) -> Invalid:
    """The same refusal, at the fields of the form: `programme[1].minutes` is the time of the second row in use.

    Topics that can be ticked are sound, so that what is wrong with one was written beside them.
    """
    rows = _filled(typed)

    def moved(error: FieldError) -> FieldError:
        if error.field.startswith("topics"):
            return error._replace(field="new_topics")
        found = _PART.fullmatch(error.field)
        if found is None or int(found[1]) >= len(rows):
            return error
        field = "time" if found[2] == "minutes" else found[2]
        return error._replace(field=_name(rows[int(found[1])], field))

    return Invalid([moved(error) for error in invalid.errors])


def say_rows(typed: Typed) -> str:
    """The rows in one line."""
    rows = [" ".join(filter(None, (typed[_name(row, field)] for field in _FIELDS))) for row in _filled(typed)]
    return " · ".join(rows)


def _minutes(typed: Typed, row: int, span: Span | None, errors: list[FieldError]) -> int | None:
    """Minutes from the start to the time of a row; None where it cannot be read."""
    name = _name(row, "time")
    clock = clock_typed(typed, name, errors, _("Please say when this begins."))
    number = whole_number(typed, _name(row, "day"), errors)
    if number is not None and not 1 <= number <= _DAYS_MOST:
        errors.append(FieldError(_name(row, "day"), _("Which day is it of the event: the first is 1.")))
        return None
    if clock is None or span is None:
        return None
    day = _day(number, clock, span)
    if span.all_day:
        return _whole(datetime.combine(day, clock) - span.local_start.replace(tzinfo=None))
    begins = instant_typed(day, clock, span.zone, name, errors)
    return _whole(begins - span.starts_at.replace(second=0, microsecond=0)) if begins else None


def _day(number: int | None, clock: time, span: Span) -> date:
    first = span.local_start
    if number is not None:
        return first.date() + timedelta(days=number - 1)
    # An evening that goes on after midnight: an early time is one of the next day.
    goes_on = not span.all_day and span.ends_at.astimezone(span.zone).date() > first.date()
    is_early = clock < first.time().replace(second=0, microsecond=0)
    return first.date() + timedelta(days=1 if goes_on and is_early else 0)


def _whole(length: timedelta) -> int:
    return length // timedelta(minutes=1)


def _filled(typed: Typed) -> list[int]:
    """The numbers of the rows in which something stands."""
    return sorted({_row(name) for name, words in typed.items() if words.strip()} - {-1})


def _name(row: int, field: str) -> str:
    return f"programme-{row}-{field}"


def _row(name: str) -> int:
    """The number of the row that a field belongs to; -1 for any other field."""
    found = _ROW.fullmatch(name)
    return int(found[1]) if found else -1
