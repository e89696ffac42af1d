"""Lists come in pages, in order of creation, and of one's own organisation alone."""

from __future__ import annotations

import pytest

from tests.api.conftest import Program


def everything(program: Program, path: str, limit: int) -> list[dict[str, object]]:
    items: list[dict[str, object]] = []
    cursor = ""
    while True:
        page = program.do("GET", f"{path}?limit={limit}{cursor}")
        assert len(page["items"]) <= limit
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        cursor = f"&cursor={page['next_cursor']}"


def test_pages_follow_each_other_without_gap_or_repeat(program: Program) -> None:
    made = [program.gathering(title=f"Evening {i}")["id"] for i in range(5)]
    for limit in (1, 2, 5, 200):
        assert [one["id"] for one in everything(program, "/gatherings", limit)] == made


def test_the_waiting_line_comes_in_pages_in_order_of_arrival(program: Program) -> None:
    gathering = program.gathering(capacity=1)
    invitations = program.invite(gathering, 6)
    arrived = [*invitations[:1], *reversed(invitations[1:])]
    for invitation in arrived:
        program.answer(invitation, "accepted", 1)
    for limit in (1, 2, 200):
        line = everything(program, f"/gatherings/{gathering['id']}/waitlist", limit)
        assert [one["party_id"] for one in line] == [one["party_id"] for one in arrived[1:]]
    for path in ("invitations", "rsvps"):
        listed = everything(program, f"/gatherings/{gathering['id']}/{path}", 4)
        assert [one["party_id"] for one in listed] == [one["party_id"] for one in invitations]


@pytest.mark.parametrize(
    ("field", "value"),
    [("limit", "0"), ("limit", "201"), ("limit", "-1"), ("limit", "ten"), ("limit", "2.5"), ("limit", "9" * 30)]
    + [("cursor", value) for value in ("", "x", "ä", "%00", "AAAA", "!!!", "9" * 5000)],
)
def test_a_bad_limit_or_cursor_is_a_422(program: Program, field: str, value: str) -> None:
    gathering = program.gathering()
    lists = ("/gatherings", "/events", "/messages")
    of_one = (f"/gatherings/{gathering['id']}/{name}" for name in ("invitations", "rsvps", "waitlist"))
    for path in (*lists, *of_one):
        answer = program.ask("GET", f"{path}?{field}={value}")
        assert answer.status_code == 422, path
        assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "9" * 30])
def test_a_bad_after_is_a_422(program: Program, after: str) -> None:
    answer = program.ask("GET", f"/events?after={after}")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["after"]


def test_an_unknown_state_of_mails_is_a_422(program: Program) -> None:
    answer = program.ask("GET", "/messages?state=lost")
    assert [error["field"] for error in answer.json()["errors"]] == ["state"]


def test_another_organisations_things_look_as_if_they_were_not_there(program: Program, stranger: Program) -> None:
    gathering = program.gathering()
    invitation = program.invite(gathering, 1)[0]
    path = f"/gatherings/{gathering['id']}"
    assert stranger.do("GET", "/gatherings")["items"] == []
    calls = [
        ("GET", path, None),
        ("PATCH", path, {"title": "Mine"}),
        ("POST", path + "/cancel", {"reason": ""}),
        ("POST", path + "/invitations", {"party_ids": [invitation["party_id"]]}),
        *(("GET", f"{path}/{name}", None) for name in ("invitations", "rsvps", "waitlist", "appreciation")),
        ("GET", path + "/feedback", None),
        ("PUT", f"/invitations/{invitation['id']}/rsvp", {"answer": "declined"}),
    ]
    for method, address, body in calls:
        assert stranger.ask(method, address, body).status_code == 404, address
    theirs = stranger.gathering()
    asked = {"party_ids": [invitation["party_id"]]}
    assert stranger.ask("POST", f"/gatherings/{theirs['id']}/invitations", asked).status_code == 422


def test_a_helper_looks_and_answers_but_neither_plans_nor_invites(program: Program, helper: Program) -> None:
    gathering = program.gathering()
    invitation = program.invite(gathering, 1)[0]
    path = f"/gatherings/{gathering['id']}"
    assert helper.do("GET", path)["id"] == gathering["id"]
    assert helper.answer(invitation, "accepted", 2)["seats_held"] == 2
    for method, address, body in [
        ("POST", "/gatherings", {}),
        ("PATCH", path, {"title": "Mine"}),
        ("POST", path + "/held", None),
        ("POST", path + "/invitations", {"parties": []}),
        ("PATCH", "/organization", {"name": "Mine"}),
    ]:
        answer = helper.ask(method, address, body)
        assert answer.status_code == 403, address
        assert answer.headers["content-type"] == "application/problem+json"
