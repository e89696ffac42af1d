"""What a coordinator does with a gathering that repeats: with one occurrence, with those after it, with all."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from events import record
from events.catalogue import GatheringLeftOut
from planner.accounts.models import Organization
from planner.database import utc_now
from planner.errors import Invalid, NotFound
from planner.gatherings import actions as gatherings
from planner.gatherings.fields import GatheringFields, checked
from planner.gatherings.models import Gathering, Status
from planner.i18n import gettext as _
from planner.invitations.models import Invitation, Letter
from planner.series.making import make_missing, pattern_of, skipped
from planner.series.models import Series
from planner.series.moving import Move
from planner.series.rules import parse, slots, written
from planner.series.versions import raise_series

_OPEN: Final = (Status.DRAFT, Status.PUBLISHED)


class Scope(StrEnum):
    """Which occurrences a change is for."""

    THIS = "this"
    FOLLOWING = "following"
    ALL = "all"


def scope_of(text: str) -> Scope:
    """The scope of that name. Raises Invalid at `scope` for any other."""
    try:
        return Scope(text)
    except ValueError:
        raise Invalid.field("scope", _("Choose this, following or all.")) from None


def create(
    session: Session,
    organization: Organization,
    fields: GatheringFields,
    rule: str,
    skip: Sequence[date | str] = (),
    *,
    own: Mapping[str, GatheringFields] | None = None,
    by: uuid.UUID | None = None,
    actor: str | None = None,
) -> Series:
    """Makes a series whose first occurrence has those fields, with drafts for the next 18 months.

    `rule` is a RRULE's value, `skip` days (on the clock of the place) or slots that are left out, `own` the fields
    of occurrences that differ, by their slots. Where the rule does not give the start in `fields`, the first
    occurrence is the next that it gives. Raises Invalid.
    """
    clean = checked(fields)
    zone = ZoneInfo(clean["time_zone"])
    all_day = bool(clean.get("all_day"))
    first, last = (
        clean[name].astimezone(zone).replace(tzinfo=None, microsecond=0) for name in ("starts_at", "ends_at")
    )
    if all_day:
        # Where summer time skips midnight a day begins an hour later; its slot is the day all the same.
        first, last = (datetime.combine(moment, time.min) for moment in (first, last))
    clean |= {"starts_at": clean["starts_at"].replace(microsecond=0)}
    read = parse(rule, zone)
    if all_day and read.sets_the_clock:
        raise Invalid.field("rule", _("Whole days have no hours: leave them out of the rule."))
    found = slots(read, first)
    series = Series(
        organization_id=organization.id,
        slug=gatherings.new_slug(clean["title"]),
        rule=written(read, zone, all_day),
        except_slots=skipped(skip, found, all_day),
        time_zone=zone.key,
        first_start=found[0],
        first_end=found[0] + (last - first),
        all_day=all_day,
        pattern=pattern_of(clean),
        extended_to=date.min,
        created_by=by,
    )
    session.add(series)
    session.flush()
    session.refresh(series, ["organization"])
    make_missing(session, series, utc_now(), actor, own)
    return series


def find(session: Session, organization_id: uuid.UUID, series_id: uuid.UUID, lock: bool = False) -> Series:
    """The organisation's series; `lock` holds its row until the transaction ends, before any occurrence's.

    Raises NotFound, also where it is another organisation's.
    """
    query = sa.select(Series).where(Series.id == series_id, Series.organization_id == organization_id)
    series = session.scalar(query.with_for_update(of=Series, key_share=True) if lock else query)
    if series is None:
        raise NotFound(_("There is no such series."))
    return series


def occurrences(session: Session, series: Series, lock: bool = False) -> list[Gathering]:
    """A series' gatherings in order of their slots; `lock` holds their rows, always in the same order.

    Rows that point to them may be written meanwhile, as for mails about many days, which know no order.
    """
    query = sa.select(Gathering).where(Gathering.series_id == series.id).order_by(Gathering.slot)
    return list(session.scalars(query.with_for_update(of=Gathering, key_share=True) if lock else query))


def beside(session: Session, gathering: Gathering, most: int = 12) -> list[Gathering]:
    """An occurrence with two before it and up to `most` after it, in order; none where it does not repeat."""
    if gathering.series_id is None:
        return []
    query = sa.select(Gathering).where(Gathering.series_id == gathering.series_id)
    before = session.scalars(
        query.where(Gathering.slot < gathering.slot).order_by(Gathering.slot.desc()).limit(2)
    ).all()
    after = session.scalars(query.where(Gathering.slot >= gathering.slot).order_by(Gathering.slot).limit(most + 1))
    return [*reversed(before), *after]


def publish(session: Session, series: Series, *, actor: str | None = None) -> Series:
    """Publishes every draft of a series, and from now on each occurrence when it is made. Raises WrongState.

    The series is locked by the caller.
    """
    found = occurrences(session, series, lock=True)
    if series.cancelled_at is not None:
        raise gatherings.WrongState(_("This series is cancelled."))
    for gathering in found:
        if gathering.status == Status.DRAFT:
            gatherings.publish(session, gathering, actor=actor)
    series.published_at = series.published_at or utc_now()
    session.flush()
    return series


def change(
    session: Session,
    gathering: Gathering,
    fields: GatheringFields,
    scope: Scope,
    *,
    actor: str | None = None,
    tell_declined: bool = False,
    reason: str = "",
    seen_revision: int | None = None,
) -> Gathering:
    """Changes an occurrence, or with it those that follow or all that are still to come.

    Others take over what changes in this one: words as they are, times as a move by as much on the clock, so that
    one which was moved by itself stays apart. Raises as `gatherings.actions.change` does, and Invalid at `scope`
    for a gathering that does not repeat; then nothing is changed at all.
    """
    told: dict[str, Any] = {"actor": actor, "tell_declined": tell_declined, "reason": reason}
    if scope == Scope.THIS:
        return gatherings.change(session, gathering, fields, seen_revision=seen_revision, **told)
    series, others = _with_others(session, gathering, scope)
    gatherings.refuse_unless_seen(gathering, seen_revision)
    new = gatherings.changes_in(gathering, fields)
    if "all_day" in new:
        raise Invalid.field("all_day", _("A series is of whole days or of hours from its first day to its last."))
    move = Move(series, gathering, new)
    moved = [(other, move.fields_for(other)) for other in others]
    gatherings.change(session, gathering, fields, **told)
    for other, its_fields in moved:
        gatherings.change(session, other, its_fields, **told)
    if new:
        series.pattern = move.pattern()
        series.sequence += 1
        series.revision += 1
        series.changed_at = utc_now()
        session.flush()
    return gathering


def moved_with(
    session: Session, gathering: Gathering, fields: GatheringFields, scope: Scope
) -> list[tuple[Gathering, GatheringFields]]:
    """The other occurrences that such a change is for, and what it would change in each; nothing is changed.

    Raises Invalid at `scope` for a gathering that does not repeat, and for what cannot be.
    """
    if scope == Scope.THIS:
        return []
    series, others = _with_others(session, gathering, scope, lock=False)
    move = Move(series, gathering, gatherings.changes_in(gathering, fields))
    return [(other, move.fields_for(other)) for other in others]


def cancel(
    session: Session, gathering: Gathering, reason: str, scope: Scope, *, actor: str | None = None
) -> Gathering:
    """Calls off an occurrence, or with it those that follow or all that are still to come.

    Raises WrongState, and Invalid at `scope` for a gathering that does not repeat.
    """
    if scope == Scope.THIS:
        return gatherings.cancel(session, gathering, reason, actor=actor)
    series, others = _with_others(session, gathering, scope)
    for one in (gathering, *others):
        gatherings.cancel(session, one, reason, actor=actor)
    if scope == Scope.FOLLOWING:
        series.stops_before = min(filter(None, (series.stops_before, gathering.slot)))
    else:
        series.cancelled_at = utc_now()
    session.flush()
    return gathering


def can_be_left_out(session: Session, gathering: Gathering) -> bool:
    """Whether a day of a series is a draft to which nobody was ever invited."""
    if gathering.series_id is None or gathering.status != Status.DRAFT:
        return False
    return not any(
        session.scalar(sa.select(table.id).where(table.gathering_id == gathering.id).limit(1))
        for table in (Invitation, Letter)
    )


def leave_out(session: Session, gathering: Gathering, *, actor: str | None = None) -> None:
    """Takes a day out of its series (EXDATE) as if it had never been planned; its gathering is deleted.

    The gathering is locked by the caller. Raises WrongState where somebody may have heard of it, or where no other
    day remains.
    """
    if gathering.series_id is None or not can_be_left_out(session, gathering):
        raise gatherings.WrongState(
            _("Only a draft of a series to which nobody was invited can be left out. Cancel it instead.")
        )
    series = find(session, gathering.organization_id, gathering.series_id)
    if len(occurrences(session, series)) == 1:
        raise gatherings.WrongState(_("All days are left out: nothing remains."))
    series.except_slots = sorted({*series.except_slots, str(gathering.slot)})
    raise_series(session, gathering)
    record(
        session, GatheringLeftOut(organization_id=series.organization_id, gathering_id=gathering.id), actor=actor
    )
    session.delete(gathering)
    session.flush()


def others_in(session: Session, gathering: Gathering, scope: Scope, lock: bool = False) -> list[Gathering]:
    """Which other occurrences a change is for: those that are open and not over. `lock` holds their rows.

    Raises Invalid at `scope` for a gathering that does not repeat.
    """
    return [] if scope == Scope.THIS else _with_others(session, gathering, scope, lock)[1]


def _with_others(
    session: Session, gathering: Gathering, scope: Scope, lock: bool = True
) -> tuple[Series, list[Gathering]]:
    if gathering.series_id is None or gathering.slot is None:
        raise Invalid.field("scope", _("This event does not repeat."))
    series = find(session, gathering.organization_id, gathering.series_id)
    now = utc_now()
    return series, [
        one
        for one in occurrences(session, series, lock)
        if one.id != gathering.id
        and one.status in _OPEN
        and one.ends_at > now
        and (scope == Scope.ALL or (one.slot or "") > gathering.slot)
    ]
