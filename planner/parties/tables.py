"""From the text of a contact file to its rows: the separator, quotes, and quotes that never close."""

from __future__ import annotations

import re
from typing import NamedTuple

DELIMITERS = (",", ";", "\t", "|")
_SEP = re.compile(r'"?sep=(.)"?\n?', re.IGNORECASE)


class Row(NamedTuple):
    """One row. `line` is the line of the file on which it begins, counted from 1."""

    line: int
    raw: str
    cells: list[str]
    open_quote: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether no cell holds anything."""
        return not any(cell.strip() for cell in self.cells)


def find_delimiter(text: str) -> str:
    """The separator that cuts the first rows most evenly; a comma where there is none."""
    if told := _SEP.match(text):
        return told[1]
    sample = "\n".join(text.split("\n", 60)[:60])
    return max(DELIMITERS, key=lambda delimiter: _evenness(sample, delimiter))


def split_rows(text: str, delimiter: str) -> list[Row]:
    """The rows of the text, whose line ends are \\n. Lines without anything are passed over.

    A quote that is opened and never closed, or that closes in the middle of a later row's words, spoils
    its own line only; the next line is read as a row again.
    """
    rows = []
    line, start, end = 1, 0, len(text)
    if _SEP.match(text):
        start, line = (text + "\n").index("\n") + 1, 2
    while start < end:
        stop = text.find("\n", start)
        stop = end if stop < 0 else stop
        raw = text[start:stop]
        if '"' not in raw:
            row = Row(line, raw, raw.split(delimiter))
        else:
            row, stop = _quoted_row(text, start, stop, line, delimiter)
        if row.raw.strip():
            rows.append(row)
        line += row.raw.count("\n") + 1
        start = stop + 1
    return rows


def _quoted_row(text: str, start: int, line_end: int, line: int, delimiter: str) -> tuple[Row, int]:
    cells, at, stop = [], start, line_end
    while True:
        cell_start = at
        while at < stop and text[at] == " ":
            at += 1
        if at < stop and text[at] == '"':
            close = _closing(text, at + 1)
            after = close + 1
            while close >= 0 and after < len(text) and text[after] == " ":
                after += 1
            fits = close >= 0 and (after >= len(text) or text[after] in (delimiter, "\n"))
            if close < 0 or (not fits and "\n" in text[at:close]):
                raw = text[start:line_end]
                return Row(line, raw, raw.split(delimiter), open_quote=True), line_end
            if fits:
                cells.append(text[at + 1 : close].replace('""', '"'))
                if after >= len(text) or text[after] == "\n":
                    return Row(line, text[start:after], cells), after
                at = after + 1
                stop = text.find("\n", at)
                stop = len(text) if stop < 0 else stop
                continue
        cut = text.find(delimiter, cell_start, stop)
        cells.append(text[cell_start : stop if cut < 0 else cut])
        if cut < 0:
            return Row(line, text[start:stop], cells), stop
        at = cut + 1


def _closing(text: str, at: int) -> int:
    while (at := text.find('"', at)) >= 0:
        if text[at + 1 : at + 2] != '"':
            return at
        at += 2
    return -1


def _evenness(sample: str, delimiter: str) -> float:
    widths = [len(row.cells) for row in split_rows(sample, delimiter)]
    if not widths:
        return 0.0
    usual = max(set(widths), key=lambda width: (widths.count(width), width))
    # Words hold commas; a separator is what cuts most rows into the same number of cells.
    return 0.0 if usual == 1 else widths.count(usual) / len(widths) + min(usual, 9) / 100
