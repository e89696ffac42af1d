"""The desk's page of mails that came in and could not be used."""

from __future__ import annotations

import uuid
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath

from notifications.incoming import queue
from notifications.incoming.words import say_proposed, say_reason
from notifications.models import IncomingMail
from planner.accounts.models import Membership
from planner.dependencies import SignedIn, TheDatabase
from planner.desk import desk_page, planners_only
from planner.errors import NotFound, Refused
from planner.i18n import gettext as _
from planner.rsvps.models import Answer
from planner.web import AnyRequest, Form, see, value


@get("/incoming", sync_to_thread=True)
def incoming(request: AnyRequest, membership: SignedIn, database: TheDatabase) -> Response[str]:
    """What came in by mail and waits: who, about what, and why it was not used."""
    return _page(request, membership, database)


@post("/incoming/{mail_id:uuid}", sync_to_thread=True)
def settle_incoming(
    mail_id: FromPath[uuid.UUID], request: AnyRequest, data: Form, membership: SignedIn, database: TheDatabase
) -> Response[Any]:
    """Settles one: as an answer of the invitation that it is about, or with nothing to do."""
    planners_only(membership)
    wanted = value(data, "answer")
    said = Answer(wanted) if wanted in list(Answer) else None
    try:
        with database.writing() as session:
            queue.settle(session, membership, mail_id, said)
    except NotFound:
        raise
    except Refused as refused:
        return _page(request, membership, database, str(mail_id), refused)
    return see("/manage/incoming?done=settled")


def _page(
    request: AnyRequest,
    membership: Membership,
    database: TheDatabase,
    refused_id: str = "",
    refused: Refused | None = None,
) -> Response[str]:
    with database.reading() as session:
        lines = [_line(mail) for mail in queue.waiting(session, membership)]
    return desk_page(
        request,
        "mail/incoming.html",
        membership,
        "today",
        409 if refused else 200,
        lines=lines,
        answers=[("accepted", _("They come")), ("tentative", _("Maybe")), ("declined", _("They can’t"))],
        refused_id=refused_id,
        refused=refused.detail if refused else "",
    )


def _line(mail: IncomingMail) -> dict[str, Any]:
    invitation, gathering = mail.invitation, mail.gathering
    return {
        "mail": mail,
        "why": say_reason(mail),
        "invitation": invitation,
        "gathering": gathering,
        "words": mail.details.get("words") or mail.details.get("text") or "",
        "proposed": say_proposed(mail, gathering),
        "may_answer": invitation is not None
        and invitation.withdrawn_at is None
        and gathering is not None
        and gathering.is_open,
    }


routes: Final = [incoming, settle_incoming]
