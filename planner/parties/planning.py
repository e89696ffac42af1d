"""Lays a file of contacts beside what is known: who is new, what would change. Nothing is written."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from sqlalchemy.orm import Session

from planner.addresses import address_key
from planner.i18n import gettext as _
from planner.parties.languages import say_language
from planner.parties.matching import (
    Known,
    find_alone,
    keys_of,
    match_parties,
    match_people,
    same_phone,
    same_words,
    times_named,
)
from planner.parties.models import Party, Person
from planner.parties.reading import Reading, ReadParty, ReadPerson

State = Literal["new", "changed", "unchanged"]
NAME_MOST: Final = 200


class Change(NamedTuple):
    """One thing that would change: its name in words, what it is now ("" for not known), what it would be."""

    what: str
    now: str
    after: str


@dataclass(slots=True)
class PlannedPerson:
    """A person of the file beside the one who is known, where there is one.

    `new_email` is the address that they would get; `leaves` is the household of their own that somebody leaves who
    joins this one.
    """

    read: ReadPerson
    known: Person | None
    is_new: bool
    new_email: str | None = None
    changes: list[Change] = field(default_factory=list)
    leaves: Party | None = None

    @property
    def state(self) -> State:
        """Whether the person is new, or something about them changes."""
        return "new" if self.is_new else "changed" if self.changes else "unchanged"

    @property
    def comes(self) -> bool:
        """Whether they come into the party."""
        return self.is_new or self.leaves is not None

    @property
    def name(self) -> str:
        """The name that they will have; another order of its words is none."""
        if self.known and (not self.read.name or same_words(self.read.name[:NAME_MOST], self.known.name)):
            return self.known.name
        return self.read.name[:NAME_MOST]

    @property
    def called(self) -> str:
        """The name that they will have, or an address."""
        return self.name or self.read.email or ""


@dataclass(slots=True)
class PlannedParty:
    """A party of the file beside the one that is known, where there is one; who is there already, in `there`."""

    read: ReadParty
    known: Party | None
    people: list[PlannedPerson]
    there: list[Person]
    new_groups: list[str]

    @property
    def name(self) -> str:
        """What the party will be called."""
        read = self.read
        if self.known is None:
            return read.name[:NAME_MOST]
        if read.name_is_stated and read.name:
            return read.name[:NAME_MOST]
        first = self.people[0]
        # A professional goes by the person's name.
        if not self.known.is_household and first.known and self.known.name == first.known.name:
            return first.name
        return self.known.name

    @property
    def numbers(self) -> tuple[int, int]:
        """Adults and children expected: the file's own numbers, else at least as many as it names."""
        read, known = self.read, self.known
        if read.kind == "professional":
            return 1, 0
        adults, children = max(read.adults, 1), read.children
        if known is not None and not read.adults_are_stated:
            came = sum(person.comes for person in self.people)
            adults = max(known.adults, len(self.there) + came) if came else known.adults
        if known is not None and not read.children_are_stated:
            children = max(children, known.children)
        return adults, children

    @property
    def language(self) -> str | None:
        """In which language the party is written to."""
        if self.known is None or not self.known.language:
            return self.read.language
        # It follows the person whose language it was.
        for person in self.people:
            was = person.known.language if person.known and person.leaves is None else None
            if person.read.language and was == self.known.language:
                return person.read.language
        return self.known.language

    @property
    def people_to_write(self) -> int:
        """How many people are new or change."""
        return sum(person.state != "unchanged" for person in self.people)


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


def plan_import(session: Session, organization_id: uuid.UUID, reading: Reading) -> Plan:
    """Lays the whole file beside what is known."""
    reads = reading.parties
    known = Known(session, organization_id, reads)
    return Plan(reading, plan_parties(known, reads, times_named(reads), [None] * len(reads), set()))


def plan_parties(
    known: Known,
    reads: Sequence[ReadParty],
    times: Counter[tuple[str, str]],
    fixed: Sequence[uuid.UUID | None],
    taken: set[uuid.UUID],
) -> list[PlannedParty]:
    """Lays some of a file's parties beside what is known. `times`, `fixed`, `taken`: as in `match_parties`."""
    parties = match_parties(known, reads, times, fixed, taken)
    return [_plan_party(known, read, party, taken) for read, party in zip(reads, parties, strict=True)]


def _plan_party(known: Known, read: ReadParty, party: Party | None, taken: set[uuid.UUID]) -> PlannedParty:
    groups = [name for name in read.groups if party is None or name not in known.groups[party.id]]
    if party is None:
        people = [PlannedPerson(person, None, True, person.email) for person in read.people or [_nobody(read)]]
        return PlannedParty(read, None, people, [], groups)
    there = list(known.people.get(party.id, []))
    if not read.people:
        planned = PlannedParty(read, party, [PlannedPerson(_nobody(read), None, False)], there, groups)
    else:
        found = match_people(known, party, read)
        pairs = list(zip(read.people, found, strict=True))
        moving = {one.id for person, one in pairs if one and person.email and one.email_key not in keys_of(person)}
        kept = {one.email_key: one for one in there if one.email_key and one.id not in moving}
        people = [_plan_person(person, one, kept) for person, one in pairs]
        planned = PlannedParty(read, party, people, there, groups)
        for person in people:
            if person.is_new and party.is_household:
                _let_join(known, planned, person, taken)
    # What concerns the household as a whole is said with the first of its people who is known.
    first = next((person for person in planned.people if not person.is_new), None)
    if first is not None:
        first.changes += _party_changes(planned, party, first)
    return planned


def _nobody(read: ReadParty) -> ReadPerson:
    return ReadPerson(row=read.row, name=read.name)


def _plan_person(read: ReadPerson, known: Person | None, kept: Mapping[str, Person]) -> PlannedPerson:
    email = read.email
    # Where two people share one address, it stays with the one who has it.
    holder = kept.get(address_key(email)) if email else None
    is_shared = holder is not None and holder is not known
    if is_shared and known is None and not read.name:
        return PlannedPerson(read, holder, False)
    if (known is not None and known.email_key in keys_of(read)) or (is_shared and not (known and known.email)):
        email = None
    if known is None:
        return PlannedPerson(read, None, True, email)
    return PlannedPerson(read, known, False, email, _changes(read, known, email))


def _changes(read: ReadPerson, known: Person, email: str | None) -> list[Change]:
    changes = []
    if read.name and not same_words(read.name[:NAME_MOST], known.name):
        changes.append(Change(_("Name"), known.name, read.name[:NAME_MOST]))
    if email:
        changes.append(Change(_("Mail"), known.email or "", email))
    if read.phone and not same_phone(read.phone, known.phone or ""):
        changes.append(Change(_("Phone"), known.phone or "", read.phone))
    if read.language and read.language != known.language:
        changes.append(Change(_("Language"), say_language(known.language), say_language(read.language)))
    return changes


def _let_join(known: Known, planned: PlannedParty, person: PlannedPerson, taken: set[uuid.UUID]) -> None:
    found = find_alone(known, person.read, taken)
    if found is None:
        return
    person.known, person.leaves = found
    person.is_new, person.new_email = False, None
    taken.add(person.leaves.id)
    names = ", ".join(one.called for one in planned.people)
    joins = _("joins %(household)s (%(names)s)") % {"household": planned.name, "names": names}
    person.changes = [
        Change(_("Household"), _("of their own"), joins),
        *_changes(person.read, person.known, None),
    ]


def _party_changes(planned: PlannedParty, party: Party, first: PlannedPerson) -> list[Change]:
    read, (adults, children) = planned.read, planned.numbers
    changes = []
    if planned.name != party.name and party.is_household:
        changes.append(Change(_("Household"), party.name, planned.name))
    if party.is_household and adults != party.adults:
        changes.append(Change(_("Adults"), str(party.adults), str(adults)))
    if party.is_household and children != party.children:
        changes.append(Change(_("Children"), str(party.children), str(children)))
    if read.profession and read.profession != party.profession:
        changes.append(Change(_("Profession"), party.profession or "", read.profession))
    if planned.language != party.language and not any(change.what == _("Language") for change in first.changes):
        changes.append(Change(_("Language"), say_language(party.language), say_language(planned.language)))
    return changes + [Change(_("Group"), "–", name) for name in planned.new_groups]
