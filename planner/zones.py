"""The time zones to choose from: the likely ones first, then all by region, each by its city."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from babel.core import get_global

from planner.database import utc_now
from planner.i18n import gettext as _
from planner.times import locale, say_city, zone_names

# Where most of those live who speak the languages of the pages, from west to east.
_LIKELY: Final = (
    *("America/Los_Angeles", "America/Mexico_City", "America/Chicago", "America/Bogota", "America/New_York"),
    *("America/Santiago", "America/Argentina/Buenos_Aires", "UTC", "Europe/London", "Europe/Madrid"),
    *("Europe/Paris", "Europe/Berlin"),
)

Choices = list[tuple[str, list[tuple[str, str]]]]


def zone_choices(first: Iterable[str], typed_day: str = "") -> Choices:
    """Groups of IANA names with their words, Berlin (UTC+1), as clocks stand on that day (today where it is none).

    `first` (the zone that is chosen, the organisation's) leads the first group; names that no zone bears stay
    there as they are. Old names of a zone are not offered.
    """
    day = _day_in(typed_day)
    likely = [(name, _in_words(name, day)) for name in dict.fromkeys([*filter(None, first), *_LIKELY])]
    return [(_("Most likely"), likely), *_regions(locale(), day)]


@lru_cache(maxsize=64)
def _regions(_language: str, day: date) -> Choices:
    titles = {
        "Europe": _("Europe"),
        "America": _("America"),
        "Africa": _("Africa"),
        "Asia": _("Asia"),
        "Australia": _("Australia"),
        "Pacific": _("Pacific Ocean"),
        "Indian": _("Indian Ocean"),
        "Atlantic": _("Atlantic Ocean"),
        "Arctic": _("Arctic"),
        "Antarctica": _("Antarctica"),
    }
    regions: dict[str, list[tuple[str, str]]] = {region: [] for region in titles}
    old_names = get_global("zone_aliases")
    for name in zone_names():
        region = name.partition("/")[0]
        if region in regions and name not in old_names:
            regions[region].append((name, _in_words(name, day)))
    return [(titles[region], sorted(found, key=lambda one: one[1])) for region, found in regions.items()]


def _in_words(name: str, day: date) -> str:
    if name not in zone_names():
        return name
    shift = datetime.combine(day, time(12), ZoneInfo(name)).utcoffset() or timedelta()
    hours, minutes = divmod(abs(shift) // timedelta(minutes=1), 60)
    sign = ("−" if shift < timedelta() else "+") if shift else ""
    utc = f"UTC{sign}{hours if shift else ''}{f':{minutes:02}' if minutes else ''}"
    return utc if name == "UTC" else f"{say_city(name)} ({utc})"


def _day_in(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return utc_now().date()
