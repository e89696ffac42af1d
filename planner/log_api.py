"""The log of domain events over the JSON interface."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from litestar import get
from litestar.params import Parameter

from events import LoggedEvent, read_log
from planner.api import Caller, Page, Window
from planner.database import Database
from planner.errors import Invalid
from planner.i18n import gettext as _


class EventShown(msgspec.Struct):
    """A fact that happened; `type` and `data` as the catalogue has them."""

    sequence: int
    id: uuid.UUID
    type: str
    occurred_at: datetime
    gathering_id: uuid.UUID | None
    data: dict[str, Any]


def _shown(event: LoggedEvent) -> EventShown:
    data = msgspec.to_builtins(event.payload)
    for name in ("type", "organization_id", "gathering_id"):
        data.pop(name, None)
    return EventShown(
        sequence=event.sequence or 0,
        id=event.id,
        type=type(event.payload).__name__,
        occurred_at=event.occurred_at,
        gathering_id=event.gathering_id,
        data=data,
    )


def _sequence(field: str, text: str | None) -> int:
    if text is None:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        raise Invalid.field(field, _("Write the sequence of the last event you have seen, or 0."))
    return int(text)


@get("/events", sync_to_thread=True)
def list_events(
    caller: Caller,
    window: Window,
    database: Database,
    after: Annotated[str | None, Parameter(query="after", description="The last sequence already seen")] = None,
) -> Page[EventShown]:
    """List what happened, in order."""
    begin = max(_sequence("after", after), _sequence("cursor", window.after))
    with database.reading() as session:
        found = read_log(session, begin, window.limit + 1, organization_id=caller.organization_id)
    part = found[: window.limit]
    return Page([_shown(event) for event in part], str(part[-1].sequence) if len(found) > len(part) else None)


routes: Final = [list_events]
