"""Planning an event and changing it; a move is confirmed before anybody is told."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath
from sqlalchemy.orm import Session

from planner.accounts.models import Membership
from planner.database import Database
from planner.dependencies import SignedIn, TheDatabase, TheSettings
from planner.desk import desk_page, planners_only, url_of
from planner.errors import Invalid
from planner.gatherings import actions, date_question, move_question
from planner.gatherings.actions import CapacityTaken, ChangedMeanwhile, WrongState
from planner.gatherings.fields import GatheringFields
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
from planner.gatherings.typed import Typed
from planner.history import what_happened
from planner.i18n import gettext as _
from planner.invitations.queries import TOLD, reached_once
from planner.series import actions as series
from planner.series.actions import Scope, scope_of
from planner.series.form import repeat_in, repeat_options, rule_in, said_at_the_form
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
    gathering_id: FromPath[uuid.UUID],
    request: AnyRequest,
    data: Form,
    membership: SignedIn,
    database: TheDatabase,
    settings: TheSettings,
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
            asked = move_question.page(
                *(request, membership, database, settings, gathering_id, typed, fields, seen, scope)
            )
            if asked:
                return asked
        with database.writing() as session:
            gathering = actions.find(session, membership.organization_id, gathering_id, lock=True)
            before, asked_before = gathering.revision, gathering.asked_sequence
            tells = _tells(session, gathering, scope, "tell_declined" in data)
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
        told = f"moved&n={membership.organization.settle_minutes}" if tells else "moved-untold"
        return see(f"{url_of(gathering)}?done={told}")
    return see(_after(gathering, data, "saved" if gathering.revision > before else "nothing"))


def _tells(session: Session, gathering: Gathering, scope: Scope, tell_declined: bool) -> bool:
    """Whether a move of these days tells anybody by mail."""
    days = (gathering, *series.others_in(session, gathering, scope))
    heard_of = [one.id for one in days if one.status == Status.PUBLISHED]
    states = (*TOLD, "declined") if tell_declined else TOLD
    return reached_once(session, *heard_of, states=states).by_mail > 0


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


routes: Final = [*date_question.routes, new_event, save_new, edit, save_edit]
