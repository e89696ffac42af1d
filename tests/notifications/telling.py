"""What the clock does once edits have settled, without waiting for it."""

from __future__ import annotations

from datetime import datetime

from notifications import settling
from planner.database import Database


def tell_settled(database: Database, now: datetime) -> None:
    """Tells guests of every gathering what has settled by `now`."""
    for gathering_id in settling.settled(database, now):
        settling.tell_settled(database, gathering_id, now)
