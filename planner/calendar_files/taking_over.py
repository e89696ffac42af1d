"""Takes a calendar file over, in steps that can be done again; `planning.py` says what each step would do."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from events import record
from events.catalogue import CalendarImported
from planner.accounts.models import Organization
from planner.calendar_files.facts import WORDS, Facts, Piece, Repeat, expected, zone_of
from planner.calendar_files.planning import Left, Plan, PlannedPiece, plan_import, plan_items
from planner.calendar_files.reading import Item, Reading, read_calendar
from planner.database import Database, utc_now
from planner.gatherings import actions as gatherings
from planner.gatherings.fields import GatheringFields, checked
from planner.gatherings.models import Gathering, Status
from planner.i18n import best_language, speaking
from planner.i18n import gettext as _
from planner.imports.outcomes import Outcome, wait_for_other_imports
from planner.series import actions as series_actions
from planner.series.making import all_slots, make_missing, pattern_of
from planner.series.models import Series
from planner.series.rules import slot_name

# How many gatherings one transaction makes, about: others write between two.
STEP: Final = 50


@dataclass(slots=True)
class CalendarOutcome(Outcome):
    """What came of a calendar file; `left` is what stays as it is here though the file says otherwise."""

    left: Sequence[Left] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The object that programs read."""
        left = [{"row": one.row, "reason": one.reason} for one in self.left]
        return Outcome.as_json(self) | {"left": left}


@dataclass(slots=True, frozen=True)
class By:
    """Who brings it in: the account that begins the drafts, and as whom the log names it."""

    account_id: uuid.UUID | None = None
    actor: str | None = None


def read_for(organization: Organization, data: bytes) -> Reading:
    """A file, read for an organisation. Raises NotACalendar."""
    with speaking(best_language(*organization.languages)):
        untitled = _("Event without a title")
    return read_calendar(data, ZoneInfo(organization.time_zone), untitled)


def import_file(
    database: Database,
    organization: Organization,
    data: bytes,
    *,
    dry_run: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> CalendarOutcome:
    """Reads a file and brings its events in as drafts; with `dry_run` nothing is written.

    `progress` is told how many of how many are done. Raises NotACalendar for what cannot be read at all.
    """
    reading = read_for(organization, data)
    with database.reading() as session:
        plan = plan_import(session, organization, reading)
    new, changed = plan.count("new"), plan.count("changed")
    outcome = CalendarOutcome(new, changed, plan.count("unchanged"), plan.not_understood, plan.notes, plan.left)
    if dry_run or not new + changed:
        return outcome
    for done in take_over(database, organization.id, plan, By()):
        progress(done, new + changed)
    with database.writing() as session:
        record_import(session, organization.id, new, changed, None)
    return outcome


def record_import(session: Session, organization_id: uuid.UUID, new: int, changed: int, actor: str | None) -> None:
    """Says in the log that a file was taken over."""
    record(session, CalendarImported(organization_id=organization_id, new=new, changed=changed), actor=actor)


def take_over(database: Database, organization_id: uuid.UUID, plan: Plan, by: By) -> Iterator[int]:
    """Carries a plan out in steps, each a transaction of its own, and yields how many events are done so far.

    After a stop the same file, planned anew, goes on where it was. Each step looks again at what is known.
    """
    due = [one.item for one in plan.items if one.state != "unchanged"]
    done = 0
    for items in _steps(due):
        with database.writing() as session:
            wait_for_other_imports(session, organization_id)
            organization = session.get_one(Organization, organization_id)
            for planned in plan_items(session, organization_id, items, lock=True):
                for piece in planned.pieces:
                    if piece.state != "unchanged":
                        _write(session, organization, piece, by)
        done += len(items)
        yield done


def _steps(items: Sequence[Item]) -> Iterator[list[Item]]:
    step, weight = list[Item](), 0
    for item in items:
        step.append(item)
        weight += sum(STEP if piece.repeat else 1 for piece in item.pieces)
        if weight >= STEP:
            yield step
            step, weight = [], 0
    if step:
        yield step


def _write(session: Session, organization: Organization, planned: PlannedPiece, by: By) -> None:
    row = planned.row
    if row is None:
        row = _begin(session, organization, planned.piece, by)
    elif isinstance(row, Series):
        _SeriesChange(session, row, planned, by.actor).carry_out()
    else:
        words = planned.piece.facts.fields(planned.taken)
        gatherings.change(session, row, words, actor=by.actor)
        if "rule" in planned.taken and planned.piece.cancelled:
            gatherings.cancel(session, row, "", actor=by.actor)
    row.source_uid, row.source_digest = planned.piece.key, planned.digest()
    session.flush()


def _begin(session: Session, organization: Organization, piece: Piece, by: By) -> Gathering | Series:
    """Makes the draft or the series; what the file calls off is called off here, which nobody hears of."""
    if piece.repeat is None:
        made = gatherings.create(session, organization, piece.facts.fields(), by=by.account_id, actor=by.actor)
        if piece.cancelled:
            gatherings.cancel(session, made, "", actor=by.actor)
        return made
    series = series_actions.create(
        *(session, organization, piece.facts.fields(), piece.repeat.rule, piece.repeat.skip),
        own=_own_fields(piece.repeat.own),
        by=by.account_id,
        actor=by.actor,
    )
    if piece.cancelled:
        _call_off(session, series, series_actions.occurrences(session, series), by.actor)
    return series


def _own_fields(own: Mapping[str, Facts]) -> dict[str, GatheringFields]:
    return {name: facts.fields() for name, facts in own.items()}


def _call_off(session: Session, series: Series, found: Sequence[Gathering], actor: str | None) -> None:
    for one in found:
        gatherings.cancel(session, one, "", actor=actor)
    series.cancelled_at = utc_now()


class _SeriesChange:
    """What the file changes in a series of drafts."""

    def __init__(self, session: Session, series: Series, planned: PlannedPiece, actor: str | None) -> None:
        assert planned.now is not None  # noqa: S101 - there is a row
        self._session, self._series, self._actor = session, series, actor
        self._taken, self._now, self._file = set(planned.taken), planned.now, planned.piece
        self._drafts = [one for one in planned.occurrences if one.status == Status.DRAFT and one.slot]
        self._pattern = dict(series.pattern)

    def carry_out(self) -> None:
        """Changes the series and its drafts. Raises Invalid."""
        self._take_words()
        if self._taken - set(WORDS) and self._file.repeat:
            self._take_rule(self._file.repeat)
        self._series.sequence += 1
        self._series.revision += 1
        self._series.changed_at = utc_now()
        self._session.flush()
        if self._file.cancelled and "rule" in self._taken:
            found = series_actions.occurrences(self._session, self._series)
            _call_off(self._session, self._series, found, self._actor)

    def _change(self, gathering: Gathering, fields: GatheringFields) -> None:
        gatherings.change(self._session, gathering, fields, actor=self._actor)

    def _take_words(self) -> None:
        """Words as they are in the file, for every draft that said what all said."""
        words: dict[str, Any] = {part: self._file.facts.of_part(part) for part in WORDS if part in self._taken}
        for one in self._drafts:
            same = {
                part: word for part, word in words.items() if getattr(one, part) == self._pattern.get(part, "")
            }
            self._change(one, GatheringFields(**same))
        self._pattern |= words
        self._series.pattern = dict(self._pattern)

    def _take_rule(self, repeat: Repeat) -> None:
        """Rule, times and what differs: each draft goes to the slot that comes closest to its own."""
        facts, series = self._file.facts, self._series
        times = pattern_of(checked(facts.fields(["title", "when"])))
        self._pattern |= {name: times[name] for name in ("start", "end", "time_zone", "all_day")}
        series.pattern, series.rule, series.except_slots = dict(self._pattern), repeat.rule, list(repeat.skip)
        series.time_zone, series.all_day = facts.time_zone, facts.all_day
        series.first_start = repeat.first
        series.first_end = facts.ends_at.astimezone(zone_of(facts)).replace(tzinfo=None)
        series.stops_before, series.extended_to = None, date.min
        places = self._places([slot_name(slot, series.all_day) for slot in all_slots(series)])
        for one in self._drafts:
            one.slot = None
        self._session.flush()
        for one, name in places:
            one.slot = name
            its = repeat.own.get(name) or expected(self._pattern, name, series.all_day)
            self._change(one, its.fields())
        placed = {one.id for one, _name in places}
        for one in self._drafts:
            if one.id not in placed:
                # A day that the file no longer has; nobody was told of it.
                one.series_id = None
                gatherings.cancel(self._session, one, "", actor=self._actor)
        self._session.flush()
        make_missing(self._session, series, utc_now(), self._actor, _own_fields(repeat.own))

    def _places(self, names: list[str]) -> list[tuple[Gathering, str]]:
        """Which draft stands for which slot: of its own name, then of its day, then the next free one."""
        free, found, rest = dict.fromkeys(names), list[tuple[Gathering, str]](), self._drafts
        for shown in (slice(None), slice(8)):
            left, rest = rest, []
            for one in left:
                name = next((name for name in free if name[shown] == (one.slot or "")[shown]), None)
                if name is None:
                    rest.append(one)
                else:
                    del free[name]
                    found.append((one, name))
        return [*found, *zip(rest, free, strict=False)]
