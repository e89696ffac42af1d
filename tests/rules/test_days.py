"""Days that many keep, against what the calendars of those who keep them say."""

from __future__ import annotations

from datetime import date

import pytest

from planner.days.public import countries, country_names, public_holidays, region_names
from planner.days.religious import TRADITIONS, ReligiousDay, religious_days, tradition_names
from planner.i18n import available_languages, speaking
from tests.test_words import TRANSLATED, catalogue


def kept(tradition: str, name: str, year: int) -> ReligiousDay:
    found = religious_days([tradition], date(year, 1, 1), date(year, 12, 31))
    [day] = [one for one in found if one.name == name and one.first.year == year]
    return day


@pytest.mark.parametrize(
    ("tradition", "name", "first", "last"),
    [
        ("muslim", "Ramadan", "2026-02-18", "2026-03-19"),
        ("muslim", "Eid al-Fitr", "2026-03-20", "2026-03-22"),
        ("muslim", "Eid al-Adha", "2026-05-27", "2026-05-30"),
        ("muslim", "Ramadan", "2027-02-08", "2027-03-08"),
        ("muslim", "Eid al-Adha", "2028-05-05", "2028-05-08"),
        ("jewish", "Rosh Hashanah", "2026-09-12", "2026-09-13"),
        ("jewish", "Yom Kippur", "2026-09-21", "2026-09-21"),
        ("jewish", "Sukkot", "2026-09-26", "2026-10-02"),
        ("jewish", "Shemini Atzeret and Simchat Torah", "2026-10-03", "2026-10-04"),
        ("jewish", "Passover", "2027-04-22", "2027-04-29"),
        ("jewish", "Yom Kippur", "2027-10-11", "2027-10-11"),
        ("jewish", "Hanukkah", "2027-12-25", "2028-01-01"),
        ("jewish", "Purim", "2028-03-12", "2028-03-12"),
        ("western", "Good Friday", "2026-04-03", "2026-04-03"),
        ("western", "Easter Sunday", "2027-03-28", "2027-03-28"),
        ("western", "Ascension Day", "2028-05-25", "2028-05-25"),
        ("orthodox", "Orthodox Easter", "2026-04-12", "2026-04-13"),
        ("orthodox", "Orthodox Easter", "2027-05-02", "2027-05-03"),
        ("orthodox", "Christmas by the old calendar", "2028-01-07", "2028-01-07"),
        ("hindu", "Holi", "2026-03-04", "2026-03-04"),
        ("hindu", "Diwali", "2026-11-08", "2026-11-08"),
        ("hindu", "Diwali", "2027-10-29", "2027-10-29"),
        ("hindu", "Diwali", "2028-10-17", "2028-10-17"),
        ("sikh", "Guru Nanak’s birthday", "2026-11-24", "2026-11-24"),
        ("buddhist", "Vesak", "2027-05-20", "2027-05-20"),
        ("lunar", "Lunar New Year", "2026-02-17", "2026-02-19"),
        ("lunar", "Mid-Autumn Festival", "2027-09-15", "2027-09-15"),
        ("nowruz", "Nowruz", "2028-03-20", "2028-03-20"),
    ],
)
def test_a_day_is_where_those_who_keep_it_have_it(tradition: str, name: str, first: str, last: str) -> None:
    day = kept(tradition, name, date.fromisoformat(first).year)
    assert (day.first.isoformat(), day.last.isoformat()) == (first, last)


def test_what_the_moon_decides_is_expected_and_what_is_reckoned_is_certain() -> None:
    assert kept("muslim", "Eid al-Fitr", 2027).expected
    assert kept("hindu", "Diwali", 2027).expected
    assert not kept("jewish", "Yom Kippur", 2027).expected
    assert not kept("western", "Easter Sunday", 2027).expected


def test_days_that_begin_at_sunset_are_found_on_the_evening_before() -> None:
    [found] = religious_days(["jewish"], date(2027, 10, 10), date(2027, 10, 10))
    assert (found.name, found.from_evening, found.fast) == ("Yom Kippur", True, True)
    assert not religious_days(["western"], date(2027, 3, 24), date(2027, 3, 24))


def test_a_feast_over_the_turn_of_the_year_is_found_in_both_years() -> None:
    for day in (date(2027, 12, 31), date(2028, 1, 1)):
        assert [one.name for one in religious_days(["jewish"], day, day)] == ["Hanukkah"]
    # Ramadan of 2030 is the second in that year.
    begun = religious_days(["muslim"], date(2031, 1, 2), date(2031, 1, 2))
    assert [(one.name, one.first, one.last) for one in begun] == [
        ("Ramadan", date(2030, 12, 26), date(2031, 1, 23))
    ]


def test_a_day_of_two_traditions_is_said_once() -> None:
    christmas = religious_days(["western", "orthodox"], date(2027, 12, 25), date(2027, 12, 25))
    assert [one.name for one in christmas] == ["Christmas Day"]


def test_every_day_has_a_name_in_every_language() -> None:
    named = {one.name for one in religious_days(TRADITIONS, date(2026, 1, 1), date(2028, 12, 31))}
    assert len(named) > 40
    for code in TRANSLATED:
        messages = {name: catalogue(code).get(name) for name in named}
        assert [name for name, message in messages.items() if message is None or not message.string] == []
    assert [key for key, _words in tradition_names()] == list(TRADITIONS)


def test_a_region_keeps_days_that_the_country_does_not() -> None:
    assert date(2027, 3, 8) in public_holidays("DE", "BE", 2027)
    assert date(2027, 3, 8) not in public_holidays("DE", None, 2027)
    assert public_holidays("DE", "Bavaria", 2027) == public_holidays("DE", None, 2027)
    assert not public_holidays(None, None, 2027)


@pytest.mark.parametrize(
    ("spoken", "country", "day", "name"),
    [
        ("en", "DE", date(2027, 3, 26), "Good Friday"),
        ("es", "ES", date(2027, 3, 26), "Viernes Santo"),
        ("es", "US", date(2027, 11, 25), "Día de Acción de Gracias"),
        ("es", "US", date(2027, 7, 5), "Día de la Independencia (se traslada)"),
        ("en", "MX", date(2027, 9, 16), "Independence Day"),
        ("es", "MX", date(2027, 9, 16), "Día de la Independencia"),
        ("en", "GB", date(2027, 12, 25), "Christmas Day"),
    ],
)
def test_a_holiday_is_named_in_the_readers_language(spoken: str, country: str, day: date, name: str) -> None:
    with speaking(spoken):
        assert public_holidays(country, None, 2027)[day] == name


def test_years_that_no_table_reaches_have_no_days_and_no_trouble() -> None:
    assert public_holidays("LK", None, 2026)
    assert not public_holidays("LK", None, 2027)
    for year in (1970, 2101, 2199):
        found = religious_days(TRADITIONS, date(year, 1, 1), date(year, 12, 31))
        assert {"Easter Sunday", "Orthodox Easter"} <= {one.name for one in found}


def test_every_country_has_a_name_and_regions_have_theirs() -> None:
    for code in available_languages():
        with speaking(code):
            assert {one for one, _name in country_names()} == countries()
    assert ("BY", "Bayern") in region_names("DE")
    assert ("ENG", "England") in region_names("GB")
    assert region_names("IS") == region_names("ZZ") == region_names(None) == []
    # The column holds no more.
    assert all(len(code) <= 20 for country in ("DE", "NZ", "BR", "CH") for code, _name in region_names(country))
