"""A browser without cookies in front of the whole application, and the links of those who are invited."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from planner.accounts import actions as accounts
from planner.app import create_app
from planner.database import Database
from planner.invitations.models import Invitation
from planner.security import LinkSigner
from planner.settings import Settings
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
    with TestClient(create_app(settings, sqlite_database)) as client:
        client.follow_redirects = False
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
    text = re.sub(r"<(head|script)\b.*?</\1>|<[^>]+>", " ", html, flags=re.DOTALL)
    text = text.replace("&#39;", "'").replace("&amp;", "&").replace("\u00a0", " ")
    return re.sub(r"\s+([.,:?!])", r"\1", " ".join(text.split()))
