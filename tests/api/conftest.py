"""The JSON interface of a whole application, on a database of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from planner.accounts.actions import add_colleague, create_api_token, found_organization
from planner.accounts.models import Membership, Role
from planner.database import Database
from planner.settings import Settings
from tests.calendars.reading import read_by_programs
from tests.conftest import application

SOUP_NIGHT = {
    "title": "Soup & Stories",
    "starts_at": "2027-03-18T17:30:00+01:00",
    "ends_at": "2027-03-18T19:30:00+01:00",
    "time_zone": "Europe/Berlin",
    "venue": "Garden Room",
    "visibility": "public",
}


class Program:
    """A program with a token."""

    def __init__(self, client: TestClient[Litestar], token: str) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {token}"}

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """A call; a body of bytes is sent as it is."""
        content = {"content": body} if isinstance(body, bytes) else {} if body is None else {"json": body}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.request(method, "/api/v1" + path, headers=self.headers | named, **content)

    def do(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """A call that must succeed; its JSON."""
        answer = self.ask(method, path, body, **headers)
        assert answer.status_code < 300, (method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def gathering(self, *, publish: bool = True, **fields: Any) -> dict[str, Any]:
        """A gathering, open for answers."""
        made: dict[str, Any] = self.do("POST", "/gatherings", SOUP_NIGHT | fields)
        return self.do("POST", f"/gatherings/{made['id']}/publish") if publish else made

    def invite(self, gathering: dict[str, Any], number: int) -> list[dict[str, Any]]:
        """Invites households p0@party.test, p1@party.test, …"""
        parties = [{"kind": "household", "name": f"Party {i}", "email": f"p{i}@party.test"} for i in range(number)]
        made = self.do("POST", f"/gatherings/{gathering['id']}/invitations", {"parties": parties})
        invitations: list[dict[str, Any]] = made["invitations"]
        return invitations

    def answer(self, invitation: dict[str, Any], answer: str, adults: int = 1, children: int = 0) -> Any:
        """A coordinator answers for a party."""
        said = {"answer": answer, "adults": adults, "children": children}
        return self.do("PUT", f"/invitations/{invitation['id']}/rsvp", said)


@pytest.fixture
def owner(database: Database) -> Membership:
    """The owner of an organisation."""
    with database.writing() as session:
        return found_organization(session, "Hill Centre", "owner@hill.test")


@pytest.fixture
def client(database: Database, owner: Membership, settings: Settings) -> Iterator[TestClient[Litestar]]:
    """The application; nothing is delivered or mailed unless a test does it."""
    with TestClient(application(settings, database), base_url=settings.base_url) as client:
        client.event_hooks["response"].append(read_by_programs)
        yield client


@pytest.fixture
def program(client: TestClient[Litestar], database: Database, owner: Membership) -> Program:
    """A program that acts for the owner."""
    with database.writing() as session:
        return Program(client, create_api_token(session, owner))


@pytest.fixture
def helper(client: TestClient[Litestar], database: Database, owner: Membership) -> Program:
    """A program that acts for a helper."""
    with database.writing() as session:
        membership = add_colleague(session, owner, "helper@hill.test", "Ana", Role.HELPER)
        return Program(client, create_api_token(session, membership))


@pytest.fixture
def stranger(client: TestClient[Litestar], database: Database) -> Program:
    """A program of another organisation."""
    with database.writing() as session:
        return Program(client, create_api_token(session, found_organization(session, "Other", "o@other.test")))
