"""A repeat rule as people say it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from babel.dates import get_day_names

from planner.i18n import gettext as _
from planner.i18n import ngettext
from planner.series.models import Series
from planner.series.rules import Rule, parse
from planner.times import locale, say_day


def say_rule(series: Series) -> str:
    """Every 2 weeks (Thursday), until Thursday 17 June 2027."""
    rule = parse(series.rule, ZoneInfo(series.time_zone))
    days = ", ".join(dict.fromkeys(str(get_day_names(locale=locale())[one.day]) for one in rule.weekdays))
    often = _often(rule)
    if days:
        often = f"{often} ({days})"
    if rule.until is not None:
        return _("%(often)s, until %(day)s") % {"often": often, "day": say_day(rule.until)}
    times = ngettext("%(n)d time", "%(n)d times", rule.times or 0) % {"n": rule.times or 0}
    return f"{often}, {times}"


def _often(rule: Rule) -> str:
    n = rule.interval
    words = {
        "DAILY": ngettext("Every day", "Every %(n)d days", n),
        "WEEKLY": ngettext("Every week", "Every %(n)d weeks", n),
        "MONTHLY": ngettext("Every month", "Every %(n)d months", n),
        "YEARLY": ngettext("Every year", "Every %(n)d years", n),
    }
    return words[rule.frequency] % {"n": n}
