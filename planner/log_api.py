"""The log of domain events in the JSON interface."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from litestar import get
from litestar.params import QueryParameter

from events import LoggedEvent, read_log
from planner.api import Page, TheCaller, ThePaging, bad_cursor
from planner.dependencies import TheDatabase

_SAID_BESIDE: Final = ("type", "organization_id", "gathering_id")
_NUMBER_MOST: Final = 2**62


class EventView(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that happened: `type` is the catalogue's tag, `data` holds ids and what changed."""

    sequence: int
    id: uuid.UUID
    type: str
    occurred_at: datetime
    gathering_id: uuid.UUID | None
    data: dict[str, Any]


def _view(event: LoggedEvent) -> EventView:
    data = msgspec.to_builtins(event.payload)
    return EventView(
        sequence=event.sequence or 0,
        id=event.id,
        type=data["type"],
        occurred_at=event.occurred_at,
        gathering_id=event.gathering_id,
        data={name: value for name, value in data.items() if name not in _SAID_BESIDE},
    )


@get("/events", sync_to_thread=True)
def list_events(
    caller: TheCaller,
    paging: ThePaging,
    database: TheDatabase,
    after: Annotated[
        int, QueryParameter(ge=0, le=_NUMBER_MOST, description="The `sequence` of the last event you have seen.")
    ] = 0,
) -> Page[EventView]:
    """What happened, in order; each is listed within seconds, and never after a later one."""
    begin = max(after, _sequence(paging.after))
    with database.reading() as session:
        found = read_log(session, begin, paging.limit + 1, organization_id=caller.organization_id)
    return paging.page(found, _view, lambda event: event.sequence)


def _sequence(after: str | None) -> int:
    if after is None:
        return 0
    if not (after.isascii() and after.isdigit() and len(after) < 19):
        raise bad_cursor()
    return int(after)


routes: Final = [list_events]
