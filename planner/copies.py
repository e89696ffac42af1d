"""A whole installation's data as one file, and back into an empty database of either kind.

The file is gzipped JSON, a line for each row, so that a copy of SQLite fills PostgreSQL and the other way round.
It is of one state of the database, and says at its end how many rows it has: one that was cut off is noticed.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from events.types import Xid8
from planner import schema
from planner.accounts.models import Organization
from planner.database import Database
from planner.errors import Refused
from planner.gatherings.models import Gathering
from planner.series.models import Series

FORMAT: Final = "planner-copy-1"
# What was sent or fetched since the copy was made had a lower SEQUENCE than what is said from now on.
RAISED_BY: Final = 1_000
_AT_ONCE: Final = 500
_BROKEN: Final = (OSError, EOFError, zlib.error, msgspec.MsgspecError, ValueError, KeyError, sa.exc.IntegrityError)


class CannotRestore(Refused):
    """The file is no whole copy, or the database is not empty; nothing was written."""


class _Head(msgspec.Struct):
    format: str
    revision: str


def write_copy(database: Database, file: Path) -> int:
    """Writes all rows into a file that only its owner may read, put in place once it is whole; how many rows.

    The key that signs links is not in the database, and so not in the file.
    """
    unfinished = file.with_name(file.name + ".part")
    try:
        unfinished.touch(mode=0o600)
        with gzip.open(unfinished, "wb") as out, _one_state(database) as connection:
            rows = _write(connection, out)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
    return rows


def _write(connection: sa.Connection, out: gzip.GzipFile) -> int:
    count = 0
    out.write(_line(_Head(FORMAT, schema.head())))
    for table in schema.tables():
        columns = _columns(table)
        names = [str(column.name) for column in columns]
        for row in connection.execute(sa.select(*columns).execution_options(yield_per=_AT_ONCE)):
            out.write(_line([str(table.name), dict(zip(names, row, strict=True))]))
            count += 1
    out.write(_line(count))
    return count


def restore_copy(database: Database, file: Path) -> int:
    """Fills an empty database, whose tables are current, all or nothing; how many rows.

    Raises every SEQUENCE by 1,000, so that calendars take what is said from now on for newer (RFC 5545 3.8.7.4).
    Raises CannotRestore.
    """
    with database.engine.connect().execution_options(writes=True) as connection, connection.begin():
        if connection.scalar(sa.select(sa.func.count()).select_from(Organization)):
            raise CannotRestore("This database holds data already. Restore into an empty one.")
        try:
            rows = _insert(connection, _lines(file))
        except _BROKEN as error:
            raise CannotRestore(f"{file} is no whole copy from `planner backup`: nothing was restored.") from error
        for model in (Gathering, Series):
            connection.execute(sa.update(model).values(sequence=model.sequence + RAISED_BY))
    return rows


def _one_state(database: Database) -> Any:
    """A transaction that sees the database as it is at its beginning, whatever is written meanwhile."""
    if database.is_sqlite:
        return database.engine.begin()
    return database.engine.execution_options(isolation_level="REPEATABLE READ").begin()


def _columns(table: sa.Table) -> list[sa.Column[Any]]:
    """Without transaction ids, which mean something in one server alone."""
    return [column for column in table.columns if not isinstance(column.type, Xid8)]


def _line(value: Any) -> bytes:
    return msgspec.json.encode(value) + b"\n"


def _lines(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows with the names of their tables; the head and the end are checked."""
    with gzip.open(file) as source:
        head = msgspec.json.decode(source.readline(), type=_Head)
        if head.format != FORMAT:
            raise ValueError(head.format)
        if head.revision != schema.head():
            raise CannotRestore("This copy is of another version: restore it there, then run `planner migrate`.")
        for count, line in enumerate(source):
            value = msgspec.json.decode(line)
            if isinstance(value, int):
                if value != count or source.readline():
                    raise ValueError(value)
                return
            yield msgspec.convert(value, tuple[str, dict[str, Any]])
    raise EOFError


def _insert(connection: sa.Connection, rows: Iterable[tuple[str, dict[str, Any]]]) -> int:
    known = {table.name: table for table in schema.tables()}
    count = 0
    for name, same in groupby(rows, key=lambda row: row[0]):
        table = known[name]
        waiting: list[dict[str, Any]] = []
        for _name, row in same:
            waiting.append(_read(table, row))
            count += 1
            if len(waiting) == _AT_ONCE:
                connection.execute(table.insert(), waiting)
                waiting = []
        if waiting:
            connection.execute(table.insert(), waiting)
    return count


def _read(table: sa.Table, row: dict[str, Any]) -> dict[str, Any]:
    """A row's values as the table's columns take them: JSON knows neither moments nor bytes."""
    return {name: _value(table.columns[name].type, value) for name, value in row.items()}


def _value(kind: sa.types.TypeEngine[Any], value: Any) -> Any:
    if isinstance(kind, sa.TypeDecorator):
        kind = kind.impl_instance
    return value if value is None or isinstance(kind, sa.JSON) else msgspec.convert(value, kind.python_type)
