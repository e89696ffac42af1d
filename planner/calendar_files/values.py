"""Values as a calendar file writes them: dates, times, lengths, words (RFC 5545 section 3.3)."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple

from planner.calendar_files.content import Component, Property
from planner.text import is_web_address, many_lines, one_line

_WHEN: Final = re.compile(r"(\d{8})(?:T(\d{2})(\d{2})(\d{2})?(Z)?)?", re.ASCII | re.IGNORECASE)
_LENGTH: Final = re.compile(
    r"([+-]?)P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?", re.ASCII
)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_WORDS: Final = re.compile(r"(?:[^,\\]|\\.)+", re.DOTALL)
# Where programs of the world put the address of the meeting.
_JOIN: Final = ("CONFERENCE", "X-GOOGLE-CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL")


class When(NamedTuple):
    """A date, or a time on some clock: `utc`, that of `zone_name`, or no clock that is named (floating)."""

    local: datetime
    is_date: bool
    utc: bool
    zone_name: str

    @property
    def day(self) -> date:
        """The day, on the clock on which it is written."""
        return self.local.date()


def read_when(found: Property, text: str | None = None) -> When | None:
    """The DATE or DATE-TIME of a property, or of one `text` out of its list; None where it is none."""
    read = _WHEN.fullmatch((found.value if text is None else text).strip())
    if not read:
        return None
    day, hour, minute, second, utc = read.groups()
    try:
        local = datetime.strptime(day, "%Y%m%d")  # noqa: DTZ007 - a clock's time
        is_date = hour is None or found.parameters.get("VALUE", "").upper() == "DATE"
        if not is_date:
            # A leap second (section 3.3.12) is the second before.
            local = datetime.combine(local, time(int(hour), int(minute), min(int(second or 0), 59)))
    except ValueError:
        return None
    return When(local, is_date, bool(utc) and not is_date, found.parameters.get("TZID", ""))


def read_list(found: Property) -> list[When | None]:
    """The dates and times of EXDATE or RDATE; of periods their starts. None stands for what is neither."""
    return [read_when(found, part.partition("/")[0]) for part in found.value.split(",") if part.strip()]


def read_length(text: str) -> timedelta | None:
    """A DURATION (section 3.3.6); None for what is none, is below zero, or takes for ever."""
    read = _LENGTH.fullmatch(text.strip().upper())
    if not read or not any(read.groups()[1:]) or read[1] == "-":
        return None
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in read.groups()[1:])
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def unescaped(text: str) -> str:
    """TEXT (section 3.3.11) without its backslashes."""
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], text)


def line_in(component: Component, name: str) -> str:
    """One line of people's words, cleaned."""
    return one_line(unescaped(component.raw(name)))


def words_in(component: Component, name: str) -> str:
    """Several lines of people's words, cleaned."""
    return many_lines(unescaped(component.raw(name)))


def topics_in(component: Component) -> list[str]:
    """CATEGORIES, however they are spread over lines, each once."""
    raw = (part for found in component.all("CATEGORIES") for part in _WORDS.findall(found.value))
    return list(dict.fromkeys(filter(None, (one_line(unescaped(part)) for part in raw))))


def place_and_address(component: Component) -> tuple[str, str]:
    """Where it is: the place in words, and the address of the meeting where there is one."""
    place = line_in(component, "LOCATION")
    found = [one.value.strip() for name in _JOIN for one in component.all(name)]
    address = next(filter(is_web_address, [*found, place]), "")
    return ("" if is_web_address(place) else place), address
