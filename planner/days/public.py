"""Public holidays of a country and its region, from the library `holidays`.

The library takes half a second and 10 MiB to import, a country up to 8 MiB more; both wait until somebody asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from babel import Locale

from planner.i18n import N_, language
from planner.i18n import gettext as _
from planner.times import locale

if TYPE_CHECKING:
    from holidays import HolidayBase

# The library knows these in English alone where they are kept; here they are said in the reader's language.
_ENGLISH: Final = (
    N_("New Year’s Day"),
    N_("Martin Luther King Jr. Day"),
    N_("Washington’s Birthday"),
    N_("Memorial Day"),
    N_("Juneteenth National Independence Day"),
    N_("Independence Day"),
    N_("Labor Day"),
    N_("Columbus Day"),
    N_("Veterans Day"),
    N_("Thanksgiving Day"),
    N_("May Day"),
    N_("Boxing Day"),
    N_("Spring Bank Holiday"),
    N_("Late Summer Bank Holiday"),
    N_("Women’s Day"),
    N_("German Unity Day"),
    N_("Reformation Day"),
    N_("Assumption Day"),
    N_("Corpus Christi"),
    N_("Pentecost Monday"),
    N_("Second Day of Christmas"),
)
_OBSERVED: Final = " (observed)"


@cache
def countries() -> frozenset[str]:
    """The ISO 3166 codes of all countries whose holidays are known, like DE."""
    from holidays.registry import COUNTRIES

    return frozenset(names[1] for names in COUNTRIES.values())


def country_names() -> list[tuple[str, str]]:
    """Code and name of each country, in the reader's language and its order."""
    territories = Locale.parse(locale()).territories
    return sorted(((code, territories[code]) for code in countries()), key=lambda one: one[1])


def region_names(country: str | None) -> list[tuple[str, str]]:
    """Code and local name of each region of a country that keeps days of its own; empty where there is none."""
    if not country or country not in countries():
        return []
    kept = _class_of(country)
    names: dict[str, str] = {}
    for name, code in kept.subdivisions_aliases.items():
        # Some have two names: the first one that is no short form is taken.
        if code not in names or len(names[code]) < 4:
            names[code] = name
    return sorted(((code, names.get(code, code)) for code in kept.subdivisions), key=lambda one: one[1])


def public_holidays(country: str | None, region: str | None, year: int) -> Mapping[date, str]:
    """The public holidays of a year with their names, where the library can in the language spoken now.

    Substitute days ("observed") are among them. Empty for a country that is not known, and for years that are not:
    where the moon decides, the library's tables of some countries end soon (Sri Lanka's 2026, India's 2035).
    """
    if not country or country not in countries():
        return MappingProxyType({})
    return _holidays(country, region, year, language())


@lru_cache(maxsize=256)
def _holidays(country: str, region: str | None, year: int, spoken: str) -> Mapping[date, str]:
    from holidays import country_holidays

    kept = _class_of(country)
    known = region if region in kept.subdivisions else None
    found = country_holidays(country, subdiv=known, years=year, language=_language(kept, spoken))
    return MappingProxyType({day: _said(name) for day, name in sorted(found.items())})


def _class_of(country: str) -> type[HolidayBase]:
    import holidays

    kept: type[HolidayBase] = getattr(holidays, country)
    return kept


def _language(kept: type[HolidayBase], spoken: str) -> str | None:
    """The library's own name for a language: the reader's, else English, else the country's (None)."""
    languages = [name for name in (kept.default_language, *kept.supported_languages) if name]
    for wanted in (spoken, "en"):
        for name in languages:
            if name.split("_")[0] == wanted:
                return name
    return None


def _said(name: str) -> str:
    # The library writes as programs do.
    name = name.replace("'", "’")
    if name.endswith(_OBSERVED):
        return _("%(name)s (observed)") % {"name": _(name.removesuffix(_OBSERVED))}
    return _(name)
