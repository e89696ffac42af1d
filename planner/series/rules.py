"""Repeat rules from people and from calendar files: RFC 5545 section 3.3.10.

SECONDLY rules and an INTERVAL of 0 keep expanders busy for ever, so frequencies begin at DAILY, and every rule
ends: by COUNT or UNTIL, after at most 520 occurrences and thirty years. A few combinations that the RFC forbids,
and programs write all the same, are taken as dateutil reads them.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from planner.errors import Invalid
from planner.i18n import gettext as _
from planner.i18n import ngettext
from planner.times import instant

MOST: Final = 520
YEARS_MOST: Final = 30
RULE_MOST: Final = 400
WEEKS_IN_A_MONTH: Final = 5  # begun ones: how often a weekday comes at most
FREQUENCIES: Final = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_NUMBERS: Final = {"INTERVAL": 1000, "COUNT": MOST}
_LISTS: Final = {
    "BYMONTH": range(1, 13),
    "BYWEEKNO": range(-53, 54),
    "BYYEARDAY": range(-366, 367),
    "BYMONTHDAY": range(-31, 32),
    "BYHOUR": range(24),
    "BYMINUTE": range(60),
    "BYSECOND": range(60),
    "BYSETPOS": range(-366, 367),
}
_ORDER: Final = (
    *("FREQ", "INTERVAL", "BYMONTH", "BYWEEKNO", "BYYEARDAY", "BYMONTHDAY", "BYDAY"),
    *("BYHOUR", "BYMINUTE", "BYSECOND", "BYSETPOS", "WKST", "COUNT", "UNTIL"),
)


class Weekday(NamedTuple):
    """A weekday (0 is Monday), or the `nth` of its month or year; negative ones count from the end, 0 is each."""

    nth: int
    day: int


class Rule(NamedTuple):
    """A rule that was read. `until` is the last moment on the clock of the series' zone."""

    frequency: str
    interval: int
    months: tuple[int, ...]
    weeks: tuple[int, ...]
    year_days: tuple[int, ...]
    month_days: tuple[int, ...]
    weekdays: tuple[Weekday, ...]
    hours: tuple[int, ...]
    minutes: tuple[int, ...]
    seconds: tuple[int, ...]
    positions: tuple[int, ...]
    week_start: str
    times: int | None
    until: datetime | None

    @property
    def sets_the_clock(self) -> bool:
        """Whether the rule gives times of the day, not days alone."""
        return bool(self.hours or self.minutes or self.seconds)

    @property
    def is_plain(self) -> bool:
        """Whether all calendar programs read it alike, or at all."""
        weekly_days = self.frequency == "WEEKLY" and self.month_days
        return not (self.weeks or self.year_days or self.sets_the_clock or weekly_days)


def parse(text: str, zone: ZoneInfo) -> Rule:
    """Reads a RRULE's value; an UNTIL in UTC is put on the clock of `zone`.

    Raises Invalid at `rule` for what is no rule, has no end, or is more than we take.
    """
    parts = _parts(text)
    rule = Rule(
        frequency=parts["FREQ"],
        interval=_number(parts, "INTERVAL") or 1,
        months=_numbers(parts, "BYMONTH"),
        weeks=_numbers(parts, "BYWEEKNO"),
        year_days=_numbers(parts, "BYYEARDAY"),
        month_days=_numbers(parts, "BYMONTHDAY"),
        weekdays=tuple(_weekday(one) for one in parts["BYDAY"].split(",")) if "BYDAY" in parts else (),
        hours=_numbers(parts, "BYHOUR"),
        minutes=_numbers(parts, "BYMINUTE"),
        seconds=_numbers(parts, "BYSECOND"),
        positions=_numbers(parts, "BYSETPOS"),
        week_start=parts.get("WKST", "MO"),
        times=_number(parts, "COUNT"),
        until=_until(parts["UNTIL"], zone) if "UNTIL" in parts else None,
    )
    _check(rule)
    return _shorter(rule)


def _shorter(rule: Rule) -> Rule:
    """Of "Thursdays, and of them the third in the month" the third Thursday, as most people would write it."""
    if rule.frequency != "MONTHLY" or rule.month_days or not rule.is_plain:
        return rule
    if len(rule.positions) != 1 or len(rule.weekdays) != 1 or rule.weekdays[0].nth:
        return rule
    if abs(rule.positions[0]) > WEEKS_IN_A_MONTH:
        return rule
    return rule._replace(weekdays=(Weekday(rule.positions[0], rule.weekdays[0].day),), positions=())


def _parts(text: str) -> dict[str, str]:
    text = text.strip().upper().removeprefix("RRULE:")
    if len(text) > RULE_MOST:
        raise _wrong(_("This rule is too long."))
    parts: dict[str, str] = {}
    for part in filter(None, text.split(";")):
        name, equals, value = part.partition("=")
        if not (equals and value) or name in parts:
            raise _wrong(_("Write the rule like FREQ=WEEKLY;BYDAY=TH;COUNT=10."))
        if name not in _ORDER:
            raise _wrong(_("%(part)s is not taken here.") % {"part": name[:20]})
        parts[name] = value
    if parts.get("FREQ") not in FREQUENCIES:
        raise _wrong(_("It can repeat daily, weekly, monthly or yearly: FREQ=WEEKLY."))
    if "COUNT" in parts and "UNTIL" in parts:
        raise _wrong(_("Say how often or until when, not both."))
    if "COUNT" not in parts and "UNTIL" not in parts:
        raise _wrong(_("A series has an end: say how often (COUNT) or until when (UNTIL)."))
    if parts.get("WKST", "MO") not in WEEKDAYS:
        raise _bad("WKST")
    return parts


def _wrong(detail: str) -> Invalid:
    return Invalid.field("rule", detail)


def _bad(name: str) -> Invalid:
    return _wrong(_("%(part)s cannot be read.") % {"part": name})


def _number(parts: dict[str, str], name: str) -> int | None:
    if name not in parts:
        return None
    most = _NUMBERS[name]
    if not re.fullmatch(r"[0-9]{1,6}", parts[name]) or not 1 <= int(parts[name]) <= most:
        raise _wrong(_("%(part)s is a number from 1 to %(most)d.") % {"part": name, "most": most})
    return int(parts[name])


def _numbers(parts: dict[str, str], name: str) -> tuple[int, ...]:
    found = []
    allowed = _LISTS[name]
    for one in parts[name].split(",") if name in parts else ():
        if not re.fullmatch(r"[+-]?[0-9]{1,3}", one) or int(one) not in allowed:
            raise _bad(name)
        if int(one) == 0 and allowed[0] < 0:
            raise _bad(name)
        found.append(int(one))
    return tuple(dict.fromkeys(found))


def _weekday(text: str) -> Weekday:
    found = re.fullmatch(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)", text)
    if not found or (found[1] and not 1 <= abs(int(found[1])) <= 53):
        raise _bad("BYDAY")
    return Weekday(int(found[1] or 0), WEEKDAYS.index(found[2]))


def _until(text: str, zone: ZoneInfo) -> datetime:
    """A day counts as a whole; RFC 5545 asks for UTC, people write their own clock: both are taken."""
    found = re.fullmatch(r"(\d{8})(?:T(\d{6})(Z)?)?", text, re.ASCII)
    try:
        day = datetime.strptime(found[1], "%Y%m%d").date() if found else date.min  # noqa: DTZ007
        clock = datetime.strptime(found[2], "%H%M%S").time() if found and found[2] else time(23, 59, 59)  # noqa: DTZ007
        if not 1970 <= day.year <= 2200:
            raise _bad("UNTIL")
    except ValueError:
        raise _bad("UNTIL") from None
    local = datetime.combine(day, clock)
    if found and found[3]:
        local = local.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)
    return local


def _check(rule: Rule) -> None:
    """What would be read as something else than was meant, and days that no month has."""
    if rule.frequency in ("DAILY", "WEEKLY") and any(one.nth for one in rule.weekdays):
        raise _wrong(_("The first, second or last of something goes with MONTHLY or YEARLY."))
    others = (rule.months, rule.weeks, rule.year_days, rule.month_days, rule.weekdays)
    if rule.positions and not (any(others) or rule.sets_the_clock):
        raise _wrong(_("BYSETPOS needs BYDAY, BYMONTHDAY or BYMONTH."))
    longest = max(monthrange(2028, month)[1] for month in rule.months or range(1, 13))
    of_months = rule.frequency == "MONTHLY" or rule.months
    # dateutil looks for them beyond the end of the year, and fails there.
    if of_months and any(abs(one.nth) > WEEKS_IN_A_MONTH for one in rule.weekdays):
        raise _wrong(_("There is no such day in these months."))
    if rule.month_days and all(abs(day) > longest for day in rule.month_days):
        raise _wrong(_("There is no such day in these months."))


def written(rule: Rule, zone: ZoneInfo, all_day: bool) -> str:
    """The RRULE's value in one spelling; UNTIL is UTC, or a date where the series is of whole days (3.3.10)."""
    values = {
        "FREQ": rule.frequency,
        "INTERVAL": str(rule.interval) if rule.interval > 1 else "",
        "BYMONTH": ",".join(map(str, rule.months)),
        "BYWEEKNO": ",".join(map(str, rule.weeks)),
        "BYYEARDAY": ",".join(map(str, rule.year_days)),
        "BYMONTHDAY": ",".join(map(str, rule.month_days)),
        "BYDAY": ",".join(f"{one.nth or ''}{WEEKDAYS[one.day]}" for one in rule.weekdays),
        "BYHOUR": ",".join(map(str, rule.hours)),
        "BYMINUTE": ",".join(map(str, rule.minutes)),
        "BYSECOND": ",".join(map(str, rule.seconds)),
        "BYSETPOS": ",".join(map(str, rule.positions)),
        "WKST": rule.week_start if rule.week_start != "MO" else "",
        "COUNT": str(rule.times or ""),
    }
    if rule.until and all_day:
        values["UNTIL"] = f"{rule.until:%Y%m%d}"
    elif rule.until:
        values["UNTIL"] = f"{instant(rule.until, zone):%Y%m%dT%H%M%SZ}"
    return ";".join(f"{name}={values[name]}" for name in _ORDER if values.get(name))


def slots(rule: Rule, first: datetime) -> list[datetime]:
    """Every start that the rule gives from `first` on, all on the same local clock, without offsets.

    `first` itself is among them only where the rule gives it (RFC 5545 3.8.5.3 leaves open what happens else).
    Raises Invalid at `rule` where there is none, more than 520, or where they reach further than thirty years.
    """
    found, end = expanded(rule, first), _last_day(first)
    if not found:
        raise _wrong(_("This rule gives no day at all."))
    if len(found) > MOST:
        raise _wrong(_("That is more than %(most)d events. Choose an earlier end.") % {"most": MOST})
    if (rule.until and rule.until > end) or (rule.times and len(found) < rule.times):
        raise _wrong(
            ngettext(
                "A series lasts for %(n)d year at most.", "A series lasts for %(n)d years at most.", YEARS_MOST
            )
            % {"n": YEARS_MOST}
        )
    return found


def expanded(rule: Rule, first: datetime) -> list[datetime]:
    """The starts that a rule gives from `first` on within thirty years; of more than we take the first 521."""
    end = _last_day(first)
    last = min(rule.until or end, end)
    endless = written(rule._replace(times=None, until=None), ZoneInfo("UTC"), all_day=False)
    # For a rule that gives nothing dateutil goes on until the year 9999, which takes seconds. Every 400 years the
    # calendar is the same again, weekdays too: so it begins as late as may be.
    later = (MAXYEAR - end.year) // 400 * 400
    begin, last = (one.replace(year=one.year + later) for one in (first, last))
    found = rrulestr(f"{endless};UNTIL={last:%Y%m%dT%H%M%S}", dtstart=begin)
    return [one.replace(year=one.year - later) for one in islice(iter(found), rule.times or MOST + 1)]


def _last_day(first: datetime) -> datetime:
    return first.replace(year=first.year + YEARS_MOST, day=min(first.day, 28)) + timedelta(days=4)


def slot_name(slot: datetime, all_day: bool) -> str:
    """A slot as RECURRENCE-ID writes it: 20270318T173000, or 20270318."""
    return f"{slot:%Y%m%d}" if all_day else f"{slot:%Y%m%dT%H%M%S}"


def slot_time(name: str) -> datetime:
    """The slot of that name, on the series' clock."""
    return datetime.strptime(name, "%Y%m%dT%H%M%S" if "T" in name else "%Y%m%d")  # noqa: DTZ007
