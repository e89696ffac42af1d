"""VTIMEZONE components (RFC 5545 section 3.6.5), made from zoneinfo and compared with it.

Two yearly rules, which every calendar program reads, or none at all: a zone that such rules don't describe in the
years concerned is left to UTC.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from planner.calendars.lines import CRLF, line
from planner.series.rules import WEEKDAYS

_DAY: Final = timedelta(days=1)


class Change(NamedTuple):
    """When clocks change: `local` is the time that they showed before; offsets are those from UTC."""

    local: datetime
    before: timedelta
    after: timedelta
    name: str


class YearlyRule(NamedTuple):
    """The same change each year, on the `nth` weekday of a month (-1 is the last)."""

    month: int
    nth: int
    weekday: int
    change: Change

    def in_year(self, year: int) -> datetime:
        """The local time of the change in that year."""
        first, days = datetime(year, self.month, 1), monthrange(year, self.month)[1]  # noqa: DTZ001 - a clock's time
        ahead = (self.weekday - first.weekday()) % 7
        last = days - (first.weekday() + days - 1 - self.weekday) % 7
        day = last if self.nth < 0 else 1 + ahead + 7 * (self.nth - 1)
        return datetime.combine(first.replace(day=day), self.change.local.time())


@lru_cache(maxsize=256)
def vtimezone(key: str, first_year: int, last_year: int) -> bytes | None:
    """The VTIMEZONE of an IANA zone that is right from `first_year` to `last_year`, both included.

    None where two yearly rules don't give the same offsets as zoneinfo. Deterministic for one version of tzdata.
    """
    zone = ZoneInfo(key)
    found = _changes(zone, first_year - 1, last_year + 1)
    if not found:
        always = datetime(first_year, 1, 1, tzinfo=zone)
        offset = always.utcoffset() or timedelta()
        observance = _observance("STANDARD", "19700101T000000", offset, offset, always.tzname() or key)
        return _component(key, [observance])
    rules = _rules(found, first_year - 1, last_year + 1)
    if rules is None:
        return None
    observances = [
        _observance(
            "DAYLIGHT" if rule.change.after > rule.change.before else "STANDARD",
            f"{rule.in_year(first_year - 1):%Y%m%dT%H%M%S}",
            rule.change.before,
            rule.change.after,
            rule.change.name,
            f"FREQ=YEARLY;BYMONTH={rule.month};BYDAY={rule.nth}{WEEKDAYS[rule.weekday]}",
        )
        for rule in rules
    ]
    return _component(key, observances)


def _changes(zone: ZoneInfo, first_year: int, last_year: int) -> list[Change]:
    """Every change of the offset in those years, found day by day and then to the second."""
    at, end = datetime(first_year, 1, 1, tzinfo=UTC), datetime(last_year + 1, 1, 1, tzinfo=UTC)
    found = []
    while at < end:
        if _offset(at, zone) != _offset(at + _DAY, zone):
            moment = _first_after(at, zone)
            before = _offset(at, zone)
            local = moment.replace(tzinfo=None) + before
            after = moment.astimezone(zone)
            found.append(Change(local, before, _offset(moment, zone), after.tzname() or zone.key))
        at += _DAY
    return found


def _first_after(at: datetime, zone: ZoneInfo) -> datetime:
    low, high, before = 0, 86_400, _offset(at, zone)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(at + timedelta(seconds=middle), zone) == before:
            low = middle
        else:
            high = middle
    return at + timedelta(seconds=high)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def _rules(changes: list[Change], first_year: int, last_year: int) -> list[YearlyRule] | None:
    """The two rules that give exactly these changes, or None."""
    years = last_year - first_year + 1
    if len(changes) != 2 * years:
        return None
    rules = [_rule(changes[start::2]) for start in (0, 1)]
    return None if None in rules else [rule for rule in rules if rule]


def _rule(changes: list[Change]) -> YearlyRule | None:
    first = changes[0]
    for nth in (-1, (first.local.day - 1) // 7 + 1):
        rule = YearlyRule(first.local.month, nth, first.local.weekday(), first)
        same = all((one.before, one.after) == (first.before, first.after) for one in changes)
        if nth <= 4 and same and all(rule.in_year(one.local.year) == one.local for one in changes):
            return rule
    return None


def _observance(
    kind: str, onset: str, before: timedelta, after: timedelta, name: str, rule: str | None = None
) -> bytes:
    lines = [f"BEGIN:{kind}".encode(), line("DTSTART", onset)]
    if rule:
        lines.append(line("RRULE", rule))
    lines += [
        line("TZOFFSETFROM", _said(before)),
        line("TZOFFSETTO", _said(after)),
        line("TZNAME", name),
        f"END:{kind}".encode(),
    ]
    return CRLF.join(lines)


def _component(key: str, observances: list[bytes]) -> bytes:
    lines = [b"BEGIN:VTIMEZONE", line("TZID", key), *observances, b"END:VTIMEZONE"]
    return CRLF.join(lines) + CRLF


def _said(offset: timedelta) -> str:
    """+0130, with seconds where there are any (section 3.3.14)."""
    sign, seconds = ("-" if offset < timedelta() else "+"), abs(int(offset.total_seconds()))
    text = f"{sign}{seconds // 3600:02d}{seconds // 60 % 60:02d}"
    return text + f"{seconds % 60:02d}" if seconds % 60 else text
