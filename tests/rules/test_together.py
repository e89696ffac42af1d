"""One answer to several days of a series."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from planner.errors import Invalid, NotFound
from planner.gatherings import actions as gatherings
from planner.invitations import actions as invitations
from planner.invitations.models import Invitation
from planner.parties.actions import PartyFields
from planner.parties.erasing import erase
from planner.parties.models import Kind, Party
from planner.rsvps.actions import NotOpen, Said
from planner.rsvps.models import Answer, Rsvp, Source
from planner.rsvps.together import Together, answer_days, hold_days
from planner.series import actions as series
from planner.series.models import Series
from tests.attacks.test_races import tried
from tests.attacks.test_twice_at_once import at_once
from tests.rules.conftest import START, House


@dataclass
class Evenings:
    """A series of evenings, and a household with its invitations to them, in order."""

    house: House
    series: Series
    days: list[uuid.UUID]

    def ask(self, name: str) -> list[uuid.UUID]:
        """Invites one more household to all of them."""
        fields = PartyFields(kind=Kind.HOUSEHOLD, name=name, email=f"{name}@families.test", adults=2, children=1)
        with self.house.database.writing() as session:
            first, *others = series.occurrences(session, self.series, lock=True)
            return [one.id for one in invitations.invite(session, first, [fields], others=others)]

    def say(
        self,
        own: uuid.UUID,
        others: Sequence[uuid.UUID],
        said: str,
        over: Sequence[str] = ("unanswered",),
        note: str = "",
        **numbers: int,
    ) -> Together:
        """A household says one thing at one day for others too."""
        words = Said(answer=Answer(said), note=note, **numbers)
        with self.house.database.writing() as session:
            invitation = session.get_one(Invitation, own)
            days = hold_days(session, invitation, others)
            return answer_days(session, invitation, days, over, words, Source.LINK)

    def states(self, asked: Sequence[uuid.UUID]) -> list[str]:
        """What stands for each day."""
        with self.house.database.reading() as session:
            return [rsvp.state if (rsvp := session.get(Rsvp, one)) else "unanswered" for one in asked]


@pytest.fixture
def evenings(house: House) -> Evenings:
    """Four evenings."""
    made = house.repeat()
    with house.database.reading() as session:
        ids = [one.id for one in series.occurrences(session, made)]
    return Evenings(house, made, ids)


def ids_of(found: Sequence[Invitation]) -> list[uuid.UUID]:
    return [one.id for one in found]


def test_one_answer_counts_for_all_days_each_with_a_fact_of_its_own_at_one_instant(evenings: Evenings) -> None:
    asked = evenings.ask("okafor")
    done = evenings.say(asked[1], asked[::-1], "accepted", adults=2, children=1)
    assert (ids_of(done.saved), done.missed) == (asked, [])
    assert evenings.states(asked) == ["accepted"] * 4
    facts = evenings.house.log("RsvpRecorded")
    assert {fact["gathering_id"] for fact in facts} == {str(day) for day in evenings.days}
    assert len(facts) == 4
    assert len({evenings.house.rsvp(one).answered_at for one in asked}) == 1


def test_only_the_days_that_are_named_are_answered(evenings: Evenings) -> None:
    asked = evenings.ask("okafor")
    evenings.say(asked[0], [asked[2]], "declined")
    assert evenings.states(asked) == ["declined", "unanswered", "declined", "unanswered"]


def test_where_seats_are_too_few_the_household_waits_and_has_the_other_days(evenings: Evenings) -> None:
    evenings.house.change(evenings.days[2], capacity=2)
    asked = evenings.ask("okafor")
    done = evenings.say(asked[0], asked, "accepted", adults=2, children=1)
    assert ids_of(done.saved) == asked
    assert evenings.states(asked) == ["accepted", "accepted", "waiting", "accepted"]


def test_another_answer_stays_unless_it_may_be_replaced(evenings: Evenings) -> None:
    asked = evenings.ask("okafor")
    evenings.house.say(asked[1], "declined")
    evenings.house.say(asked[2], "tentative", adults=1, children=0)
    done = evenings.say(asked[0], asked, "accepted", adults=2, children=1)
    assert ids_of(done.missed) == asked[1:3]
    assert evenings.states(asked) == ["accepted", "declined", "tentative", "accepted"]
    evenings.say(asked[0], asked[1:3], "accepted", ["declined"], adults=2, children=1)
    assert evenings.states(asked) == ["accepted", "accepted", "tentative", "accepted"]


def test_a_yes_that_waits_counts_as_a_yes_where_it_is_replaced(evenings: Evenings) -> None:
    evenings.house.change(evenings.days[2], capacity=2)
    asked = evenings.ask("okafor")
    evenings.say(asked[0], asked, "accepted", adults=2, children=1)
    evenings.say(asked[0], asked, "declined", ["accepted"])
    assert evenings.states(asked) == ["declined"] * 4


def test_said_again_it_changes_nothing_and_no_day_is_missed(evenings: Evenings) -> None:
    evenings.house.change(evenings.days[2], capacity=2)
    asked = evenings.ask("okafor")
    for _press in range(2):
        done = evenings.say(asked[0], asked, "accepted", adults=2, children=1)
    assert (ids_of(done.saved), done.missed) == (asked, [])
    assert len(evenings.house.log("RsvpRecorded")) == 4
    assert len({evenings.house.rsvp(one).answered_at for one in asked}) == 1


def test_a_day_that_had_the_answer_already_is_told_together_with_the_others(evenings: Evenings) -> None:
    asked = evenings.ask("okafor")
    evenings.house.say(asked[0], "accepted", adults=2, children=1, note="")
    evenings.say(asked[0], asked, "accepted", adults=2, children=1)
    assert len(evenings.house.log("RsvpRecorded")) == 4
    assert len({evenings.house.rsvp(one).answered_at for one in asked}) == 1


def test_words_to_the_hosts_of_another_day_stay_unless_there_are_new_ones(evenings: Evenings) -> None:
    asked = evenings.ask("okafor")
    evenings.house.say(asked[1], "declined", note="We are in Lagos.")
    evenings.say(asked[0], asked, "accepted", ["unanswered", "declined"], adults=1, children=0)
    assert evenings.house.rsvp(asked[1]).note == "We are in Lagos."
    evenings.say(asked[0], asked, "declined", ["accepted"], note="We move house.")
    assert {evenings.house.rsvp(one).note for one in asked} == {"We move house."}


@pytest.mark.parametrize("closed", [0, 2])
def test_a_day_that_closed_meanwhile_is_missed_and_the_others_are_saved(evenings: Evenings, closed: int) -> None:
    asked = evenings.ask("okafor")
    evenings.house.do(evenings.days[closed], gatherings.cancel, "Storm")
    done = evenings.say(asked[0], asked, "accepted", adults=2, children=1)
    assert ids_of(done.missed) == [asked[closed]]
    assert evenings.states(asked) == ["unanswered" if at == closed else "accepted" for at in range(4)]


def test_where_no_day_takes_answers_any_more_it_is_refused(evenings: Evenings) -> None:
    asked = evenings.ask("okafor")
    with (
        time_machine.travel(START + timedelta(days=90), tick=False),
        pytest.raises(NotOpen),
    ):
        evenings.say(asked[0], asked, "declined")


def test_more_people_than_seats_are_free_leave_a_day_as_it_was(evenings: Evenings) -> None:
    asked = evenings.ask("okafor")
    evenings.say(asked[0], asked, "accepted", adults=2, children=1)
    evenings.house.change(evenings.days[2], capacity=4)
    done = evenings.say(asked[0], asked, "accepted", ["accepted"], adults=4, children=1)
    assert ids_of(done.missed) == [asked[2]]
    assert [evenings.house.rsvp(one).people for one in asked] == [5, 5, 3, 5]


def test_a_yes_with_nobody_is_refused_for_all_days(evenings: Evenings) -> None:
    asked = evenings.ask("okafor")
    with pytest.raises(Invalid):
        evenings.say(asked[0], asked, "accepted", adults=0, children=0)
    assert evenings.states(asked) == ["unanswered"] * 4


def test_days_of_others_and_of_another_series_are_never_answered(evenings: Evenings) -> None:
    asked, neighbours = evenings.ask("okafor"), evenings.ask("demir")
    elsewhere = Evenings(evenings.house, evenings.house.repeat(title="Choir"), []).ask("okafor")
    evenings.say(asked[0], [*neighbours, *elsewhere, uuid.uuid4()], "accepted", adults=2, children=1)
    assert evenings.states([*neighbours, *elsewhere]) == ["unanswered"] * 8


def test_a_withdrawn_day_is_passed_over_and_a_withdrawn_link_opens_nothing(evenings: Evenings) -> None:
    asked = evenings.ask("okafor")
    for one in asked[:2]:
        with evenings.house.database.writing() as session:
            invitations.withdraw(session, session.get_one(Invitation, one))
    done = evenings.say(asked[3], asked, "declined")
    assert ids_of(done.saved) == asked[2:]
    with pytest.raises(NotFound):
        evenings.say(asked[0], asked, "declined")


def test_freed_seats_of_every_day_go_to_who_waits(evenings: Evenings) -> None:
    for day in evenings.days:
        evenings.house.change(day, capacity=3)
    okafor, demir = evenings.ask("okafor"), evenings.ask("demir")
    evenings.say(okafor[0], okafor, "accepted", adults=2, children=1)
    evenings.say(demir[0], demir, "accepted", adults=2, children=1)
    assert evenings.states(demir) == ["waiting"] * 4
    evenings.say(okafor[3], okafor, "declined", ["accepted"])
    assert evenings.states(demir) == ["accepted"] * 4


@pytest.mark.parametrize("_again", range(3))
def test_households_that_answer_many_days_at_once_in_any_order_never_stop_each_other(
    evenings: Evenings, _again: int
) -> None:
    house = evenings.house
    for day in evenings.days:
        house.change(day, capacity=6)
    asked = [evenings.ask(name) for name in ("okafor", "demir", "weber", "haddad")]
    at_once(
        *(
            tried(evenings.say, one[turn], one[:: 1 if turn % 2 else -1], "accepted", adults=2, children=1)
            for turn, one in enumerate(asked)
        )
    )
    how = at_once(
        # Each frees seats for which others wait, while the days are answered one by one, changed and left.
        *(
            tried(evenings.say, one[turn], one[:: -1 if turn % 2 else 1], "declined", ["accepted"])
            for turn, one in enumerate(asked[:3])
        ),
        *(tried(house.say, one, "accepted", adults=1, children=0) for one in asked[3]),
        tried(change_all, evenings),
        tried(forget, evenings, asked[2][0]),
    )
    assert set(how) <= {"done", "NotFound", "NotOpen"}
    assert evenings.states(asked[0]) == ["declined"] * 4
    with house.database.reading() as session:
        held = sa.select(sa.func.sum(Rsvp.seats_held)).group_by(Rsvp.gathering_id)
        assert all(seats <= 6 for seats in session.scalars(held))


def change_all(evenings: Evenings) -> None:
    with evenings.house.database.writing() as session:
        day = gatherings.find(session, evenings.house.owner.organization_id, evenings.days[2], lock=True)
        series.change(session, day, gatherings.GatheringFields(venue="Library"), series.Scope.ALL)


def forget(evenings: Evenings, invitation_id: uuid.UUID) -> None:
    with evenings.house.database.writing() as session:
        erase(session, session.get_one(Party, session.get_one(Invitation, invitation_id).party_id))
