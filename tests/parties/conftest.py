"""An organisation to import contacts into, on each kind of database."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from planner.accounts import actions as accounts
from planner.accounts.models import Membership
from planner.database import Database
from planner.parties.actions import PartyFields, checked, find_or_make
from planner.parties.importing import Outcome, import_file
from planner.parties.models import Group, GroupMember, Kind, Party, PartyMember, Person
from planner.parties.planning import Change, plan_import
from planner.parties.reading import read_people


@dataclass
class House:
    """A family centre that gets lists of contacts."""

    database: Database
    owner: Membership

    @property
    def id(self) -> uuid.UUID:
        """The organisation's id."""
        return self.owner.organization_id

    def take(self, text: str) -> tuple[int, int, int]:
        """Imports a list; how many people are new, changed, unchanged."""
        outcome = self.outcome(text)
        return outcome.new, outcome.changed, outcome.unchanged

    def outcome(self, text: str) -> Outcome:
        """Imports a list."""
        return import_file(self.database, self.id, text.encode())

    def changes(self, text: str) -> list[Change]:
        """What a list would change."""
        with self.database.reading() as session:
            plan = plan_import(session, self.id, read_people(text.encode()))
            return [change for _party, person in plan.people for change in person.changes]

    def invited(self, name: str, email: str, kind: Kind = Kind.HOUSEHOLD, **fields: int) -> uuid.UUID:
        """A party as an invitation makes it."""
        with self.database.writing() as session:
            asked = checked([PartyFields(kind=kind, name=name, email=email, **fields)])
            return find_or_make(session, self.id, asked)[0]

    def parties(self) -> dict[str, list[tuple[str, str | None]]]:
        """The parties by name, each with names and addresses of its people."""
        query = (
            sa.select(Party.name, Person.name, Person.email)
            .outerjoin(PartyMember, PartyMember.party_id == Party.id)
            .outerjoin(Person, Person.id == PartyMember.person_id)
            .order_by(Party.id, PartyMember.position, Person.id)
        )
        found: dict[str, list[tuple[str, str | None]]] = {}
        with self.database.reading() as session:
            for party, name, email in session.execute(query):
                found.setdefault(party, []).extend([(name, email)] if name is not None else [])
        return found

    def party(self, name: str) -> Party:
        """The one party of that name."""
        with self.database.reading() as session:
            return session.scalars(sa.select(Party).where(Party.name == name)).one()

    def groups_of(self, name: str) -> set[str]:
        """The groups of a party."""
        query = (
            sa.select(Group.name)
            .join(GroupMember, GroupMember.group_id == Group.id)
            .join(Party, Party.id == GroupMember.party_id)
        )
        with self.database.reading() as session:
            return set(session.scalars(query.where(Party.name == name)))


@pytest.fixture
def house(database: Database) -> House:
    """A family centre, on each kind of database."""
    with database.writing() as session:
        owner = accounts.found_organization(session, "Hill Centre", "owner@hill.test")
    return House(database, owner)
