"""Takes contacts over from a file: first what would change, then the change itself, in steps that can be resumed."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from events import record
from events.catalogue import PeopleImported
from planner.accounts.models import Organization
from planner.addresses import address_key
from planner.database import Database, new_id
from planner.errors import NotFound
from planner.i18n import gettext as _
from planner.i18n import own_name
from planner.parties.models import Group, GroupMember, Party, PartyMember, Person
from planner.parties.reading import NotUnderstood, Reading, ReadParty, ReadPerson, read_people

STEP: Final = 250
State = Literal["new", "changed", "unchanged"]


class Change(NamedTuple):
    """One thing that an import would change: its name in words, what it is now, what it would be."""

    what: str
    now: str
    after: str


@dataclass(slots=True)
class PlannedPerson:
    """A person of the file beside the one who is known, where there is one."""

    read: ReadPerson
    known: Person | None
    changes: list[Change] = field(default_factory=list)

    @property
    def state(self) -> State:
        """Whether the person is new, or something about them changes."""
        return "new" if self.known is None else "changed" if self.changes else "unchanged"


@dataclass(slots=True)
class PlannedParty:
    """A party of the file beside the one that is known, where there is one."""

    read: ReadParty
    known: Party | None
    people: list[PlannedPerson]
    new_groups: list[str]


@dataclass(slots=True)
class Plan:
    """What an import would do. Counts are of people; a party without a named person counts as one."""

    reading: Reading
    parties: list[PlannedParty]

    @property
    def people(self) -> Iterator[tuple[PlannedParty, PlannedPerson]]:
        """Everybody, with their party, in the file's order."""
        return ((party, person) for party in self.parties for person in party.people)

    def count(self, state: State) -> int:
        """How many people are in that state."""
        return sum(person.state == state for _party, person in self.people)


@dataclass(slots=True)
class Outcome:
    """What an import did, or would do: counts of people, and the rows that were left out."""

    new: int
    changed: int
    unchanged: int
    not_understood: Sequence[NotUnderstood]

    @property
    def understood_anything(self) -> bool:
        """Whether the file held anybody at all, or at least nothing that was not understood."""
        return bool(self.new + self.changed + self.unchanged) or not self.not_understood

    def as_json(self) -> dict[str, Any]:
        """The object that programs read."""
        return {
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "not_understood": [{"row": left.row, "reason": left.reason} for left in self.not_understood],
        }


def organization_for(session: Session, slug: str | None) -> Organization:
    """The organisation of that slug; without one the only one there is. Raises NotFound."""
    query = sa.select(Organization).order_by(Organization.created_at)
    found = session.scalars(query.where(Organization.slug == slug) if slug else query.limit(2)).all()
    if not found:
        raise NotFound(_("There is no such organisation: run `planner init` first, or mend --organization."))
    if len(found) > 1:
        raise NotFound(_("There are several organisations: say which with --organization."))
    return found[0]


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

    It goes in steps of some hundred parties, each a transaction of its own: after a stop the same file goes on where
    it was, since who is known by then is unchanged. `progress` is told how many parties of how many are done.

    Raises NotAList for what cannot be read at all.
    """
    reading = read_people(data)
    with database.reading() as session:
        plan = plan_import(session, organization_id, reading)
    outcome = Outcome(plan.count("new"), plan.count("changed"), plan.count("unchanged"), reading.not_understood)
    if dry_run or not outcome.new + outcome.changed:
        return outcome
    done = 0
    for start in range(0, len(reading.parties), STEP):
        step = reading.parties[start : start + STEP]
        with database.writing() as session:
            part = plan_import(session, organization_id, reading, step)
            _take_over(session, organization_id, part)
        done += len(step)
        progress(done, len(reading.parties))
    with database.writing() as session:
        record(
            session,
            PeopleImported(organization_id=organization_id, new=outcome.new, changed=outcome.changed),
            actor=actor,
        )
    return outcome


def plan_import(
    session: Session,
    organization_id: uuid.UUID,
    reading: Reading,
    parties: Sequence[ReadParty] | None = None,
) -> Plan:
    """Lays the file, or some of its parties, beside what is known. Nothing is written."""
    known = _Known(session, organization_id)
    wanted = reading.parties if parties is None else parties
    return Plan(reading, [_plan_party(known, read) for read in wanted])


class _Known:
    """An organisation's parties and groups, to look things up in."""

    def __init__(self, session: Session, organization_id: uuid.UUID) -> None:
        self.by_address: dict[tuple[str, str], Party] = {}
        self.by_source: dict[tuple[str, str], Party] = {}
        self.people: dict[uuid.UUID, list[Person]] = {}
        self.groups: dict[uuid.UUID, set[str]] = {}
        self._read_parties(session, organization_id)
        rows = session.execute(
            sa.select(GroupMember.party_id, Group.name)
            .join(Group, Group.id == GroupMember.group_id)
            .where(Group.organization_id == organization_id)
        )
        for party_id, name in rows:
            self.groups.setdefault(party_id, set()).add(name)

    def _read_parties(self, session: Session, organization_id: uuid.UUID) -> None:
        parties = {
            party.id: party
            for party in session.scalars(sa.select(Party).where(Party.organization_id == organization_id))
        }
        members = session.execute(
            sa.select(PartyMember.party_id, Person)
            .join(Person, Person.id == PartyMember.person_id)
            .where(Person.organization_id == organization_id, PartyMember.role == "adult")
            .order_by(PartyMember.party_id, PartyMember.position)
        )
        for party_id, person in members:
            self.people.setdefault(party_id, []).append(person)
            if person.email_key:
                self.by_address.setdefault((parties[party_id].kind, person.email_key), parties[party_id])
        for party in parties.values():
            if party.email_key:
                self.by_address[(party.kind, party.email_key)] = party
            if party.source_key:
                self.by_source[(party.kind, party.source_key)] = party

    def party(self, read: ReadParty) -> Party | None:
        """The party that the file means: by an address of its people, else by the file's own key for it."""
        for person in read.people:
            for email in filter(None, (person.email, *person.other_emails)):
                if found := self.by_address.get((read.kind, address_key(email))):
                    return found
        return self.by_source.get((read.kind, _source_key(read)))


def _source_key(read: ReadParty) -> str:
    return read.key[:200]


def _plan_party(known: _Known, read: ReadParty) -> PlannedParty:
    party = known.party(read)
    there = list(known.people.get(party.id, [])) if party else []
    people = [_plan_person(there, person) for person in read.people or [_nobody(read)]]
    new_groups = [name for name in read.groups if party is None or name not in known.groups.get(party.id, set())]
    planned = PlannedParty(read, party, people, new_groups)
    if party is not None:
        if not read.people:
            people[0].known = Person(name=party.name)
        # What concerns the household as a whole is said with its first person.
        people[0].changes += _party_changes(party, read, new_groups)
        for person in people:
            if person.known is None:
                person.changes = []
    return planned


def _nobody(read: ReadParty) -> ReadPerson:
    return ReadPerson(row=read.row, name=read.name)


def _plan_person(there: list[Person], read: ReadPerson) -> PlannedPerson:
    key = address_key(read.email) if read.email else None
    found = next((one for one in there if key and one.email_key == key), None)
    if found is None:
        found = next((one for one in there if one.name.casefold() == read.name.casefold()), None)
    if found is None and key is None and len(there) == 1 and not there[0].name:
        found = there[0]
    if found is None:
        return PlannedPerson(read, None)
    there.remove(found)
    changes = []
    for what, attribute, after in (
        (_("Name"), "name", read.name),
        (_("Mail"), "email", read.email),
        (_("Phone"), "phone", read.phone),
        (_("Language"), "language", read.language),
    ):
        now = getattr(found, attribute)
        if after and (now or "").casefold() != after.casefold():
            changes.append(Change(what, _shown(attribute, now), _shown(attribute, after)))
    return PlannedPerson(read, found, changes)


def _shown(attribute: str, value: str | None) -> str:
    if not value:
        return _("not known")
    return own_name(value) if attribute == "language" else value


def _party_changes(party: Party, read: ReadParty, new_groups: list[str]) -> list[Change]:
    changes = []
    adults = max(read.adults, len(read.people), 1)
    if party.is_household and (adults, read.children) != (party.adults, party.children) and _counts_stated(read):
        if adults != party.adults:
            changes.append(Change(_("Adults"), str(party.adults), str(adults)))
        if read.children != party.children:
            changes.append(Change(_("Children"), str(party.children), str(read.children)))
    if read.name_is_stated and read.name and read.name != party.name:
        changes.append(Change(_("Household"), party.name, read.name))
    if read.profession and read.profession != party.profession:
        changes.append(Change(_("Profession"), party.profession or _("not known"), read.profession))
    changes += [Change(_("Group"), "–", name) for name in new_groups]
    return changes


def _counts_stated(read: ReadParty) -> bool:
    return bool(read.adults or read.children or len(read.people) > 1)


def _take_over(session: Session, organization_id: uuid.UUID, plan: Plan) -> None:
    groups = _groups(session, organization_id, {name for party in plan.parties for name in party.new_groups})
    members = []
    for planned in plan.parties:
        party = planned.known or _new_party(session, organization_id, planned.read)
        _write_party(party, planned)
        for position, person in enumerate(planned.people):
            if planned.read.people:
                _write_person(session, party, person, position)
        members += [{"group_id": groups[name], "party_id": party.id} for name in planned.new_groups]
    session.flush()
    if members:
        session.execute(sa.insert(GroupMember), members)


def _groups(session: Session, organization_id: uuid.UUID, names: set[str]) -> dict[str, uuid.UUID]:
    rows = session.execute(sa.select(Group.name, Group.id).where(Group.organization_id == organization_id))
    found: dict[str, uuid.UUID] = {name: group_id for name, group_id in rows}
    for name in sorted(names - found.keys()):
        group = Group(id=new_id(), organization_id=organization_id, name=name[:200])
        session.add(group)
        found[name] = group.id
    session.flush()
    return found


def _new_party(session: Session, organization_id: uuid.UUID, read: ReadParty) -> Party:
    email = next((person.email for person in read.people if person.email), None)
    party = Party(
        id=new_id(),
        organization_id=organization_id,
        kind=read.kind,
        name=(read.name or (read.people[0].name if read.people else "") or (email or ""))[:200],
        email=email,
        email_key=address_key(email) if email else None,
        language=read.language,
        adults=max(read.adults, len(read.people), 1),
        children=read.children,
        source_key=_source_key(read),
    )
    session.add(party)
    return party


def _write_party(party: Party, planned: PlannedParty) -> None:
    read = planned.read
    if planned.known is not None and party.is_household and _counts_stated(read):
        party.adults, party.children = max(read.adults, len(read.people), 1), read.children
    if read.name_is_stated and read.name:
        party.name = read.name[:200]
    party.profession = read.profession or party.profession
    party.source_key = party.source_key or _source_key(read)


def _write_person(session: Session, party: Party, planned: PlannedPerson, position: int) -> None:
    read, person = planned.read, planned.known
    if person is None:
        person = Person(id=new_id(), organization_id=party.organization_id, name=read.name[:200])
        session.add(person)
        session.add(PartyMember(party_id=party.id, person_id=person.id, role="adult", position=position))
    elif not planned.changes:
        return
    person.name = read.name[:200] or person.name
    if read.email:
        person.email, person.email_key = read.email, address_key(read.email)
    person.phone = read.phone or person.phone
    person.language = read.language or person.language
