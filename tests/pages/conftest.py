"""A browser without cookies in front of the whole application, and the links of those who are invited."""

from __future__ import annotations

import re
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from planner.accounts import actions as accounts
from planner.accounts.models import Role
from planner.database import Database
from planner.invitations.models import Invitation
from planner.security import LinkSigner
from planner.settings import Settings
from tests.calendars.reading import read_by_programs
from tests.conftest import application
from tests.pages.desk import Desk, sample_organization, signed_in
from tests.rules.conftest import House

Links = Callable[[uuid.UUID], str]


@pytest.fixture
def house(sqlite_database: Database) -> House:
    """A family centre."""
    with sqlite_database.writing() as session:
        owner = accounts.found_organization(session, "Hill Centre", "owner@hill.test")
        owner.organization.contact_name, owner.organization.contact_phone = "Hanna Brandt", "030 555 01 23"
        owner.organization.time_zone = "Europe/Berlin"
    return House(sqlite_database, owner)


@pytest.fixture
def browser(sqlite_database: Database, settings: Settings) -> Iterator[TestClient[Litestar]]:
    """Somebody who is not signed in; redirects are not followed."""
    with TestClient(application(settings, sqlite_database)) as client:
        client.follow_redirects = False
        client.event_hooks["response"].append(read_by_programs)
        yield client


@pytest.fixture
def link(sqlite_database: Database, settings: Settings) -> Links:
    """The party's own link, by its invitation."""
    signer = LinkSigner(settings.secret_keys)

    def path(invitation_id: uuid.UUID) -> str:
        with sqlite_database.reading() as session:
            version = session.get_one(Invitation, invitation_id).link_version
        return f"/r/{signer.token('invitation', invitation_id, version)}"

    return path


def words(html: str) -> str:
    """What a page says, without its marks."""
    # Where a word may be broken it is still one.
    text = re.sub(r"<(head|script)\b.*?</\1>|<[^>]+>", " ", html.replace("<wbr>", ""), flags=re.DOTALL)
    text = text.replace("&#39;", "'").replace("&amp;", "&").replace("\u00a0", " ")
    return re.sub(r"\s+([.,:?!])", r"\1", " ".join(text.split()))


@pytest.fixture(scope="session")
def sample_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with the sample data, to be copied."""
    path = tmp_path_factory.mktemp("sample") / "planner.db"
    shutil.copy(sqlite_template, path)
    made = Database(f"sqlite:///{path}")
    sample_organization(made)
    made.close()
    return path


@pytest.fixture
def sample_database(sample_template: Path, tmp_path: Path) -> Iterator[Database]:
    """The sample data, for one test."""
    shutil.copy(sample_template, tmp_path / "sample.db")
    made = Database(f"sqlite:///{tmp_path / 'sample.db'}")
    yield made
    made.close()


@pytest.fixture
def desk(sample_database: Database, settings: Settings) -> Iterator[Desk]:
    """A coordinator who is signed in to the sample organisation."""
    organization = sample_organization(sample_database)
    with signed_in(
        application(settings, sample_database), sample_database, organization, Role.COORDINATOR
    ) as made:
        yield made


@pytest.fixture
def helper(sample_database: Database, settings: Settings) -> Iterator[Desk]:
    """A helper who is signed in to it."""
    organization, app = sample_organization(sample_database), application(settings, sample_database)
    with signed_in(app, sample_database, organization, Role.HELPER) as made:
        yield made
