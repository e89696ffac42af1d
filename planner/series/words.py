"""A repeat rule as people say it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from babel.dates import get_day_names

from planner.i18n import gettext as _
from planner.i18n import ngettext
from planner.series.models import Series
from planner.series.rules import Rule, Weekday, parse
from planner.times import locale, say_day


def say_rule(series: Series) -> str:
    """Every 2 weeks (Thursday), until Thursday 17 June 2027; every month (the third Thursday), 8 times.

    With the days that are left out of it: every week (Monday), 4 times; 1 day left out.
    """
    rule = parse(series.rule, ZoneInfo(series.time_zone))
    often = _often_on(rule) if _can_be_said(rule, series.first_start.month) else _("On certain days")
    if rule.until is not None:
        said = _("%(often)s, until %(day)s") % {"often": often, "day": say_day(rule.until)}
    else:
        said = f"{often}, " + ngettext("%(n)d time", "%(n)d times", rule.times or 0) % {"n": rule.times or 0}
    if skip := len(series.except_slots):
        said += "; " + ngettext("%(n)d day left out", "%(n)d days left out", skip) % {"n": skip}
    return said


def _can_be_said(rule: Rule, first_month: int) -> bool:
    """Whether frequency and days say all of it; "every year" has its month from the first day."""
    months = rule.months in ((), (first_month,) if rule.frequency == "YEARLY" else ())
    return rule.is_plain and months and not rule.positions


def _often_on(rule: Rule) -> str:
    often = _often(rule)
    days = ", ".join(dict.fromkeys([*map(_weekday, rule.weekdays), *map(_month_day, rule.month_days)]))
    return f"{often} ({days})" if days else often


def _weekday(one: Weekday) -> str:
    which = {
        1: _("the first %(weekday)s"),
        2: _("the second %(weekday)s"),
        3: _("the third %(weekday)s"),
        4: _("the fourth %(weekday)s"),
        5: _("the fifth %(weekday)s"),
        -1: _("the last %(weekday)s"),
        -2: _("the last %(weekday)s but one"),
    }
    return which.get(one.nth, "%(weekday)s") % {"weekday": get_day_names(locale=locale())[one.day]}


def _month_day(day: int) -> str:
    if day == -1:
        return _("the last day")
    return (_("day %(day)d, where there is one") if day > 28 else _("day %(day)d")) % {"day": day}


def _often(rule: Rule) -> str:
    n = rule.interval
    words = {
        "DAILY": ngettext("Every day", "Every %(n)d days", n),
        "WEEKLY": ngettext("Every week", "Every %(n)d weeks", n),
        "MONTHLY": ngettext("Every month", "Every %(n)d months", n),
        "YEARLY": ngettext("Every year", "Every %(n)d years", n),
    }
    return words[rule.frequency] % {"n": n}
