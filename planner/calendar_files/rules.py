"""A RRULE as the programs of the world write it, as one that a series here can hold."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from planner.calendar_files.single import Context, Span
from planner.calendar_files.values import When
from planner.i18n import gettext as _
from planner.series.rules import MOST, YEARS_MOST, Rule, expanded, parse
from planner.times import say_day

_TIME_PARTS: Final = {"BYHOUR": "hour", "BYMINUTE": "minute", "BYSECOND": "second"}
_AN_END: Final = re.compile(r"(\d{8})(T\d{6})?(Z)?", re.ASCII)


def last_year(text: str, start: When) -> int:
    """The last year that a rule reaches here. Raises Invalid as `read_rule` does."""
    _rule, slots, _cut = _read(text, start.local, start.is_date, ZoneInfo("UTC"), ZoneInfo("UTC"))
    return max(slots[-1:], default=start.local).year


def read_rule(text: str, span: Span, zone: ZoneInfo, context: Context) -> tuple[Rule, list[datetime]]:
    """A rule with an end that we take, and the slots that it gives from the start on; they may lack the start.

    A rule that goes on for longer is cut, and the context notes it. Raises Invalid for what is no rule or none
    that we take.
    """
    days = context.zones.of_days(span.local_start.year) if span.all_day and "UNTIL" in text.upper() else zone
    rule, slots, cut = _read(text, span.local_start, span.all_day, zone, days)
    if cut:
        context.note(
            _("It repeats without an end, or for longer than we take: it is brought in until %(day)s.")
            % {"day": say_day(slots[-1])}
        )
    return rule, slots


def _read(
    text: str, first: datetime, all_day: bool, zone: ZoneInfo, days: ZoneInfo
) -> tuple[Rule, list[datetime], bool]:
    """The rule, its slots, and whether it was cut. `days`: in which whole days end, where that is an instant."""
    parts = dict(part.partition("=")[::2] for part in text.upper().removeprefix("RRULE:").split(";") if part)
    for name, field in _TIME_PARTS.items():
        # Said once more what the start says already.
        if parts.get(name) == str(getattr(first, field)) or all_day:
            parts.pop(name, None)
    if parts.get("COUNT", "").isdecimal() and int(parts["COUNT"]) > MOST:
        del parts["COUNT"]
    _mend_until(parts, days if all_day else None)
    endless = "COUNT" not in parts and "UNTIL" not in parts
    if endless:
        parts["UNTIL"] = f"{_far(first):%Y%m%d}"
    rule = parse(";".join(f"{name}={value}" for name, value in parts.items()), zone)
    slots = expanded(rule, first)
    if rule.times and slots[:1] != [first]:
        # The start is the first one that is counted (RFC 5545 section 3.3.10).
        slots = slots[: rule.times - 1]
        rule = rule._replace(times=len(slots))
    cut = len(slots) > MOST or endless or bool(rule.until and rule.until > _far(first) + timedelta(days=1))
    slots = slots[:MOST]
    cut = bool(slots) and (cut or (rule.times or 0) > len(slots))
    return (rule._replace(times=None, until=slots[-1]) if cut else rule), slots, cut


def _far(first: datetime) -> datetime:
    return first.replace(year=first.year + YEARS_MOST, day=min(first.day, 28)) - timedelta(days=1)


def _mend_until(parts: dict[str, str], days: ZoneInfo | None) -> None:
    """An end that is far away is none. That of whole days is a day in the zone `days`, not an instant."""
    read = _AN_END.fullmatch(parts.get("UNTIL", ""))
    if not read:
        return
    if int(read[1][:4]) > 2200:
        del parts["UNTIL"]
    elif days and read[2]:
        try:
            end = datetime.strptime(read[1] + read[2], "%Y%m%dT%H%M%S")  # noqa: DTZ007 - a clock's time
        except ValueError:
            return
        if read[3]:
            end = end.replace(tzinfo=UTC).astimezone(days)
        parts["UNTIL"] = f"{end:%Y%m%d}"
