"""A family centre on each kind of database, a coordinator's browser, and two organisations behind one door."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from planner.accounts.models import Role
from planner.database import Database
from planner.security import LinkSigner
from planner.settings import Settings
from tests.attacks.doors import Place, furnish
from tests.calendars.reading import read_by_programs
from tests.conftest import application
from tests.pages.desk import Desk, signed_in
from tests.rules.conftest import House, house

__all__ = ["desk", "house"]


@pytest.fixture
def desk(house: House, database: Database, settings: Settings) -> Iterator[Desk]:
    """An owner's browser."""
    app = application(settings, database)
    with signed_in(app, database, house.owner.organization, Role.OWNER) as one:
        yield one


@pytest.fixture(scope="module")
def furnished(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A database in which there is something of everything, to be copied."""
    path = tmp_path_factory.mktemp("rights") / "planner.db"
    shutil.copy(sqlite_template, path)
    return path, furnish(path)


@pytest.fixture(scope="module")
def installation(
    furnished: tuple[Path, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """One application in front of a copy of it."""
    template, known = furnished
    path = tmp_path_factory.mktemp("installation") / "planner.db"
    shutil.copy(template, path)
    settings = Settings(secret_keys=("a" * 40,), base_url="http://127.0.0.1:8000")
    database = Database(f"sqlite:///{path}")
    app, signer = application(settings, database), LinkSigner(settings.secret_keys)
    with TestClient(app, base_url=settings.base_url) as client:
        client.get("/sign-in")
        client.event_hooks["response"].append(read_by_programs)
        yield Place(client=client, database=database, signer=signer, csrf=client.cookies["planner_csrf"], **known)


@pytest.fixture
def place(furnished: tuple[Path, dict[str, Any]], installation: Place) -> Place:
    """Both organisations, for one test: everything is as it was in the beginning."""
    path = installation.database.url.database or ""
    with closing(sqlite3.connect(furnished[0])) as template, closing(sqlite3.connect(path)) as copy:
        template.backup(copy)
    return replace(installation)
