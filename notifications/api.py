"""Mails for programs."""

from __future__ import annotations

import uuid

import msgspec
import sqlalchemy as sa
from litestar import get

from notifications.models import Message, State
from planner.api import Caller, Page, Window
from planner.database import Database
from planner.errors import Invalid
from planner.i18n import gettext as _


class MailShown(msgspec.Struct):
    """A mail to one person and where it stands; `last_error` is in the mail server's words."""

    id: uuid.UUID
    to: str
    kind: str
    state: str
    attempts: int
    last_error: str | None


@get("/messages", sync_to_thread=True)
def messages(caller: Caller, window: Window, database: Database, state: str | None = None) -> Page[MailShown]:
    """The organisation's mails, in order of creation; `state` is queued, sent, failed, bounced or stopped."""
    # The bodies stay where they are.
    query = sa.select(
        Message.id, Message.to_address, Message.kind, Message.state, Message.attempts, Message.last_error
    ).where(Message.organization_id == caller.organization_id)
    if state:
        if state not in list(State):
            raise Invalid.field("state", _("A state is one of: %(states)s.") % {"states": ", ".join(State)})
        query = query.where(Message.state == state)
    with database.reading() as session:
        return window.page(session, query, Message.id, lambda row: MailShown(*row))


routes = [messages]
