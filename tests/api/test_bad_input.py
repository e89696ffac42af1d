"""Bad requests get a problem that names the field, and change nothing."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.api.conftest import SOUP_NIGHT, Program

FIELDS: list[tuple[str, Any]] = [
    ("ends_at", "2027-03-18T09:00:00Z"),
    ("time_zone", "Mars/Base"),
    ("time_zone", "../../etc/passwd"),
    ("title", ""),
    ("title", None),
    ("title", 7),
    ("title", "a\r\nBcc: x@y"),
    ("title", "x" * 201),
    ("title", "\x00"),
    ("title", "\ud800"),
    ("venue", "x" * 301),
    ("description", "x" * 20_001),
    ("capacity", 0),
    ("capacity", -1),
    ("capacity", 10**30),
    ("capacity", "10"),
    ("capacity", 2.5),
    ("capacity", True),
    ("starts_at", "yesterday"),
    ("starts_at", "2027-03-18T10:00:00"),
    ("starts_at", "0001-01-01T00:00:00+14:00"),
    ("starts_at", 1_800_000_000),
    ("visibility", "secret"),
    ("visibility", None),
    ("online_url", "javascript:alert(1)"),
    ("answer_by", "2028-01-01T00:00:00Z"),
    ("programme", "later"),
    ("programme[0]", ["Hello"]),
    ("programme[0].title", [{"minutes": 0}]),
    ("programme[0].minutes", [{"title": "Hello"}]),
    ("programme[0].minutes", [{"minutes": -5, "title": "Hello"}]),
    ("programme[1].minutes", [{"minutes": 0, "title": "Hello"}, {"minutes": 10**30, "title": "Soup"}]),
    ("programme[1].title", [{"minutes": 0, "title": "Hello"}, {"minutes": 5, "title": "a\nb"}]),
    ("topics", "Garden"),
    ("topics[1]", ["Garden", "x" * 51]),
    ("topics[0]", [7]),
    ("contact", "Ana"),
    ("contact.name", {"contact": {}}),
    ("contact.phone", {"contact": {"name": "Ana", "phone": "0" * 51}}),
    ("contact.email", {"contact": {"name": "Ana", "email": "nowhere"}}),
]
PARTIES: list[tuple[str, Any]] = [
    ("parties[0].email", {"kind": "household", "name": "x", "email": "not an address"}),
    ("parties[0].email", {"kind": "household", "name": "x"}),
    ("parties[0].email", {"kind": "household", "name": "x", "email": "a@b.test\r\nBcc: c@d.test"}),
    ("parties[0].kind", {"kind": "robot", "name": "x", "email": "a@b.test"}),
    ("parties[0].kind", {"name": "x", "email": "a@b.test"}),
    ("parties[0].name", {"kind": "household", "name": "a\nb", "email": "a@b.test"}),
    ("parties[0].adults", {"kind": "household", "name": "a", "email": "a@b.test", "adults": 10**12}),
    ("parties[0]", "x"),
]
NO_JSON = [b"{", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 5000, b'{"capacity": NaN}', b"1" * 5000, b"\xed\xa0\x80"]


def fields_named(answer: Any, status: int = 422) -> list[str]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    return [error["field"] for error in problem["errors"]]


def test_a_field_that_cannot_be_used_is_named(program: Program) -> None:
    for field, value in FIELDS:
        body = SOUP_NIGHT | (value if isinstance(value, dict) else {re.split(r"[\[.]", field)[0]: value})
        answer = program.ask("POST", "/gatherings", json.dumps(body).encode())
        assert fields_named(answer) == [field], (field, value)
    assert program.do("GET", "/gatherings")["items"] == []


def test_everything_that_is_missing_is_named_at_once(program: Program) -> None:
    assert fields_named(program.ask("POST", "/gatherings", {})) == [
        "title", "starts_at", "ends_at", "time_zone",
    ]  # fmt: skip


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"null", b"7", b""])
def test_a_body_that_is_no_object_is_a_422(program: Program, body: bytes) -> None:
    assert fields_named(program.ask("POST", "/gatherings", body)) == ["body"]


def test_a_body_that_is_no_json_is_a_400(program: Program) -> None:
    for body in NO_JSON:
        answer = program.ask("POST", "/gatherings", body)
        assert answer.status_code in ((400, 422) if body == NO_JSON[5] else (400,)), body[:10]
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_over_the_limit_is_a_413(program: Program) -> None:
    answer = program.ask("POST", "/gatherings", {"title": "x" * 1_000_001})
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


def test_control_characters_and_lone_surrogates_are_dropped(program: Program) -> None:
    body = json.dumps(SOUP_NIGHT | {"title": "So\ud800up\x07", "description": "a\x00b\udfff", "\ud800": 1})
    made = program.do("POST", "/gatherings", body.encode())
    assert (made["title"], made["description"]) == ("Soup", "ab")
    pair = json.dumps(SOUP_NIGHT | {"title": "Soup \U0001f372"}).encode()
    assert program.do("POST", "/gatherings", pair)["title"] == "Soup \U0001f372"


def test_parties_that_cannot_be_asked_are_named_by_their_place(program: Program) -> None:
    gathering = program.gathering()
    path = f"/gatherings/{gathering['id']}/invitations"
    for field, party in PARTIES:
        assert fields_named(program.ask("POST", path, {"parties": [party]})) == [field], party
    for nobody in ({}, {"parties": []}, {"parties": None}):
        assert fields_named(program.ask("POST", path, nobody)) == ["parties"]
    unknown = ["018f0000-0000-7000-8000-000000000000"]
    assert fields_named(program.ask("POST", path, {"groups": unknown})) == ["groups[0]"]
    assert program.do("GET", path)["items"] == []


def test_answers_that_cannot_be_kept_are_named(program: Program) -> None:
    gathering = program.gathering()
    invitation = program.invite(gathering, 1)[0]
    path = f"/invitations/{invitation['id']}/rsvp"
    yes = {"answer": "accepted", "adults": 1, "children": 0}
    for field, body in [
        ("answer", {}),
        ("answer", {"answer": "perhaps"}),
        ("adults", yes | {"adults": -3}),
        ("adults", yes | {"adults": 10**12}),
        ("adults", yes | {"adults": 0}),
        ("adults", yes | {"adults": "2"}),
        ("note", yes | {"note": "x" * 2001}),
    ]:
        assert fields_named(program.ask("PUT", path, body)) == [field], body
    assert program.do("GET", f"/gatherings/{gathering['id']}/rsvps")["items"] == []


def test_settings_that_cannot_be_used_are_named(program: Program) -> None:
    before = program.do("GET", "/organization")
    for field, value in [
        ("name", ""),
        ("slug", "Hill Centre"),
        ("time_zone", "Mars"),
        ("country", "DEU"),
        ("country", "001"),
        ("country", "XA"),
        ("region", "x" * 21),
        ("region", "BE"),
        ("region", {"country": "FR", "region": "BE"}),
        ("observed", ["muslim", "pastafarian"]),
        ("languages", ["tlh"]),
        ("languages", []),
        ("palette", "black"),
        ("calendar_parts", "yes"),
        ("settle_minutes", -1),
        ("settle_minutes", None),
        ("weekly_mail_limit", -1),
        ("quiet_from", "25:00"),
        ("quiet_until", "21:00+01:00"),
        ("people_kept_days", 0),
        ("needs_kept_days", None),
        ("contact.email", {"contact": {"name": "Ana", "email": "nowhere"}}),
    ]:
        body = value if isinstance(value, dict) else {field: value}
        assert fields_named(program.ask("PATCH", "/organization", body)) == [field], (field, value)
    assert program.do("GET", "/organization") == before


@pytest.mark.parametrize(
    "path",
    ["/gatherings/0", "/gatherings/%00", "/gatherings/../../etc/passwd", "/no-such-call", "/gatherings/x/y"],
)
def test_an_address_that_leads_nowhere_is_a_problem(program: Program, path: str) -> None:
    answer = program.ask("GET", path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_method_that_is_not_there_is_a_405_problem(program: Program) -> None:
    answer = program.ask("DELETE", "/gatherings")
    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer x"}, {"Authorization": "Basic eDp5"}])
def test_without_a_good_token_nothing_is_read(program: Program, header: dict[str, str]) -> None:
    for path, body in (("/gatherings", b"{"), ("/feeds", b"{}")):
        answer = program.client.post("/api/v1" + path, content=body, headers=header)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"] == "Bearer"
