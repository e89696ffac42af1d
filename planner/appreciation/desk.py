"""The desk after a gathering was held: how it was, whom to thank, the wall, and what is to be passed on."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from sqlalchemy.orm import Session

from planner.accounts.models import Membership
from planner.appreciation import actions, queries
from planner.appreciation.models import Appreciation
from planner.database import Database
from planner.dependencies import SignedIn, TheDatabase
from planner.desk import desk_page, planners_only, url_of, workspace_page
from planner.errors import Invalid
from planner.feedback.queries import Summary, helpers, summary
from planner.feedback.words import common_steps, questions
from planner.gatherings import actions as gatherings
from planner.gatherings.models import Gathering, Status
from planner.gatherings.standing import standing
from planner.i18n import gettext as _
from planner.web import AnyRequest, Form, by_field, see, value


@get("/gatherings/{gathering_id:uuid}/afterwards", sync_to_thread=True)
def afterwards(
    gathering_id: FromPath[uuid.UUID], request: AnyRequest, membership: SignedIn, database: TheDatabase
) -> Response[str]:
    """How it was, and thanks: those for this coordinator, those to pass on, and the wall."""
    account_id = membership.account_id
    with database.reading() as session:
        gathering = gatherings.find(session, membership.organization_id, gathering_id)
        how = standing(session, gathering.id)
        said = summary(session, gathering.id)
        notes = queries.notes(session, gathering.id, account_id)
        offered = helpers(session, gathering.id)
        is_held = gathering.status == Status.HELD
        not_thanked = queries.not_thanked(session, gathering.id) if is_held else []
        professionals = is_held and queries.professionals_came(session, gathering.id)
        between_two = queries.number_between_two(session, gathering.id)
    return workspace_page(
        *(request, "afterwards/desk.html", membership, gathering, how, "afterwards"),
        told=_told(request),
        said=said,
        rows=_rows(said),
        steps=common_steps(),
        helpers=offered,
        not_thanked=not_thanked,
        professionals=professionals,
        wall=[note for note in notes if note.on_the_wall],
        to_me=[note for note in notes if note.to_account_id == account_id and note.hidden_at is None],
        to_pass_on=[note for note in notes if note.waits_to_be_passed_on and note.hidden_at is None],
        to_hosts=[note for note in notes if note.to_everyone and not note.shared and note.hidden_at is None],
        hidden=[note for note in notes if note.hidden_at is not None],
        between_two=between_two,
    )


def _rows(said: Summary) -> list[dict[str, Any]]:
    counts = said.counts or {}
    return [
        {"question": question.words, "counts": counts[question.name], "steps": question.steps}
        for question in questions()
        if question.name in counts
    ]


def _told(request: AnyRequest) -> str:
    sentences = {
        "thanked": _("Sent. Thank you for thanking."),
        "hidden": _("Hidden. The reason is kept."),
        "shown": _("It is back where it was."),
        "passed-on": _("Passed on. The words leave now by mail."),
        "on-the-wall": _("It hangs on the wall now."),
        "off-the-wall": _("It is off the wall, for you alone."),
    }
    return sentences.get(request.query_params.get("done", ""), "")


@get("/gatherings/{gathering_id:uuid}/wall", sync_to_thread=True)
def wall_to_print(
    gathering_id: FromPath[uuid.UUID], request: AnyRequest, membership: SignedIn, database: TheDatabase
) -> Response[str]:
    """The thanks wall on paper."""
    with database.reading() as session:
        gathering = gatherings.find(session, membership.organization_id, gathering_id)
        notes = queries.wall(session, gathering.id)
    return desk_page(
        *(request, "afterwards/wall.html", membership, "events"),
        gathering=gathering,
        gathering_url=url_of(gathering),
        notes=notes,
    )


@get("/gatherings/{gathering_id:uuid}/thanks", sync_to_thread=True)
def thanks_page(
    gathering_id: FromPath[uuid.UUID], request: AnyRequest, membership: SignedIn, database: TheDatabase
) -> Response[str]:
    """A form to thank those who came; `?to=` is a guest's invitation."""
    planners_only(membership)
    return _thanks_page(request, membership, database, gathering_id, dict(request.query_params))


@post("/gatherings/{gathering_id:uuid}/thanks", sync_to_thread=True)
def say_thanks(
    gathering_id: FromPath[uuid.UUID], request: AnyRequest, data: Form, membership: SignedIn, database: TheDatabase
) -> Response[str] | Redirect:
    """The coordinator thanks; it goes out at once."""
    planners_only(membership)
    try:
        with database.writing() as session:
            gathering = gatherings.find(session, membership.organization_id, gathering_id, lock=True)
            actions.thank_from_desk(
                session,
                gathering,
                membership.account,
                value(data, "to"),
                value(data, "words"),
                shared=bool(value(data, "shared")),
                actor=membership.actor,
            )
    except Invalid as invalid:
        return _thanks_page(request, membership, database, gathering_id, data, invalid)
    return see(f"{url_of(gathering)}/afterwards?done=thanked")


def _thanks_page(
    request: AnyRequest,
    membership: Membership,
    database: Database,
    gathering_id: uuid.UUID,
    typed: Mapping[str, Any],
    invalid: Invalid | None = None,
) -> Response[str]:
    with database.reading() as session:
        gathering = gatherings.find(session, membership.organization_id, gathering_id)
        how = standing(session, gathering.id)
        actions.check_held(gathering)
        guests = queries.who_came(session, gathering.id)
    return workspace_page(
        *(request, "afterwards/say_thanks.html", membership, gathering, how, "afterwards"),
        422 if invalid else 200,
        choices=[
            (queries.EVERYONE, _("Everyone who came")),
            *((str(invitation.id), invitation.party.name) for invitation in guests),
        ],
        typed={name: value(typed, name) for name in ("to", "words", "shared")},
        errors=by_field(invalid.errors) if invalid else {},
    )


@get("/gatherings/{gathering_id:uuid}/thanks/{note_id:uuid}", sync_to_thread=True)
def note_page(
    gathering_id: FromPath[uuid.UUID],
    note_id: FromPath[uuid.UUID],
    request: AnyRequest,
    membership: SignedIn,
    database: TheDatabase,
) -> Response[str]:
    """One thank-you, and what a coordinator can do with it."""
    return _note_page(request, membership, database, gathering_id, note_id)


def _note_page(
    request: AnyRequest,
    membership: Membership,
    database: Database,
    gathering_id: uuid.UUID,
    note_id: uuid.UUID,
    typed: Mapping[str, Any] | None = None,
    invalid: Invalid | None = None,
) -> Response[str]:
    with database.reading() as session:
        gathering = gatherings.find(session, membership.organization_id, gathering_id)
        how = standing(session, gathering.id)
        note = actions.find(session, gathering, note_id, membership.account_id)
        guests = queries.who_came(session, gathering.id) if note.waits_to_be_passed_on else []
    return workspace_page(
        *(request, "afterwards/note.html", membership, gathering, how, "afterwards"),
        422 if invalid else 200,
        note=note,
        to_me=note.to_account_id == membership.account_id,
        choices=[
            ("", _("Choose who it is for")),
            *((str(invitation.id), invitation.party.name) for invitation in guests),
        ],
        typed={name: value(typed or {}, name) for name in ("to", "reason")},
        errors=by_field(invalid.errors) if invalid else {},
    )


@post("/gatherings/{gathering_id:uuid}/thanks/{note_id:uuid}/{what:str}", sync_to_thread=True)
def decide(
    gathering_id: FromPath[uuid.UUID],
    note_id: FromPath[uuid.UUID],
    what: FromPath[str],
    request: AnyRequest,
    data: Form,
    membership: SignedIn,
    database: TheDatabase,
) -> Response[str] | Redirect:
    """Hides it, shows it again, passes it on, or agrees to have it on the wall."""
    try:
        with database.writing() as session:
            gathering = gatherings.find(session, membership.organization_id, gathering_id)
            note = actions.find(session, gathering, note_id, membership.account_id)
            done = _decide(session, gathering, note, what, data, membership)
    except Invalid as invalid:
        return _note_page(request, membership, database, gathering_id, note_id, data, invalid)
    return see(f"{url_of(gathering)}/afterwards?done={done}")


def _decide(
    session: Session, gathering: Gathering, note: Appreciation, what: str, data: Form, membership: Membership
) -> str:
    if what == "wall":
        shown = value(data, "wall") == "yes"
        actions.agree_for_oneself(note, shown, membership.account_id)
        return "on-the-wall" if shown else "off-the-wall"
    planners_only(membership)
    match what:
        case "hide":
            actions.hide(session, gathering, note, value(data, "reason"), membership)
            return "hidden"
        case "show":
            actions.show_again(note)
            return "shown"
        case "pass-on":
            actions.pass_on(session, gathering, note, value(data, "to"), actor=membership.actor)
            return "passed-on"
    raise actions.no_such_note()


routes: Final = [afterwards, wall_to_print, thanks_page, say_thanks, note_page, decide]
