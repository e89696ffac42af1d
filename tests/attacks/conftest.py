"""A family centre on each kind of database, and a coordinator's browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from planner.accounts.models import Role
from planner.app import create_app
from planner.database import Database
from planner.settings import Settings
from tests.pages.desk import Desk, signed_in
from tests.rules.conftest import House, house

__all__ = ["desk", "house"]


@pytest.fixture
def desk(house: House, database: Database, settings: Settings) -> Iterator[Desk]:
    """An owner's browser."""
    app = create_app(settings, database)
    with signed_in(app, database, house.owner.organization, Role.OWNER) as one:
        yield one
