"""Thanks in the JSON interface."""

from __future__ import annotations

import uuid
from datetime import datetime

import msgspec
from litestar import get
from litestar.params import FromPath

from planner.api import Page, TheCaller, ThePaging, page_by_id
from planner.appreciation.models import Appreciation
from planner.appreciation.queries import readable_by
from planner.dependencies import TheDatabase
from planner.gatherings.actions import find


class AppreciationView(msgspec.Struct, frozen=True, kw_only=True):
    """A thank-you; `to` is a name, null where it goes to everyone."""

    id: uuid.UUID
    from_: str = msgspec.field(name="from")
    to: str | None
    words: str
    shared: bool
    on_the_wall: bool
    hidden_reason: str | None
    given_at: datetime


def _view(note: Appreciation) -> AppreciationView:
    return AppreciationView(
        id=note.id,
        from_=note.from_name,
        to=note.thanked or None,
        words=note.words,
        shared=note.shared,
        on_the_wall=note.on_the_wall,
        hidden_reason=note.hidden_reason or None if note.hidden_at else None,
        given_at=note.given_at,
    )


@get("/gatherings/{gathering_id:uuid}/appreciation", sync_to_thread=True)
def list_all(
    gathering_id: FromPath[uuid.UUID], caller: TheCaller, paging: ThePaging, database: TheDatabase
) -> Page[AppreciationView]:
    """The thanks that a coordinator may read; those between two people stay between them."""
    query = readable_by(caller.account_id).where(Appreciation.gathering_id == gathering_id)
    with database.reading() as session:
        find(session, caller.organization_id, gathering_id)
        return page_by_id(session, query, Appreciation.id, paging, lambda row: _view(row[0]))


routes = [list_all]
