"""What a coordinator may do with a gathering, and whom it asks."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from planner.database import utc_now
from planner.errors import Invalid
from planner.gatherings import actions as gatherings
from planner.invitations import actions as invitations
from planner.invitations.forgotten import send_links_to
from planner.parties.actions import PartyFields, mend_address
from planner.parties.models import Kind, Party
from planner.security import LinkSigner
from tests.rules.conftest import START, House


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"ends_at": START - timedelta(hours=1)}, "ends_at"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"title": ""}, "title"),
        ({"title": "a\r\nBcc: x@y.test"}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "\x00"}, "title"),
        ({"title": "\ud800"}, "title"),
        ({"capacity": 0}, "capacity"),
        ({"capacity": 10**30}, "capacity"),
        ({"online_url": "javascript:alert(1)"}, "online_url"),
        ({"online_url": "https://"}, "online_url"),
        ({"starts_at": START.replace(tzinfo=None)}, "starts_at"),
        ({"ends_at": START + timedelta(days=900)}, "ends_at"),
        ({"answer_by": START + timedelta(days=3)}, "answer_by"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(house: House, fields: dict[str, Any], at: str) -> None:
    with pytest.raises(Invalid) as refused:
        house.plan(**fields)
    assert at in [error.field for error in refused.value.errors]


def test_everything_that_is_wrong_is_said_at_once(house: House) -> None:
    with pytest.raises(Invalid) as refused:
        house.plan(title="", time_zone="nowhere", capacity=-1)
    assert {error.field for error in refused.value.errors} == {"title", "time_zone", "capacity"}


def test_a_move_raises_the_sequence_and_asks_again_a_title_only_raises_it(house: House) -> None:
    event = house.plan()
    titled = house.change(event, title="Soup and songs")
    assert (titled.sequence, titled.asked_sequence) == (1, 0)
    moved = house.change(event, venue="Library")
    assert (moved.sequence, moved.asked_sequence) == (2, 2)
    assert len(house.log("GatheringRescheduled")) == 1


def test_the_same_again_changes_nothing(house: House) -> None:
    event = house.plan(venue="Library")
    assert house.change(event, venue="Library", title="Soup & Stories").sequence == 0
    assert not house.log("GatheringRescheduled")


def test_fewer_seats_than_are_held_are_refused_and_say_how_many(house: House) -> None:
    event = house.plan(capacity=10)
    (party,) = house.invite(event, (3, 1))
    house.say(party, "accepted")
    with pytest.raises(gatherings.CapacityTaken, match="4 seats"):
        house.change(event, capacity=3)
    assert house.change(event, capacity=4).capacity == 4


def test_states_repeated_change_nothing_and_wrong_ones_are_refused(house: House) -> None:
    event = house.plan(publish=False)
    with pytest.raises(gatherings.WrongState):
        house.do(event, gatherings.hold)
    for _again in range(2):
        assert house.do(event, gatherings.publish).status == "published"
    for _again in range(2):
        assert house.do(event, gatherings.hold).status == "held"
    with pytest.raises(gatherings.WrongState):
        house.do(event, gatherings.cancel, "too late")
    assert [len(house.log(kind)) for kind in ("GatheringPublished", "GatheringHeld")] == [1, 1]


def test_two_who_edit_at_once_are_told(house: House) -> None:
    event = house.plan()
    with house.database.writing() as session:
        gathering = gatherings.find(session, house.owner.organization_id, event, lock=True)
        opened = gathering.revision
    house.change(event, title="Hers")
    with house.database.writing() as session, pytest.raises(gatherings.ChangedMeanwhile):
        gathering = gatherings.find(session, house.owner.organization_id, event, lock=True)
        gatherings.change(session, gathering, gatherings.GatheringFields(title="His"), seen_revision=opened)


def test_an_hour_after_its_end_a_gathering_counts_as_held(house: House) -> None:
    event = house.plan()
    for hours, held in ((2.5, 0), (3.1, 1), (4, 0)):
        with time_machine.travel(START + timedelta(hours=hours)), house.database.writing() as session:
            assert gatherings.hold_overdue(session, utc_now()) == held
    assert house.do(event, gatherings.hold).status == "held"


def test_nobody_is_invited_twice_whatever_the_letters_case(house: House) -> None:
    event = house.plan()
    asked = house.ask(
        event,
        [
            PartyFields(kind=Kind.HOUSEHOLD, name="Haddad", email="rania@families.test"),
            PartyFields(kind=Kind.HOUSEHOLD, name="Haddad again", email="Rania@Families.test"),
        ],
    )
    again = house.ask(event, [PartyFields(kind=Kind.HOUSEHOLD, name="Other", email="RANIA@families.test")])
    assert len({one.id for one in [*asked, *again]}) == 1
    assert again[0].party.name == "Haddad"
    assert len(house.log("PartyInvited")) == 1


def test_the_same_address_may_be_a_household_and_a_professional(house: House) -> None:
    event = house.plan()
    asked = house.ask(
        event,
        [
            PartyFields(kind=kind, name="Kim", email="kim@families.test")
            for kind in (Kind.HOUSEHOLD, Kind.PROFESSIONAL)
        ],
    )
    assert len({one.party_id for one in asked}) == 2


def test_invited_by_many_at_once_a_party_is_made_once(house: House) -> None:
    event = house.plan()
    fields = [PartyFields(kind=Kind.HOUSEHOLD, name=f"P{i}", email=f"p{i}@families.test") for i in range(20)]
    threads = [threading.Thread(target=house.ask, args=(event, fields)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with house.database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Party)) == 20
    assert len(house.log("PartyInvited")) == 20


def test_a_party_withdrawn_and_asked_again_gets_a_new_link(house: House) -> None:
    event = house.plan()
    fields = [PartyFields(kind=Kind.HOUSEHOLD, name="Silva", email="silva@families.test")]
    signer = LinkSigner(("k" * 40,))
    (first,) = house.ask(event, fields)
    old = signer.token("invitation", first.id, first.link_version)
    with house.database.writing() as session:
        invitations.withdraw(session, invitations.by_token(session, signer, old))
    (again,) = house.ask(event, fields)
    with house.database.reading() as session:
        assert again.id == first.id
        token = signer.token("invitation", again.id, again.link_version)
        assert invitations.by_token(session, signer, token).id == first.id
        with pytest.raises(invitations.NotFound):
            invitations.by_token(session, signer, old)


def test_a_link_opens_until_ninety_days_after_the_end(house: House) -> None:
    (invitation,) = house.invite(house.plan(), (1, 0))
    signer = LinkSigner(("new" * 12, "k" * 40))
    token = LinkSigner(("k" * 40,)).token("invitation", invitation, 1)
    with house.database.reading() as session:
        for days, opens in ((89, True), (91, False)):
            with time_machine.travel(START + timedelta(days=days)):
                try:
                    assert invitations.by_token(session, signer, token).id == invitation
                    assert opens
                except invitations.NotFound:
                    assert not opens


@pytest.mark.parametrize("token", ["", "nothing", "a" * 43, "a" * 5000, "é" * 43, "\x00" * 43])
def test_made_up_links_open_nothing(house: House, token: str) -> None:
    with house.database.reading() as session, pytest.raises(invitations.NotFound):
        invitations.by_token(session, LinkSigner(("k" * 40,)), token)


def test_a_mended_address_sends_open_invitations_again(house: House) -> None:
    event = house.plan()
    (asked,) = house.ask(event, [PartyFields(kind=Kind.HOUSEHOLD, name="Silva", email="r.silva@families.test")])
    with house.database.writing() as session:
        party = session.get_one(Party, asked.party_id)
        assert [one.id for one in mend_address(session, party, "r.silva@families.test", "rui@families.test")] == [
            asked.id
        ]
    assert house.log("AddressMended")[0]["invitation_ids"] == [str(asked.id)]
    (same,) = house.ask(event, [PartyFields(kind=Kind.HOUSEHOLD, name="x", email="rui@families.test")])
    assert same.id == asked.id


def test_links_are_sent_again_three_times_an_hour_and_unknown_addresses_are_not_told_apart(house: House) -> None:
    event = house.plan()
    house.ask(event, [PartyFields(kind=Kind.HOUSEHOLD, name="Silva", email="silva@families.test")])
    for address in ["Silva@families.test"] * 5 + ["nobody@families.test"]:
        with house.database.writing() as session:
            send_links_to(session, address)
    assert len(house.log("LinkSentAgain")) == 3
