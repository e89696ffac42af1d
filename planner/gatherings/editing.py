"""Planning an event and changing it; a move is confirmed before anybody is told."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from sqlalchemy.orm import Session

from planner.accounts.models import Membership
from planner.database import Database
from planner.dependencies import SignedIn, TheDatabase
from planner.desk import desk_page, planners_only, url_of, workspace_page
from planner.errors import Invalid
from planner.gatherings import actions, date_question
from planner.gatherings.actions import FACTS, CapacityTaken, ChangedMeanwhile, WrongState
from planner.gatherings.fields import GatheringFields, checked
from planner.gatherings.form import (
    TOPICS_OFFERED,
    WHEN,
    WHERE,
    blank,
    fields_of,
    merged,
    say_typed,
    topics_offered,
    typed_copy,
    typed_from,
    typed_in,
    visibilities,
)
from planner.gatherings.models import Gathering, Status
from planner.gatherings.queries import topics_used
from planner.gatherings.rows import MORE_ROWS, at_typed_fields, posted_rows, rows_shown
from planner.gatherings.standing import standing
from planner.gatherings.typed import Typed
from planner.history import what_happened
from planner.i18n import gettext as _
from planner.invitations.choosing import one_invited
from planner.invitations.queries import reached
from planner.series import actions as series
from planner.series.actions import Scope, scope_of
from planner.series.form import repeat_in, repeat_options, rule_in, said_at_the_form
from planner.times import say_day, say_hours, say_time, whole_days
from planner.web import AnyRequest, Form, by_field, id_in, number_in, see, value
from planner.zones import zone_choices


@get("/gatherings/new", sync_to_thread=True)
def new_event(request: AnyRequest, membership: SignedIn, database: TheDatabase) -> Response[str]:
    """A form for a new event; `?copy={id}` begins it with another one's words."""
    planners_only(membership)
    typed = blank(membership.organization)
    if copied := id_in(request.query_params.get("copy", "")):
        with database.reading() as session:
            typed = typed_copy(actions.find(session, membership.organization_id, copied))
    return _form(request, membership, database, typed)


@post("/gatherings/new", sync_to_thread=True)
def save_new(request: AnyRequest, data: Form, membership: SignedIn, database: TheDatabase) -> Response[Any]:
    """Makes a draft; nobody is told."""
    planners_only(membership)
    typed, repeats = typed_in(data), repeat_in(data)
    if date_question.with_other_day(data, typed, repeats):
        return _form(request, membership, database, typed, repeat=repeats)
    if "rows" in data:
        return _form(request, membership, database, typed, repeat=repeats, rows=_more_rows(typed, data))
    try:
        fields = fields_of(typed)
        repeat = rule_in(repeats, fields)
        with database.reading() as session:
            question = date_question.of_new(session, membership.organization, typed, repeat)
        if question:
            then = value(data, "then")
            return _form(request, membership, database, typed, repeat=repeats, question=question, then=then)
        with database.writing() as session:
            gathering = _made(session, membership, fields, repeat)
    except Invalid as invalid:
        errors = by_field(at_typed_fields(said_at_the_form(invalid), typed).errors)
        return _form(request, membership, database, typed, 422, errors=errors, repeat=repeats)
    return see(_after(gathering, data, "saved"))


def _made(
    session: Session, membership: Membership, fields: GatheringFields, repeat: tuple[str, list[date]] | None
) -> Gathering:
    """The new event, or the first one of a series."""
    who: dict[str, Any] = {"by": membership.account_id, "actor": membership.actor}
    if repeat is None:
        return actions.create(session, membership.organization, fields, **who)
    made = series.create(session, membership.organization, fields, *repeat, **who)
    return series.occurrences(session, made)[0]


def _after(gathering: Gathering, data: dict[str, Any], done: str) -> str:
    return f"{url_of(gathering)}/invite" if value(data, "then") == "invite" else f"{url_of(gathering)}?done={done}"


def _more_rows(typed: Typed, data: dict[str, Any]) -> list[dict[str, str]]:
    """The rows of the running order, and more to type into than there were."""
    return rows_shown(typed, posted_rows(data) + MORE_ROWS)


def _form(
    request: AnyRequest,
    membership: Membership,
    database: Database,
    typed: Typed,
    status: int = 200,
    gathering: Gathering | None = None,
    **context: Any,
) -> Response[str]:
    with database.reading() as session:
        used = topics_used(session, membership.organization_id, TOPICS_OFFERED)
    return desk_page(
        *(request, "desk/edit.html", membership, "events", status),
        **{
            "typed": typed,
            "opened_with": typed_from(gathering) if gathering else None,
            "gathering": gathering,
            "in_words": say_typed(typed),
            "zones": zone_choices([typed["time_zone"], membership.organization.time_zone], typed["date"]),
            "visibilities": visibilities(),
            "topics": topics_offered(typed, used),
            "rows": rows_shown(typed),
            "errors": {},
            "conflicts": None,
            "meanwhile": "",
            "question": None,
            "repeat": repeat_in({}),
            "repeat_options": repeat_options(),
            **context,
        },
    )


@get("/gatherings/{gathering_id:uuid}/edit", sync_to_thread=True)
def edit(
    gathering_id: FromPath[uuid.UUID], request: AnyRequest, membership: SignedIn, database: TheDatabase
) -> Response[str]:
    """The same form for an event that exists."""
    planners_only(membership)
    with database.reading() as session:
        gathering = actions.find(session, membership.organization_id, gathering_id)
    if gathering.status not in (Status.DRAFT, Status.PUBLISHED):
        raise WrongState(
            _("This event is over or cancelled and stays as it was. You can copy it for another time.")
        )
    return _form(request, membership, database, typed_from(gathering), gathering=gathering)


@post("/gatherings/{gathering_id:uuid}/edit", sync_to_thread=True)
def save_edit(
    gathering_id: FromPath[uuid.UUID], request: AnyRequest, data: Form, membership: SignedIn, database: TheDatabase
) -> Response[Any]:
    """Saves; what moves a published event is asked about first. Whoever edits at the same time is told."""
    planners_only(membership)
    typed = typed_in(data)
    seen = number_in(value(data, "revision"))
    scope = scope_of(value(data, "scope") or "this")
    if "keep" in data:
        return _keep(request, membership, database, gathering_id, typed)
    if date_question.with_other_day(data, typed, repeat_in({})):
        return _again(request, membership, database, gathering_id, typed, data)
    if "rows" in data:
        more = _more_rows(typed, data)
        return _again(request, membership, database, gathering_id, typed, data, rows=more)
    try:
        fields = fields_of(typed, typed_in(data, "was-"))
        if "confirmed" not in data:
            with database.reading() as session:
                gathering = actions.find(session, membership.organization_id, gathering_id)
                question = date_question.of_change(session, gathering, typed, scope)
            if question:
                return _again(request, membership, database, gathering_id, typed, data, question=question)
            asked = _ask(request, membership, database, gathering_id, typed, fields, seen, scope)
            if asked:
                return asked
        with database.writing() as session:
            gathering = actions.find(session, membership.organization_id, gathering_id, lock=True)
            before, asked_before = gathering.revision, gathering.asked_sequence
            series.change(
                session,
                gathering,
                fields,
                scope,
                actor=membership.actor,
                tell_declined="tell_declined" in data,
                reason=value(data, "reason"),
                seen_revision=seen,
            )
    except Invalid as invalid:
        errors = by_field(at_typed_fields(invalid, typed).errors)
        return _again(request, membership, database, gathering_id, typed, data, 422, errors=errors)
    except CapacityTaken as taken:
        errors = {"capacity": taken.detail}
        return _again(request, membership, database, gathering_id, typed, data, 409, errors=errors)
    except ChangedMeanwhile as meanwhile:
        return _changed_meanwhile(request, membership, database, gathering_id, typed, data, meanwhile.detail)
    if gathering.asked_sequence > asked_before:
        return see(f"{url_of(gathering)}?done=moved&n={membership.organization.settle_minutes}")
    return see(_after(gathering, data, "saved" if gathering.revision > before else "nothing"))


def _again(
    request: AnyRequest,
    membership: Membership,
    database: Database,
    gathering_id: uuid.UUID,
    typed: Typed,
    data: dict[str, Any],
    status: int = 200,
    **context: Any,
) -> Response[str]:
    """The form with what was typed in it."""
    with database.reading() as session:
        gathering = actions.find(session, membership.organization_id, gathering_id)
    seen = value(data, "revision")
    opened_with = typed_in(data, "was-") if seen.isdecimal() else typed_from(gathering)
    return _form(
        *(request, membership, database, typed, status, gathering),
        scope=value(data, "scope"),
        opened_with=opened_with,
        revision=seen,
        **context,
    )


def _changed_meanwhile(
    request: AnyRequest,
    membership: Membership,
    database: Database,
    gathering_id: uuid.UUID,
    typed: Typed,
    data: dict[str, Any],
    sentence: str,
) -> Response[str]:
    with database.reading() as session:
        gathering = actions.find(session, membership.organization_id, gathering_id)
        lately, _before = what_happened(session, membership.organization_id, gathering_id=gathering_id, limit=1)
    words, conflicts = merged(typed, typed_in(data, "was-"), typed_from(gathering))
    return _form(
        *(request, membership, database, words, 409, gathering),
        scope=value(data, "scope"),
        conflicts=conflicts,
        meanwhile=sentence,
        lately=lately[0] if lately else None,
    )


def _keep(
    request: AnyRequest, membership: Membership, database: Database, gathering_id: uuid.UUID, typed: Typed
) -> Response[Any]:
    """Keeps day and place; other words that were typed are still there to be saved."""
    with database.reading() as session:
        gathering = actions.find(session, membership.organization_id, gathering_id)
    now = typed_from(gathering)
    typed |= {name: now[name] for name in (*WHEN, *WHERE, "kept")}
    if typed == now:
        return see(f"{url_of(gathering)}?done=nothing")
    return _form(request, membership, database, typed, gathering=gathering)


class Move(msgspec.Struct, frozen=True):
    """A move that is asked about: each of day, time and place as it was and as it would be."""

    title: str
    keep: str
    button: str
    rows: list[tuple[str, str, str]]


def _ask(
    request: AnyRequest,
    membership: Membership,
    database: Database,
    gathering_id: uuid.UUID,
    typed: Typed,
    fields: GatheringFields,
    seen: int | None,
    scope: Scope,
) -> Response[str] | None:
    """The page that asks before guests are told; None where nobody is told anything."""
    with database.reading() as session:
        gathering = actions.find(session, membership.organization_id, gathering_id)
        after = {name: getattr(gathering, name) for name in FACTS} | checked(fields, gathering)
        moved = [name for name in FACTS if after[name] != getattr(gathering, name)]
        how = standing(session, gathering.id)
        days = [one.id for one in series.others_in(session, gathering, scope) if one.status == Status.PUBLISHED]
        if gathering.status != Status.PUBLISHED or not moved or (how.invited == 0 and not days):
            return None
        actions.refuse_unless_seen(gathering, seen)
        told = reached(session, gathering.id, *days)
        shown = one_invited(session, gathering.id, coming=True)
    asked = [told[state] for state in ("accepted", "waiting", "tentative", "unanswered")]
    preview = {
        name: after[name].isoformat() if isinstance(after[name], datetime) else after[name] for name in FACTS
    }
    return workspace_page(
        *(request, "desk/move.html", membership, gathering, how, ""),
        move=_move(gathering, after, sum(one.by_mail for one in asked)),
        scope=scope.value,
        other_days=len(days),
        told=told,
        asked=asked,
        typed=typed,
        opened_with=typed_from(gathering),
        shown=shown,
        preview=f"{url_of(gathering)}/preview/moved?{urlencode(preview)}",
    )


def _move(gathering: Gathering, after: dict[str, Any], mails: int) -> Move:
    old_start, old_end = gathering.local_start, gathering.local_end
    zone = ZoneInfo(after["time_zone"])
    start, end = after["starts_at"].astimezone(zone), after["ends_at"].astimezone(zone)
    old_hours, hours = say_hours(old_start, old_end, gathering.time_zone), say_hours(start, end, zone.key)
    rows = [
        (_("Day"), say_day(old_start), say_day(start)),
        (_("Time"), old_hours, hours),
        (_("Place"), gathering.venue, after["venue"]),
    ]
    if gathering.online_url or after["online_url"]:
        rows.append((_("Meeting"), gathering.online_url, after["online_url"]))
    keep = _("Keep it as it is")
    if start.date() != old_start.date():
        title = _("Move it to %(day)s?") % {"day": say_day(start, year=start.year != old_start.year)}
        keep = _("Keep %(day)s") % {"day": say_day(old_start, year=False)}
    elif start != old_start and not whole_days(start, end):
        title = _("Begin at %(time)s instead?") % {"time": say_time(start)}
    elif end != old_end or gathering.time_zone != after["time_zone"]:
        title = _("Change the time?")
    else:
        title = _("Change the place?")
    return Move(title, keep, _("Move it and tell %(n)d") % {"n": mails} if mails else _("Move it"), rows)


routes: Final = [*date_question.routes, new_event, save_new, edit, save_edit]
