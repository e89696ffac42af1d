"""What the desk reads is the same on both databases."""

from __future__ import annotations

import sqlalchemy as sa

from planner.accounts.models import Organization
from planner.database import Database, utc_now
from planner.gatherings.listing import WHICH, listed, numbers
from planner.gatherings.models import Gathering
from planner.gatherings.standing import STATES, standing
from planner.history import what_happened
from planner.invitations import choosing, queries
from planner.invitations.models import Invitation
from planner.parties.models import Group, Party, StoppedAddress
from planner.today import coming_up, needs_of
from tests.pages.desk import sample_organization


def sample(database: Database) -> tuple[Organization, Gathering]:
    """The sample organisation and its family night."""
    organization = sample_organization(database)
    with database.reading() as session:
        found = session.scalars(sa.select(Gathering).where(Gathering.title.startswith("Soup"))).one()
        return organization, found


def test_guests_are_counted_listed_and_found_alike(database: Database) -> None:
    _organization, soup = sample(database)
    with database.reading() as session:
        how = standing(session, soup.id)
        assert sum(how.by_state.values()) == how.invited == 21
        everyone = queries.guests(session, soup.id)
        for state in STATES:
            found = queries.guests(session, soup.id, state=state)
            assert len(found) == how.by_state[state] == queries.number_of_guests(session, soup.id, state, "")
            assert {guest.state for guest in found} <= {state}
        assert sum((guest.adults or 0) for guest in everyone if guest.state == "accepted") == how.adults
        assert [guest.name for guest in queries.guests(session, soup.id, find="garcía")] == ["García Molina"]
        assert queries.guest(session, everyone[0].invitation_id, soup.id) == everyone[0]
        assert queries.guests(session, soup.id, without_address=True) == []
        told = queries.reached(session, soup.id)
        assert {name: one.parties for name, one in told.items()} == how.by_state
        assert told["accepted"].by_mail == how.accepted


def test_those_who_wait_stand_in_their_order(database: Database) -> None:
    _organization, soup = sample(database)
    with database.reading() as session:
        since = [guest.waiting_since for guest in queries.guests(session, soup.id, state="waiting")]
    assert since == sorted(since, key=str)


def test_a_choice_is_counted_once_however_often_it_is_named(database: Database) -> None:
    organization, soup = sample(database)
    with database.reading() as session:
        new = session.scalars(sa.select(Gathering).where(Gathering.title.startswith("How does"))).one()
        groups = list(session.scalars(sa.select(Group.id)))
        parties = list(session.scalars(sa.select(Invitation.party_id).where(Invitation.gathering_id == soup.id)))
        asked = choosing.asked_now(
            session, organization.id, [new.id], choosing.Ticked(party_ids=parties[:8], group_ids=groups)
        )
        assert asked.households == asked.by_mail == 14
        assert (
            choosing.asked_now(session, organization.id, [soup.id], choosing.Ticked(everyone=True)).invited_already
            == 21
        )
        lines = choosing.groups_to_invite(session, organization.id, [soup.id])
        assert [(line.group.name, line.parties, line.invited) for line in lines] == [
            ("Class 2b", 10, 10),
            ("Reading circle", 8, 8),
        ]
        assert len(choosing.parties_to_invite(session, organization.id, [new.id], find="HADDAD")) == 1
        assert choosing.number_of_parties(session, organization.id) == 21


def test_addresses_that_came_back_are_found_by_party_and_by_person(database: Database) -> None:
    organization, soup = sample(database)
    with database.writing() as session:
        party = session.scalars(sa.select(Party).where(Party.name == "Haddad")).one()
        gone = StoppedAddress(organization_id=organization.id, email_key=party.email_key, reason="unknown")
        session.add(gone)
    with database.reading() as session:
        found = queries.came_back(session, organization.id, utc_now(), soup.id)
        assert [(one.name, one.address) for one in found] == [("Haddad", party.email)]
        assert queries.stopped_addresses(session, organization.id, [party.id])[party.id].reason == "unknown"
        needs = needs_of(session, organization, coming_up(session, organization.id, utc_now()), utc_now())
        assert needs[0].icon == "mail"


def test_events_stand_in_one_part_of_the_list_each(database: Database) -> None:
    organization, _soup = sample(database)
    now = utc_now()
    with database.reading() as session:
        parts = numbers(session, organization.id, now)
        found = {name: listed(session, organization.id, name, now, limit=100) for name in WHICH}
        total = session.scalar(sa.select(sa.func.count()).select_from(Gathering))
    assert {name: len(rows) for name, rows in found.items()} == parts
    assert sum(parts.values()) == total


def test_the_log_is_told_in_pages_that_meet(database: Database) -> None:
    organization, soup = sample(database)
    with database.reading() as session:
        whole, rest = what_happened(session, organization.id, gathering_id=soup.id, limit=200)
        assert rest is None
        told, before = what_happened(session, organization.id, gathering_id=soup.id, limit=5)
        while before is not None:
            more, before = what_happened(session, organization.id, gathering_id=soup.id, limit=5, before=before)
            told += more
    assert sorted(str(one.sentence) for one in told) == sorted(str(one.sentence) for one in whole)
