"""How an event repeats, as the form of a new event asks it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from planner.errors import FieldError, Invalid
from planner.gatherings.fields import GatheringFields
from planner.i18n import gettext as _
from planner.i18n import ngettext
from planner.series.rules import WEEKDAYS, parse, slots
from planner.web import value, whole_number

NAMES: Final = ("repeat", "repeat_until", "repeat_times", "repeat_except")
# What is wrong with a rule or its exceptions is said at the form's own fields.
FIELDS: Final = {"rule": "repeat", "except": "repeat_except"}


def repeat_in(form: Mapping[str, Any]) -> dict[str, str]:
    """What was typed about repeating."""
    return {name: value(form, name) for name in NAMES}


def repeat_options() -> list[tuple[str, str]]:
    """How it can repeat, in words."""
    return [
        ("", _("It does not repeat")),
        ("week", ngettext("Every week", "Every %(n)d weeks", 1)),
        ("fortnight", _("Every other week")),
        ("month_day", _("Every month, on this day of the month")),
        ("month_weekday", _("Every month, on this weekday: the first, second, third or fourth")),
        ("month_last", _("Every month, on the last such weekday")),
    ]


def rule_in(typed: Mapping[str, str], fields: GatheringFields) -> tuple[str, list[date]] | None:
    """The rule and the days left out, for an event of those fields; None where it does not repeat.

    Raises Invalid for what cannot be read.
    """
    if not typed["repeat"]:
        return None
    errors: list[FieldError] = []
    times = whole_number(typed, "repeat_times", errors)
    until = _days(typed, "repeat_until", errors)
    skip = _days(typed, "repeat_except", errors)
    zone = ZoneInfo(str(fields.time_zone))
    start = fields.starts_at.astimezone(zone).replace(tzinfo=None)  # type: ignore[union-attr]
    if not errors and bool(times is not None) == bool(until):
        errors.append(FieldError("repeat_until", _("Say until which day or how often: one of both.")))
    if errors:
        raise Invalid(errors)
    end = f"COUNT={times}" if times is not None else f"UNTIL={until[-1]:%Y%m%d}"
    rule = f"{_frequency(typed['repeat'], start.date())};{end}"
    _check_first(slots(parse(rule, zone), start), start)
    return rule, skip


def _check_first(found: list[datetime], start: datetime) -> None:
    """Somebody who typed a day means it, and more than one. Raises Invalid at `rule`."""
    if found[0] != start:
        raise Invalid.field(
            "rule", _("The first day is not one of those that this rule gives. Change the day or the rule.")
        )
    if len(found) < 2:
        raise Invalid.field("rule", _("By this rule it happens only once."))


def _frequency(repeat: str, day: date) -> str:
    weekday = WEEKDAYS[day.weekday()]
    rules = {
        "week": f"FREQ=WEEKLY;BYDAY={weekday}",
        "fortnight": f"FREQ=WEEKLY;INTERVAL=2;BYDAY={weekday}",
        "month_day": f"FREQ=MONTHLY;BYMONTHDAY={day.day}",
        "month_weekday": f"FREQ=MONTHLY;BYDAY={(day.day - 1) // 7 + 1}{weekday}",
        "month_last": f"FREQ=MONTHLY;BYDAY=-1{weekday}",
    }
    if repeat == "month_weekday" and day.day > 28:
        raise Invalid.field("repeat", _("Few months have a fifth one. Choose the last such weekday."))
    if repeat not in rules:
        raise Invalid.field("repeat", _("Choose how it repeats."))
    return rules[repeat]


def _days(typed: Mapping[str, str], name: str, errors: list[FieldError]) -> list[date]:
    try:
        return [date.fromisoformat(text) for text in re.split(r"[\s,;]+", typed[name].strip()) if text]
    except ValueError:
        errors.append(FieldError(name, _("Write the day as year-month-day, like 2027-03-18.")))
        return []


def said_at_the_form(invalid: Invalid) -> Invalid:
    """The same refusal, at the fields of the form."""
    return Invalid([error._replace(field=FIELDS.get(error.field, error.field)) for error in invalid.errors])
