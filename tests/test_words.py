"""Every language says everything: catalogues against the words that stand in the source."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from planner.calendars.words import say_people
from planner.desk import say_parties
from planner.i18n import LOCALE_FOLDER, available_languages, best_language, speaking
from planner.times import say_day, say_length, say_moment, say_short_day, say_when

ROOT = Path(__file__).parent.parent
TRANSLATED = [code for code in available_languages() if code != "en"]
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "N_": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
Key = tuple[str | None, str | tuple[str, ...]]


@cache
def said_in_the_source() -> frozenset[Key]:
    """Every message of code and templates, found as `make words` finds it."""
    mappings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]
    methods, options = [], {}
    for mapping in mappings:
        rest = {name: value for name, value in mapping.items() if name not in ("method", "pattern")}
        patterns = mapping["pattern"] if isinstance(mapping["pattern"], list) else [mapping["pattern"]]
        for pattern in patterns:
            methods.append((pattern, mapping["method"]))
            options[pattern] = rest
    template = Catalog()
    found = extract_from_dir(ROOT, methods, options, KEYWORDS, directory_filter=lambda path: ".venv" not in path)
    for _file, _line, message, _comments, context in found:
        template.add(message, context=context)
    return frozenset(key_of(message) for message in template if message.id)


def key_of(message: Message) -> Key:
    return message.context, message.id if isinstance(message.id, str) else tuple(message.id)


@cache
def catalogue(code: str) -> Catalog:
    with (LOCALE_FOLDER / code / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=code)


def translations(code: str) -> Iterator[tuple[Message, list[str], list[str]]]:
    """Each message with its forms in English and in the language."""
    for message in catalogue(code):
        if message.id:
            said = [message.id] if isinstance(message.id, str) else list(message.id)
            forms = [message.string] if isinstance(message.string, str) else list(message.string)
            yield message, said, forms


def test_spanish_is_found_by_its_folder() -> None:
    assert available_languages() == ("en", "es")
    assert best_language("es-MX") == best_language("es_419") == "es"


@pytest.mark.parametrize("code", TRANSLATED)
def test_nothing_that_people_read_is_untranslated(code: str) -> None:
    done = {key_of(message) for message, _said, forms in translations(code) if all(forms) and not message.fuzzy}
    missing = sorted(said_in_the_source() - done, key=str)
    assert not missing, f"`make words`, then translate in planner/locale/{code}: {missing}"


@pytest.mark.parametrize("code", TRANSLATED)
def test_nothing_is_kept_that_nobody_says_any_more(code: str) -> None:
    left = sorted(
        {key_of(message) for message, _said, _forms in translations(code)} - said_in_the_source(), key=str
    )
    assert not left, f"`make words` takes these out of planner/locale/{code}: {left}"


# A form for one alone may leave the number out: "One thing needs another look".
@pytest.mark.parametrize("code", TRANSLATED)
def test_a_translation_has_the_places_for_names_and_numbers_of_its_message(code: str) -> None:
    def places(text: str) -> list[str]:
        return sorted(re.findall(r"%\(\w+\)[sd]|%(?!\()", text))

    for message, said, forms in translations(code):
        assert len(forms) == (1 if isinstance(message.id, str) else catalogue(code).num_plurals), message.id
        assert places(forms[-1]) == places(said[-1]), message.id
        assert set(places(forms[0])) <= set(places(said[-1])) and set(places(forms[0])) >= set(places(said[0]))
        assert not list(message.check()), message.id


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_translation_keeps_the_marks_and_the_blanks_at_the_edges(code: str) -> None:
    for message, said, forms in translations(code):
        for form in forms:
            assert re.findall(r"<[^>]+>", form) == re.findall(r"<[^>]+>", said[-1]), message.id
            assert (form[0] == " ", form[-1] == " ") == (said[-1][0] == " ", said[-1][-1] == " "), message.id


def test_apostrophes_and_quotation_marks_are_those_of_print() -> None:
    said = [words for _context, key in said_in_the_source() for words in ([key] if isinstance(key, str) else key)]
    said += [form for code in TRANSLATED for _message, _said, forms in translations(code) for form in forms]
    # In tags they belong to HTML, in patterns of dates to Unicode's data of languages ("EEEE d 'de' MMMM").
    texts = [words for words in said if not re.search(r"\b(EEEE|MMMM)\b", words)]
    assert not [words for words in texts if re.search(r"['\"]", re.sub(r"<[^>]+>", "", words))]


@pytest.mark.parametrize("code", TRANSLATED)
def test_several_forms_for_numbers_are_those_that_the_language_has(code: str) -> None:
    assert catalogue(code).plural_forms == Catalog(locale=code).plural_forms


def test_dates_in_spanish_read_as_spanish_does() -> None:
    start = datetime(2027, 3, 18, 17, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    with speaking("es"):
        assert say_day(start) == "jueves 18 de marzo de 2027"
        assert say_day(date(2027, 3, 18), year=False) == "jueves 18 de marzo"
        assert say_short_day(start) == "jue 18 mar"
        when = say_when(start, start + timedelta(hours=2), "Europe/Berlin")
        assert when == "jueves 18 de marzo de 2027, 17:30 a 19:30, hora de Berlín"
        assert say_moment(start, start + timedelta(hours=1), ZoneInfo("Europe/Berlin")) == "hoy 17:30"
        assert say_length(timedelta(hours=1, minutes=30)) == "1 hora 30 minutos"


def test_none_one_and_two_in_spanish() -> None:
    with speaking("es"):
        assert [say_people(number, 0) for number in (0, 1, 2)] == ["0 adultos", "1 adulto", "2 adultos"]
        assert [say_people(2, number) for number in (0, 1, 2)] == [
            "2 adultos",
            "2 adultos y 1 niño",
            "2 adultos y 2 niños",
        ]
        assert [say_parties(number, 1) for number in (0, 1, 2)] == [
            "1 profesional",
            "1 familia y 1 profesional",
            "2 familias y 1 profesional",
        ]
