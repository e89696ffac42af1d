"""Which occurrences a series has, and making those that are still to be made."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from dateutil.relativedelta import relativedelta
from sqlalchemy.orm import Session

from planner.errors import Invalid
from planner.gatherings import actions as gatherings
from planner.gatherings.fields import GatheringFields
from planner.gatherings.models import Gathering
from planner.i18n import gettext as _
from planner.series.models import Series
from planner.series.rules import parse, slot_name, slot_time, slots
from planner.times import instant

AHEAD: Final = relativedelta(months=18)
# Fields of a pattern that say a time, in minutes from the slot.
TIMES: Final = {"starts_at": "start", "ends_at": "end", "answer_by": "answer_by"}


def pattern_of(clean: dict[str, Any]) -> dict[str, Any]:
    """What occurrences will say, from the fields of the first one, which stands on its slot."""
    pattern = {name: value for name, value in clean.items() if name not in TIMES}
    begins: datetime = clean["starts_at"]
    for name, short in TIMES.items():
        if clean.get(name) is not None:
            pattern[short] = _minutes(clean[name] - begins)
    return pattern


def _minutes(length: timedelta) -> float:
    return length.total_seconds() / 60


def fields_at(pattern: dict[str, Any], slot: datetime, all_day: bool) -> GatheringFields:
    """The fields of the occurrence at `slot`, on the series' clock.

    The start is a time on that clock, the length is exact (RFC 5545 3.8.5.3): an evening over the night in which
    the clocks change is as long as any other. Whole days are days of the calendar, however long.
    """
    zone = ZoneInfo(pattern["time_zone"])
    begins = instant(slot + timedelta(minutes=pattern["start"]), zone)
    fields = {name: value for name, value in pattern.items() if name not in TIMES.values()}
    length = timedelta(minutes=pattern["end"] - pattern["start"])
    ends = begins + length
    if all_day:
        # Said on a day in which the clocks change, the length is an hour off.
        days = timedelta(days=round(length / timedelta(days=1)))
        ends = instant(slot + timedelta(minutes=pattern["start"]) + days, zone)
    if pattern.get("answer_by") is not None:
        fields["answer_by"] = begins + timedelta(minutes=pattern["answer_by"] - pattern["start"])
    return GatheringFields(**fields, starts_at=begins, ends_at=ends)


def all_slots(series: Series) -> list[datetime]:
    """Every slot of a series, whether its occurrence exists or not; skipped ones and those called off are not."""
    rule = parse(series.rule, ZoneInfo(series.time_zone))
    return [
        slot
        for slot in slots(rule, series.first_start)
        if (name := slot_name(slot, series.all_day)) not in series.except_slots
        and not (series.stops_before and name >= series.stops_before)
    ]


def skipped(left_out: Sequence[date | str], rule_slots: list[datetime], all_day: bool) -> list[str]:
    """The names of the slots on days that are left out, or that are left out by name.

    Raises Invalid at `except` where none would be left.
    """
    out = set(left_out)
    named = [(slot.date(), slot_name(slot, all_day)) for slot in rule_slots]
    skip = [name for day, name in named if day in out or name in out]
    if len(skip) == len(rule_slots):
        raise Invalid.field("except", _("All days are left out: nothing remains."))
    return skip


def due(session: Session, now: datetime) -> Sequence[uuid.UUID]:
    """The series of which occurrences are missing 18 months ahead of `now`, an instant."""
    return session.scalars(sa.select(Series.id).where(*_lacks_some(now)).order_by(Series.id)).all()


def extend(session: Session, series_id: uuid.UUID, now: datetime) -> int:
    """Makes the occurrences of a series that are missing 18 months ahead of `now`, an instant; how many.

    None where another process does, or has done so.
    """
    query = sa.select(Series).where(Series.id == series_id, *_lacks_some(now))
    series = session.scalar(query.with_for_update(of=Series, skip_locked=True))
    return len(make_missing(session, series, now, "schedule")) if series else 0


def _lacks_some(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return Series.cancelled_at.is_(None), Series.extended_to < now.date() + timedelta(days=1) + AHEAD


def make_missing(
    session: Session,
    series: Series,
    now: datetime,
    actor: str | None,
    own: Mapping[str, GatheringFields] | None = None,
) -> list[Gathering]:
    """Makes the occurrences that should exist by `now`, an instant, published where the series is.

    Those with fields of their `own`, by the names of their slots, are made however far away they are.
    """
    own = own or {}
    today = max(now.astimezone(ZoneInfo(series.time_zone)).date(), series.first_start.date())
    horizon = today + AHEAD
    if horizon <= series.extended_to:
        return []
    known = set(session.scalars(sa.select(Gathering.slot).where(Gathering.series_id == series.id)))
    wanted = all_slots(series)
    made = [
        _make(session, series, slot, actor, own.get(name))
        for slot in wanted
        if (name := slot_name(slot, series.all_day)) not in known and (slot.date() <= horizon or name in own)
    ]
    # Where all exist, it need not be looked at again.
    series.extended_to = horizon if wanted and wanted[-1].date() > horizon else date.max
    series.revision += 1
    session.flush()
    return made


def _make(
    session: Session, series: Series, slot: datetime, actor: str | None, own: GatheringFields | None
) -> Gathering:
    fields = own or fields_at(series.pattern, slot, series.all_day)
    gathering = gatherings.create(
        *(session, series.organization, fields),
        by=series.created_by,
        actor=actor,
        series_id=series.id,
        slot=slot_name(slot, series.all_day),
    )
    if series.published_at is not None:
        gatherings.publish(session, gathering, actor=actor)
    return gathering


def nominal_start(series: Series, gathering: Gathering) -> datetime:
    """Where an occurrence stands on its own clock: what was meant, where daylight saving skips that time."""
    if gathering.slot is not None:
        meant = slot_time(gathering.slot) + timedelta(minutes=series.pattern["start"])
        if instant(meant, gathering.zone) == gathering.starts_at:
            return meant
    return gathering.local_start.replace(tzinfo=None)
