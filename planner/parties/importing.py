"""Takes contacts over from a file, in steps that can be resumed; `planning.py` says what each step would do."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from events import record
from events.catalogue import PeopleImported
from planner.addresses import address_key
from planner.calendars.versions import raise_party_versions
from planner.database import Database, insert, new_id
from planner.imports.outcomes import Outcome, wait_for_other_imports
from planner.invitations.models import Invitation
from planner.parties.actions import tell_mended
from planner.parties.editing import remove_row
from planner.parties.groups import group_ids
from planner.parties.matching import Known, times_named
from planner.parties.models import GroupMember, Party, PartyMember, Person
from planner.parties.planning import Plan, PlannedParty, PlannedPerson, plan_import, plan_parties
from planner.parties.queries import was_asked
from planner.parties.reading import ReadParty, read_people

STEP: Final = 250
TRIES: Final = 5


def import_file(
    database: Database,
    organization_id: uuid.UUID,
    data: bytes,
    *,
    dry_run: bool = False,
    actor: str | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Outcome:
    """Reads a file and takes its people over; with `dry_run` nothing is written.

    `progress` is told how many people of how many are done. Raises NotAList for what cannot be read at all.
    """
    reading = read_people(data)
    with database.reading() as session:
        plan = plan_import(session, organization_id, reading)
    outcome = Outcome(plan.count("new"), plan.count("changed"), plan.count("unchanged"), reading.not_understood)
    if dry_run or not outcome.new + outcome.changed:
        return outcome
    for done in take_over(database, organization_id, plan, actor=actor):
        progress(done, outcome.new + outcome.changed)
    with database.writing() as session:
        record_import(session, organization_id, outcome.new, outcome.changed, actor)
    return outcome


def record_import(session: Session, organization_id: uuid.UUID, new: int, changed: int, actor: str | None) -> None:
    """Says in the log that a file was taken over."""
    record(session, PeopleImported(organization_id=organization_id, new=new, changed=changed), actor=actor)


def take_over(
    database: Database, organization_id: uuid.UUID, plan: Plan, *, actor: str | None = None
) -> Iterator[int]:
    """Carries a plan out in steps, each a transaction of its own, and yields how many people are done so far.

    After a stop the same file, planned anew, goes on where it was: who is known by then is unchanged. Each step
    looks again at what is known, since others invite and import meanwhile.
    """
    planned = [party for party in plan.parties if party.people_to_write]
    taken = {party.known.id for party in plan.parties if party.known is not None}
    times = times_named(plan.reading.parties)
    done = 0
    for start in range(0, len(planned), STEP):
        step = planned[start : start + STEP]
        _write_step(database, organization_id, step, times, taken, actor)
        done += sum(party.people_to_write for party in step)
        yield done


def _write_step(
    database: Database,
    organization_id: uuid.UUID,
    step: Sequence[PlannedParty],
    times: Counter[tuple[str, str]],
    taken: set[uuid.UUID],
    actor: str | None,
) -> None:
    reads = [planned.read for planned in step]
    fixed = [planned.known.id if planned.known else None for planned in step]
    for attempt in range(TRIES):
        now_taken = set(taken)
        try:
            with database.writing() as session:
                wait_for_other_imports(session, organization_id)
                known = Known(session, organization_id, reads, [party_id for party_id in fixed if party_id])
                parties = plan_parties(known, reads, times, fixed, now_taken)
                writer = _Writer(session, organization_id, known)
                made = writer.write(parties)
                _send_there(session, organization_id, writer.moved, actor)
        except (IntegrityError, OperationalError):
            # Somebody took an address in the same moment, or each waited for the other: the next look knows it.
            if attempt + 1 == TRIES:
                raise
            continue
        taken |= now_taken | made
        return


def _send_there(session: Session, organization_id: uuid.UUID, moved: set[uuid.UUID], actor: str | None) -> None:
    """Who was invited at an address that is put right gets what is open at the new one."""
    invited = sa.select(Invitation.party_id).where(Invitation.party_id.in_(moved)).distinct()
    if moved and (party_ids := session.scalars(invited).all()):
        tell_mended(session, organization_id, party_ids, actor=actor)


class _Writer:
    """Writes planned parties in one transaction."""

    def __init__(self, session: Session, organization_id: uuid.UUID, known: Known) -> None:
        self._session = session
        self._organization_id = organization_id
        self._known = known
        self._memberships: list[dict[str, uuid.UUID]] = []
        # Parties one of whose addresses is another one now.
        self.moved: set[uuid.UUID] = set()

    def write(self, parties: Sequence[PlannedParty]) -> set[uuid.UUID]:
        """Writes all that is new or changes; the ids of those that were written."""
        names = {name for planned in parties for name in planned.new_groups}
        groups = group_ids(self._session, self._organization_id, names)
        written = set()
        for planned in parties:
            party = planned.known or self._new_party(planned)
            self._write_party(party, planned)
            position = len(planned.there)
            for person in planned.people if planned.read.people else ():
                position += self._write_person(party, person, position)
            self._memberships += [{"group_id": groups[name], "party_id": party.id} for name in planned.new_groups]
            written.add(party.id)
        self._session.flush()
        if self._memberships:
            statement = insert(self._session, GroupMember).on_conflict_do_nothing()
            self._session.execute(statement, self._memberships)
        return written

    def _new_party(self, planned: PlannedParty) -> Party:
        read = planned.read
        email = next(
            (person.email for person in read.people if person.email and self._is_free(read, person.email)), None
        )
        party = Party(
            id=new_id(),
            organization_id=self._organization_id,
            kind=read.kind,
            email=email,
            email_key=address_key(email) if email else None,
            source_key=_source_key(read),
        )
        if party.email_key:
            self._known.owners[(party.kind, party.email_key)] = party.id
        self._session.add(party)
        return party

    def _is_free(self, party: Party | ReadParty, email: str) -> bool:
        return (party.kind, address_key(email)) not in self._known.owners

    def _write_party(self, party: Party, planned: PlannedParty) -> None:
        if planned.known is not None and party.language != planned.language:
            raise_party_versions(self._session, [party.id])
        party.name = planned.name
        party.adults, party.children = planned.numbers
        party.language = planned.language
        party.profession = planned.read.profession or party.profession
        party.source_key = party.source_key or _source_key(planned.read)

    def _write_person(self, party: Party, planned: PlannedPerson, position: int) -> int:
        """Writes a person; 1 where they came into the party."""
        read, person, came = planned.read, planned.known, 0
        if person is None:
            person = Person(id=new_id(), organization_id=self._organization_id, name="")
            self._session.add(person)
        if planned.comes:
            self._session.add(PartyMember(party_id=party.id, person_id=person.id, role="adult", position=position))
            came = 1
        if planned.leaves is not None:
            self._leave(planned.leaves, party)
        if planned.state == "unchanged":
            return came
        person.name = planned.name
        if planned.new_email:
            self._move_address(party, person, planned.new_email)
        person.phone = read.phone or person.phone
        person.language = read.language or person.language
        return came

    def _move_address(self, party: Party, person: Person, email: str) -> None:
        was, person.email, person.email_key = person.email_key, email, address_key(email)
        if was or not party.email_key:
            self.moved.add(party.id)
        if party.email_key not in (None, was) or party.email_key == person.email_key:
            return
        if party.email_key:
            self._known.owners.pop((party.kind, party.email_key), None)
        free = self._is_free(party, email)
        party.email, party.email_key = (email, person.email_key) if free else (None, None)
        if party.email_key:
            self._known.owners[(party.kind, party.email_key)] = party.id
        # At once, so that the old address is free for the next one who brings it.
        self._session.flush()

    def _leave(self, old: Party, party: Party) -> None:
        """Somebody's own household ends where it was never asked to anything; its groups are kept."""
        if was_asked(self._session, old):
            return
        groups = self._session.scalars(sa.select(GroupMember.group_id).where(GroupMember.party_id == old.id))
        self._memberships += [{"group_id": group_id, "party_id": party.id} for group_id in groups]
        remove_row(self._session, old)
        if old.email_key:
            self._known.owners.pop((old.kind, old.email_key), None)


def _source_key(read: ReadParty) -> str:
    return read.key[:200]
