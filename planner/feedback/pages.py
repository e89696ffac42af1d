"""The form after a gathering was held: five questions, what went well, what would make it better."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litestar import Response, Router, post, route
from litestar.params import FromPath
from litestar.response import Redirect

from planner.appreciation.actions import DidNotCome, NotYetHeld
from planner.appreciation.pages import render_after
from planner.dependencies import TheDatabase, TheSigner
from planner.errors import FieldError, Invalid, NotFound
from planner.feedback import actions
from planner.feedback.actions import AlreadyGiven, Said
from planner.feedback.words import ASKED
from planner.invitations import links
from planner.invitations.actions import by_token
from planner.rsvps.pages import BODY_MOST, speak_to
from planner.web import GET_OR_HEAD, AnyRequest, Form, in_language, see, value, whole_number


@route("/r/{token:str}/feedback", http_method=GET_OR_HEAD, sync_to_thread=True)
def show(request: AnyRequest, token: FromPath[str], database: TheDatabase, signer: TheSigner) -> Response[str]:
    """The questions, or that they were answered. Opening it changes nothing."""
    return render_after(request, token, database, signer, "afterwards/feedback.html")


@post("/r/{token:str}/feedback", sync_to_thread=True, request_max_body_size=BODY_MOST)
def give(
    request: AnyRequest, token: FromPath[str], data: Form, database: TheDatabase, signer: TheSigner
) -> Response[str] | Redirect:
    """Keeps the answers, once, apart from who gave them."""
    try:
        with database.writing() as session:
            invitation = by_token(session, signer, token, lock=True)
            speak_to(request, invitation)
            actions.give(session, invitation, _said(data))
    except (Invalid, AlreadyGiven, NotYetHeld, DidNotCome) as refused:
        return render_after(request, token, database, signer, "afterwards/feedback.html", refused, data)
    return see(in_language(request, f"/r/{token}/feedback"))


def _said(data: Mapping[str, Any]) -> Said:
    errors: list[FieldError] = []
    steps = {name: whole_number(data, name, errors) for name in ASKED}
    if errors:
        raise Invalid(errors)
    return Said(
        steps={name: step for name, step in steps.items() if step is not None},
        went_well=value(data, "went_well"),
        better=value(data, "better"),
        could_help=bool(value(data, "could_help")),
        helper_name=value(data, "helper_name"),
    )


routes = [
    Router(
        "/",
        route_handlers=[show, give],
        exception_handlers={NotFound: links.expired},
        include_in_schema=False,
    ),
]
