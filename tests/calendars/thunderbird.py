"""ical.js, with which Thunderbird reads calendars, run by V8 inside this process."""

from __future__ import annotations

import atexit
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import NamedTuple

from py_mini_racer import MiniRacer

# A rule of ours gives no more occurrences than 520.
MOST = 1000
_HERE = Path(__file__).parent


class Reading(NamedTuple):
    """What it finds: each VEVENT (UID, RECURRENCE-ID, SEQUENCE, start, end), and each occurrence of what repeats
    (UID, start, end, SUMMARY). Instants are in UTC, as 2027-03-18T16:30:00Z; whole days as 2027-03-18."""

    events: list[tuple[str, str | None, int, str, str]]
    shown: list[tuple[str, str, str, str]]


def read(calendar: bytes) -> Reading:
    """Reads a calendar, with the VTIMEZONEs in it alone. Raises JSEvalException where it cannot."""
    found = _program().call("read", calendar.decode(), MOST)
    return Reading([tuple(one) for one in found["events"]], [tuple(one) for one in found["shown"]])


@cache
def _program() -> MiniRacer:
    """Started when first needed, once in a process: it takes 50 ms and 40 MB."""
    # In a thread of its own: where an event loop runs, as beside a browser, it would live in that and end with it.
    with ThreadPoolExecutor(1) as thread:
        program = thread.submit(MiniRacer).result()
    # Left to the interpreter's end, one process in three hangs.
    atexit.register(program.close)
    program.eval("const module = {exports: {}}, exports = module.exports;")
    program.eval((_HERE / "icaljs" / "ical.es5.min.cjs").read_text())
    program.eval("const ICAL = module.exports;")
    program.eval((_HERE / "thunderbird.js").read_text())
    return program
