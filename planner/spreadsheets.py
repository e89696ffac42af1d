"""Tables for spreadsheet programs, which would run a cell that looks like a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence


def csv_cell(text: object) -> str:
    """The text of one cell, harmless: what a spreadsheet could take for a formula gets an apostrophe."""
    written = "" if text is None else str(text).replace("\x00", "")
    return "'" + written if written.startswith(("=", "+", "-", "@", "\t", "\r")) else written


def write_csv(header: Sequence[object], rows: Iterable[Sequence[object]]) -> bytes:
    """A table as UTF-8 with a byte order mark, so that Excel shows every letter; no header row if it is empty."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    if header:
        writer.writerow([csv_cell(cell) for cell in header])
    writer.writerows([csv_cell(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig", errors="replace")
