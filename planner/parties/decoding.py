"""From the bytes of a contact file to its text: which encoding, and whether it is a list at all."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from typing import NamedTuple

from planner.errors import Refused
from planner.i18n import gettext as _

_CANDIDATES = ("cp1252", "mac_roman", "cp1254", "cp1250", "cp1251", "cp1256", "cp1253", "cp850")
_COMMON = frozenset("äöüßéèêëàâçñáíóúôîïåøæœãõìòùÄÖÜÉÈÀÇÑÁÍÓÚÅØŒÎÔ’‘“”„–—…«»°·¡¿€")
_CENTRAL = frozenset("ğışİŞĞłąęśćżźńŁŚŻőűčřšžěůýďťňČŘŠŽ")
_QUIET = frozenset("’‘“”„–—…«»°·¡¿€§´`\u00a0º")
_BROKEN = re.compile(r"[ÂÃÄÅÐÑØÙÎÏâ√][\u0080-\u00ff\u0152-\u0178\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]|√.")
_CONTROL = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f]")


class NotAList(Refused):
    """The file is no list of people that could be read; `detail` says why in plain words."""

    status = 422


class Decoded(NamedTuple):
    """A file's text, and the encoding that it was written in."""

    text: str
    encoding: str


def decode(data: bytes) -> Decoded:
    """The text of a contact file with \\n line ends.

    Raises `NotAList` for other kinds of file and for encodings nobody can tell.
    """
    _refuse_other_kinds(data)
    text, encoding = letters(data)
    if len(_CONTROL.findall(text)) > max(8, len(text) // 100):
        raise NotAList(
            _("This is not a list of people: it is no text. Save the list as CSV and choose that file.")
        )
    return Decoded(text.replace("\r\n", "\n").replace("\r", "\n"), encoding)


def mend(text: str) -> str:
    """The text without the marks of having been decoded wrongly before ("JosÃ©" is "José")."""
    for _again in range(2):
        if not _BROKEN.search(text):
            break
        mended = _undo(text)
        if mended is None:
            break
        text = mended
    return text


def _undo(text: str) -> str | None:
    for codec in ("cp1252", "latin-1", "mac_roman"):
        try:
            raw = b"".join(_byte(letter, codec) for letter in text)
            mended = raw.decode("utf-8")
        except UnicodeError:
            continue
        if len(mended) < len(text):
            return mended
    return None


def _byte(letter: str, codec: str) -> bytes:
    if codec == "cp1252" and letter in "\x81\x8d\x8f\x90\x9d":
        return letter.encode("latin-1")
    return letter.encode(codec)


def _refuse_other_kinds(data: bytes) -> None:
    start = data[:2048].lstrip(b"\xef\xbb\xbf \t\r\n")
    kinds = {
        _("a PDF"): (b"%PDF",),
        _("a workbook, not a CSV"): (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"),
        _("a picture"): (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF"),
        _("a text document"): (b"{\\rtf",),
        _("a web page"): (b"<!doctype", b"<html", b"<?xml", b"<table", b"<head", b"<meta"),
        _("a calendar"): (b"BEGIN:VCALENDAR",),
        _("a set of address cards"): (b"BEGIN:VCARD",),
        _("a compressed file"): (b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!"),
        _("JSON"): (b'{"', b'[{"', b"[\n", b"{\n"),
    }
    for kind, signs in kinds.items():
        if any(start.lower().startswith(sign.lower()) for sign in signs):
            raise NotAList(
                _("This file is %(kind)s. Save the list as CSV in your table program and choose that file.")
                % {"kind": kind}
            )


def letters(data: bytes) -> Decoded:
    """The text that bytes most likely are, line ends as they stand. Raises `NotAList` where nobody can tell."""
    return Decoded(*_decode(data))


def _decode(data: bytes) -> tuple[str, str]:
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return _or_refuse(data, "utf-32"), "utf-32"
    if data.startswith(codecs.BOM_UTF8):
        data, name = data[3:], "utf-8 with BOM"
    elif data.startswith(codecs.BOM_UTF16_LE):
        return _or_refuse(data[2:], "utf-16-le"), "utf-16-le"
    elif data.startswith(codecs.BOM_UTF16_BE):
        return _or_refuse(data[2:], "utf-16-be"), "utf-16-be"
    elif wide := _wide(data):
        return _or_refuse(data, wide), wide
    else:
        name = "utf-8"
    try:
        return data.decode("utf-8"), name
    except UnicodeDecodeError:
        return _guessed(data)


def _or_refuse(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise NotAList(_unreadable()) from None


def _unreadable() -> str:
    return _("The letters of this file could not be read. Save it again as “CSV UTF-8” and choose that file.")


def _wide(data: bytes) -> str | None:
    """UTF-16 without a byte order mark: every other byte of plain text is NUL."""
    sample = data[: 2000 - len(data) % 2]
    if len(sample) < 8 or len(data) % 2:
        return None
    for encoding, high in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[::2])):
        if high.count(0) > len(high) * 0.6 and sample.count(0) < len(sample) * 0.7:
            return encoding
    return None


def _guessed(data: bytes) -> tuple[str, str]:
    # A stray byte in a file that is UTF-8 otherwise spoils one row, not every name.
    lenient = data.decode("utf-8", errors="replace")
    good = sum(not letter.isascii() for letter in lenient) - lenient.count("\ufffd")
    if good > 3 * lenient.count("\ufffd"):
        return lenient, "utf-8"
    best: tuple[float, str, str] | None = None
    for place, encoding in enumerate(_CANDIDATES):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        score = _plausibility(text) - place * 0.01
        if encoding == "mac_roman" and b"\r" in data and b"\n" not in data:
            score += 1
        if best is None or score > best[0]:
            best = (score, text, encoding)
    if best is None or best[0] < -3:
        raise NotAList(_unreadable())
    return best[1], best[2]


def _plausibility(text: str) -> float:
    words = Counter(word for word in re.split(r"[\s,;|\"]+", text) if not word.isascii())
    return sum(_likeliness(word) for word in words)


def _likeliness(word: str) -> float:
    """How much one word with letters outside ASCII looks like one that people write."""
    score = 0.0
    for place, letter in enumerate(word):
        if letter.isascii():
            continue
        before, after = word[place - 1 : place], word[place + 1 : place + 2]
        if not letter.isalpha():
            inside = before.isalpha() and after.isalpha()
            score -= 0.0 if letter in "’‘·" or (letter in _QUIET and not inside) else 3.0
            continue
        script = unicodedata.name(letter, "?").split(" ")[0]
        if script != "LATIN":
            same = [
                unicodedata.name(other, "?").startswith(script) for other in (before, after) if other.isalpha()
            ]
            score += 0.6 if same and all(same) else -3.0
            continue
        score += 1.0 if letter in _COMMON else 0.8 if letter in _CENTRAL else -0.5
        if (letter.isupper() and before.islower()) or (after and not after.isascii() and after.isalpha()):
            score -= 2.5
    return score
