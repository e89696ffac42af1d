"""What a language is called in many languages: from a name to its code."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from babel import Locale, UnknownLocaleError

from planner.i18n import language

_NAMED_IN = ("en", "de", "fr", "es", "tr", "it", "nl", "pl", "pt", "ar", "uk", "ru", "sv", "fa")
_ALSO = {
    "farsi": "fa", "dari": "fa", "castellano": "es", "castilian": "es", "mandarin": "zh", "flemish": "nl",
    "kurmanci": "ku", "kurmanji": "ku", "kurdi": "ku", "sorani": "ckb", "tagalog": "fil", "brasileiro": "pt",
    "moldovan": "ro", "bosnian croatian serbian": "sr", "bks": "sr", "deutsch": "de", "turkce": "tr",
}  # fmt: skip
_THREE_LETTERS = {
    "eng": "en", "deu": "de", "ger": "de", "fra": "fr", "fre": "fr", "spa": "es", "esp": "es", "tur": "tr",
    "ara": "ar", "ita": "it", "pol": "pl", "por": "pt", "rus": "ru", "ukr": "uk", "zho": "zh", "chi": "zh",
    "fas": "fa", "per": "fa", "kur": "ku", "ron": "ro", "rum": "ro", "som": "so", "tir": "ti", "vie": "vi",
}  # fmt: skip


def folded(text: str) -> str:
    """The text for comparing: lower case, without accents, with single blanks for all but letters and digits."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("ı", "i").replace("ß", "ss"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[\W_]+", " ", plain).split())


# Those that families in Europe and the Americas speak most; a file may bring any other.
_OFTEN = """
    am ar az bg bn bs ca cs da de el en es et fa fi fil fr ga gu ha hi hr ht hu hy id it ja ka km ko ku lo lt lv mk
    mn ms my ne nl no pa pl ps pt ro ru si sk sl so sq sr sv sw ta te th ti tr uk ur uz vi yo zh
"""


def known_languages(also: str = "") -> list[str]:
    """Codes of languages to choose from, in the order of their names; `also` is one that must be among them."""
    return sorted({*_OFTEN.split(), also} - {""}, key=lambda code: folded(say_language(code)))


def say_language(code: str | None) -> str:
    """A language's name in the reader's; the code itself where it has no name, empty where there is none."""
    return _language_name(code, language()) if code else ""


@lru_cache(maxsize=1024)
def _language_name(code: str, reader: str) -> str:
    try:
        name = Locale.parse(code.replace("-", "_")).get_display_name(reader) or code
    except (UnknownLocaleError, ValueError):
        return code
    return name[:1].upper() + name[1:]


@lru_cache(maxsize=1000)
def language_code(text: str) -> str | None:
    """The code of a language by its name or tag: "Arabic", "arabe", "Türkisch" and "ar-SY" give ar, ar, tr, ar.

    Where several languages are named, the first that is known counts.
    """
    if len(text) > 100:
        return None
    for part in [text, *re.split(r"[,;/|+&]| and | und | et | y | ve ", text)]:
        code = _tag(part.strip()) or _names().get(folded(part))
        if code:
            return code
    return None


def _tag(text: str) -> str | None:
    found = re.fullmatch(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{2,8})*", text)
    if not found:
        return None
    primary = found[1].lower()
    primary = _THREE_LETTERS.get(primary, primary)
    try:
        return Locale.parse(primary).language
    except (UnknownLocaleError, ValueError):
        return None


@cache
def _names() -> dict[str, str]:
    names: dict[str, str] = {}
    for own in _NAMED_IN:
        for code, name in Locale.parse(own).languages.items():
            primary = code.split("_")[0]
            if len(primary) == 2 or code in ("fil", "ckb", "kab", "zgh"):
                names.setdefault(folded(name), primary)
    for code in {code for code in names.values() if len(code) == 2}:
        try:
            own_name = Locale.parse(code).get_display_name(code)
        except (UnknownLocaleError, ValueError):
            continue
        if own_name:
            names.setdefault(folded(own_name), code)
    return {**names, **_ALSO}
