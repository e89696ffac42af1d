"""What coordinators and guests write to each other: free messages by answer, and guests' questions."""

from __future__ import annotations

import uuid
from typing import Any, Final

import sqlalchemy as sa
from litestar import Response, get, post
from litestar.params import FromPath

from planner.accounts.models import Account, Membership
from planner.database import Database
from planner.dependencies import SignedIn, TheDatabase
from planner.desk import planners_only, url_of, workspace_page
from planner.errors import Invalid, NotFound
from planner.gatherings import actions as gatherings
from planner.gatherings.models import Status
from planner.gatherings.standing import STATES, standing
from planner.i18n import gettext as _
from planner.invitations.guests import state_words
from planner.invitations.letters import checked_letter, settle_question, write_letter
from planner.invitations.models import Question
from planner.invitations.queries import letters, questions, reached
from planner.web import AnyRequest, Form, by_field, see, value, values


@get("/gatherings/{gathering_id:uuid}/letters", sync_to_thread=True)
def messages_page(
    gathering_id: FromPath[uuid.UUID], request: AnyRequest, membership: SignedIn, database: TheDatabase
) -> Response[str]:
    """Guests' questions, what was written to guests, and a form to write."""
    return _page(request, membership, database, gathering_id)


def _page(
    request: AnyRequest,
    membership: Membership,
    database: Database,
    gathering_id: uuid.UUID,
    status: int = 200,
    typed: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
    confirming: bool = False,
) -> Response[str]:
    with database.reading() as session:
        gathering = gatherings.find(session, membership.organization_id, gathering_id)
        how = standing(session, gathering.id)
        told = reached(session, gathering.id)
        written = letters(session, gathering.id)
        asked = questions(session, gathering.id)
        authors = {letter.account_id for letter in written if letter.account_id}
        accounts = session.scalars(sa.select(Account).where(Account.id.in_(authors)))
        names = {account.id: account.called for account in accounts}
    typed = typed or {"audience": [], "subject": "", "words": ""}
    template = "desk/letter_confirm.html" if confirming else "desk/letters.html"
    goes_to = sum(told[state].by_mail for state in told if state in typed["audience"])
    return workspace_page(
        *(request, template, membership, gathering, how, "messages", status),
        told=told,
        letters=written,
        questions=asked,
        authors=names,
        typed=typed,
        goes_to=goes_to,
        may_write=gathering.status != Status.DRAFT,
        errors=errors or {},
        state_words=state_words(gathering.is_over),
    )


@post("/gatherings/{gathering_id:uuid}/letters", sync_to_thread=True)
def write(
    gathering_id: FromPath[uuid.UUID], request: AnyRequest, data: Form, membership: SignedIn, database: TheDatabase
) -> Response[Any]:
    """Shows the message and to how many it goes; with `send` it goes."""
    planners_only(membership)
    typed: dict[str, Any] = {
        "audience": [state for state in STATES if state in values(data, "audience")],
        "subject": value(data, "subject"),
        "words": value(data, "words"),
    }
    if "change" in data:
        return _page(request, membership, database, gathering_id, typed=typed)
    try:
        audience, subject, words = checked_letter(**typed)
    except Invalid as invalid:
        errors = by_field(invalid.errors)
        return _page(request, membership, database, gathering_id, 422, typed, errors)
    if "send" not in data:
        return _page(request, membership, database, gathering_id, typed=typed, confirming=True)
    with database.writing() as session:
        gathering = gatherings.find(session, membership.organization_id, gathering_id, lock=True)
        if gathering.status == Status.DRAFT:
            raise gatherings.WrongState(_("Nobody has heard of this event yet: publish it first."))
        told = reached(session, gathering.id)
        by, actor = membership.account_id, membership.actor
        write_letter(session, gathering, audience, subject, words, by=by, actor=actor)
    number = sum(told[state].by_mail for state in audience)
    return see(f"{url_of(gathering)}/letters?done=written&n={number}")


@post("/questions/{question_id:uuid}", sync_to_thread=True)
def settle(question_id: FromPath[uuid.UUID], membership: SignedIn, database: TheDatabase) -> Response[Any]:
    """Marks a guest's question as answered."""
    with database.writing() as session:
        question = session.get(Question, question_id)
        if question is None or question.invitation.gathering.organization_id != membership.organization_id:
            raise NotFound(_("There is no such question."))
        settle_question(question)
    return see(f"/manage/gatherings/{question.gathering_id}/letters?done=settled")


routes: Final = [messages_page, write, settle]
