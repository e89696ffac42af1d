"""Whole installations, shared by the tests of a module where it does no harm."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser

from tests.browser import browser
from tests.conftest import administer
from tests.running import Installation, MailSink, running

# Installations that several tests share.
_SHARED = {"planner", "busy", "demo", "reached", "bare", "crowd"}
_HERE = Path(__file__).parent


def pytest_itemcollected(item: pytest.Item) -> None:
    """Keeps tests that share an installation in one process."""
    shared = _SHARED & set(getattr(item, "fixturenames", ()))
    if item.path.parent == _HERE and shared:
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        database = next((str(parameters[name]) for name in sorted(shared) if name in parameters), "")
        item.add_marker(pytest.mark.xdist_group(f"{item.path.stem} {database}"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begins with these tests, which take longest."""
    items.sort(key=lambda item: item.path.parent != _HERE)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for all people, who share nothing in it."""
    with browser() as made:
        yield made


@pytest.fixture(scope="module")
def sink() -> Iterator[MailSink]:
    """A mail server that takes everything, until told otherwise."""
    made = MailSink()
    yield made
    made.close()


@pytest.fixture
def own_sink() -> Iterator[MailSink]:
    """A mail server for one test alone, that may fall ill."""
    made = MailSink()
    yield made
    made.close()


def _new_database(request: pytest.FixtureRequest) -> str:
    server: sa.URL = request.getfixturevalue("postgresql_server")
    name = f"test_{uuid.uuid4().hex}"
    administer(server, f"CREATE DATABASE {name}")
    request.addfinalizer(lambda: administer(server, f"DROP DATABASE {name} WITH (FORCE)"))
    return server.set(database=name).render_as_string(hide_password=False)


def database_for(request: pytest.FixtureRequest) -> str | None:
    """The kind of database that a fixture's parameter asks for: an address on PostgreSQL, None for SQLite."""
    return _new_database(request) if request.param == "postgresql" else None


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def planner(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, sink: MailSink
) -> Iterator[Installation]:
    """A serving installation on each kind of database, with its mail server."""
    with running(tmp_path_factory.mktemp("planner"), database=database_for(request), smtp=sink.url) as made:
        yield made


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def busy(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Two serving processes on each kind of database."""
    with running(tmp_path_factory.mktemp("busy"), "--workers", "2", database=database_for(request)) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    """An installation with nothing in it yet, on each kind of database; not started."""
    made = Installation(tmp_path, database=database_for(request))
    yield made
    made.close()


@pytest.fixture
def ailing(tmp_path: Path, own_sink: MailSink) -> Iterator[Installation]:
    """A serving installation on SQLite with a mail server of its own, for tests that break it."""
    with running(tmp_path, smtp=own_sink.url) as made:
        yield made
