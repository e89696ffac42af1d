"""Reads calendars as others do: byte by byte, and with icalendar, libical, the libraries of Home Assistant and of
Thunderbird, and one that works out what repeats."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import Any

import httpx
import icalendar
import pytest
import recurring_ical_events
from ical.calendar_stream import IcsCalendarStream

from tests.calendars import thunderbird
from tests.calendars.promises import assert_promises_are_kept

MENDED_BY = "libical is not installed: apt-get install libical3"


def unfolded(calendar: bytes) -> list[str]:
    """The content lines."""
    return calendar.replace(b"\r\n ", b"").decode().split("\r\n")[:-1]


def value(calendar: bytes, name: str) -> str:
    """The value of the first line of that name, as it is written."""
    for line in unfolded(calendar):
        head, _, rest = line.partition(":")
        if head.split(";")[0] == name:
            return rest
    raise AssertionError(f"no {name} in {calendar!r}")


def event(calendar: bytes) -> Any:
    """The only event, read by icalendar."""
    (found,) = icalendar.Calendar.from_ical(calendar).events
    return found


def assert_bytes_are_sound(calendar: bytes) -> None:
    """RFC 5545 section 3.1: what holds for the bytes of any calendar."""
    assert calendar.endswith(b"END:VCALENDAR\r\n")
    assert calendar.startswith(b"BEGIN:VCALENDAR\r\n")
    assert calendar.count(b"\n") == calendar.count(b"\r") == calendar.count(b"\r\n")
    for line in calendar.split(b"\r\n")[:-1]:
        assert 0 < len(line) <= 75
        line.decode()
        assert not any(byte < 0x20 or byte == 0x7F for byte in line)


@cache
def libical() -> ctypes.CDLL | None:
    """Debian's libical3, which GNOME's and KDE's calendars were built on; CI demands it like the browser."""
    name = ctypes.util.find_library("ical")
    if name is None:
        assert os.environ.get("PLANNER_TEST_BROWSER") != "required", MENDED_BY
        return None
    library = ctypes.CDLL(name)
    library.icalparser_parse_string.restype = ctypes.c_void_p
    library.icalcomponent_count_errors.argtypes = [ctypes.c_void_p]
    library.icalrestriction_check.argtypes = [ctypes.c_void_p]
    library.icalcomponent_as_ical_string.argtypes = [ctypes.c_void_p]
    library.icalcomponent_as_ical_string.restype = ctypes.c_char_p
    library.icalcomponent_free.argtypes = [ctypes.c_void_p]
    return library


def assert_libical_takes_it(calendar: bytes) -> None:
    """No parse error, and the restrictions of its METHOD hold (RFC 5546); skips where this machine has none."""
    library = libical()
    if library is None:
        pytest.skip(MENDED_BY)
    component = library.icalparser_parse_string(calendar)
    assert component, "libical reads nothing"
    try:
        library.icalrestriction_check(component)
        errors = library.icalcomponent_count_errors(component)
        assert errors == 0, library.icalcomponent_as_ical_string(component).decode()
    finally:
        library.icalcomponent_free(component)


def assert_ical_takes_it(calendar: bytes) -> None:
    """PyPI's ical, which Home Assistant reads with, finds the same items as icalendar does."""
    (read,) = IcsCalendarStream.from_ics(calendar.decode()).calendars
    expected = icalendar.Calendar.from_ical(calendar).events
    assert [(one.uid, one.summary) for one in read.events] == [
        (str(one["UID"]), str(one["SUMMARY"])) for one in expected
    ]


def assert_thunderbird_takes_it(calendar: bytes) -> None:
    """ical.js, going by the VTIMEZONE in it, finds the same events at the same instants as icalendar does.

    What repeats comes to the same occurrences as with a third library.
    """
    read = thunderbird.read(calendar)
    expected = icalendar.Calendar.from_ical(calendar)
    assert read.events == [
        (str(one["UID"]), at(one, "RECURRENCE-ID"), int(one["SEQUENCE"]), at(one, "DTSTART"), at(one, "DTEND"))
        for one in expected.events
    ]
    repeating = {str(one["UID"]) for one in expected.events if "RRULE" in one or "RDATE" in one}
    if repeating:
        shown = recurring_ical_events.of(expected).all()
        assert sorted(read.shown) == sorted(
            (str(one["UID"]), at(one, "DTSTART"), at(one, "DTEND"), str(one["SUMMARY"]))
            for one in shown
            if str(one["UID"]) in repeating
        )


def at(event: Any, name: str) -> str | None:
    """A date, or an instant in UTC, as ical.js writes it; None where there is none."""
    if name not in event:
        return None
    when: date | datetime = event[name].dt
    if isinstance(when, datetime):
        assert when.tzinfo is not None, "no zone"
        return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return when.isoformat()


@lru_cache(maxsize=4096)
def assert_programs_take_it(calendar: bytes) -> None:
    """All of the above, libical where this machine has it, and what we promise beyond what programs check."""
    assert_bytes_are_sound(calendar)
    assert_ical_takes_it(calendar)
    assert_thunderbird_takes_it(calendar)
    if libical() is not None:
        assert_libical_takes_it(calendar)
    assert_promises_are_kept(calendar)


def read_by_programs(response: httpx.Response) -> None:
    """For a client's `event_hooks`: each calendar that a test fetches is read by the programs we know of."""
    if not response.headers.get("content-type", "").startswith("text/calendar"):
        return
    if content := response.read():
        assert response.headers["content-type"] == "text/calendar; charset=utf-8"
        assert response.headers["content-length"] == str(len(content))
        assert "set-cookie" not in response.headers
        assert_programs_take_it(content)
