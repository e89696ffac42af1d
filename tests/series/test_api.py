"""Programs plan series."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import SOUP_NIGHT, Program

WEEKLY = SOUP_NIGHT | {"rule": "FREQ=WEEKLY;COUNT=4"}


def at(program: Program, series: dict[str, Any], number: int) -> dict[str, Any]:
    """The occurrence of that number, as it is now."""
    found: dict[str, Any] = program.do("GET", f"/gatherings/{series['gatherings'][number]['id']}")
    return found


def test_a_series_is_made_published_and_changed_from_one_on(program: Program) -> None:
    made = program.do("POST", "/series", WEEKLY | {"except": ["2027-04-01"]})
    assert made["ics_url"].endswith(f"/series/{made['slug']}.ics")
    assert [one["starts_at"] for one in made["gatherings"]] == [
        "2027-03-18T17:30:00+01:00",
        "2027-03-25T17:30:00+01:00",
        "2027-04-08T17:30:00+02:00",
    ]
    assert made["except"] == ["2027-04-01"]
    assert at(program, made, 0)["status"] == "draft"
    for _again in range(2):
        assert program.do("POST", f"/series/{made['id']}/publish")["published_at"]
    one = at(program, made, 1)
    assert (one["status"], one["series_id"]) == ("published", made["id"])
    program.do("PATCH", f"/gatherings/{one['id']}?scope=following", {"venue": "Attic"})
    assert [at(program, made, n)["venue"] for n in range(3)] == ["Garden Room", "Attic", "Attic"]
    program.do("PATCH", f"/gatherings/{one['id']}?scope=this", {"title": "Songs"})
    program.do("PATCH", f"/gatherings/{one['id']}?scope=all", {"capacity": 12})
    assert [at(program, made, n)["title"] for n in range(3)] == ["Soup & Stories", "Songs", "Soup & Stories"]
    assert [at(program, made, n)["capacity"] for n in range(3)] == [12, 12, 12]
    program.do("POST", f"/gatherings/{one['id']}/cancel?scope=following", {"reason": "No cook"})
    assert [at(program, made, n)["status"] for n in range(3)] == ["published", "cancelled", "cancelled"]
    program.do("POST", f"/series/{made['id']}/publish")


def test_a_series_begins_with_the_first_day_that_its_rule_gives(program: Program) -> None:
    made = program.do("POST", "/series", SOUP_NIGHT | {"rule": "FREQ=WEEKLY;BYDAY=FR;BYHOUR=10,17;COUNT=3"})
    assert [one["starts_at"] for one in made["gatherings"]] == [
        "2027-03-19T10:30:00+01:00",
        "2027-03-19T17:30:00+01:00",
        "2027-03-26T10:30:00+01:00",
    ]
    first = at(program, made, 0)
    assert first["ends_at"] == "2027-03-19T12:30:00+01:00"
    once = program.do("POST", "/series", SOUP_NIGHT | {"rule": "FREQ=WEEKLY;COUNT=1"})
    assert len(once["gatherings"]) == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"rule": "FREQ=SECONDLY;COUNT=3"}, "rule"),
        ({"rule": "FREQ=WEEKLY;INTERVAL=0;COUNT=3"}, "rule"),
        ({"rule": "FREQ=WEEKLY"}, "rule"),
        ({"rule": "FREQ=DAILY;UNTIL=20270317"}, "rule"),
        (
            {
                "rule": "FREQ=DAILY;BYHOUR=9;COUNT=3",
                "all_day": True,
                "starts_at": "2027-03-18T00:00:00+01:00",
                "ends_at": "2027-03-19T00:00:00+01:00",
            },
            "rule",
        ),
        ({"rule": "FREQ=WEEKLY;COUNT=2", "except": ["2027-03-18", "2027-03-25"]}, "except"),
        ({"title": ""}, "title"),
        ({"time_zone": "Europe/Lindenhof"}, "time_zone"),
        ({"contact": {"name": "Karla", "email": "karla"}}, "contact.email"),
        ({"except": ["soon"]}, "except[0]"),
    ],
)
def test_what_is_wrong_with_a_series_is_said_at_its_field(
    program: Program, wrong: dict[str, Any], field: str
) -> None:
    answer = program.ask("POST", "/series", WEEKLY | wrong)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert program.do("GET", "/gatherings")["items"] == []


def test_a_series_needs_a_rule(program: Program) -> None:
    answer = program.ask("POST", "/series", SOUP_NIGHT)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["rule"]


def test_a_scope_is_one_of_three_and_for_what_repeats(program: Program) -> None:
    alone = program.gathering()
    for scope in ("all", "some"):
        answer = program.ask("PATCH", f"/gatherings/{alone['id']}?scope={scope}", {"title": "Songs"})
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == ["scope"]


def test_a_series_is_made_once_for_a_key_and_by_nobody_else(
    program: Program, helper: Program, stranger: Program
) -> None:
    made = [program.do("POST", "/series", WEEKLY, idempotency_key="weekly") for _again in range(2)]
    assert made[0] == made[1]
    assert helper.ask("POST", "/series", WEEKLY).status_code == 403
    assert helper.ask("POST", f"/series/{made[0]['id']}/publish").status_code == 403
    assert stranger.ask("POST", f"/series/{made[0]['id']}/publish").status_code == 404


def test_a_series_has_a_calendar_of_its_own_once_it_is_published(program: Program) -> None:
    made = program.do("POST", "/series", WEEKLY | {"visibility": "public"})
    address = f"/series/{made['slug']}.ics"
    web = program.client
    assert web.get(address).status_code == 404
    program.do("POST", f"/series/{made['id']}/publish")
    answer = web.get(address)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert b"RRULE:FREQ=WEEKLY;COUNT=4" in answer.content
    assert web.get(address, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    assert web.head(address).status_code == 200
    assert web.get(f"/series/{made['slug']}").status_code == 404
    assert web.get("/series/nothing.ics").status_code == 404


def test_parties_are_invited_to_all_days_at_once(program: Program) -> None:
    ids = [one["id"] for one in program.do("POST", "/series", WEEKLY)["gatherings"]]
    parties = {"parties": [{"kind": "household", "name": "Obi", "email": "obi@families.test"}]}
    made = program.do("POST", f"/gatherings/{ids[1]}/invitations?scope=following", parties)["invitations"]
    assert [one["gathering_id"] for one in made] == ids[1:]
    assert len({one["rsvp_url"] for one in made}) == 3
    assert program.do("GET", f"/gatherings/{ids[0]}/invitations")["items"] == []
    assert program.ask("POST", f"/gatherings/{ids[1]}/invitations?scope=some", parties).status_code == 422
