"""Whatever is done in whatever order: no seat is given twice, and the log tells the same story as the rows."""

from __future__ import annotations

import uuid
from typing import NamedTuple

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from events.catalogue import InvitationWithdrawn, RsvpRecorded, SeatsGiven
from events.log import LogEntry, decode
from planner.errors import Invalid, Refused
from planner.gatherings import actions as gatherings
from planner.gatherings.models import Gathering, Status
from planner.invitations import actions as invitations
from planner.invitations.models import Invitation
from planner.rsvps.models import Rsvp
from tests.rules.conftest import House

SIZES = st.tuples(st.integers(1, 3), st.integers(0, 2))
# Mostly too few for all, and mostly yes: then there is something to share out.
SEATS = st.integers(1, 7) | st.integers(1, 7) | st.none()
ANSWERS = st.sampled_from(["accepted", "accepted", "accepted", "declined", "tentative"])


class State(NamedTuple):
    """Where a party stands."""

    answer: str
    seats: int
    waits: bool


class AnyOrder(RuleBasedStateMachine):
    """One gathering with a few seats, and everything that coordinators and parties do to it."""

    house: House

    @initialize(capacity=SEATS, sizes=st.lists(SIZES, min_size=3, max_size=5))
    def begin(self, capacity: int | None, sizes: list[tuple[int, int]]) -> None:
        self.gathering_id = self.house.plan(capacity=capacity)
        self.invited = self.house.invite(self.gathering_id, *sizes)

    @rule(size=SIZES)
    def invite(self, size: tuple[int, int]) -> None:
        if self.status() == Status.PUBLISHED:
            self.invited += self.house.invite(self.gathering_id, size)

    @rule(which=st.integers(0, 9), said=ANSWERS, people=SIZES)
    def answer(self, which: int, said: str, people: tuple[int, int]) -> None:
        invitation_id = self.invited[which % len(self.invited)]
        before = self.rows().get(invitation_id)
        try:
            self.house.say(invitation_id, said, adults=people[0], children=people[1])
        except (Invalid, Refused):
            assert self.rows().get(invitation_id) == before
        else:
            assert self.rows()[invitation_id].answer == said

    @rule(capacity=SEATS)
    def change_capacity(self, capacity: int | None) -> None:
        seats = sum(state.seats for state in self.rows().values())
        is_published = self.status() == Status.PUBLISHED
        try:
            self.house.change(self.gathering_id, capacity=capacity)
        except Refused:
            assert not is_published or (capacity is not None and capacity < seats)
        else:
            assert capacity is None or capacity >= seats

    @rule(which=st.integers(0, 9))
    def withdraw(self, which: int) -> None:
        organization_id = self.house.owner.organization_id
        with self.house.database.writing() as session:
            gatherings.find(session, organization_id, self.gathering_id, lock=True)
            found = session.get_one(Invitation, self.invited[which % len(self.invited)])
            invitations.withdraw(session, found)

    @rule(chance=st.integers(0, 9))
    def cancel(self, chance: int) -> None:
        # Rarely, since little can follow.
        if chance == 0 and self.status() == Status.PUBLISHED:
            self.house.do(self.gathering_id, gatherings.cancel, "Nobody has the key")

    @invariant()
    def no_more_seats_than_there_are(self) -> None:
        capacity = self.gathering().capacity
        assert capacity is None or sum(state.seats for state in self.rows().values()) <= capacity

    @invariant()
    def nobody_has_seats_and_waits(self) -> None:
        for state in self.rows().values():
            assert not (state.seats and state.waits)
            assert (state.seats > 0 or state.waits) <= (state.answer == "accepted")

    @invariant()
    def nobody_waits_for_seats_that_are_free(self) -> None:
        gathering, rows = self.gathering(), self.rows()
        if gathering.status != Status.PUBLISHED:
            return
        with self.house.database.reading() as session:
            waiting = [one.people for one in session.scalars(self.all_rsvps()) if one.waiting_since]
        free = gathering.free_seats(sum(state.seats for state in rows.values()))
        assert all(free is not None and people > free for people in waiting)

    @invariant()
    def the_log_replays_to_the_same_state(self) -> None:
        assert self.replayed() == self.rows()

    def gathering(self) -> Gathering:
        with self.house.database.reading() as session:
            return session.get_one(Gathering, self.gathering_id)

    def status(self) -> Status:
        return Status(self.gathering().status)

    def all_rsvps(self) -> sa.Select[tuple[Rsvp]]:
        return sa.select(Rsvp).where(Rsvp.gathering_id == self.gathering_id)

    def rows(self) -> dict[uuid.UUID, State]:
        """Where the parties stand by their rows."""
        with self.house.database.reading() as session:
            return {
                one.invitation_id: State(one.answer, one.seats_held, one.waits)
                for one in session.scalars(self.all_rsvps())
            }

    def replayed(self) -> dict[uuid.UUID, State]:
        """Where the parties stand by the log alone."""
        found: dict[uuid.UUID, State] = {}
        query = sa.select(LogEntry).where(LogEntry.gathering_id == self.gathering_id).order_by(LogEntry.id)
        with self.house.database.reading() as session:
            entries = list(session.scalars(query))
        for event in map(decode, entries):
            if isinstance(event, RsvpRecorded):
                has_seats = event.answer == "accepted" and not event.waitlisted
                seats = event.adults + event.children if has_seats else 0
                found[event.invitation_id] = State(event.answer, seats, event.waitlisted)
            elif isinstance(event, SeatsGiven):
                found[event.invitation_id] = State("accepted", event.seats, False)
            elif isinstance(event, InvitationWithdrawn) and event.invitation_id in found:
                found[event.invitation_id] = State(found[event.invitation_id].answer, 0, False)
        return found


def test_whatever_is_done_in_whatever_order_the_seats_hold(house: House) -> None:
    class InThisHouse(AnyOrder):
        pass

    InThisHouse.house = house
    run_state_machine_as_test(
        InThisHouse,
        settings=settings(
            max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
