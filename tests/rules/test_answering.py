"""How answers take seats, wait and give way."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import time_machine

from planner.errors import Invalid, NotFound
from planner.gatherings import actions as gatherings
from planner.invitations import actions as invitations
from planner.invitations.models import Invitation
from planner.parties.models import Kind
from planner.rsvps.actions import NotOpen
from planner.rsvps.models import Source
from planner.rsvps.seats import seats_held
from tests.rules.conftest import START, House


def test_a_household_of_four_waits_when_three_seats_are_left(house: House) -> None:
    event = house.plan(capacity=5)
    first, second = house.invite(event, (2, 0), (2, 2))
    assert house.say(first, "accepted").seats_held == 2
    waiting = house.say(second, "accepted")
    assert (waiting.seats_held, waiting.waits, waiting.people) == (0, True, 4)


def test_a_party_that_fits_takes_its_seats_even_while_a_larger_one_waits(house: House) -> None:
    event = house.plan(capacity=5)
    first, large, small = house.invite(event, (2, 0), (2, 2), (1, 1))
    for party in (first, large):
        house.say(party, "accepted")
    assert house.say(small, "accepted").seats_held == 2


def test_a_freed_seat_goes_to_the_first_waiting_party_that_fits(house: House) -> None:
    event = house.plan(capacity=4)
    first, large, small, later = house.invite(event, (2, 2), (3, 2), (2, 0), (1, 0))
    for party in (first, large, small, later):
        house.say(party, "accepted")
    house.say(first, "declined")
    assert [house.rsvp(party).seats_held for party in (first, large, small, later)] == [0, 0, 2, 1]
    assert [given["seats"] for given in house.log("SeatsGiven")] == [2, 1]


def test_more_seats_are_given_to_those_who_wait_in_order(house: House) -> None:
    event = house.plan(capacity=1)
    parties = house.invite(event, (1, 0), (2, 0), (2, 0))
    for party in parties:
        house.say(party, "accepted")
    house.change(event, capacity=3)
    assert [house.rsvp(party).seats_held for party in parties] == [1, 2, 0]


def test_a_party_with_seats_that_asks_for_too_many_keeps_its_answer(house: House) -> None:
    event = house.plan(capacity=4)
    first, second = house.invite(event, (2, 0), (1, 0))
    for party in (first, second):
        house.say(party, "accepted")
    with pytest.raises(Invalid) as refused:
        house.say(first, "accepted", adults=4, children=0)
    assert refused.value.errors[0].field == "adults"
    assert "3 seats" in refused.value.errors[0].detail
    assert (house.rsvp(first).adults, house.rsvp(first).seats_held) == (2, 2)


def test_a_hundred_at_once_never_hold_more_than_there_are(house: House) -> None:
    event = house.plan(capacity=10)
    parties = house.invite(event, *[(1, 0)] * 40)
    threads = [threading.Thread(target=house.say, args=(party, "accepted")) for party in parties]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with house.database.reading() as session:
        assert seats_held(session, event) == 10
    assert sum(house.rsvp(party).waits for party in parties) == 30


def test_said_again_it_changes_nothing(house: House) -> None:
    (party,) = house.invite(house.plan(), (2, 1))
    first = house.say(party, "accepted", adults=2, children=1, note="See you")
    again = house.say(party, "accepted", adults=2, children=1, note="See you")
    assert again.answered_at == first.answered_at
    assert len(house.log("RsvpRecorded")) == 1


def test_after_a_reschedule_the_same_answer_is_a_new_one_and_seats_stay(house: House) -> None:
    event = house.plan(capacity=5)
    (party,) = house.invite(event, (2, 1))
    house.say(party, "accepted")
    moved = house.change(event, starts_at=START + timedelta(days=1), ends_at=START + timedelta(days=1, hours=2))
    assert house.rsvp(party).seats_held == 3
    assert house.rsvp(party).sequence < moved.asked_sequence
    assert house.say(party, "accepted").sequence == moved.sequence
    assert len(house.log("RsvpRecorded")) == 2


def test_numbers_not_named_are_those_expected(house: House) -> None:
    (party,) = house.invite(house.plan(), (2, 3))
    said = house.say(party, "accepted")
    assert (said.adults, said.children) == (2, 3)


def test_a_professional_counts_one(house: House) -> None:
    (party,) = house.invite(house.plan(), (4, 4), kind=Kind.PROFESSIONAL)
    said = house.say(party, "accepted")
    assert (said.adults, said.children) == (1, 0)


def test_accepted_with_nobody_is_refused_at_the_field(house: House) -> None:
    (party,) = house.invite(house.plan(), (2, 0))
    with pytest.raises(Invalid) as refused:
        house.say(party, "accepted", adults=0, children=0)
    assert refused.value.errors[0].field == "adults"


@pytest.mark.parametrize("adults", [-1, 201, 10**12])
def test_absurd_numbers_are_refused(house: House, adults: int) -> None:
    (party,) = house.invite(house.plan(), (2, 0))
    with pytest.raises(Invalid):
        house.say(party, "accepted", adults=adults)


def test_after_the_answer_by_time_only_the_desk_answers(house: House) -> None:
    event = house.plan(answer_by=START - timedelta(days=2))
    (party,) = house.invite(event, (1, 0))
    with time_machine.travel(START - timedelta(days=1)):
        with pytest.raises(NotOpen):
            house.say(party, "accepted")
        assert house.say(party, "accepted", Source.DESK).source == "desk"


@pytest.mark.parametrize("action", [gatherings.hold, lambda s, g: gatherings.cancel(s, g, "Snow")])
def test_what_is_over_takes_no_answer(house: House, action: object) -> None:
    event = house.plan()
    (party,) = house.invite(event, (1, 0))
    house.do(event, action)
    with pytest.raises(NotOpen):
        house.say(party, "accepted")


def test_a_withdrawn_invitation_gives_its_seats_to_those_who_wait(house: House) -> None:
    event = house.plan(capacity=2)
    first, second = house.invite(event, (2, 0), (2, 0))
    for party in (first, second):
        house.say(party, "accepted")
    with house.database.writing() as session:
        invitations.withdraw(session, session.get_one(Invitation, first))
    assert house.rsvp(second).seats_held == 2
    with pytest.raises(NotFound):
        house.say(first, "accepted")
