"""What stands in one cell: several names, several addresses, a number, yes or no."""

from __future__ import annotations

import re
from typing import NamedTuple

from planner.addresses import BadAddress, address_key, parse_address
from planner.i18n import gettext as _
from planner.parties.languages import folded
from planner.parties.vocabulary import NO_WORDS, PLACEHOLDERS
from planner.text import one_line

_AND = re.compile(r"\s*(?:;|&|\+|/|\n)\s*|\s+(?:and|und|et|y|e|ve|i|und)\s+", re.IGNORECASE)
# Begins at the bracket, so that a cell of blanks costs no more than its length.
_ANGLED = re.compile(r"<\s*(?:mailto:)?([^<>\s]+@[^<>\s]+)\s*>", re.IGNORECASE)


class Named(NamedTuple):
    """An address and the name that stood with it in its cell ("" where none did)."""

    address: str
    name: str


def plain(cell: str) -> str:
    """One line of a cell's text; the apostrophe that keeps a spreadsheet from running it is dropped."""
    text = one_line(cell)
    return text[1:] if re.match(r"'[=+\-@]", text) else text


def is_yes(cell: str) -> bool:
    """Whether a cell that answers a yes-or-no question says anything but no."""
    return folded(cell) not in {"", *NO_WORDS}


def number(cell: str) -> int | None:
    """A small head count, or None: 0 to 99, also as "2.0"."""
    found = re.fullmatch(r"\s*\+?(\d{1,2})(?:[.,]0+)?\s*", cell)
    return int(found[1]) if found else None


def addresses(cell: str) -> list[Named]:
    """The addresses of a cell, each once: several by comma or semicolon, with names, or as mailto.

    Raises `BadAddress` where one of them is none.
    """
    text = cell.replace("\n", ";").replace("\r", ";").strip(" \t\u00a0\u200b;,")
    text = text[1:] if text.startswith("'") else text
    if len(text) > 2000:
        raise BadAddress(_("The cell of the address is too long."))
    if "@" not in text and (not folded(text) or folded(text) in PLACEHOLDERS):
        return []
    try:
        return [Named(parse_address(text), "")]
    except BadAddress:
        if "@" not in text:
            raise
    displayed, rest = _displayed(text)
    found = [Named(parse_address(one.address), one_line(one.name)) for one in displayed]
    for part in _parts(rest):
        found.append(Named(parse_address(part), ""))
    return list({address_key(one.address): one for one in reversed(found)}.values())[::-1]


def _displayed(text: str) -> tuple[list[Named], str]:
    """What stands as "Name <address>", and the rest of the text."""
    found, rest, at = [], [], 0
    for angled in _ANGLED.finditer(text):
        before = text[at : angled.start()].rstrip().removesuffix('"')
        words = re.split(r'[<>"]', before)[-1]
        # An address without brackets may stand before the name.
        after = re.search(r"@[^;,\s]*[;,\s]+", words)
        words = words[after.end() :] if after else words
        rest.append(before[: len(before) - len(words)])
        found.append(Named(angled[1], words.strip(" \t,;'")))
        at = angled.end()
    left = (part.strip(' \t,;"') for part in [*rest, text[at:]])
    return found, ";".join(part for part in left if part)


def _parts(text: str) -> list[str]:
    parts = re.split(r"[;,|]+", text)
    if any(part.count("@") > 1 for part in parts):
        parts = re.split(r"[;,|/\s]+", text)
    cleaned = [
        re.sub(r"^\s*mailto:", "", part, flags=re.IGNORECASE).strip(" \t<>\"'()\u00a0\u200b") for part in parts
    ]
    # "anna@example,org" is one address with a slip, not two.
    if len(cleaned) > 1 and sum("@" in part for part in cleaned) == 1:
        parse_address(text)
    return [part for part in cleaned if part]


def names(cell: str) -> list[str]:
    """The people named in a cell: "Kate & Dan Harrow" are two, "Duarte, Rita" is Rita Duarte."""
    text = plain(cell.replace("\n", ";"))
    parts = [part for part in _AND.split(text) if part.strip()]
    if len(parts) == 1 and text.count(",") == 1:
        left, right = (part.strip() for part in text.split(","))
        if left and right:
            return [left, right] if " " in left and " " in right else [f"{right} {left}"]
    if len(parts) < 2 or not all(re.match(r"[^\W\d_]", part) for part in parts):
        return [text] if text else []
    if len(parts[0].split()) > 1 and len(parts[-1].split()) == 1:
        return [text]
    last = parts[-1].split()
    if len(last) > 1:
        surname = " ".join(last[1:])
        parts = [f"{part} {surname}" if " " not in part else part for part in parts]
    return [_turned(part) for part in parts]


def _turned(name: str) -> str:
    left, comma, right = name.partition(",")
    return f"{right.strip()} {left.strip()}" if comma and right.strip() and left.strip() else name.strip()


def labels(cell: str) -> list[str]:
    """The groups named in a cell: several by comma or semicolon, with or without quotes."""
    parts = re.split(r":::|[;,|\n]", cell)
    found = [plain(part.strip().strip('"')).strip('"* ')[:200] for part in parts]
    return [label for label in found if label and label != "myContacts"]
