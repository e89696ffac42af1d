"""Mails for programs."""

from __future__ import annotations

import uuid
from typing import Annotated, Final

import msgspec
import sqlalchemy as sa
from litestar import get
from litestar.params import QueryParameter

from notifications.models import Message, State
from planner.api import Page, TheCaller, ThePaging, page_by_id
from planner.dependencies import TheDatabase
from planner.errors import Invalid
from planner.i18n import gettext as _

_STATES: Final = ", ".join(State)


class MailShown(msgspec.Struct):
    """A mail to one person and where it stands; `last_error` is in the mail server's words."""

    id: uuid.UUID
    to: str
    kind: str
    state: str
    attempts: int
    last_error: str | None


@get("/messages", sync_to_thread=True)
def messages(
    caller: TheCaller,
    paging: ThePaging,
    database: TheDatabase,
    wanted: Annotated[str | None, QueryParameter(name="state", description=f"One of: {_STATES}.")] = None,
) -> Page[MailShown]:
    """The organisation's mails, in order of creation."""
    # The bodies stay where they are.
    query = sa.select(
        Message.id, Message.to_address, Message.kind, Message.state, Message.attempts, Message.last_error
    ).where(Message.organization_id == caller.organization_id)
    if wanted:
        if wanted not in list(State):
            raise Invalid.field("state", _("A state is one of: %(states)s.") % {"states": _STATES})
        query = query.where(Message.state == wanted)
    with database.reading() as session:
        return page_by_id(session, query, Message.id, paging, lambda row: MailShown(*row[:-1]))


routes = [messages]
