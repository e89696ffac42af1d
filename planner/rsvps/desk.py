"""An answer that came by telephone, entered at the desk."""

from __future__ import annotations

import uuid
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath

from planner.accounts.models import Membership
from planner.database import Database
from planner.dependencies import SignedIn, TheDatabase
from planner.desk import url_of, workspace_page
from planner.errors import FieldError, Invalid
from planner.gatherings.models import Status
from planner.gatherings.standing import standing
from planner.i18n import gettext as _
from planner.invitations import actions as invitations
from planner.invitations.models import Invitation
from planner.rsvps import actions
from planner.rsvps.models import Answer, Rsvp, Source
from planner.web import AnyRequest, Form, by_field, see, value, whole_number


@get("/answer/{invitation_id:uuid}", sync_to_thread=True)
def answer_page(
    invitation_id: FromPath[uuid.UUID], request: AnyRequest, membership: SignedIn, database: TheDatabase
) -> Response[str]:
    """For a party that rang: its numbers, and three answers to press."""
    with database.reading() as session:
        invitation = invitations.find(session, membership.organization_id, invitation_id)
        if invitation.gathering.status != Status.PUBLISHED:
            raise actions.NotOpen(_("This event takes no answers now."))
        rsvp = session.get(Rsvp, invitation_id)
    party = invitation.party
    use_said = rsvp is not None and rsvp.people
    typed = {
        "adults": rsvp.adults if rsvp and use_said else party.adults,
        "children": rsvp.children if rsvp and use_said else party.children,
        "note": rsvp.note if rsvp else "",
    }
    return _answer_page(request, membership, database, invitation, rsvp, typed)


def _answer_page(
    request: AnyRequest,
    membership: Membership,
    database: Database,
    invitation: Invitation,
    rsvp: Rsvp | None,
    typed: dict[str, Any],
    status: int = 200,
    errors: dict[str, str] | None = None,
) -> Response[str]:
    with database.reading() as session:
        how = standing(session, invitation.gathering_id)
    return workspace_page(
        *(request, "desk/answer.html", membership, invitation.gathering, how, "guests", status),
        invitation=invitation,
        party=invitation.party,
        rsvp=rsvp,
        typed=typed,
        errors=errors or {},
    )


@post("/answer/{invitation_id:uuid}", sync_to_thread=True)
def save_answer(
    invitation_id: FromPath[uuid.UUID],
    request: AnyRequest,
    data: Form,
    membership: SignedIn,
    database: TheDatabase,
) -> Response[Any]:
    """Saves it, as said at the desk."""
    try:
        said = _said(data)
        with database.writing() as session:
            invitation = invitations.find(session, membership.organization_id, invitation_id)
            actions.answer(session, invitation.id, said, Source.DESK, actor=membership.actor)
    except Invalid as invalid:
        with database.reading() as session:
            invitation = invitations.find(session, membership.organization_id, invitation_id)
            rsvp = session.get(Rsvp, invitation_id)
        typed = {name: value(data, name) for name in ("adults", "children", "note")}
        return _answer_page(
            *(request, membership, database, invitation, rsvp, typed, 422), errors=by_field(invalid.errors)
        )
    return see(f"{url_of(invitation.gathering)}/guests/{invitation_id}?done=answered")


def _said(data: dict[str, Any]) -> actions.Said:
    errors: list[FieldError] = []
    adults, children = whole_number(data, "adults", errors), whole_number(data, "children", errors)
    try:
        answer = Answer(value(data, "answer"))
    except ValueError:
        errors.append(FieldError("answer", _("Press one of the three answers.")))
        raise Invalid(errors) from None
    if errors:
        raise Invalid(errors)
    return actions.Said(answer=answer, adults=adults, children=children, note=value(data, "note"))


routes: Final = [answer_page, save_answer]
