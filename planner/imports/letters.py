"""From the bytes of a file to its letters: which encoding people's programs wrote it in."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from typing import NamedTuple

_CANDIDATES = ("cp1252", "mac_roman", "cp1254", "cp1250", "cp1251", "cp1256", "cp1253", "cp850")
_COMMON = frozenset("äöüßéèêëàâçñáíóúôîïåøæœãõìòùÄÖÜÉÈÀÇÑÁÍÓÚÅØŒÎÔ’‘“”„–—…«»°·¡¿€")
_CENTRAL = frozenset("ğışİŞĞłąęśćżźńŁŚŻőűčřšžěůýďťňČŘŠŽ")
_QUIET = frozenset("’‘“”„–—…«»°·¡¿€§´`\u00a0º")


class NoLetters(Exception):
    """No encoding makes words of these bytes."""


class Decoded(NamedTuple):
    """A file's text, and the encoding that it was written in."""

    text: str
    encoding: str


def letters(data: bytes) -> Decoded:
    """The text that bytes most likely are, line ends as they stand. Raises NoLetters where nobody can tell."""
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return Decoded(_or_refuse(data, "utf-32"), "utf-32")
    if data.startswith(codecs.BOM_UTF8):
        data, name = data[3:], "utf-8 with BOM"
    elif data.startswith(codecs.BOM_UTF16_LE):
        return Decoded(_or_refuse(data[2:], "utf-16-le"), "utf-16-le")
    elif data.startswith(codecs.BOM_UTF16_BE):
        return Decoded(_or_refuse(data[2:], "utf-16-be"), "utf-16-be")
    elif wide := _wide(data):
        return Decoded(_or_refuse(data, wide), wide)
    else:
        name = "utf-8"
    try:
        return Decoded(data.decode("utf-8"), name)
    except UnicodeDecodeError:
        return _guessed(data)


def _or_refuse(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise NoLetters from None


def _wide(data: bytes) -> str | None:
    """UTF-16 without a byte order mark: every other byte of plain text is NUL."""
    sample = data[: 2000 - len(data) % 2]
    if len(sample) < 8 or len(data) % 2:
        return None
    for encoding, high in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[::2])):
        if high.count(0) > len(high) * 0.6 and sample.count(0) < len(sample) * 0.7:
            return encoding
    return None


def _guessed(data: bytes) -> Decoded:
    # A stray byte in a file that is UTF-8 otherwise spoils one row, not every name.
    lenient = data.decode("utf-8", errors="replace")
    good = sum(not letter.isascii() for letter in lenient) - lenient.count("\ufffd")
    if good > 3 * lenient.count("\ufffd"):
        return Decoded(lenient, "utf-8")
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
        raise NoLetters
    return Decoded(best[1], best[2])


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
