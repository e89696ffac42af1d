"""Column types that both databases understand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, UserDefinedType


def utc_now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC, aware in Python: timestamptz on PostgreSQL, naive UTC on SQLite, which knows no zones.

    Refuses a naive datetime with ValueError.
    """

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Xid8(UserDefinedType[str]):
    """PostgreSQL's 64-bit transaction id; an integer that stays empty on other databases."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "XID8"


@compiles(Xid8, "sqlite")
def _xid8_on_sqlite(_type: Xid8, _compiler: Any, **_: Any) -> str:
    return "BIGINT"


# So that Alembic recognises the column that it finds.
postgresql.base.ischema_names["xid8"] = Xid8


class current_transaction(FunctionElement[str]):
    """The id of the transaction that writes the row; NULL where the database has none."""

    type = Xid8()
    inherit_cache = True


@compiles(current_transaction, "postgresql")
def _transaction_on_postgresql(_element: Any, _compiler: Any, **_: Any) -> str:
    return "pg_current_xact_id()"


@compiles(current_transaction)
def _transaction_elsewhere(_element: Any, _compiler: Any, **_: Any) -> str:
    return "NULL"
