"""From the bytes of a calendar file to its components, each property with the line on which it stands.

`icalendar` tells no line numbers, so that nobody could say what to mend, and takes ten times as long (7 s for
5,000 events: measured). Lines are therefore taken apart here (RFC 5545 section 3.1), values one by one.
Nothing of a file is trusted: a line that is none costs itself, an event that is none costs itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from planner.errors import Refused
from planner.i18n import gettext as _
from planner.imports.letters import NoLetters, letters
from planner.imports.outcomes import FILE_MOST
from planner.text import one_line

EVENTS_MOST: Final = 5_000
LINES_MOST: Final = 500_000  # each takes time and memory, however short it is

# A quoted parameter may hold colons; possessive, so that no line takes long to be found wrong.
_LINE: Final = re.compile(r'([A-Za-z0-9-]+)((?:;[^:;"]*+(?:"[^"]*+"[^:;"]*+)*+)*+):(.*)', re.DOTALL)
_LOOSE: Final = re.compile(r"([A-Za-z0-9-]+)(;[^:]*+):(.*)", re.DOTALL)
_PARAMETER: Final = re.compile(r';\s*([A-Za-z0-9-]+)\s*=((?:[^;"]|"[^"]*")*+)')
_OUTER: Final = frozenset({"VCALENDAR", "VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE"})


class NotACalendar(Refused):
    """The file is no calendar that could be read; `detail` says why in plain words."""

    status = 422


class TakesTooLong(NotACalendar):
    """Reading the file would keep others waiting: no calendar that people keep does."""

    def __init__(self) -> None:
        super().__init__(_("This file takes too long to read. Export a shorter time, one school year say."))


class Property(NamedTuple):
    """A property: the line on which it begins, its name, its parameters by name, its raw value."""

    line: int
    name: str
    parameters: dict[str, str]
    value: str

    @property
    def quoted(self) -> str:
        """The beginning of its value, fit to be said in a sentence."""
        return one_line(self.value)[:40]


@dataclass(slots=True)
class Component:
    """A VEVENT or the like: where it begins, what it says by name, and what stands inside it.

    `closed`: its END was found, so that nothing of it is missing.
    """

    kind: str
    line: int
    outer: Component | None = None
    closed: bool = False
    properties: dict[str, list[Property]] = field(default_factory=dict)
    inside: list[Component] = field(default_factory=list)

    def first(self, name: str) -> Property | None:
        """The first property of that name; RFC 5545 lets most stand only once."""
        return next(iter(self.properties.get(name, ())), None)

    def all(self, name: str) -> list[Property]:
        """Every property of that name."""
        return self.properties.get(name, [])

    def raw(self, name: str) -> str:
        """The raw value of the first property of that name, trimmed; empty where there is none."""
        found = self.first(name)
        return found.value.strip() if found else ""


def too_large() -> str:
    """What to do about a file of more than FILE_MOST bytes."""
    return _("This file is larger than 10 MB. Export a shorter time, one school year say.")


def read_components(data: bytes) -> list[Component]:
    """The calendars, events and time zones of a file, in order. Raises NotACalendar for other files."""
    if len(data) > FILE_MOST:
        raise NotACalendar(too_large())
    if max(data.count(b"\n"), data.count(b"\r")) > LINES_MOST:
        raise TakesTooLong
    found = list(_components(_properties(data)))
    if not any(one.kind in ("VCALENDAR", "VEVENT") for one in found):
        raise NotACalendar(_("This is no calendar file. Export the calendar as iCalendar: the file ends in .ics."))
    if sum(one.kind == "VEVENT" for one in found) > EVENTS_MOST:
        raise NotACalendar(
            _("There are more than %(most)d events in this file. Export a shorter time, one school year say.")
            % {"most": EVENTS_MOST}
        )
    return found


def _components(properties: Iterator[Property]) -> Iterator[Component]:
    open_now: list[Component] = []
    # How many of each kind are open, so that nobody looks through all of them at each END.
    kinds = Counter[str]()
    for one in properties:
        kind = one.value.strip().upper() if one.name in ("BEGIN", "END") else ""
        if one.name == "BEGIN":
            if kind in _OUTER:
                # What begins beside it has not been closed, whatever it is: only a calendar holds these.
                while open_now and open_now[-1].kind != "VCALENDAR":
                    kinds[open_now.pop().kind] -= 1
            made = Component(kind, one.line, open_now[-1] if open_now else None)
            if kind in _OUTER:
                yield made
            elif open_now:
                open_now[-1].inside.append(made)
            open_now.append(made)
            kinds[kind] += 1
        elif one.name == "END":
            _close(open_now, kinds, kind)
        elif open_now:
            open_now[-1].properties.setdefault(one.name, []).append(one)


def _close(open_now: list[Component], kinds: Counter[str], kind: str) -> None:
    if kinds[kind]:
        while (last := open_now.pop()).kind != kind:
            kinds[last.kind] -= 1
        kinds[kind] -= 1
        last.closed = True


def _properties(data: bytes) -> Iterator[Property]:
    """The content lines, unfolded; what is no content line is passed over."""
    lines = list(_unfolded(data))
    texts = _text(b"\n".join(raw for _number, raw in lines)).split("\n")
    if lines and len(texts) != len(lines):
        raise _unreadable()
    for (number, _raw), line in zip(lines, texts, strict=False):
        if found := _LINE.fullmatch(line.lstrip("\ufeff \t")) or _LOOSE.fullmatch(line):
            name, parameters, value = found.groups()
            yield Property(number, name.upper(), _parameters(parameters), value)


def _unfolded(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each line with its number, counted from 1. It is unfolded as bytes: some programs fold inside a letter."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in data[:40]:
        data = _text(data).encode(errors="replace")
    number, parts = 0, list[bytes]()
    for at, raw in enumerate(re.split(rb"\r\n|\n|\r", data), 1):
        if raw[:1] in (b" ", b"\t") and parts:
            parts.append(raw[1:])
        elif raw:
            if parts:
                yield number, b"".join(parts)
            number, parts = at, [raw]
    if parts:
        yield number, b"".join(parts)


def _text(data: bytes) -> str:
    try:
        return letters(data).text
    except NoLetters:
        raise _unreadable() from None


def _unreadable() -> NotACalendar:
    return NotACalendar(_("The letters of this file could not be read. Export the calendar once more, as UTF-8."))


def _parameters(text: str) -> dict[str, str]:
    return {name.upper(): one_line(value.replace('"', "")) for name, value in _PARAMETER.findall(text)}
