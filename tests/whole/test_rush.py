"""Many families answer in the same moment, and there are seats for a few."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.running import Installation

PARTIES = 100
SEATS = 10


def answer_all(planner: Installation, invitations: list[dict[str, str]], **fields: object) -> Counter[int]:
    """All answer at once, each over a connection of its own; how often each status came."""
    with ThreadPoolExecutor(32) as pool:
        return Counter(pool.map(lambda one: planner.say(one, **fields), invitations))


def test_a_hundred_households_press_yes_at_once_and_ten_seats_are_given(busy: Installation) -> None:
    event = busy.gathering(capacity=SEATS)
    statuses = answer_all(busy, busy.invite(event, PARTIES), answer="accepted", adults=1, children=0)
    assert set(statuses) <= {200, 303} and statuses.total() == PARTIES

    answers = busy.everything(f"/gatherings/{event['id']}/rsvps")
    assert sum(one["seats_held"] for one in answers) == SEATS
    assert sum(one["waitlisted"] for one in answers) == PARTIES - SEATS
    counts = busy.api("GET", f"/gatherings/{event['id']}")["counts"]
    assert (counts["accepted"], counts["waitlisted"], counts["adults"]) == (SEATS, PARTIES - SEATS, SEATS)


def test_freed_seats_all_go_to_those_who_wait_and_none_is_given_twice(busy: Installation) -> None:
    event = busy.gathering(capacity=SEATS)
    invitations = busy.invite(event, 40)
    answer_all(busy, invitations, answer="accepted", adults=2, children=0)
    seated = {one["party_id"] for one in busy.everything(f"/gatherings/{event['id']}/rsvps") if one["seats_held"]}
    leaving = [one for one in invitations if one["party_id"] in seated]
    answer_all(busy, leaving, answer="declined")

    answers = busy.everything(f"/gatherings/{event['id']}/rsvps")
    assert sum(one["seats_held"] for one in answers) == SEATS
    assert not seated & {one["party_id"] for one in answers if one["seats_held"]}


def test_a_party_that_presses_ten_times_at_once_has_its_seats_once(busy: Installation) -> None:
    event = busy.gathering(capacity=SEATS)
    [invitation] = busy.invite(event, 1)
    answer_all(busy, [invitation] * 10, answer="accepted", adults=2, children=1)
    counts = busy.api("GET", f"/gatherings/{event['id']}")["counts"]
    assert (counts["accepted"], counts["adults"], counts["children"]) == (1, 2, 1)
