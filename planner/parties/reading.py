"""Reads contact files, messy as they are: bytes in, facts out. Nothing is stored here.

Rows come out as parties, because a party is what is invited and what a second import must find again; each holds
its grown-ups, and children are only counted on it. Every row that is left out is kept with the reason.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from planner.addresses import say_suggestion
from planner.i18n import gettext as _
from planner.parties.cells import plain
from planner.parties.decoding import NotAList, decode, mend
from planner.parties.headers import Column, Columns, understand_columns
from planner.parties.households import Households, ReadParty, ReadPerson
from planner.parties.languages import folded
from planner.parties.row_facts import NotTaken, row_facts
from planner.parties.tables import Row, find_delimiter, split_rows
from planner.parties.vocabulary import TOTAL_WORDS
from planner.spreadsheets import write_csv

__all__ = ["NotAList", "NotUnderstood", "ReadParty", "ReadPerson", "Reading", "mend_file", "read_people"]


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """A row that is left out: the line on which it begins, as it stands there, and why in plain words."""

    row: int
    raw: str
    reason: str
    suggestion: str | None = None
    cells: tuple[str, ...] = ()


@dataclass(slots=True)
class Reading:
    """What was understood of a file, and what was not.

    `rows` counts the rows below the header. `notes` are sentences about the file as a whole.
    """

    parties: list[ReadParty] = field(default_factory=list)
    not_understood: list[NotUnderstood] = field(default_factory=list)
    encoding: str = "utf-8"
    delimiter: str = ","
    header: list[str] = field(default_factory=list)
    rows: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def people(self) -> list[ReadPerson]:
        """The grown-ups of all parties."""
        return [person for party in self.parties for person in party.people]


def read_people(data: bytes) -> Reading:
    """Reads a list of people from the bytes of a file.

    Raises `NotAList` where the bytes are another kind of file or cannot be read as text.
    """
    text, encoding = decode(data)
    text = text.replace("\x00", "")
    delimiter = find_delimiter(text)
    rows, mended = _mended(split_rows(text, delimiter))
    reading = Reading(encoding=encoding, delimiter=delimiter)
    if mended:
        reading.notes.append(_("Some letters had been saved wrongly; they were mended."))
    if not rows:
        reading.notes.append(_("The file is empty."))
        return reading
    columns = understand_columns(rows)
    if columns.header_at is not None:
        reading.header = rows[columns.header_at].cells
    _read_rows(reading, rows, columns)
    return reading


def mend_file(reading: Reading) -> bytes:
    """The rows that were not understood as CSV, each with its number and the reason, to be mended and imported."""
    width = max([len(reading.header), *(len(left.cells) for left in reading.not_understood)])
    header = [*reading.header, *[""] * (width - len(reading.header)), *_added()] if reading.header else []
    rows = []
    for left in reading.not_understood:
        why = left.reason
        if left.suggestion:
            why += " " + say_suggestion(left.suggestion)
        rows.append([*left.cells, *[""] * (width - len(left.cells)), str(left.row), why])
    return write_csv(header, rows)


def _added() -> list[str]:
    """The names of the columns that we add to what is to be mended."""
    return [_("Row"), _("Why not")]


def _mended(rows: list[Row]) -> tuple[list[Row], bool]:
    changed = False
    for at, row in enumerate(rows):
        if row.raw.isascii():
            continue
        cells = [mend(cell) for cell in row.cells]
        if cells != row.cells:
            rows[at] = row._replace(cells=cells)
            changed = True
    return rows, changed


def _read_rows(reading: Reading, rows: list[Row], columns: Columns) -> None:
    below = rows if columns.header_at is None else rows[columns.header_at + 1 :]
    while below and (below[-1].is_empty):
        below = below[:-1]
    reading.rows = len(below)
    for row in rows[: columns.header_at or 0]:
        _leave(reading, row, NotTaken(_("This stands above the names of the columns.")))
    width = len(reading.header) or Counter(len(row.cells) for row in below).most_common(1)[0][0] if below else 0
    last_filled = max((at for at, row in enumerate(below) if not _is_empty_or_total(row)), default=-1)
    address_expected = any(column and column.meaning == "email" for column in columns.columns)
    households = Households()
    for at, row in enumerate(below):
        if row.is_empty and at > last_filled:
            continue
        try:
            _refuse_odd(row, width, reading)
            facts = row_facts(row, columns.columns, address_expected)
            households.add(facts)
        except NotTaken as not_taken:
            _leave(reading, row, not_taken)
            continue
        reading.notes += [
            _("Row %(row)d: “%(cell)s” is not a number we can read, so nobody is counted by it.")
            % {"row": row.line, "cell": cell}
            for cell in facts.unread
        ]
        if facts.language_text and not facts.language:
            reading.notes.append(
                _("Row %(row)d: the language “%(language)s” is not known to us.")
                % {"row": row.line, "language": facts.language_text}
            )
    reading.parties = households.parties()
    if unused := _unused(reading.header, columns.columns, below):
        reading.notes.append(_("These columns are not kept: %(columns)s.") % {"columns": ", ".join(unused)})
    if not below:
        reading.notes.append(_("There are no rows below the names of the columns."))


def _unused(header: list[str], columns: list[Column | None], below: list[Row]) -> list[str]:
    """The names of the columns that hold something and mean nothing to us, as many as one reads."""
    filled = {at for row in below for at, cell in enumerate(row.cells) if cell.strip()}
    named = [(at, plain(name)[:40]) for at, name in enumerate(header) if name.strip()]
    unused = [name for at, name in named if at in filled and columns[at] is None and name not in _added()]
    return unused[:12]


def _refuse_odd(row: Row, width: int, reading: Reading) -> None:
    if row.open_quote:
        raise NotTaken(_("A quotation mark is opened here and never closed."))
    if row.is_empty:
        raise NotTaken(_("The row is empty but for separators."))
    if any(cell.strip() for cell in row.cells[width:]):
        raise NotTaken(
            _("%(found)d columns where the others have %(width)d. A cell may hold the separator “%(separator)s”.")
            % {"found": len(row.cells), "width": width, "separator": reading.delimiter}
        )
    if _is_total(row):
        raise NotTaken(_("This is a total, not a person."))
    if row.cells == reading.header:
        raise NotTaken(_("These are the names of the columns once more."))


def _is_total(row: Row) -> bool:
    if "@" in row.raw:
        return False
    words = [folded(cell) for cell in row.cells if cell.strip()]
    return any(word in TOTAL_WORDS for word in words[:2])


def _is_empty_or_total(row: Row) -> bool:
    return row.is_empty or _is_total(row)


def _leave(reading: Reading, row: Row, not_taken: NotTaken) -> None:
    reading.not_understood.append(
        NotUnderstood(row.line, row.raw, not_taken.reason, not_taken.suggestion, tuple(row.cells))
    )
