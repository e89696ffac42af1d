"""The three rooms: who may import whom."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from events import EventsBase

ROOT = Path(__file__).parents[1]
# Where the process is put together, and where the tables of every room are gathered.
PUT_TOGETHER = {"planner/app.py", "planner/cli.py", "planner/migrations/env.py"}
NOT_WITHIN = {"events": {"planner", "notifications"}, "planner": {"notifications"}}
OF_HTTP = {"litestar", "uvicorn", "jinja2", "aiosmtplib"}


def imported(file: Path) -> Iterator[str]:
    """The names of all modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.Import(names=names):
                yield from (one.name for one in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module
            case ast.ImportFrom(level=level) if level:
                yield file.relative_to(ROOT).parts[0]


def files_of(room: str) -> list[str]:
    return sorted(str(file.relative_to(ROOT)) for file in (ROOT / room).rglob("*.py"))


def rooms_imported(file: str) -> set[str]:
    return {name.split(".")[0] for name in imported(ROOT / file)}


@pytest.mark.parametrize("room", NOT_WITHIN)
def test_no_room_reaches_into_one_that_comes_after_it(room: str) -> None:
    files = [file for file in files_of(room) if file not in PUT_TOGETHER]
    reaching = {file: found for file in files if (found := rooms_imported(file) & NOT_WITHIN[room])}
    assert files and not reaching


def test_the_facts_know_nothing_of_pages_and_mail_servers() -> None:
    assert not {file: found for file in files_of("events") if (found := rooms_imported(file) & OF_HTTP)}


def test_the_facts_tables_need_none_of_the_other_rooms_tables() -> None:
    tables = EventsBase.metadata.tables
    leading_out = [
        key for table in tables.values() for key in table.foreign_keys if key.column.table.name not in tables
    ]
    assert tables and not leading_out


def test_nobody_calls_the_consequences_but_through_the_facts() -> None:
    callers = {file for file in files_of("planner") if "notifications" in rooms_imported(file)}
    assert callers <= PUT_TOGETHER
