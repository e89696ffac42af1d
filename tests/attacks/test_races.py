"""Two who act on the same thing in the same moment, on a database of each kind."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from planner.accounts import actions as accounts
from planner.calendars.versions import raise_party_versions
from planner.database import Database
from planner.errors import Refused
from planner.gatherings import actions as gatherings
from planner.gatherings.actions import cancel, hold, publish
from planner.gatherings.models import Gathering, Status
from planner.invitations.forgotten import send_links_to
from planner.invitations.models import Invitation
from planner.parties.actions import PartyFields
from planner.parties.erasing import erase
from planner.parties.models import Kind, Party
from planner.rsvps.models import Rsvp
from planner.series import actions as series
from tests.attacks.test_twice_at_once import at_once, number
from tests.rules.conftest import START, House
from tests.running import wait_until


def tried(act: Callable[..., Any], *given: Any, **named: Any) -> Callable[[], str]:
    """Does it, and says how that went; what is neither done nor refused is a mistake of ours."""

    def trying() -> str:
        try:
            act(*given, **named)
        except Refused as refused:
            return type(refused).__name__
        return "done"

    return trying


def status_of(house: House, gathering_id: uuid.UUID) -> str:
    with house.database.reading() as session:
        return session.get_one(Gathering, gathering_id).status


def test_published_by_four_at_once_it_is_published_once(house: House) -> None:
    gathering_id = house.plan(publish=False)
    house.invite(gathering_id, (2, 1))
    assert at_once(*(tried(house.do, gathering_id, publish),) * 4) == ["done"] * 4
    assert len(house.log("GatheringPublished")) == 1


def test_cancelled_by_four_at_once_it_is_cancelled_once(house: House) -> None:
    gathering_id = house.plan()
    at_once(*(tried(house.do, gathering_id, cancel, f"Reason {n}") for n in range(4)))
    assert len(house.log("GatheringCancelled")) == 1


@pytest.mark.parametrize("_again", range(3))
def test_cancelled_held_moved_and_answered_at_once_one_story_is_told(house: House, _again: int) -> None:
    gathering_id = house.plan(capacity=4)
    invited = house.invite(gathering_id, (2, 0), (2, 0), (2, 0))
    later = START + timedelta(days=1)
    how = at_once(
        tried(house.do, gathering_id, cancel, "Storm"),
        tried(house.do, gathering_id, hold),
        tried(house.change, gathering_id, starts_at=later, ends_at=later + timedelta(hours=2)),
        *(tried(house.say, one, "accepted") for one in invited),
    )
    assert set(how) <= {"done", "WrongState", "NotOpen"}
    ended = len(house.log("GatheringCancelled")) + len(house.log("GatheringHeld"))
    assert ended == how[:2].count("done") == 1
    assert status_of(house, gathering_id) == (Status.CANCELLED if how[0] == "done" else Status.HELD)
    assert len(house.log("GatheringRescheduled")) == (how[2] == "done")
    with house.database.reading() as session:
        seats = session.scalar(sa.select(sa.func.sum(Rsvp.seats_held)).where(Rsvp.gathering_id == gathering_id))
    assert (seats or 0) <= 4


def test_one_household_invited_by_six_at_once_is_one_and_gets_one_invitation(house: House) -> None:
    gathering_id = house.plan()
    asked = [PartyFields(kind=Kind.HOUSEHOLD, name="Haddad", email="h@families.test", adults=2)]
    made = at_once(*(lambda: house.ask(gathering_id, asked)[0].id,) * 6)
    assert len(set(made)) == 1
    assert (
        number(house.database, Party) == number(house.database, Invitation) == len(house.log("PartyInvited")) == 1
    )


def test_the_same_new_household_invited_to_several_events_at_once_is_one(house: House) -> None:
    asked = [PartyFields(kind=Kind.HOUSEHOLD, name="Haddad", email="h@families.test", adults=2)]
    events = [house.plan() for _event in range(4)]
    at_once(*(tried(house.ask, event, asked) for event in events))
    assert (number(house.database, Party), number(house.database, Invitation)) == (1, 4)


@pytest.mark.parametrize("_again", range(3))
def test_nothing_of_a_household_comes_back_that_is_erased_while_it_answers(house: House, _again: int) -> None:
    events = [house.plan(capacity=2), house.plan(capacity=2)]
    asked = [PartyFields(kind=Kind.HOUSEHOLD, name="Haddad", email="h@families.test", adults=2)]
    invited = [house.ask(event, asked)[0] for event in events]

    def forget() -> None:
        with house.database.writing() as session:
            erase(session, session.get_one(Party, invited[0].party_id))

    how = at_once(
        tried(forget),
        *(tried(house.say, one.id, "accepted", note="A secret") for one in invited),
        *(tried(house.ask, event, asked) for event in events),
    )
    assert how[0] == "done"
    assert set(how) <= {"done", "NotFound"}
    with house.database.reading() as session:
        gone = session.get_one(Party, invited[0].party_id)
        assert (gone.email, gone.members) == (None, [])
        assert session.scalars(sa.select(Rsvp).where(Rsvp.note != "")).all() == []
        held = sa.select(sa.func.sum(Rsvp.seats_held)).join(Invitation, Invitation.id == Rsvp.invitation_id)
        assert not session.scalar(held.where(Invitation.party_id == gone.id))


def test_what_is_noted_about_days_that_are_being_changed_waits_for_nobody(postgresql_database: Database) -> None:
    # Each of two would wait for the other: who changes all days holds them in order, mails are written in any.
    with postgresql_database.writing() as session:
        owner = accounts.found_organization(session, "Hill Centre", "owner@hill.test")
    made = House(postgresql_database, owner).repeat()
    points_to = sa.select(Gathering.id).where(Gathering.series_id == made.id)
    with postgresql_database.writing() as session, postgresql_database.writing() as another:
        days = series.occurrences(session, made, lock=True)
        gatherings.find(session, owner.organization_id, days[0].id, lock=True)
        noted = another.scalars(points_to.with_for_update(read=True, key_share=True, nowait=True)).all()
        assert len(noted) == len(days) == 4


def test_feeds_of_many_parties_are_raised_in_one_order(postgresql_database: Database) -> None:
    with postgresql_database.writing() as session:
        owner = accounts.found_organization(session, "Hill Centre", "owner@hill.test")
    house = House(postgresql_database, owner)
    gathering_id = house.plan()
    house.invite(gathering_id, (1, 0), (1, 0))
    with postgresql_database.reading() as session:
        first, second = session.scalars(sa.select(Party.id).order_by(Party.id))
    with postgresql_database.writing() as session:
        # Its row is written anew, behind the other's.
        raise_party_versions(session, [first])
    with ThreadPoolExecutor(1) as threads:
        with postgresql_database.writing() as session:
            raise_party_versions(session, [first])
            changing = threads.submit(house.change, gathering_id, venue="Library")
            waits = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()")
            assert wait_until(lambda: session.scalar(waits))
            free = sa.select(Party.id).where(Party.id == second).with_for_update(key_share=True, nowait=True)
            assert session.scalar(free) == second
        changing.result()


def test_a_link_asked_for_by_many_at_once_is_sent_three_times(house: House) -> None:
    house.invite(house.plan(), (2, 0))

    def ask() -> None:
        with house.database.writing() as session:
            send_links_to(session, "party1@families.test")

    at_once(*(ask,) * 8)
    assert len(house.log("LinkSentAgain")) == 3
