"""Days that families keep by their tradition, as far as the tables of the library `holidays` reach.

The library shows these tables to its own classes alone, so that pyproject.toml holds it to one minor version.
Those who choose a tradition are told of its days when they set a date; who keeps them is known of nobody. The
Hindu and Sikh tables end with 2035, the others with 2100 or later; beyond them no day is known.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

import msgspec
from dateutil.easter import EASTER_ORTHODOX, easter

from planner.i18n import N_
from planner.i18n import gettext as _

_DAY: Final = timedelta(days=1)


class ReligiousDay(msgspec.Struct, frozen=True):
    """A day, or several in a row, both ends counted. `name` is English, for gettext."""

    name: str
    first: date
    last: date
    # The moon, or a community, decides late: it may be a day earlier or later.
    expected: bool = False
    # It begins at sunset of the day before.
    from_evening: bool = False
    # Those who keep it eat after sunset.
    fast: bool = False


def tradition_names() -> list[tuple[str, str]]:
    """Whose days are known, in words."""
    return [
        ("muslim", _("Muslim: Ramadan, Eid al-Fitr, Eid al-Adha, Ashura, Mawlid")),
        ("jewish", _("Jewish: from Rosh Hashanah to Simchat Torah, Hanukkah, Purim, Passover, Shavuot")),
        ("western", _("Catholic and Protestant: Epiphany, Easter, Ascension, Pentecost, Christmas")),
        ("orthodox", _("Orthodox: Easter, Pentecost, Christmas by both calendars")),
        ("hindu", _("Hindu: Maha Shivaratri, Holi, Raksha Bandhan, Janmashtami, Navaratri, Diwali and others")),
        ("sikh", _("Sikh: Hola Mohalla, Vaisakhi, Guru Nanak’s birthday")),
        ("buddhist", _("Buddhist: Magha Puja, Buddha’s birthday, Vesak")),
        ("lunar", _("Lunar New Year and Mid-Autumn Festival")),
        ("nowruz", _("Nowruz")),
    ]


def religious_days(traditions: Collection[str], first: date, last: date) -> list[ReligiousDay]:
    """The days of those traditions that touch `first` to `last`, or begin on the evening of `last`; in order."""
    return sorted(
        {
            day
            for tradition in traditions
            for year in range(first.year - 1, (last + _DAY).year + 1)
            for day in _days_of(tradition, year)
            if day.first - _DAY * day.from_evening <= last and day.last >= first
        },
        key=lambda day: (day.first, day.name),
    )


@lru_cache(maxsize=256)
def _days_of(tradition: str, year: int) -> tuple[ReligiousDay, ...]:
    """Those that begin in that year."""
    return tuple(_TRADITIONS[tradition](year)) if tradition in _TRADITIONS else ()


def _muslim(year: int) -> Iterator[ReligiousDay]:
    """By the Umm al-Qura calendar of Saudi Arabia; a moon that is seen elsewhere moves them by a day."""
    from holidays.calendars.islamic import _IslamicLunar

    lunar = _IslamicLunar()
    ends = [*lunar.eid_al_fitr_dates(year), *lunar.eid_al_fitr_dates(year + 1)]
    for first, expected in _beginning(year, lunar.ramadan_beginning_dates(year)):
        if eid := min((day for day, _expected in ends if day > first), default=None):
            yield ReligiousDay(N_("Ramadan"), first, eid - _DAY, expected, fast=True)
    for first, expected in _beginning(year, lunar.eid_al_fitr_dates(year)):
        yield ReligiousDay(N_("Eid al-Fitr"), first, first + 2 * _DAY, expected)
    for first, expected in _beginning(year, lunar.eid_al_adha_dates(year)):
        yield ReligiousDay(N_("Eid al-Adha"), first, first + 3 * _DAY, expected)
    for first, expected in _beginning(year, lunar.ashura_dates(year)):
        yield ReligiousDay(N_("Ashura"), first, first, expected)
    for first, expected in _beginning(year, lunar.mawlid_dates(year)):
        yield ReligiousDay(N_("Mawlid"), first, first, expected)


def _beginning(year: int, dates: Iterable[tuple[date, bool]]) -> Iterator[tuple[date, bool]]:
    """The library gives the year before besides."""
    return (one for one in dates if one[0].year == year)


def _jewish(year: int) -> Iterator[ReligiousDay]:
    """As outside Israel, where several feasts last a day longer."""
    from holidays.calendars.hebrew import _HebrewLunisolar

    hebrew = _HebrewLunisolar()
    lengths = (
        (N_("Rosh Hashanah"), hebrew.rosh_hashanah_date(year), 0, 2),
        (N_("Sukkot"), hebrew.sukkot_date(year), 0, 7),
        (N_("Shemini Atzeret and Simchat Torah"), hebrew.sukkot_date(year), 7, 2),
        (N_("Purim"), hebrew.purim_date(year), 0, 1),
        (N_("Passover"), hebrew.passover_date(year), 0, 8),
        (N_("Shavuot"), hebrew.shavuot_date(year), 0, 2),
        *((N_("Hanukkah"), day, 0, 8) for day in hebrew.hanukkah_date(year) if day.year == year),
    )
    for name, begins, after, days in lengths:
        if begins:
            first = begins + after * _DAY
            yield ReligiousDay(name, first, first + (days - 1) * _DAY, from_evening=True)
    for name, begins in (
        (N_("Yom Kippur"), hebrew.yom_kippur_date(year)),
        (N_("Tisha B’Av"), hebrew.tisha_bav_date(year)),
    ):
        if begins:
            yield ReligiousDay(name, begins, begins, from_evening=True, fast=True)


def _western(year: int) -> Iterator[ReligiousDay]:
    sunday = easter(year)
    yield _one(N_("Epiphany"), date(year, 1, 6))
    yield _one(N_("Maundy Thursday"), sunday - 3 * _DAY)
    yield _one(N_("Good Friday"), sunday - 2 * _DAY)
    yield _one(N_("Easter Sunday"), sunday)
    yield _one(N_("Easter Monday"), sunday + _DAY)
    yield _one(N_("Ascension Day"), sunday + 39 * _DAY)
    yield _one(N_("Pentecost"), sunday + 49 * _DAY)
    yield _one(N_("All Saints’ Day"), date(year, 11, 1))
    yield _one(N_("Christmas Eve"), date(year, 12, 24))
    yield _one(N_("Christmas Day"), date(year, 12, 25))


def _orthodox(year: int) -> Iterator[ReligiousDay]:
    """Easter is one for nearly all; Christmas is kept on the day of the old (Julian) or of the new calendar."""
    sunday = easter(year, EASTER_ORTHODOX)
    yield _one(N_("Christmas by the old calendar"), date(year, 1, 7))
    yield _one(N_("Orthodox Good Friday"), sunday - 2 * _DAY)
    yield ReligiousDay(N_("Orthodox Easter"), sunday, sunday + _DAY)
    yield _one(N_("Orthodox Pentecost"), sunday + 49 * _DAY)
    yield _one(N_("Christmas Day"), date(year, 12, 25))


def _one(name: str, day: date) -> ReligiousDay:
    return ReligiousDay(name, day, day)


def _hindu(year: int) -> Iterator[ReligiousDay]:
    """As India keeps them."""
    from holidays.calendars.hindu import _HinduLunisolar

    hindu = _HinduLunisolar()
    yield from _said_by_table(N_("Maha Shivaratri"), hindu.maha_shivaratri_date(year))
    yield from _said_by_table(N_("Holi"), hindu.holi_date(year))
    yield from _said_by_table(N_("Ram Navami"), hindu.ram_navami_date(year))
    yield from _said_by_table(N_("Raksha Bandhan"), hindu.raksha_bandhan_date(year))
    yield from _said_by_table(N_("Janmashtami"), hindu.janmashtami_date(year))
    yield from _said_by_table(N_("Ganesh Chaturthi"), hindu.ganesh_chaturthi_date(year))
    yield from _said_by_table(N_("Navaratri"), hindu.sharad_navratri_date(year), days=9)
    yield from _said_by_table(N_("Dussehra"), hindu.dussehra_date(year))
    yield from _said_by_table(N_("Diwali"), hindu.diwali_india_date(year))


def _sikh(year: int) -> Iterator[ReligiousDay]:
    from holidays.calendars.hindu import _HinduLunisolar

    table = _HinduLunisolar()
    yield from _said_by_table(N_("Hola Mohalla"), table.hola_mohalla_date(year))
    yield from _said_by_table(N_("Vaisakhi"), table.vaisakhi_date(year))
    yield from _said_by_table(N_("Guru Nanak’s birthday"), table.guru_nanak_jayanti_date(year))


def _buddhist(year: int) -> Iterator[ReligiousDay]:
    """Magha Puja as Thailand has it; Vesak as most of South-East Asia, the birthday as China and Korea."""
    from holidays.calendars.buddhist import _BuddhistLunisolar
    from holidays.calendars.chinese import _ChineseLunisolar
    from holidays.calendars.thai import _ThaiLunisolar

    yield from _said_by_table(N_("Magha Puja"), (_ThaiLunisolar().makha_bucha_date(year), True))
    yield from _said_by_table(N_("Buddha’s birthday"), _ChineseLunisolar().buddha_birthday_date(year))
    yield from _said_by_table(N_("Vesak"), _BuddhistLunisolar().vesak_date(year))


def _lunar(year: int) -> Iterator[ReligiousDay]:
    """The new year from the evening meal before it to its third day."""
    from holidays.calendars.chinese import _ChineseLunisolar

    chinese = _ChineseLunisolar()
    for day in _said_by_table(N_("Lunar New Year"), chinese.lunar_new_year_date(year), days=3):
        yield msgspec.structs.replace(day, from_evening=True)
    yield from _said_by_table(N_("Mid-Autumn Festival"), chinese.mid_autumn_date(year))


def _nowruz(year: int) -> Iterator[ReligiousDay]:
    from holidays.calendars.persian import _Persian

    if day := _Persian().new_year_date(year):
        yield ReligiousDay(N_("Nowruz"), day, day, from_evening=True)


def _said_by_table(name: str, found: tuple[date | None, bool], days: int = 1) -> Iterator[ReligiousDay]:
    """A day of a table, with its mark whether it is an estimate; nothing where the table has ended."""
    first, expected = found
    if first:
        yield ReligiousDay(name, first, first + (days - 1) * _DAY, expected)


_TRADITIONS: Final[dict[str, Callable[[int], Iterator[ReligiousDay]]]] = {
    "muslim": _muslim,
    "jewish": _jewish,
    "western": _western,
    "orthodox": _orthodox,
    "hindu": _hindu,
    "sikh": _sikh,
    "buddhist": _buddhist,
    "lunar": _lunar,
    "nowruz": _nowruz,
}
TRADITIONS: Final = tuple(_TRADITIONS)
