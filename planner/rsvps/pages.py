"""A party's own link: the question, the answer, and what was saved."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from litestar import Response, Router, post, route
from litestar.params import FromPath
from litestar.response import Redirect
from sqlalchemy.orm import Session

from planner.appreciation.queries import wall
from planner.calendars.actions import offered_feed, prepare_party_feed
from planner.calendars.links import feed_url, subscription
from planner.database import Database, utc_now
from planner.dependencies import TheDatabase, TheSettings, TheSigner
from planner.errors import Invalid, NotFound
from planner.gatherings.models import Status
from planner.i18n import best_language, speaking
from planner.i18n import gettext as _
from planner.invitations import links
from planner.invitations.actions import by_token
from planner.invitations.letters import TooManyQuestions, ask_question
from planner.invitations.models import Invitation
from planner.rsvps.actions import NotOpen, answer
from planner.rsvps.form import other_days_in, said_in, same_for
from planner.rsvps.models import Answer, Source
from planner.rsvps.queries import (
    PartyPage,
    days_missed,
    link_path,
    party_page,
    questions_of,
    say_old_answer,
    say_party,
    say_place,
    say_saved,
)
from planner.rsvps.together import answer_days, hold_days
from planner.security import LinkSigner
from planner.settings import Settings
from planner.web import (
    GET_OR_HEAD,
    AnyRequest,
    Form,
    by_field,
    choose_language,
    id_in,
    in_language,
    render,
    see,
    value,
)

# A note of 2,000 characters is 24 kB at most as browsers write it; whoever pastes more still gets a form back.
BODY_MOST: Final = 300_000


@route("/r/{token:str}", http_method=GET_OR_HEAD, sync_to_thread=True)
def show(
    request: AnyRequest, token: FromPath[str], database: TheDatabase, settings: TheSettings, signer: TheSigner
) -> Response[str]:
    """The question, or what was answered. Opening it changes nothing."""
    page = open_page(request, database, signer, token)
    preselected = request.query_params.get("answer", "")
    if preselected not in list(Answer):
        preselected = ""
    if _asks(page, preselected, wants_change="change" in request.query_params):
        return _question(request, page, preselected=preselected)
    return _standing(request, page, database, settings, signer)


@post("/r/{token:str}", sync_to_thread=True, request_max_body_size=BODY_MOST)
def save(
    request: AnyRequest,
    token: FromPath[str],
    data: Form,
    database: TheDatabase,
    settings: TheSettings,
    signer: TheSigner,
) -> Response[str] | Redirect:
    """Keeps the answer, for other days of the series too where they are ticked, and shows what was saved."""
    try:
        with database.writing() as session:
            path, query = _keep(request, session, signer, token, data)
    except Invalid as invalid:
        return _question(request, open_page(request, database, signer, token), data, invalid)
    except NotOpen:
        page = open_page(request, database, signer, token)
        return _standing(request, page, database, settings, signer, status=409)
    return see(in_language(request, path, **query))


@route("/r/{token:str}/question", http_method=GET_OR_HEAD, sync_to_thread=True)
def questions(
    request: AnyRequest, token: FromPath[str], database: TheDatabase, signer: TheSigner
) -> Response[str]:
    """What the party asked the coordinator, and a box to ask more."""
    return _questions(request, token, database, signer)


@post("/r/{token:str}/question", sync_to_thread=True, request_max_body_size=BODY_MOST)
def ask(
    request: AnyRequest, token: FromPath[str], data: Form, database: TheDatabase, signer: TheSigner
) -> Response[str] | Redirect:
    """A question reaches the coordinator alone."""
    words = value(data, "words")
    try:
        with database.writing() as session:
            invitation = by_token(session, signer, token, lock=True)
            speak_to(request, invitation)
            ask_question(session, invitation, words)
    except Invalid as invalid:
        return _questions(request, token, database, signer, words, by_field(invalid.errors), 422)
    except TooManyQuestions as refused:
        return _questions(request, token, database, signer, words, {"words": refused.detail}, refused.status)
    return see(in_language(request, f"/r/{token}/question"))


@route("/r/{token:str}/not-us", http_method=GET_OR_HEAD, sync_to_thread=True)
def explain_not_us(
    request: AnyRequest, token: FromPath[str], database: TheDatabase, signer: TheSigner
) -> Response[str]:
    """For whoever holds a link that is meant for somebody else."""
    page = open_page(request, database, signer, token)
    return render_page(request, page, "family/not_us.html", told="told" in request.query_params)


@post("/r/{token:str}/not-us", sync_to_thread=True, request_max_body_size=BODY_MOST)
def say_not_us(request: AnyRequest, token: FromPath[str], database: TheDatabase, signer: TheSigner) -> Redirect:
    """Tells the coordinator that a link has reached the wrong people."""
    with database.writing() as session:
        invitation = by_token(session, signer, token, lock=True)
        speak_to(request, invitation)
        with speaking(best_language(*invitation.gathering.organization.languages)):
            words = _("This link has reached somebody else, who says: this is not us. Please check the address.")
        ask_question(session, invitation, words)
    return see(in_language(request, f"/r/{token}/not-us", told=1))


def open_page(request: AnyRequest, database: Database, signer: LinkSigner, token: str) -> PartyPage:
    """The page that a party's link opens, in its language. Raises NotFound."""
    with database.reading() as session:
        invitation = by_token(session, signer, token)
        page = party_page(session, invitation, utc_now(), signer)
    speak_to(request, invitation)
    return page


def speak_to(request: AnyRequest, invitation: Invitation) -> None:
    """Speaks the language that was chosen here, or the party's own."""
    choose_language(request, invitation.party.language, *invitation.gathering.organization.languages)


def _asks(page: PartyPage, preselected: str, wants_change: bool) -> bool:
    """Whether the page puts the question, rather than saying how things stand."""
    if page.gathering.status != Status.PUBLISHED or page.is_closed:
        return False
    if page.rsvp is None or page.is_asked_again or wants_change:
        return True
    return preselected not in ("", page.rsvp.answer)


def _keep(
    request: AnyRequest, session: Session, signer: LinkSigner, token: str, data: Mapping[str, Any]
) -> tuple[str, dict[str, str]]:
    """The path and query of the page that says what came of it."""
    others = other_days_in(data)
    invitation = by_token(session, signer, token, lock=not others)
    speak_to(request, invitation)
    said = said_in(data)
    shown, missed = invitation, ""
    if others:
        days = hold_days(session, invitation, others)
        # The link may have died while the days were waited for.
        by_token(session, signer, token)
        done = answer_days(session, invitation, days, same_for(data), said, Source.LINK)
        shown = invitation if invitation in done.saved else done.saved[0]
        missed = ",".join(day.id.hex for day in done.missed)
    else:
        answer(session, invitation, said, Source.LINK)
    if said.answer != Answer.DECLINED:
        prepare_party_feed(session, invitation.party)
    return link_path(signer, shown), {"missed": missed} if missed else {}


def _question(
    request: AnyRequest,
    page: PartyPage,
    typed: Mapping[str, Any] | None = None,
    invalid: Invalid | None = None,
    preselected: str = "",
) -> Response[str]:
    """The form: new, with the answer so far, with what a mail's button chose, or with what was typed."""
    rsvp = page.rsvp
    adults, children = page.expected
    same = same_for(typed or {})
    return render_page(
        request,
        page,
        "family/question.html",
        status=422 if invalid else 200,
        errors=by_field(invalid.errors) if invalid else {},
        chosen=value(typed, "answer") if typed is not None else preselected or (rsvp.answer if rsvp else ""),
        from_mail=preselected,
        adults=value(typed, "adults") if typed and "adults" in typed else adults,
        children=value(typed, "children") if typed and "children" in typed else children,
        note=value(typed, "note") if typed and "note" in typed else (rsvp.note if rsvp else ""),
        people=adults + children,
        old_answer=say_old_answer(rsvp, page.party.is_household) if rsvp else "",
        same=same,
        ticked=other_days_in(typed) if typed and same else None,
    )


def _standing(
    request: AnyRequest,
    page: PartyPage,
    database: Database,
    settings: Settings,
    signer: LinkSigner,
    status: int = 200,
) -> Response[str]:
    """How things stand: the gathering is called off, over or not open yet, or the answer is saved."""
    rsvp = page.rsvp
    if page.gathering.status == Status.HELD:
        with database.reading() as session:
            notes = wall(session, page.gathering.id)
        return render_page(request, page, "family/held.html", status, wall=notes)
    if page.gathering.status != Status.PUBLISHED:
        return render_page(request, page, f"family/{page.gathering.status}.html", status)
    if rsvp is None:
        return render_page(request, page, "family/closed.html", status)
    with database.reading() as session:
        asked = filter(None, map(id_in, request.query_params.get("missed", "").split(",")))
        missed = days_missed(session, page.invitation, list(asked), signer)
    feed = None
    if rsvp.answer != "declined" and not rsvp.waits:
        feed = offered_feed(database, page.party, page.feed)
    return render_page(
        request,
        page,
        "family/saved.html",
        status,
        rsvp=rsvp,
        saved_words=say_saved(rsvp.answered_at, page.now, page.gathering),
        place=say_place(page.before),
        missed=missed,
        calendar=subscription(feed_url(settings, signer, feed)) if feed else None,
    )


def _questions(
    request: AnyRequest,
    token: str,
    database: Database,
    signer: LinkSigner,
    words: str = "",
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response[str]:
    page = open_page(request, database, signer, token)
    with database.reading() as session:
        asked = questions_of(session, page.invitation)
    return render_page(request, page, "family/ask.html", status, asked=asked, words=words, errors=errors or {})


def render_page(
    request: AnyRequest, page: PartyPage, template: str, status: int = 200, **context: Any
) -> Response[str]:
    """A page of one party, with what `family/page.html` needs."""
    gathering = page.gathering
    own = f"/r/{request.path_params['token']}"

    def link(below: str = "", **query: str | int) -> str:
        return in_language(request, own + below, **query)

    return render(
        request,
        template,
        status,
        organization=page.organization,
        page=page,
        gathering=gathering,
        party=page.party,
        who=say_party(page.party),
        me=not page.party.is_household,
        contact=gathering.contact,
        link=link,
        here=partial(in_language, request),
        **context,
    )


# One router: Litestar 2.25 breaks the first of two handlers that share a path where both stand at the app itself.
routes = [
    Router(
        "/",
        route_handlers=[show, save, questions, ask, explain_not_us, say_not_us, *links.routes],
        exception_handlers={NotFound: links.expired},
        include_in_schema=False,
    ),
]
