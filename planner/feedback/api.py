"""Feedback in the JSON interface."""

from __future__ import annotations

import uuid

from litestar import get
from litestar.params import FromPath

from planner.api import TheCaller
from planner.dependencies import TheDatabase
from planner.feedback.queries import Summary, summary
from planner.gatherings.actions import find


@get("/gatherings/{gathering_id:uuid}/feedback", sync_to_thread=True)
def show(gathering_id: FromPath[uuid.UUID], caller: TheCaller, database: TheDatabase) -> Summary:
    """What guests said afterwards, without names; while few have answered, only how many."""
    with database.reading() as session:
        find(session, caller.organization_id, gathering_id)
        return summary(session, gathering_id)


routes = [show]
