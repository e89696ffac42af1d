"""Whatever a program sends, it is never a 5xx, and a refusal is always a problem."""

from __future__ import annotations

import json
import random
from typing import Any

from tests.api.conftest import SOUP_NIGHT, Program

STRANGE: list[Any] = [
    *(None, True, 0, -1, 2**31, 2**63, 10**30, 1e308, 0.5),
    *("", " ", "x", "0", "\x00", "a\x00b", "\ud800", "\u202e", "'; --", "x" * 10_000, "001", "ZZ", "00:00:61"),
    *("9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2027-03-18T17:30:00.123456789+05:45"),
    *(
        "2027-03-18T17:30:60Z",
        "2027-02-30T10:00:00Z",
        "Etc/GMT+12",
        "posixrules",
        "018f00000000700080000000000000aa",
    ),
    *("\u00e9@x.test", "a@localhost", "http://[", "http://x:99999/", "http://\u00e9/"),
    *([], [None], [[]], ["x"], ["\x00"], ["018f0000-0000-7000-8000-000000000000"]),
    *({}, {"": ""}, {"name": "\x00"}, {"name": "x", "phone": "\x00", "email": "\x00"}),
]


def test_whatever_is_sent_is_taken_or_refused(program: Program) -> None:
    chance = random.Random(7)
    gathering = program.gathering()
    invitation = program.invite(gathering, 1)[0]
    described = program.client.get("/schema/openapi.json").json()
    objects = described["components"]["schemas"]
    ids = {"gathering_id": gathering["id"], "invitation_id": invitation["id"], "feed_id": gathering["id"]}
    ids["series_id"] = program.do("POST", "/series", SOUP_NIGHT | {"rule": "FREQ=WEEKLY;COUNT=2"})["id"]
    for path, item in described["paths"].items():
        for method, operation in item.items():
            if path.endswith(("/cancel", "/held")):
                continue
            address = path.removeprefix("/api/v1").format(**ids)
            body = operation.get("requestBody")
            fields = list(_fields(objects, body)) if body else []
            for field in fields:
                for value in chance.sample(STRANGE, 8):
                    _send(program, method, address, _around(path) | {field: value})
            for _ in range(10 if fields else 0):
                _send(program, method, address, {field: chance.choice(STRANGE) for field in fields})
            for one in operation.get("parameters", []):
                for value in ("", "x", "-1", "0", "9" * 40, "%00", "%ff", "NaN", "1&limit=2"):
                    _send(program, method, f"{address}?{one['name']}={value}", None)


def _fields(objects: dict[str, Any], body: dict[str, Any]) -> list[str]:
    schema = body["content"]["application/json"]["schema"]
    return list(objects[schema["$ref"].rpartition("/")[2]]["properties"])


def _around(path: str) -> dict[str, Any]:
    """The rest of a body that could be good."""
    if path.endswith("/gatherings"):
        return SOUP_NIGHT
    if path.endswith("/series"):
        return SOUP_NIGHT | {"rule": "FREQ=WEEKLY;COUNT=2"}
    if path.endswith("/rsvp"):
        return {"answer": "accepted", "adults": 1, "children": 0}
    return {}


def _send(program: Program, method: str, address: str, body: Any) -> None:
    content = None if body is None else json.dumps(body).encode()
    answer = program.ask(method.upper(), address, content)
    assert answer.status_code < 500, (method, address, body, answer.text)
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json", (method, address, body)
