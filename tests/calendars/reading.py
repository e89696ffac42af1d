"""Reads calendars as others do: byte by byte, with icalendar, with libical, with the library of Home Assistant."""

from __future__ import annotations

import ctypes
import ctypes.util
from functools import cache
from typing import Any

import icalendar
import pytest
from ical.calendar_stream import IcsCalendarStream


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
def libical() -> ctypes.CDLL:
    """Debian's libical3, which Thunderbird's, GNOME's and KDE's calendars were built on."""
    name = ctypes.util.find_library("ical")
    if name is None:
        pytest.skip("libical is not installed: apt-get install libical3")
    library = ctypes.CDLL(name)
    library.icalparser_parse_string.restype = ctypes.c_void_p
    library.icalcomponent_count_errors.argtypes = [ctypes.c_void_p]
    library.icalrestriction_check.argtypes = [ctypes.c_void_p]
    library.icalcomponent_as_ical_string.argtypes = [ctypes.c_void_p]
    library.icalcomponent_as_ical_string.restype = ctypes.c_char_p
    library.icalcomponent_free.argtypes = [ctypes.c_void_p]
    return library


def assert_libical_takes_it(calendar: bytes) -> None:
    """No parse error, and the restrictions of its METHOD hold (RFC 5546)."""
    library = libical()
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


def assert_programs_take_it(calendar: bytes) -> None:
    """All of the above; libical where this machine has it (its own tests say when it is missing)."""
    assert_bytes_are_sound(calendar)
    assert_ical_takes_it(calendar)
    if ctypes.util.find_library("ical") is not None:
        assert_libical_takes_it(calendar)
