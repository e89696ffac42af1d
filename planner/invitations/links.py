"""A party's own link: its address, one page for all that are dead, and the link sent again."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from litestar import Response, post, route
from litestar.response import Redirect

from planner.database import Database
from planner.dependencies import TheDatabase
from planner.errors import Invalid
from planner.gatherings.queries import only_organization
from planner.invitations.forgotten import send_links_to
from planner.security import LinkSigner
from planner.settings import Settings
from planner.web import GET_OR_HEAD, AnyRequest, Form, by_field, in_language, render, see, value


def rsvp_url(settings: Settings, signer: LinkSigner, invitation_id: uuid.UUID, link_version: int) -> str:
    """The address of a party's own page."""
    return settings.url("/r/" + signer.token("invitation", invitation_id, link_version))


@route("/link", http_method=GET_OR_HEAD, sync_to_thread=True, include_in_schema=False)
def form(request: AnyRequest, database: TheDatabase) -> Response[str]:
    """Asks for the address that an invitation came to."""
    return _form(request, database, sent="sent" in request.query_params)


@post("/link", sync_to_thread=True, request_max_body_size=20_000, include_in_schema=False)
def send(request: AnyRequest, data: Form, database: TheDatabase) -> Response[str] | Redirect:
    """Sends an address its links, and never says whether it has any."""
    address = value(data, "email")
    try:
        with database.writing() as session:
            send_links_to(session, address)
    except Invalid as invalid:
        return _form(request, database, address, by_field(invalid.errors), 422)
    return see(in_language(request, "/link", sent=1))


def expired(request: AnyRequest, _error: Exception) -> Response[str]:
    """The page of every link that opens nothing: unknown, revoked and expired ones look alike."""
    return _render(request, request.app.state.database, "expired.html", 404)


def _form(
    request: AnyRequest,
    database: Database,
    address: str = "",
    errors: dict[str, str] | None = None,
    status: int = 200,
    sent: bool = False,
) -> Response[str]:
    return _render(request, database, "family/link.html", status, email=address, errors=errors or {}, sent=sent)


def _render(request: AnyRequest, database: Database, template: str, status: int, **context: Any) -> Response[str]:
    with database.reading() as session:
        organization = only_organization(session)
    return render(
        request, template, status, organization=organization, here=partial(in_language, request), **context
    )


routes = [form, send]
