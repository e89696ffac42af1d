"""An organisation with a gathering, to try rules on."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from events.log import LogEntry
from planner.accounts import actions as accounts
from planner.accounts.models import Membership
from planner.database import Database
from planner.gatherings import actions as gatherings
from planner.gatherings.fields import GatheringFields
from planner.gatherings.models import Gathering
from planner.invitations import actions as invitations
from planner.invitations.models import Invitation
from planner.parties.actions import PartyFields
from planner.parties.models import Kind
from planner.rsvps.actions import Said, answer
from planner.rsvps.models import Answer, Rsvp, Source
from planner.series import actions as series
from planner.series.models import Series

START = datetime(2027, 3, 18, 16, 30, tzinfo=UTC)


def evening(**fields: Any) -> GatheringFields:
    """Two hours in March, with whatever else is wanted."""
    wanted: dict[str, Any] = {
        "title": "Soup & Stories",
        "starts_at": START,
        "ends_at": START + timedelta(hours=2),
        "time_zone": "Europe/Berlin",
    }
    return GatheringFields(**wanted | fields)


@dataclass
class House:
    """A family centre with an owner: what a test plans, invites and answers there."""

    database: Database
    owner: Membership
    invited: int = field(default=0)

    def plan(self, *, publish: bool = True, **fields: Any) -> uuid.UUID:
        """Makes a gathering of two hours."""
        with self.database.writing() as session:
            made = gatherings.create(session, self.owner.organization, evening(**fields))
            if publish:
                gatherings.publish(session, made)
        return made.id

    def repeat(
        self, rule: str = "FREQ=WEEKLY;COUNT=4", *, publish: bool = True, skip: Sequence[date] = (), **fields: Any
    ) -> Series:
        """Makes a series of such evenings."""
        with self.database.writing() as session:
            made = series.create(session, self.owner.organization, evening(**fields), rule, skip)
            return series.publish(session, made) if publish else made

    def invite(
        self, gathering_id: uuid.UUID, *sizes: tuple[int, int], kind: Kind = Kind.HOUSEHOLD
    ) -> list[uuid.UUID]:
        """Invites a new party for each (adults, children)."""
        parties = []
        for adults, children in sizes:
            self.invited += 1
            parties.append(
                PartyFields(
                    kind=kind,
                    name=f"Party {self.invited}",
                    email=f"party{self.invited}@families.test",
                    adults=adults,
                    children=children,
                )
            )
        return [one.id for one in self.ask(gathering_id, parties)]

    def ask(self, gathering_id: uuid.UUID, parties: Sequence[PartyFields]) -> list[Invitation]:
        """Invites those parties."""
        with self.database.writing() as session:
            gathering = gatherings.find(session, self.owner.organization_id, gathering_id, lock=True)
            return invitations.invite(session, gathering, parties)

    def say(self, invitation_id: uuid.UUID, said: str, source: Source = Source.LINK, **numbers: Any) -> Rsvp:
        """A party answers."""
        with self.database.writing() as session:
            return answer(session, invitation_id, Said(answer=Answer(said), **numbers), source)

    def gathering(self, gathering_id: uuid.UUID) -> Gathering:
        """A gathering as it is now."""
        with self.database.reading() as session:
            return session.get_one(Gathering, gathering_id)

    def change(self, gathering_id: uuid.UUID, **fields: Any) -> Gathering:
        """Changes a gathering."""
        with self.database.writing() as session:
            gathering = gatherings.find(session, self.owner.organization_id, gathering_id, lock=True)
            return gatherings.change(session, gathering, GatheringFields(**fields))

    def do(self, gathering_id: uuid.UUID, action: Any, *args: Any) -> Gathering:
        """Publishes, cancels or holds it."""
        with self.database.writing() as session:
            gathering = gatherings.find(session, self.owner.organization_id, gathering_id, lock=True)
            changed: Gathering = action(session, gathering, *args)
            return changed

    def rsvp(self, invitation_id: uuid.UUID) -> Rsvp:
        """The party's current answer."""
        with self.database.reading() as session:
            return session.get_one(Rsvp, invitation_id)

    def log(self, kind: str) -> list[dict[str, Any]]:
        """What the log holds of a kind of event."""
        with self.database.reading() as session:
            return list(
                session.scalars(sa.select(LogEntry.data).where(LogEntry.type == kind).order_by(LogEntry.id))
            )


@pytest.fixture
def house(database: Database) -> House:
    """A family centre, on each kind of database."""
    with database.writing() as session:
        owner = accounts.found_organization(session, "Hill Centre", "owner@hill.test")
    return House(database, owner)
