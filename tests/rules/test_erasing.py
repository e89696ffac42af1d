"""What is left of a party that asked to be forgotten."""

from __future__ import annotations

import sqlalchemy as sa

from planner.gatherings import actions as gatherings
from planner.invitations.models import Invitation
from planner.parties.actions import PartyFields
from planner.parties.erasing import erase
from planner.parties.models import Kind, Party, Person
from planner.rsvps.models import Rsvp
from tests.rules.conftest import House


def test_names_addresses_and_words_go_the_counts_stay(house: House) -> None:
    past, ahead = house.plan(), house.plan(capacity=2, title="Picnic")
    (came,) = house.invite(past, (2, 1))
    house.say(came, "accepted", note="Grandmother reads the story")
    house.do(past, gatherings.hold)
    with house.database.reading() as session:
        party = session.get_one(Invitation, came).party
    (asked,) = house.ask(ahead, [_as_it_was(party)])
    (waits,) = house.invite(ahead, (2, 0))
    house.say(asked.id, "accepted", adults=2, children=0)
    house.say(waits, "accepted")
    with house.database.writing() as session:
        erase(session, session.get_one(Party, party.id))
    assert house.rsvp(waits).seats_held == 2
    with house.database.reading() as session:
        left = session.get_one(Party, party.id)
        assert (left.email, left.email_key, left.language, left.members) == (None, None, None, [])
        assert session.scalar(sa.select(sa.func.count()).where(Person.email_key == party.email_key)) == 0
        kept = session.get_one(Rsvp, came)
        assert (kept.adults, kept.children, kept.note) == (2, 1, "")


def _as_it_was(party: Party) -> PartyFields:
    return PartyFields(kind=Kind(party.kind), name=party.name, email=party.email)
