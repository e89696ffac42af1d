"""Programs make and revoke subscriptions."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from planner.accounts.models import Account, ApiToken, Role
from planner.calendars.actions import find_party_feed
from planner.calendars.models import Scope
from planner.security import hash_of, new_secret
from tests.calendars.conftest import House

Client = TestClient[Litestar]


@pytest.fixture
def program(client: Client, house: House) -> Client:
    """One that acts for a coordinator."""
    act_for(client, house, house.coordinator())
    return client


def act_for(client: Client, house: House, account: Account) -> None:
    """From now on the program acts for that account."""
    token = new_secret()
    house.keep(ApiToken(token_hash=hash_of(token), account_id=account.id, organization_id=house.organization.id))
    client.headers["Authorization"] = f"Bearer {token}"


def test_a_party_is_given_a_feed_until_it_is_revoked(program: Client, house: House) -> None:
    party = house.party()
    house.invite(party, house.gathering())
    made = program.post("/api/v1/feeds", json={"scope": "party", "party_id": str(party.id)})
    assert made.status_code == 201
    given = made.json()
    assert given["webcal_url"] == given["url"].replace("https://", "webcal://")
    assert program.get(given["url"]).content.count(b"BEGIN:VEVENT") == 1
    for _ in range(2):
        assert program.delete(f"/api/v1/feeds/{given['id']}").status_code == 204
    assert program.get(given["url"]).status_code == 404


def test_a_feed_that_a_program_made_is_not_the_one_on_the_partys_page(program: Client, house: House) -> None:
    party = house.party()
    program.post("/api/v1/feeds", json={"scope": "party", "party_id": str(party.id)})
    with house.database.reading() as session:
        assert find_party_feed(session, party.id) is None


@pytest.mark.parametrize("scope", ["organization", "coordinator"])
def test_the_other_calendars_need_no_party(program: Client, house: House, scope: str) -> None:
    house.gathering()
    given = program.post("/api/v1/feeds", json={"scope": scope}).json()
    assert program.get(given["url"]).content.count(b"BEGIN:VEVENT") == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "scope"),
        ({"scope": "everything"}, "scope"),
        ({"scope": "party"}, "party_id"),
        ({"scope": "party", "party_id": "x"}, "party_id"),
        ({"scope": "party", "party_id": str(uuid.UUID(int=1))}, "party_id"),
        ({"scope": "coordinator", "party_id": str(uuid.UUID(int=1))}, "party_id"),
    ],
)
def test_what_cannot_be_subscribed_to_is_refused_at_its_field(
    program: Client, body: dict[str, Any], field: str
) -> None:
    refused = program.post("/api/v1/feeds", json=body)
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    assert [error["field"] for error in refused.json()["errors"]] == [field]


def test_a_helper_stops_what_it_made_and_nothing_else(client: Client, house: House) -> None:
    house.gathering()
    account = house.coordinator(Role.HELPER)
    others = house.feed(Scope.COORDINATOR, account_id=house.coordinator().id)
    act_for(client, house, account)
    for body in ({"scope": "coordinator"}, {"scope": "organization"}):
        given = client.post("/api/v1/feeds", json=body).json()
        assert client.delete(f"/api/v1/feeds/{given['id']}").status_code == 204
        assert client.get(given["url"]).status_code == 404
    assert client.delete(f"/api/v1/feeds/{others.id}").status_code == 403
    assert client.get(house.path(others)).status_code == 200


def test_an_unknown_feed_cannot_be_revoked(program: Client) -> None:
    assert program.delete(f"/api/v1/feeds/{uuid.UUID(int=1)}").status_code == 404
