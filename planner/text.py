"""People's words as they come in: what is dropped, what is refused."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

from planner.errors import FieldError
from planner.i18n import gettext as _

# C0 and C1 controls, lone surrogates, and the marks that turn the writing direction of what follows.
_DROPPED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff]")
_BREAKS = re.compile(r"[\r\n\x00\x0b\x0c\x85\u2028\u2029]")


def one_line(text: str) -> str:
    """A line of text without control characters and with single spaces, in Unicode's composed form.

    Line breaks become spaces: use `line_field` where they are to be refused.
    """
    text = _DROPPED.sub("", _BREAKS.sub(" ", text).replace("\t", " "))
    return unicodedata.normalize("NFC", " ".join(text.split()))


def many_lines(text: str) -> str:
    """Text of several lines: line ends become \\n, other control characters are dropped."""
    # Most texts are clean already, and this is read for each event of a feed.
    if not text.replace("\n", "").isprintable():
        text = _DROPPED.sub("", re.sub(r"\r\n?|[\x85\u2028\u2029]", "\n", text))
    return unicodedata.normalize("NFC", text).strip("\n").rstrip()


def slug_words(text: str) -> str:
    """Its words as an address spells them, 60 letters at most: "Café & Friends" is cafe-friends; may be empty."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")


def is_web_address(text: str) -> bool:
    """Whether it is an http or https address and nothing beside it."""
    try:
        parts = urlsplit(text)
        return (
            parts.scheme in ("http", "https") and bool(parts.hostname) and text.isprintable() and " " not in text
        )
    except ValueError:
        return False


def line_field(field: str, text: str | None, most: int, errors: list[FieldError], required: bool = False) -> str:
    """A one-line field, cleaned; what is wrong with it is added to `errors`.

    `most` is the greatest length in characters. CR, LF and NUL are refused, since they could start a new
    header or a new row somewhere else.
    """
    if text is not None and re.search(r"[\r\n\x00]", text):
        errors.append(FieldError(field, _("Write this on one line.")))
        return ""
    return _measured(field, one_line(text or ""), most, errors, required)


def text_field(field: str, text: str | None, most: int, errors: list[FieldError], required: bool = False) -> str:
    """A field of several lines, cleaned; what is wrong with it is added to `errors`."""
    return _measured(field, many_lines(text or ""), most, errors, required)


def _measured(field: str, text: str, most: int, errors: list[FieldError], required: bool) -> str:
    if required and not text:
        errors.append(FieldError(field, _("Please fill this in.")))
    if len(text) > most:
        errors.append(
            FieldError(
                field,
                _("This is too long: %(length)d characters, %(most)d at most.")
                % {"length": len(text), "most": most},
            )
        )
    return text
