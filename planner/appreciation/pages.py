"""A party's page once the gathering was held: saying thanks, being thanked, and the form beside it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Response, Router, post, route
from litestar.params import FromPath
from litestar.response import Redirect

from planner.appreciation import actions, queries
from planner.appreciation.actions import DidNotCome, NotYetHeld, Said, ThankedALot
from planner.appreciation.models import Appreciation
from planner.appreciation.queries import Thankable
from planner.database import Database
from planner.dependencies import TheDatabase, TheSigner
from planner.errors import Invalid, NotFound, Refused
from planner.feedback.models import SHOWN_FROM
from planner.feedback.words import common_steps, questions
from planner.gatherings.models import Status
from planner.invitations import links
from planner.invitations.actions import by_token
from planner.rsvps.pages import BODY_MOST, open_page, render_page, speak_to
from planner.rsvps.queries import PartyPage
from planner.security import LinkSigner
from planner.web import GET_OR_HEAD, AnyRequest, Form, by_field, in_language, see, value


class After(msgspec.Struct, frozen=True, kw_only=True):
    """What a party sees afterwards; `may_write`: it came, and the gathering was held."""

    may_write: bool
    received: list[Appreciation]
    written: list[Appreciation]
    thankable: list[Thankable]
    wall: list[Appreciation]


@route("/r/{token:str}/thanks", http_method=GET_OR_HEAD, sync_to_thread=True)
def show(request: AnyRequest, token: FromPath[str], database: TheDatabase, signer: TheSigner) -> Response[str]:
    """Who thanked the party, a form to thank others, and the questions. Opening it changes nothing."""
    return render_after(request, token, database, signer, "afterwards/thanks.html")


@post("/r/{token:str}/thanks", sync_to_thread=True, request_max_body_size=BODY_MOST)
def say(
    request: AnyRequest, token: FromPath[str], data: Form, database: TheDatabase, signer: TheSigner
) -> Response[str] | Redirect:
    """Keeps a thank-you; it goes out at once."""
    try:
        with database.writing() as session:
            invitation = by_token(session, signer, token, lock=True)
            speak_to(request, invitation)
            note = actions.say_thanks(session, invitation, _said(data))
    except (Invalid, ThankedALot, NotYetHeld, DidNotCome) as refused:
        return render_after(request, token, database, signer, "afterwards/thanks.html", refused, data)
    return see(in_language(request, f"/r/{token}/thanks", said=str(note.id)))


@post("/r/{token:str}/thanks/{note_id:uuid}", sync_to_thread=True, request_max_body_size=BODY_MOST)
def agree(
    request: AnyRequest,
    token: FromPath[str],
    note_id: FromPath[uuid.UUID],
    data: Form,
    database: TheDatabase,
    signer: TheSigner,
) -> Redirect:
    """The one who was thanked lets others read it (`wall` = yes), or takes it off the wall again."""
    with database.writing() as session:
        invitation = by_token(session, signer, token)
        speak_to(request, invitation)
        actions.agree(actions.given_to_party(session, invitation, note_id), value(data, "wall") == "yes")
    return see(in_language(request, f"/r/{token}/thanks"))


def _said(data: Mapping[str, Any]) -> Said:
    return Said(
        to=value(data, "to"),
        to_name=value(data, "to_name"),
        from_name=value(data, "from_name"),
        words=value(data, "words"),
        shared=bool(value(data, "shared")),
    )


def render_after(
    request: AnyRequest,
    token: str,
    database: Database,
    signer: LinkSigner,
    template: str,
    refused: Refused | None = None,
    typed: Mapping[str, Any] | None = None,
) -> Response[str]:
    """A page that looks back, with what was typed where it was refused; to those who may not write, a kind one."""
    page = open_page(request, database, signer, token)
    with database.reading() as session:
        after = _after(session, page)
    if page.gathering.status != Status.HELD:
        template = "afterwards/not_yet.html"
    elif not after.may_write:
        template = "afterwards/not_there.html"
    sentence = refused.detail if refused is not None and not isinstance(refused, Invalid) else ""
    return render_page(
        request,
        page,
        template,
        refused.status if refused is not None else 200,
        after=after,
        questions=questions(household=page.party.is_household),
        steps=common_steps(),
        shown_from=SHOWN_FROM,
        typed=lambda name: value(typed or {}, name),
        errors=by_field(refused.errors) if isinstance(refused, Invalid) else {},
        sentence=sentence,
        said=request.query_params.get("said", "") if refused is None else "",
    )


def _after(session: Any, page: PartyPage) -> After:
    invitation = page.invitation
    held = page.gathering.status == Status.HELD
    may_write = held and queries.came(session, invitation.id)
    return After(
        may_write=may_write,
        received=queries.received(session, invitation.id) if held else [],
        written=queries.written(session, invitation.id) if may_write else [],
        thankable=queries.thankable(session, invitation) if may_write else [],
        wall=queries.wall(session, invitation.gathering_id) if held else [],
    )


routes = [
    Router(
        "/",
        route_handlers=[show, say, agree],
        exception_handlers={NotFound: links.expired},
        include_in_schema=False,
    ),
]
