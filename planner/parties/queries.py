"""Reads about people: the list of parties, one party with all that concerns it, groups."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from planner.gatherings.models import Gathering
from planner.invitations.models import Invitation
from planner.invitations.queries import Stopped, is_called, stopped_addresses
from planner.parties.models import AddressAlias, Group, GroupMember, Kind, Party, PartyMember, Person
from planner.rsvps.models import Rsvp


class PartyLine(NamedTuple):
    """A party in a list: its grown-ups, its groups, and the address that mail doesn't reach, if there is one."""

    party: Party
    people: list[Person]
    groups: list[Group]
    stopped: Stopped | None


class Narrowing(NamedTuple):
    """Which parties a list shows: `find` is a part of a name or an address, `kind` "" for both."""

    find: str = ""
    kind: str = ""
    group_id: uuid.UUID | None = None


def _narrowed(organization_id: uuid.UUID, narrowing: Narrowing) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = [
        Party.organization_id == organization_id,
        Party.erased_at.is_(None),
    ]
    if narrowing.find:
        by_address = (
            sa.select(PartyMember.party_id)
            .join(Person, Person.id == PartyMember.person_id)
            .where(Person.email_key.contains(narrowing.find.casefold(), autoescape=True))
        )
        conditions.append(sa.or_(is_called(narrowing.find), Party.id.in_(by_address)))
    if narrowing.kind:
        conditions.append(Party.kind == narrowing.kind)
    if narrowing.group_id:
        members = sa.select(GroupMember.party_id).where(GroupMember.group_id == narrowing.group_id)
        conditions.append(Party.id.in_(members))
    return conditions


def count_parties(session: Session, organization_id: uuid.UUID, narrowing: Narrowing) -> dict[str, int]:
    """How many of each kind the list has, and "" for both; its own narrowing by kind aside."""
    query = (
        sa.select(Party.kind, sa.func.count())
        .where(*_narrowed(organization_id, narrowing._replace(kind="")))
        .group_by(Party.kind)
    )
    counts = {kind.value: 0 for kind in Kind} | {row[0]: row[1] for row in session.execute(query)}
    return {"": sum(counts.values()), **counts}


def list_parties(
    session: Session, organization_id: uuid.UUID, narrowing: Narrowing, limit: int, offset: int
) -> list[PartyLine]:
    """Parties by name, in four queries."""
    query = (
        sa.select(Party)
        .where(*_narrowed(organization_id, narrowing))
        .order_by(sa.func.lower(Party.name), Party.id)
        .limit(limit)
        .offset(offset)
    )
    return party_lines(session, organization_id, session.scalars(query).all())


def party_lines(session: Session, organization_id: uuid.UUID, parties: Sequence[Party]) -> list[PartyLine]:
    """Those parties with their people, their groups and what mail doesn't reach."""
    ids = [party.id for party in parties]
    people: defaultdict[uuid.UUID, list[Person]] = defaultdict(list)
    members = (
        sa.select(PartyMember.party_id, Person)
        .join(Person, Person.id == PartyMember.person_id)
        .where(PartyMember.party_id.in_(ids), PartyMember.role == "adult")
        .order_by(PartyMember.position, PartyMember.person_id)
    )
    for party_id, person in session.execute(members):
        people[party_id].append(person)
    groups: defaultdict[uuid.UUID, list[Group]] = defaultdict(list)
    theirs = (
        sa.select(GroupMember.party_id, Group)
        .join(Group, Group.id == GroupMember.group_id)
        .where(GroupMember.party_id.in_(ids))
        .order_by(Group.name)
    )
    for party_id, group in session.execute(theirs):
        groups[party_id].append(group)
    stopped = stopped_addresses(session, organization_id, ids)
    return [PartyLine(party, people[party.id], groups[party.id], stopped.get(party.id)) for party in parties]


def aliases_of(session: Session, party: Party) -> list[str]:
    """Other addresses from which the party answered."""
    query = sa.select(AddressAlias.email).where(AddressAlias.party_id == party.id).order_by(AddressAlias.noted_at)
    return list(session.scalars(query))


def parties_outside(session: Session, group: Group, find: str, most: int) -> list[Party]:
    """Parties that are called so and are not in the group yet."""
    inside = sa.select(GroupMember.party_id).where(GroupMember.group_id == group.id)
    query = (
        sa.select(Party)
        .where(*_narrowed(group.organization_id, Narrowing(find)), Party.id.not_in(inside))
        .order_by(sa.func.lower(Party.name), Party.id)
        .limit(most)
    )
    return list(session.scalars(query))


class Asked(NamedTuple):
    """A gathering that a party was invited to, and what it answered."""

    gathering: Gathering
    invitation: Invitation
    rsvp: Rsvp | None

    @property
    def state(self) -> str:
        """The patch that shows the answer."""
        return self.rsvp.state if self.rsvp else "unanswered"


def asked_to(session: Session, party: Party, most: int = 200) -> list[Asked]:
    """What a party was invited to, the latest first."""
    query = (
        sa.select(Gathering, Invitation, Rsvp)
        .join(Invitation, Invitation.gathering_id == Gathering.id)
        .outerjoin(Rsvp, Rsvp.invitation_id == Invitation.id)
        .where(Invitation.party_id == party.id)
        .order_by(Gathering.starts_at.desc())
        .limit(most)
    )
    return [Asked(*row) for row in session.execute(query)]


def was_asked(session: Session, party: Party) -> bool:
    """Whether the party was ever invited or asked for no more invitations: then its row must stay."""
    invited = sa.select(Invitation.id).where(Invitation.party_id == party.id).limit(1)
    return party.unsubscribed_at is not None or session.scalar(invited) is not None


class GroupLine(NamedTuple):
    """A group and how many parties it has."""

    group: Group
    parties: int


def list_groups(session: Session, organization_id: uuid.UUID) -> list[GroupLine]:
    """All groups by name."""
    query = (
        sa.select(Group, sa.func.count(GroupMember.party_id))
        .outerjoin(GroupMember, GroupMember.group_id == Group.id)
        .where(Group.organization_id == organization_id)
        .group_by(Group.id)
        .order_by(sa.func.lower(Group.name), Group.id)
    )
    return [GroupLine(*row) for row in session.execute(query)]
