"""The kind question below a date: what else is then, and whether another day would be better.

It is asked once. What was said goes into the form's field `kept`; whoever saves again keeps the date. Of a saved
event only what is new is asked. Programs are never asked.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response, post
from msgspec import UNSET
from sqlalchemy.orm import Session

from planner.accounts.models import Organization
from planner.dependencies import SignedIn, TheDatabase
from planner.desk import planners_only
from planner.errors import Invalid
from planner.gatherings import actions
from planner.gatherings.clashes import Clash, clashes_of, free_day
from planner.gatherings.fields import GatheringFields
from planner.gatherings.form import say_typed, span_of, typed_in
from planner.gatherings.models import Gathering
from planner.gatherings.span import Span
from planner.gatherings.typed import Typed
from planner.i18n import ngettext
from planner.series.actions import Scope, moved_with, scope_of
from planner.series.form import repeat_in, rule_in
from planner.series.rules import parse, slots
from planner.times import say_day
from planner.web import AnyRequest, Form, id_in, render, value

DAYS_SAID: Final = 6


class Question(msgspec.Struct, frozen=True):
    """What is asked: of one day all that is then, of several which of them meet something; `kept` is its mark."""

    kept: str
    clashes: list[Clash]
    # The nearest day that is free, and the day that was chosen.
    instead: date | None
    day: date
    # Of several days: how many of how many, some of them with what is then, and all as they are left out.
    title: str = ""
    days: Sequence[tuple[str, str]] = ()
    more: int = 0
    leave_out: str = ""


def of_new(
    session: Session, organization: Organization, typed: Typed, repeat: tuple[str, list[date]] | None
) -> Question | None:
    """What is to be asked before an event, or all days of a series, are planned; None where nothing is.

    Raises Invalid at `rule` for one that cannot be followed.
    """
    span = span_of(typed)
    if span is None:
        return None
    spans = _days_of(span, *repeat) if repeat else [span]
    return _question(session, organization, spans, typed, can_leave_out=True)


def of_change(session: Session, gathering: Gathering, typed: Typed, scope: Scope) -> Question | None:
    """What is to be asked before an event is moved, with the days of its series that move along."""
    span = span_of(typed)
    if span is None:
        return None
    fields = GatheringFields(starts_at=span.starts_at, ends_at=span.ends_at, time_zone=span.zone.key)
    now, after = [_span(gathering, GatheringFields())], [span]
    itself = {gathering.id}
    for other, its_fields in moved_with(session, gathering, fields, scope):
        now.append(_span(other, GatheringFields()))
        after.append(_span(other, its_fields))
        itself.add(other.id)
    if now == after:
        return None
    found = clashes_of(session, gathering.organization, now, itself)
    return _question(session, gathering.organization, after, typed, itself, _marks(found))


def _span(gathering: Gathering, fields: GatheringFields) -> Span:
    """When it would be with those fields."""
    starts_at = gathering.starts_at if fields.starts_at is UNSET else fields.starts_at
    ends_at = gathering.ends_at if fields.ends_at is UNSET else fields.ends_at
    zone = gathering.zone if fields.time_zone is UNSET else ZoneInfo(fields.time_zone)
    return Span(starts_at, ends_at, zone, gathering.all_day)


def _days_of(span: Span, rule: str, skip: Collection[date]) -> list[Span]:
    """Every day of a series that begins with that one."""
    first = span.local_start.replace(tzinfo=None)
    found = slots(parse(rule, span.zone), first)
    return [span.moved((slot.date() - first.date()).days) for slot in found if slot.date() not in skip]


def _question(
    session: Session,
    organization: Organization,
    spans: Sequence[Span],
    typed: Typed,
    itself: Collection[uuid.UUID] = (),
    known: Collection[str] = (),
    can_leave_out: bool = False,
) -> Question | None:
    found = clashes_of(session, organization, spans, itself)
    marks = _marks(found)
    kept = set(typed["kept"].split())
    if marks <= kept | set(known):
        return None
    said = " ".join(sorted(kept | marks))
    day = spans[0].days[0]
    if len(spans) == 1:
        free = free_day(session, organization, spans[0], itself)
        return Question(said, found[0], free.days[0] if free else None, day)
    meeting = [(span.days[0], some) for span, some in zip(spans, found, strict=True) if some]
    title = ngettext(
        "%(n)d of %(all)d days meets something else", "%(n)d of %(all)d days meet something else", len(meeting)
    ) % {"n": len(meeting), "all": len(spans)}
    days = [(say_day(day), ", ".join(one.name for one in some)) for day, some in meeting[:DAYS_SAID]]
    leave_out = ", ".join(day.isoformat() for day, _some in meeting) if len(meeting) < len(spans) else ""
    return Question(said, [], None, day, title, days, len(meeting) - len(days), leave_out if can_leave_out else "")


def _marks(found: Iterable[Iterable[Clash]]) -> set[str]:
    """Short marks of what was found, as the form carries them."""
    return {hashlib.sha256(one.key.encode()).hexdigest()[:10] for some in found for one in some}


def with_other_day(data: dict[str, Any], typed: Typed, repeat: dict[str, str]) -> bool:
    """Puts the day that was offered instead, or days to leave out, into what was typed; whether either came."""
    if day := value(data, "instead"):
        typed |= _on(typed, day)
    if days := value(data, "leave_out"):
        repeat["repeat_except"] = ", ".join(filter(None, (repeat["repeat_except"].strip(), days)))
    return bool(day or days)


def _on(typed: Typed, day: str) -> Typed:
    """The dates as they are on another day, the last one moved along; none where one cannot be read."""
    try:
        by = date.fromisoformat(day) - date.fromisoformat(typed["date"])
        last = typed["last_day"] and (date.fromisoformat(typed["last_day"]) + by).isoformat()
    except (ValueError, OverflowError):
        return {}
    return {"date": day, "last_day": last}


@post("/gatherings/day", sync_to_thread=True)
def day_part(request: AnyRequest, data: Form, membership: SignedIn, database: TheDatabase) -> Response[str]:
    """The date in words and what else is then, while it is chosen; what cannot be read yet is said on saving."""
    planners_only(membership)
    typed = typed_in(data)
    gathering, question = None, None
    with database.reading() as session:
        try:
            if itself := id_in(value(data, "itself")):
                gathering = actions.find(session, membership.organization_id, itself)
                question = of_change(session, gathering, typed, scope_of(value(data, "scope") or "this"))
            elif span := span_of(typed):
                fields = GatheringFields(starts_at=span.starts_at, time_zone=span.zone.key)
                question = of_new(session, membership.organization, typed, rule_in(repeat_in(data), fields))
        except Invalid:
            question = None
    return render(
        *(request, "desk/day_part.html"),
        organization=membership.organization,
        gathering=gathering,
        typed=typed,
        in_words=say_typed(typed),
        question=question,
        while_choosing=True,
    )


routes: Final = [day_part]
