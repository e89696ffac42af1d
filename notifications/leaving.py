"""A party's own pages about mail: no more invitations (RFC 8058), and the language of its mails."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import sqlalchemy as sa
from litestar import MediaType, Response, Router, post, route
from litestar.params import FromPath
from sqlalchemy.orm import Session

from planner.accounts.models import Organization
from planner.calendars.versions import raise_party_version
from planner.database import Database
from planner.dependencies import TheDatabase, TheSigner
from planner.errors import NotFound
from planner.i18n import available_languages, best_language, own_name
from planner.i18n import gettext as _
from planner.parties.models import Party, PartyMember, Person
from planner.security import LinkSigner
from planner.web import GET_OR_HEAD, AnyRequest, choose_language, render, see, value

# Bytes; reading a large form takes time from everybody else.
FORM_MOST: Final = 20_000


@route("/unsubscribe/{token:str}", http_method=GET_OR_HEAD, sync_to_thread=True)
def show_leaving(
    request: AnyRequest, token: FromPath[str], database: TheDatabase, signer: TheSigner
) -> Response[str]:
    """Asks whether to stop the invitations; opening the page changes nothing."""
    with database.reading() as session:
        party, organization = _known(session, signer, token)
    choose_language(request, party.language, *organization.languages)
    return _page(request, "mail/leave.html", party, organization, token)


@post("/unsubscribe/{token:str}", status_code=200, request_max_body_size=FORM_MOST)
async def leave(
    request: AnyRequest, token: FromPath[str], database: TheDatabase, signer: TheSigner
) -> Response[Any]:
    """Stops the invitations, or undoes that. Mail programs press this themselves, without a cookie (RFC 8058)."""
    form = await request.form()
    undo = form.get("action") == "undo"
    await asyncio.to_thread(_set_left, database, signer, token, not undo)
    if form.get("List-Unsubscribe") == "One-Click":
        return Response(_("No more invitations will come."), media_type=MediaType.TEXT)
    return see(f"/unsubscribe/{token}")


def _set_left(database: Database, signer: LinkSigner, token: str, left: bool) -> None:
    with database.writing() as session:
        party, _organization = _known(session, signer, token)
        party.want_no_more(left)


@route("/preferences/{token:str}", http_method=GET_OR_HEAD, sync_to_thread=True)
def show_preferences(
    request: AnyRequest, token: FromPath[str], database: TheDatabase, signer: TheSigner
) -> Response[str]:
    """How a party is written to."""
    with database.reading() as session:
        party, organization = _known(session, signer, token)
        chosen = _language_of(session, party, organization)
    choose_language(request, chosen, *organization.languages)
    return _page(
        request,
        "mail/preferences.html",
        party,
        organization,
        token,
        chosen=chosen,
        choices=[(code, own_name(code)) for code in available_languages()],
        was_saved="saved" in request.query_params,
    )


@post("/preferences/{token:str}", request_max_body_size=FORM_MOST)
async def set_preferences(
    request: AnyRequest, token: FromPath[str], database: TheDatabase, signer: TheSigner
) -> Response[Any]:
    """Keeps the language of the party's mails, and whether invitations may come."""
    form = dict(await request.form())
    await asyncio.to_thread(
        _set_preferences, database, signer, token, value(form, "language"), bool(form.get("stop"))
    )
    return see(f"/preferences/{token}?saved")


def _set_preferences(database: Database, signer: LinkSigner, token: str, language: str, stop: bool) -> None:
    with database.writing() as session:
        party, _organization = _known(session, signer, token)
        if language in available_languages():
            party.language = language
            adults = sa.select(PartyMember.person_id).where(
                PartyMember.party_id == party.id, PartyMember.role == "adult"
            )
            session.execute(sa.update(Person).where(Person.id.in_(adults)).values(language=language))
        party.want_no_more(stop)
        session.flush()
        raise_party_version(session, party.id)


def _known(session: Session, signer: LinkSigner, token: str) -> tuple[Party, Organization]:
    """Whose token it is. Raises NotFound for one that opens nothing."""
    sealed = signer.read(token)
    party = session.get(Party, sealed.id) if sealed else None
    if sealed is None or party is None or not signer.holds("party", sealed, party.link_version):
        raise NotFound(_("This link no longer opens anything."))
    return party, session.get_one(Organization, party.organization_id)


def _language_of(session: Session, party: Party, organization: Organization) -> str:
    adults = (
        sa.select(Person.language)
        .join(PartyMember, PartyMember.person_id == Person.id)
        .where(PartyMember.party_id == party.id, PartyMember.role == "adult", Person.language.is_not(None))
        .limit(1)
    )
    return session.scalar(adults) or party.language or best_language(*organization.languages)


def _page(
    request: AnyRequest, template: str, party: Party, organization: Organization, token: str, **context: Any
) -> Response[str]:
    return render(request, template, organization=organization, party=party, token=token, **context)


# One router: Litestar 2.25 breaks the first of two handlers that share a path where both stand at the app itself.
routes = [
    Router(
        "/",
        route_handlers=[show_leaving, leave, show_preferences, set_preferences],
        include_in_schema=False,
    )
]
