"""What the columns of a contact file mean: from their names in many languages, or from what stands in them."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import NamedTuple

from planner.addresses import BadAddress, parse_address
from planner.parties.languages import folded
from planner.parties.tables import Row
from planner.parties.vocabulary import (
    CHILD_WORDS,
    COLUMN_WORDS,
    HOUSEHOLD_WORDS,
    PERSON_WORDS,
    PROFESSIONAL_WORDS,
)

SELF, CHILD, PARTNER = "self", "child", "partner"
_LOOK_AT = 30


class Column(NamedTuple):
    """What one column holds: `meaning` (email, first, adults, …) and whose (`self`, `parent 1`, `child`, …)."""

    meaning: str
    whose: str = SELF


class Columns(NamedTuple):
    """The header row's place among the rows (None: there is none) and what each column means (None: nothing)."""

    header_at: int | None
    columns: list[Column | None]


_MEANINGS = {word: meaning for meaning, words in COLUMN_WORDS.items() for word in words}

_PERSONS = {word: whose for whose, words in PERSON_WORDS.items() for word in words}
KIND_WORDS = PROFESSIONAL_WORDS | HOUSEHOLD_WORDS | CHILD_WORDS - {"kind"}
_FILLER = re.compile(r"\b(?:of|the|der|des|de|du|la|le|del|no|nr|your|ihr|ihre|votre|tu)\b")
_NUMBER = re.compile(r"\b([1-4])\b|(?<=[a-z])([1-4])\b")
_ADDRESS = re.compile(r"[^\s@]{1,64}@[^\s@]{1,250}")


@cache
def column_meaning(name: str) -> Column | None:
    """What a column called `name` holds, or None where the name says nothing to us."""
    if len(name) > 80:
        return None
    words = folded(re.sub(r"\((?:s|en|n|r|in|e)\)|\*", "", name))
    if not words:
        return None
    if words in _MEANINGS:
        return Column(_MEANINGS[words])
    if words in _PERSONS:
        return Column("name", _PERSONS[words])
    number = _NUMBER.search(words)
    rest = " ".join((words[: number.start()] + " " + words[number.end() :]).split()) if number else words
    return _of_somebody(rest, (number[1] or number[2]) if number else None)


def _of_somebody(words: str, number: str | None) -> Column | None:
    """A column about somebody in particular: "parent 2 e-mail", "Vorname des Kindes", "Email 2"."""
    if words in _MEANINGS and number:
        return Column(_MEANINGS[words])
    parts = words.split()
    for size in range(min(4, len(parts)), 0, -1):
        for start in {0, len(parts) - size}:
            person = _PERSONS.get(" ".join(parts[start : start + size]))
            if not person:
                continue
            rest = " ".join(parts[:start] + parts[start + size :])
            rest = rest if rest in _MEANINGS else " ".join(_FILLER.sub(" ", rest).split())
            meaning = _MEANINGS.get(rest) if rest else "name"
            if meaning:
                return Column(meaning, f"parent {number}" if person == "parent 1" and number else person)
    shorter = " ".join(_FILLER.sub(" ", words).split())
    return Column(_MEANINGS[shorter]) if shorter in _MEANINGS else None


def understand_columns(rows: list[Row]) -> Columns:
    """Finds the header row among the first rows, and what each column means; without one the cells tell."""
    header_at = _header_place(rows)
    width = max((len(row.cells) for row in rows), default=0)
    if header_at is None:
        return Columns(None, _from_cells(rows, [None] * width, []))
    header = rows[header_at].cells
    body = rows[header_at + 1 :]
    columns = _settle_numbers([column_meaning(cell) for cell in header], header)
    columns = _settle_names(_settle_kind(header, columns, body), header)
    columns = _from_cells(body, columns + [None] * (width - len(columns)), header)
    return Columns(header_at, columns)


def _header_place(rows: list[Row]) -> int | None:
    best, place = 0, None
    for at, row in enumerate(rows[:_LOOK_AT]):
        if row.open_quote or any(_ADDRESS.search(cell) for cell in row.cells):
            break
        known = [column for cell in row.cells if (column := column_meaning(cell))]
        filled = sum(bool(cell.strip()) for cell in row.cells)
        telling = any(column.meaning in ("email", "name", "first", "last", "phone") for column in known)
        if telling and len(known) > best and (len(known) * 4 >= filled or len(known) > 3):
            best, place = len(known), at
    return place if place is not None else _nameless_header(rows)


def _nameless_header(rows: list[Row]) -> int | None:
    """A header in words that we do not know: the row without an address right above rows that have one."""
    for at, row in enumerate(rows[:_LOOK_AT]):
        if any(_ADDRESS.search(cell) for cell in row.cells):
            above = rows[at - 1] if at else None
            enough = above and sum(bool(cell.strip()) for cell in above.cells) >= max(2, len(row.cells) - 1)
            plain = above and not any(re.search(r"\d{3}|@", cell) for cell in above.cells)
            if enough and plain and len([r for r in rows[at : at + 3] if _ADDRESS.search(r.raw)]) > 1:
                return at - 1
            return None
    return None


def _settle_kind(header: list[str], columns: list[Column | None], body: list[Row]) -> list[Column | None]:
    """ "Kind" is the sort of contact in English and a child in German: what stands below tells."""
    settled = list(columns)
    for at, cell in enumerate(header):
        if folded(cell) == "kind":
            values = {folded(row.cells[at]) for row in body if at < len(row.cells)} - {""}
            if values and not any(value in KIND_WORDS for value in values):
                settled[at] = Column("name", CHILD)
    return settled


def _settle_numbers(columns: list[Column | None], header: list[str]) -> list[Column | None]:
    """Beside "Parent 2" the column "Email 2" is about that parent."""
    known = {column.whose for column in columns if column}
    settled = list(columns)
    for at, column in enumerate(columns):
        number = _NUMBER.search(folded(header[at]))
        if column in (Column("email"), Column("phone")) and number:
            parent = f"parent {number[1] or number[2]}"
            settled[at] = Column(column.meaning, parent) if parent in known else column
    return settled


def _settle_names(columns: list[Column | None], header: list[str]) -> list[Column | None]:
    """Beside a first name "Name" is the last name; beside addresses of parents a bare name is the child's."""
    known = {column for column in columns if column}
    settled = list(columns)
    for at, column in enumerate(columns):
        if not column or column.meaning != "name":
            continue
        first, last = Column("first", column.whose), Column("last", column.whose)
        if first in known and last not in known and "full" not in header[at].casefold():
            settled[at] = last
    parents = [c for c in known if c.meaning == "email" and re.match(r"parent|mother|father", c.whose)]
    own = any(c.whose == SELF and c.meaning == "email" for c in known)
    names = ("name", "first", "last")
    child = any(c.whose == CHILD and c.meaning in names for c in known)
    if parents and not own and not child:
        settled = [
            Column(c.meaning, CHILD) if c and c.whose == SELF and c.meaning in names else c for c in settled
        ]
    return settled


def _from_cells(body: list[Row], columns: list[Column | None], header: list[str]) -> list[Column | None]:
    """Adds what the cells alone say: where the addresses stand, and, without a header, names and phones."""
    found = list(columns)
    sample = body[:200]
    if not any(column and column.meaning == "email" for column in found):
        counts = Counter(at for row in sample for at, cell in enumerate(row.cells) if _is_address(cell))
        for at, _count in counts.most_common(1):
            if at < len(found):
                found[at] = Column("email")
    named = any(column and column.meaning in ("name", "first", "last") for column in found)
    if named or not any(found):
        return found
    wordy = []
    for at, column in enumerate(found):
        if column is not None or (at < len(header) and not header[at].strip()):
            continue
        cells = [row.cells[at].strip() for row in sample if at < len(row.cells) and row.cells[at].strip()]
        if not cells:
            continue
        if sum(bool(re.fullmatch(r"\+?[\d\s()/.-]{6,}", cell)) for cell in cells) * 2 > len(cells):
            found[at] = Column("phone")
        elif sum(bool(re.fullmatch(r"[^\d@]{2,60}", cell)) for cell in cells) * 3 > len(cells) * 2:
            wordy.append((at, sum(" " in cell for cell in cells) * 2 > len(cells)))
    return _with_names(found, wordy)


def _with_names(found: list[Column | None], wordy: list[tuple[int, bool]]) -> list[Column | None]:
    if wordy:
        (first, several), *others = wordy
        if several or not others:
            found[first] = Column("name")
        else:
            found[first], found[others[0][0]] = Column("first"), Column("last")
    return found


def _is_address(cell: str) -> bool:
    if "@" not in cell:
        return False
    try:
        parse_address(cell)
    except BadAddress:
        return False
    return True
