"""Words in the reader's language: gettext catalogues through Babel, the language of a request or a mail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

LOCALE_FOLDER = Path(__file__).parent / "locale"
SOURCE_LANGUAGE = "en"
RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"})

_language: ContextVar[str] = ContextVar("language", default=SOURCE_LANGUAGE)


@cache
def available_languages() -> tuple[str, ...]:
    """Codes of the languages that pages and mails exist in, the source language first."""
    found = sorted(folder.name for folder in LOCALE_FOLDER.iterdir() if (folder / "LC_MESSAGES").is_dir())
    return (SOURCE_LANGUAGE, *(code for code in found if code != SOURCE_LANGUAGE))


def language() -> str:
    """The language that is spoken now."""
    return _language.get()


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Speaks a language for a while."""
    token = _language.set(code)
    try:
        yield
    finally:
        _language.reset(token)


def speak(code: str) -> None:
    """Speaks a language for the rest of this request."""
    _language.set(code)


def best_language(*wanted: str | None) -> str:
    """The first wanted language that exists here, by its primary code ("es-MX" finds "es"), else English."""
    for code in wanted:
        primary = (code or "").replace("_", "-").split("-")[0].lower()
        if primary in available_languages():
            return primary
    return SOURCE_LANGUAGE


def own_name(code: str) -> str:
    """A language's name in itself: English, español."""
    name = Locale.parse(code).get_display_name(code) or code
    return name[0].upper() + name[1:]


def direction(code: str) -> str:
    """`rtl` or `ltr`, for the `dir` attribute."""
    return "rtl" if code.split("-", maxsplit=1)[0] in RIGHT_TO_LEFT else "ltr"


# Compiled when first needed, so that there is no build step to forget.
@cache
def _catalogue(code: str) -> NullTranslations:
    if code == SOURCE_LANGUAGE:
        return NullTranslations()
    compiled = BytesIO()
    with (LOCALE_FOLDER / code / "LC_MESSAGES" / "messages.po").open("rb") as source:
        write_mo(compiled, read_po(source, locale=code))
    compiled.seek(0)
    return Translations(compiled)


def gettext(message: str) -> str:
    """The message in the language spoken now; interpolate after translating."""
    return _catalogue(_language.get()).gettext(message)


def N_(message: str) -> str:
    """A message that is translated later, where it is said."""
    return message


def ngettext(singular: str, plural: str, number: int) -> str:
    """The message in the language spoken now, in the form that the number asks for."""
    return _catalogue(_language.get()).ngettext(singular, plural, number)


def pgettext(context: str, message: str) -> str:
    """The message where one English word has several meanings; `context` tells them apart."""
    return str(_catalogue(_language.get()).pgettext(context, message))
