"""What a program does from a draft to the thanks."""

from __future__ import annotations

import re

from events import number
from planner.database import Database
from tests.api.conftest import SOUP_NIGHT, Program


def test_a_new_gathering_is_a_draft_said_on_the_clock_of_its_own_zone(program: Program) -> None:
    made = program.gathering(publish=False, contact={"name": "Ana", "phone": "030 1"}, capacity=20)
    assert made["status"] == "draft"
    assert made["starts_at"] == "2027-03-18T17:30:00+01:00"
    assert made["organization"] == "hill-centre"
    assert made["contact"] == {"name": "Ana", "phone": "030 1", "email": None}
    assert made["url"] == f"http://127.0.0.1:8000/e/{made['slug']}"
    assert made["ics_url"] == made["url"] + ".ics"
    assert made["counts"] == dict.fromkeys(
        ("invited", "accepted", "declined", "tentative", "waitlisted", "adults", "children"), 0
    )
    assert program.do("GET", f"/gatherings/{made['id']}") == made


def test_a_running_order_and_topics_are_given_and_read_in_the_same_words(program: Program) -> None:
    hello, soup = {"minutes": 0, "title": "Hello", "led_by": "Folake"}, {"minutes": 45, "title": "Soup"}
    made = program.gathering(programme=[soup, hello], topics=["Garden", "garden", "New parents"])
    assert made["programme"] == [hello, soup | {"led_by": None}]
    assert made["topics"] == ["Garden", "New parents"]
    path = f"/gatherings/{made['id']}"
    same = program.do("PATCH", path, {"programme": made["programme"], "topics": made["topics"]})
    assert same["sequence"] == made["sequence"]
    later = program.do(
        "PATCH", path, {"starts_at": "2027-03-18T18:30:00+01:00", "ends_at": "2027-03-18T20:30:00+01:00"}
    )
    assert later["programme"] == made["programme"]
    bare = program.do("PATCH", path, {"programme": None, "topics": []})
    assert (bare["programme"], bare["topics"]) == ([], [])
    series = program.do("POST", "/series", SOUP_NIGHT | {
        "rule": "FREQ=WEEKLY;COUNT=2", "programme": [soup], "topics": ["Reading"],
    })  # fmt: skip
    last = program.do("GET", f"/gatherings/{series['gatherings'][1]['id']}")
    assert (last["programme"], last["topics"]) == ([soup | {"led_by": None}], ["Reading"])


def test_counts_follow_the_answers(program: Program) -> None:
    gathering = program.gathering(capacity=4)
    first, second, third, fourth, _silent = program.invite(gathering, 5)
    program.answer(first, "accepted", 2, 1)
    program.answer(second, "declined")
    program.answer(third, "tentative", 1)
    waiting = program.answer(fourth, "accepted", 2)
    assert (waiting["waitlisted"], waiting["seats_held"], waiting["source"]) == (True, 0, "desk")
    assert program.do("GET", f"/gatherings/{gathering['id']}")["counts"] == {
        "invited": 5,
        "accepted": 1,
        "declined": 1,
        "tentative": 1,
        "waitlisted": 1,
        "adults": 2,
        "children": 1,
    }
    line = program.do("GET", f"/gatherings/{gathering['id']}/waitlist")["items"]
    assert [(one["party_id"], one["people"], one["offered_until"]) for one in line] == [
        (fourth["party_id"], 2, None)
    ]
    answered = program.do("GET", f"/gatherings/{gathering['id']}/rsvps")["items"]
    assert [one["party_id"] for one in answered] == [one["party_id"] for one in (first, second, third, fourth)]
    listed = program.do("GET", f"/gatherings/{gathering['id']}/invitations")["items"]
    assert [one["state"] for one in listed] == [
        "accepted", "declined", "tentative", "waiting", "unanswered",
    ]  # fmt: skip
    assert [one["answer"] for one in listed][-1] is None


def test_an_invitation_bears_the_partys_own_link_and_asking_again_gives_the_same(program: Program) -> None:
    gathering = program.gathering()
    first = program.invite(gathering, 1)
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/r/[\w-]{43}", first[0]["rsvp_url"])
    assert program.client.get(first[0]["rsvp_url"]).status_code == 200
    assert program.invite(gathering, 1) == first
    listed = program.do("GET", f"/gatherings/{gathering['id']}/invitations")["items"]
    assert [one["rsvp_url"] for one in listed] == [first[0]["rsvp_url"]]


def test_states_turn_once_and_from_a_wrong_one_it_is_a_409(program: Program) -> None:
    gathering = program.gathering(publish=False)
    path = f"/gatherings/{gathering['id']}"
    assert program.ask("POST", path + "/held").status_code == 409
    for _again in range(2):
        assert program.do("POST", path + "/publish")["status"] == "published"
    for _again in range(2):
        answer = program.ask("POST", path + "/cancel", {"reason": "Snow"})
        assert answer.status_code == 200
        assert answer.json()["cancel_reason"] == "Snow"
    for call in ("/publish", "/held"):
        assert program.ask("POST", path + call).status_code == 409
    assert program.ask("PATCH", path, {"title": "Later"}).status_code == 409
    party = {"kind": "household", "name": "x", "email": "x@party.test"}
    assert program.ask("POST", path + "/invitations", {"parties": [party]}).status_code == 409


def test_a_cancellation_needs_no_body(program: Program) -> None:
    gathering = program.gathering()
    answer = program.ask("POST", f"/gatherings/{gathering['id']}/cancel", b"", Content_Type="application/json")
    assert answer.json()["status"] == "cancelled"


def test_a_change_raises_the_sequence_and_what_is_not_named_stays(program: Program) -> None:
    gathering = program.gathering(capacity=20)
    path = f"/gatherings/{gathering['id']}"
    moved = program.do("PATCH", path, {"starts_at": "2027-03-18T17:00:00+01:00", "tell_declined": True})
    assert moved["sequence"] == gathering["sequence"] + 1
    assert (moved["capacity"], moved["venue"]) == (20, "Garden Room")
    freed = program.do("PATCH", path, {"capacity": None, "venue": None, "contact": {"name": "Ana"}})
    assert (freed["capacity"], freed["venue"], freed["contact"]["name"]) == (None, None, "Ana")
    assert program.do("PATCH", path, {"contact": None})["contact"] is None


def test_fewer_seats_than_are_held_is_a_409_that_says_how_many(program: Program) -> None:
    gathering = program.gathering(capacity=20)
    program.answer(program.invite(gathering, 1)[0], "accepted", 7)
    answer = program.ask("PATCH", f"/gatherings/{gathering['id']}", {"capacity": 6})
    assert answer.status_code == 409
    assert "7" in answer.json()["detail"]


def test_the_log_lists_what_happened_in_order_with_the_catalogues_tags(
    program: Program, database: Database
) -> None:
    gathering = program.gathering()
    invitation = program.invite(gathering, 1)[0]
    program.answer(invitation, "accepted", 2, 1)
    program.do("POST", f"/gatherings/{gathering['id']}/held")
    with database.bookkeeping() as session:
        number(session)
    events = program.do("GET", "/events?after=0")["items"]
    assert [event["type"] for event in events] == [
        "GatheringCreated",
        "GatheringPublished",
        "PartyInvited",
        "RsvpRecorded",
        "GatheringHeld",
    ]
    assert events[3]["gathering_id"] == gathering["id"]
    assert events[3]["data"] == {
        "invitation_id": invitation["id"],
        "party_id": invitation["party_id"],
        "answer": "accepted",
        "adults": 2,
        "children": 1,
        "waitlisted": False,
        "source": "desk",
    }
    assert program.do("GET", f"/events?after={events[3]['sequence']}")["items"] == events[4:]
    first = program.do("GET", "/events?limit=2")
    assert first["items"] == events[:2]
    rest = program.do("GET", f"/events?limit=3&cursor={first['next_cursor']}")
    assert (rest["items"], rest["next_cursor"]) == (events[2:], None)


def test_after_it_was_held_thanks_and_feedback_are_there(program: Program) -> None:
    gathering = program.gathering()
    program.do("POST", f"/gatherings/{gathering['id']}/held")
    path = f"/gatherings/{gathering['id']}"
    assert program.do("GET", path + "/appreciation") == {"items": [], "next_cursor": None}
    assert program.do("GET", path + "/feedback")["answers"] == 0


def test_the_organisation_is_read_and_changed(program: Program) -> None:
    before = program.do("GET", "/organization")
    assert (before["time_zone"], before["settle_minutes"], before["weekly_mail_limit"]) == ("UTC", 10, None)
    change = {
        "time_zone": "Europe/Berlin",
        "country": "de",
        "region": "BE",
        "observed": ["muslim", "jewish"],
        "palette": "harbour",
        "quiet_from": "21:00",
        "quiet_until": "07:30",
        "weekly_mail_limit": 2,
        "people_kept_days": 365,
        "contact": {"name": "Ana", "email": "ana@hill.test"},
    }
    after = program.do("PATCH", "/organization", change)
    assert after == before | change | {
        "country": "DE",
        "contact": {"name": "Ana", "phone": None, "email": "ana@hill.test"},
    }
    assert program.do("GET", "/organization") == after
    moved = program.do("PATCH", "/organization", {"country": "CH", "observed": ["nowruz", "jewish", "nowruz"]})
    assert (moved["country"], moved["region"], moved["observed"]) == ("CH", None, ["jewish", "nowruz"])
    moved = program.do("PATCH", "/organization", {"country": "US", "region": "CA"})
    assert (moved["country"], moved["region"]) == ("US", "CA")
    assert program.do("PATCH", "/organization", {"quiet_from": None})["quiet_from"] is None


def test_a_feed_is_made_and_revoked(program: Program) -> None:
    gathering = program.gathering()
    party_id = program.invite(gathering, 1)[0]["party_id"]
    feed = program.do("POST", "/feeds", {"scope": "party", "party_id": party_id})
    assert feed["webcal_url"] == feed["url"].replace("http://", "webcal://")
    assert program.client.get(feed["url"]).status_code == 200
    assert program.ask("DELETE", f"/feeds/{feed['id']}").status_code == 204
    assert program.client.get(feed["url"]).status_code == 404
