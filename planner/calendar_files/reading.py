"""What a calendar file holds: the gatherings and series that can be brought in, and what was not understood."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

from planner.calendar_files.content import Component, TakesTooLong, read_components
from planner.calendar_files.facts import Piece
from planner.calendar_files.repeating import Master, pieces_without_master
from planner.calendar_files.single import Context
from planner.calendar_files.time_zones import TimeZones
from planner.calendar_files.values import line_in, read_when
from planner.errors import Refused
from planner.i18n import gettext as _
from planner.i18n import ngettext

KEY_MOST: Final = 200
# Ten school years take less; of rules and zones that are made to take long, a file can hold hours.
SECONDS_MOST: Final = 30


@dataclass(slots=True, frozen=True)
class NotUnderstood:
    """An event that is left out: its UID, or its line where it has none; its title, and why in plain words."""

    row: int | str
    line: int
    title: str
    reason: str


@dataclass(slots=True)
class Item:
    """All that a file says under one UID. `notes` says what was read otherwise than it stands there."""

    uid: str
    line: int
    title: str
    pieces: list[Piece]
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Reading:
    """What was understood of a file, and what was not, in the order of the file."""

    items: list[Item]
    not_understood: list[NotUnderstood]
    notes: list[str]


def read_calendar(data: bytes, home: ZoneInfo, untitled: str) -> Reading:
    """Reads a file. `home` is the organisation's zone, `untitled` what an event without a title is called.

    Raises NotACalendar for what cannot be read at all, or not within half a minute.
    """
    until = time.monotonic() + SECONDS_MOST
    components = read_components(data)
    zones = TimeZones(components, home)
    reading = Reading([], [], [])
    for uid, events in _by_uid(components, reading).items():
        context = Context(zones, untitled, [], until)
        title = next(filter(None, (line_in(one, "SUMMARY") for one in events)), "")
        try:
            context.go_on()
            pieces = _pieces(uid, events, context)
        except TakesTooLong:
            raise
        except Refused as refused:
            reading.not_understood.append(NotUnderstood(uid, events[0].line, title, refused.detail))
        else:
            reading.items.append(Item(uid, events[0].line, title or untitled, pieces, context.notes))
    reading.not_understood.sort(key=lambda left: left.line)
    reading.notes = [*zones.notes.values(), *_passed_over(components)]
    return reading


def _by_uid(components: Iterable[Component], reading: Reading) -> dict[str, list[Component]]:
    """The events of each UID; those that nobody could know again, or of which the end is missing, are left out."""
    found: dict[str, list[Component]] = {}
    for event in components:
        if event.kind != "VEVENT":
            continue
        uid, title = line_in(event, "UID"), line_in(event, "SUMMARY")
        if not event.closed:
            reason = _("The file breaks off in the middle of it: END:VEVENT is missing.")
            reading.not_understood.append(NotUnderstood(uid or event.line, event.line, title, reason))
        elif not uid:
            reason = _(
                "The file does not number this event (it has no UID), so we could not tell it apart from one"
                " brought in before. Please enter it by hand."
            )
            reading.not_understood.append(NotUnderstood(event.line, event.line, title, reason))
        else:
            found.setdefault(uid, []).append(event)
    for left in reading.not_understood:
        # Half of what a UID says would be worse than nothing.
        found.pop(str(left.row), None)
    return found


def _pieces(uid: str, events: list[Component], context: Context) -> list[Piece]:
    masters = [one for one in events if not one.all("RECURRENCE-ID")]
    days: dict[str, list[Component]] = {}
    for one in events:
        if one.all("RECURRENCE-ID"):
            days.setdefault(one.raw("RECURRENCE-ID"), []).append(one)
    overrides = [_latest(versions) for versions in days.values()]
    if len(masters) > 1 or len(overrides) < sum(map(len, days.values())):
        context.note(_("It is in the file more than once: the latest version is taken."))
    key = uid if len(uid) <= KEY_MOST else hashlib.sha256(uid.encode(errors="replace")).hexdigest()
    if not masters:
        return pieces_without_master(key, overrides, context)
    master = Master(key, _latest(masters), context)
    for one in overrides:
        master.override(one)
    return master.pieces()


def _latest(versions: list[Component]) -> Component:
    """Of several versions the one with the highest SEQUENCE, then the latest DTSTAMP (RFC 5546 section 2.1.5)."""

    def order(event: Component) -> tuple[bool, int, str]:
        sequence, stamp = event.raw("SEQUENCE"), event.first("DTSTAMP")
        written = read_when(stamp) if stamp else None
        number = int(sequence) if sequence.isascii() and sequence.isdigit() and len(sequence) < 10 else 0
        return event.first("DTSTART") is not None, number, str(written.local if written else "")

    return max(reversed(versions), key=order)


def _passed_over(components: Iterable[Component]) -> list[str]:
    """What the file holds beside events, in words."""
    others = sum(one.kind in ("VTODO", "VJOURNAL", "VFREEBUSY") for one in components)
    if not others:
        return []
    words = ngettext(
        "%(n)d entry is a task, a note or a time that is taken: it is passed over.",
        "%(n)d entries are tasks, notes or times that are taken: they are passed over.",
        others,
    )
    return [words % {"n": others}]
