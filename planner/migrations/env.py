"""Alembic's way to the database: the tables of every room, on SQLite and on PostgreSQL."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

import notifications.models
import planner.tables  # noqa: F401  (each room's tables must be known)
from events import EventsBase
from planner.database import Base

__all__ = ["notifications"]

config = context.config
METADATA = [Base.metadata, EventsBase.metadata]


def run(connection: sa.Connection) -> None:
    """Runs the migrations in the transaction of a connection that is already open."""
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        # SQLite cannot alter much: Alembic writes the table anew there.
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run(config.attributes["connection"])
