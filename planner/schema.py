"""Brings a database to the tables that this version needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from events import EventsBase
from planner.database import Base, Database

FOLDER: Final = Path(__file__).parent / "migrations"
# Any number: it only has to be the same in every process that migrates.
_LOCK: Final = 7_203_114


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    return config


def migrate(database: Database, revision: str = "head") -> None:
    """Goes up, or down, to a revision, all or nothing. Safe where several processes do it at once."""
    config = _config()
    with database.engine.connect().execution_options(writes=True) as connection, _altering(connection):
        if not database.is_sqlite:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        config.attributes["connection"] = connection
        here = MigrationContext.configure(connection).get_current_revision()
        script = ScriptDirectory.from_config(config)
        wanted = script.as_revision_number(revision)
        if here == wanted:
            return
        ancestors = {one.revision for one in script.iterate_revisions("head", "base")}
        is_down = revision == "base" or (here in ancestors and wanted in _before(script, here))
        (command.downgrade if is_down else command.upgrade)(config, revision)


@contextmanager
def _altering(connection: sa.Connection) -> Iterator[None]:
    """A transaction in which tables may be written anew, as SQLite has it: references are checked at its end."""
    if connection.dialect.name != "sqlite":
        with connection.begin():
            yield
        return
    # Only outside a transaction does the pragma do anything.
    sqlite: Any = connection.connection.dbapi_connection
    sqlite.execute("PRAGMA foreign_keys=OFF")
    try:
        with connection.begin():
            yield
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if broken:
                raise RuntimeError(f"a migration left references to nothing: {broken[:3]}")
    finally:
        sqlite.execute("PRAGMA foreign_keys=ON")


def _before(script: ScriptDirectory, here: str | None) -> set[str]:
    return {one.revision for one in script.iterate_revisions(here or "base", "base")} - {here or ""}


def new_revision(database: Database, words: str) -> None:
    """Writes a migration from the difference between tables and models, for a developer to read and mend."""
    config = _config()
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.revision(config, message=words, autogenerate=True)


def is_current(database: Database) -> bool:
    """Whether the database has the tables that this version needs."""
    with database.engine.connect() as connection:
        here = MigrationContext.configure(connection).get_current_revision()
    return here == head()


def head() -> str:
    """The revision of the tables that this version needs."""
    return ScriptDirectory.from_config(_config()).get_current_head() or "base"


def tables() -> list[sa.Table]:
    """Every table of the rooms that have been imported, each after those that it refers to."""
    return [*Base.metadata.sorted_tables, *EventsBase.metadata.sorted_tables]


def missing(database: Database) -> list[str]:
    """Columns, as table.column, that this version needs and the database lacks, whatever it says of itself.

    Of those that have been imported: a copy restored in part, or a database of an unfinished version.
    """
    columns = sa.inspect(database.engine).get_multi_columns()
    there = {(table, column["name"]) for (_schema, table), found in columns.items() for column in found}
    lacking = [(table.name, column.name) for table in tables() for column in table.columns]
    return [f"{table}.{column}" for table, column in lacking if (table, column) not in there]
