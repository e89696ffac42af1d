"""What one UID of a calendar file comes to: a gathering, a series, or several days that follow no rule."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

from planner.calendar_files.content import Component, Property
from planner.calendar_files.facts import Facts, Piece, Repeat, expected, key_of
from planner.calendar_files.rules import last_year, read_rule
from planner.calendar_files.single import (
    Context,
    NotTaken,
    is_cancelled,
    place_in_time,
    read_start,
    single_facts,
    span_of,
)
from planner.calendar_files.values import When, read_list, read_when
from planner.errors import Invalid
from planner.gatherings.fields import checked
from planner.i18n import gettext as _
from planner.i18n import ngettext
from planner.series.making import pattern_of
from planner.series.rules import Rule, slot_name, written
from planner.text import one_line

# How many days may be named one by one beside a rule.
DAYS_MOST: Final = 100


def pieces_without_master(key: str, overrides: list[Component], context: Context) -> list[Piece]:
    """Changed days whose series is not in the file: each by itself. Raises NotTaken, Invalid."""
    context.note(_("Only single days of it are in the file: they are brought in one by one."))
    pieces = {}
    for one in overrides:
        day = _changed_day(one)
        name = key_of(key, f"{day.local:%Y%m%dT%H%M%S}{'Z' if day.utc else ''}")
        facts = single_facts(one, context, span_of(one, context))
        pieces[name] = Piece(name, facts, cancelled=is_cancelled(one))
    return list(pieces.values())


def _changed_day(event: Component) -> When:
    """Which day an override changes (RECURRENCE-ID). Raises NotTaken where it is no date."""
    found = event.first("RECURRENCE-ID")
    when = read_when(found) if found else None
    if when is None:
        raise NotTaken(_("Line %(line)d: it changes a day that is no date.") % {"line": event.line})
    return when


class Master:
    """A VEVENT with its rule, the days beside it, and the overrides that change some of them."""

    def __init__(self, key: str, event: Component, context: Context) -> None:
        """Reads all but the overrides. Raises NotTaken, Invalid."""
        self._key, self._event, self._context = key, event, context
        self._cancelled = is_cancelled(event)
        self._rule: Rule | None = None
        self._slots: list[datetime] = []
        # A rule that gives one day makes no series.
        self._lone: list[datetime] = []
        self._span = span_of(event, context)
        if text := self._one_rule():
            try:
                self._read_rule(text)
            except Invalid as invalid:
                words = _("Its rule, “%(rule)s”, cannot be held here: %(why)s")
                raise NotTaken(words % {"rule": one_line(text)[:80], "why": invalid.detail}) from None
        self._clock = self._span.zone or context.zones.home
        self._facts = single_facts(event, context, self._span)
        self._pattern = self._read_pattern()
        self._names: dict[date, list[str]] = {}
        for slot in self._slots:
            self._names.setdefault(slot.date(), []).append(self._name(slot))
        # Days that stand by themselves, and what differs in those of the rule: all by the names of their slots.
        self._single = self._read_single()
        self._skip: set[str] = set()
        self._own: dict[str, Facts] = {}
        self._read_skipped()

    def _one_rule(self) -> str:
        rules = [one for one in self._event.all("RRULE") if one.value.strip()]
        more = [*rules[1:], *self._event.all("EXRULE")]
        if more:
            raise NotTaken(_("Line %(line)d: it repeats by more than one rule.") % {"line": more[0].line})
        return rules[0].value.strip() if rules else ""

    def _read_rule(self, text: str) -> None:
        span = span_of(self._event, self._context, last_year(text, read_start(self._event)))
        if span.zone is None:
            raise NotTaken(_("It repeats by the clock of a time zone that we do not know."))
        rule, slots = read_rule(text, span, span.zone, self._context)
        if len(slots) > 1:
            self._rule, self._slots, self._span = rule, slots, span
        else:
            self._lone = slots

    def _name(self, local: datetime) -> str:
        return slot_name(local, self._span.all_day)

    def _read_pattern(self) -> dict[str, Any]:
        """What the days of the rule say: the first of them may come after the start."""
        pattern = pattern_of(checked(self._facts.fields()))
        return pattern | {"start": 0.0}

    def _at(self, local: datetime) -> Facts:
        return expected(self._pattern, self._name(local), self._span.all_day)

    def _read_single(self) -> dict[str, tuple[Facts, bool]]:
        start = self._span.local_start
        days = [] if start in self._slots else [start, *self._lone]
        named = [when for found in self._event.all("RDATE") for when in self._days_in(found)]
        if len(named) > DAYS_MOST:
            raise NotTaken(
                _("It names %(n)d days one by one; we take %(most)d.") % {"n": len(named), "most": DAYS_MOST}
            )
        days += [self._local(when) for when in named]
        return {
            self._name(day): (self._facts if day == start else self._at(day), self._cancelled)
            for day in days
            if self._name(day) not in self._names.get(day.date(), ())
        }

    def _days_in(self, found: Property) -> Iterator[When]:
        for when in read_list(found):
            if when is None:
                raise NotTaken(
                    _("Line %(line)d: one of its days, “%(value)s”, is no date.")
                    % {"line": found.line, "value": found.quoted}
                )
            yield when

    def _local(self, when: When) -> datetime:
        """A day or time as the name of a slot says it: on the clock of the event."""
        start = self._span.local_start
        if self._span.all_day:
            if when.utc:
                zone = self._context.zones.of_days(start.year)
                when = when._replace(local=place_in_time(when, self._context)[0].astimezone(zone))
            return datetime.combine(when.day, start.time())
        if when.is_date:
            return datetime.combine(when.day, start.time())
        return place_in_time(when, self._context)[0].astimezone(self._clock).replace(tzinfo=None)

    def _slots_at(self, local: datetime, is_day: bool) -> list[str]:
        """The slots that a day or a time means: programs write the hour of another zone, or none."""
        names = self._names.get(local.date(), [])
        exact = [name for name in names if name == self._name(local) and not is_day]
        return exact or (names if is_day or len(names) == 1 else [])

    def _read_skipped(self) -> None:
        for found in self._event.all("EXDATE"):
            for when in self._days_in(found):
                local = self._local(when)
                self._skip.update(self._slots_at(local, when.is_date))
                same_day = [name for name in self._single if name.startswith(f"{local:%Y%m%d}")]
                for name in same_day:
                    del self._single[name]

    def override(self, event: Component) -> None:
        """Takes in a changed day (RECURRENCE-ID). Raises NotTaken, Invalid."""
        when = _changed_day(event)
        ranges = {one.parameters.get("RANGE", "").upper() for one in event.all("RECURRENCE-ID")}
        if "THISANDFUTURE" in ranges and self._slots:
            raise NotTaken(
                _("Line %(line)d: from one day on all is different. Make it two events that repeat.")
                % {"line": event.line}
            )
        local = self._local(when)
        (name, *_more) = self._slots_at(local, when.is_date) or [self._name(local)]
        if name not in self._names.get(local.date(), ()):
            self._single[name] = (self._changed(event, local), is_cancelled(event))
        elif is_cancelled(event):
            self._skip.add(name)
        else:
            self._own[name] = self._changed(event, local)
            self._skip.discard(name)

    def _changed(self, event: Component, local: datetime) -> Facts:
        if not event.all("DTSTART"):
            return self._at(local)
        start = read_start(event)
        facts = single_facts(event, self._context, span_of(event, self._context), self._facts.title)
        # An instant has no zone of its own: it is said as the others are.
        return facts._replace(time_zone=self._facts.time_zone) if start.utc else facts

    def pieces(self) -> list[Piece]:
        """What is to be brought in. Raises NotTaken where nothing is left."""
        found = [self._series()] if self._slots else []
        first = self._name(self._span.local_start)
        for name, (facts, cancelled) in self._single.items():
            key = self._key if not self._slots and name == first else key_of(self._key, name)
            found.append(Piece(key, facts, cancelled=cancelled))
        if not found or len(self._skip) == len(self._slots) > 0:
            raise NotTaken(_("All its days are left out: nothing remains."))
        if len(self._single) > 1 or (self._slots and self._single):
            self._context.note(
                ngettext(
                    "%(n)d day follows no rule: it is brought in by itself.",
                    "%(n)d days follow no rule: they are brought in one by one.",
                    len(self._single),
                )
                % {"n": len(self._single)}
            )
        return found

    def _series(self) -> Piece:
        assert self._rule is not None  # noqa: S101 - there are no slots without a rule
        first = self._slots[0]
        own = {
            name: facts
            for name, facts in self._own.items()
            if facts != expected(self._pattern, name, self._span.all_day)
        }
        rule = written(self._rule, self._clock, self._span.all_day)
        repeat = Repeat(first, rule, tuple(sorted(self._skip)), own)
        return Piece(self._key, self._at(first), repeat, self._cancelled)
