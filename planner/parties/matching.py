"""Whom of a file we know already: parties by address, by the file's own key, by name; then the people in them."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from planner.addresses import address_key
from planner.parties.languages import folded
from planner.parties.models import Group, GroupMember, Kind, Party, PartyMember, Person
from planner.parties.reading import ReadParty, ReadPerson

_CHUNK: Final = 1000


class Known:
    """What an organisation has of the parties that a file may mean: they, their grown-ups and their groups.

    `ids` are parties to hold besides those that share an address, a key or a name with the file's.
    """

    def __init__(
        self,
        session: Session,
        organization_id: uuid.UUID,
        reads: Sequence[ReadParty],
        ids: Iterable[uuid.UUID] = (),
    ) -> None:
        self.parties: dict[uuid.UUID, Party] = {}
        self.people: defaultdict[uuid.UUID, list[Person]] = defaultdict(list)
        self.groups: defaultdict[uuid.UUID, set[str]] = defaultdict(set)
        self.by_address: defaultdict[tuple[str, str], list[Party]] = defaultdict(list)
        self.by_source: defaultdict[tuple[str, str], list[Party]] = defaultdict(list)
        self.by_name: defaultdict[tuple[str, str], list[Party]] = defaultdict(list)
        # Whose own address it is: within a kind an address belongs to one party.
        self.owners: dict[tuple[str, str], uuid.UUID] = {}
        wanted = {*ids, *_sharing(session, organization_id, reads)}
        for chunk in _chunks(sorted(wanted)):
            self._read(session, organization_id, chunk)
        self._index()

    def _read(self, session: Session, organization_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> None:
        parties = sa.select(Party).where(Party.organization_id == organization_id, Party.id.in_(ids))
        self.parties |= {party.id: party for party in session.scalars(parties)}
        members = (
            sa.select(PartyMember.party_id, Person)
            .join(Person, Person.id == PartyMember.person_id)
            .where(PartyMember.party_id.in_(ids), PartyMember.role == "adult")
            .order_by(PartyMember.party_id, PartyMember.position, PartyMember.person_id)
        )
        for party_id, person in session.execute(members):
            self.people[party_id].append(person)
        groups = (
            sa.select(GroupMember.party_id, Group.name)
            .join(Group, Group.id == GroupMember.group_id)
            .where(GroupMember.party_id.in_(ids))
        )
        for party_id, name in session.execute(groups):
            self.groups[party_id].add(name)

    def _index(self) -> None:
        for party in self.parties.values():
            if party.email_key:
                self.owners[(party.kind, party.email_key)] = party.id
            if party.source_key:
                self.by_source[(party.kind, party.source_key)].append(party)
            people = self.people.get(party.id, [])
            for key in {party.email_key, *(person.email_key for person in people)} - {None}:
                self.by_address[(party.kind, str(key))].append(party)
            for name in {person.name for person in people}:
                self.by_name[(party.kind, name)].append(party)


def _sharing(session: Session, organization_id: uuid.UUID, reads: Sequence[ReadParty]) -> Iterator[uuid.UUID]:
    addresses = {key for read in reads for person in read.people for key in keys_of(person)}
    names = {person.name for read in reads for person in read.people if person.name}
    member = (
        sa.select(PartyMember.party_id)
        .join(Person, Person.id == PartyMember.person_id)
        .where(Person.organization_id == organization_id)
    )
    party = sa.select(Party.id).where(Party.organization_id == organization_id)
    for query, column, values in (
        (party, Party.email_key, addresses),
        (party, Party.source_key, {read.key[:200] for read in reads}),
        (member, Person.email_key, addresses),
        (member, Person.name, names),
    ):
        for chunk in _chunks(sorted(values)):
            yield from session.scalars(query.where(column.in_(chunk)))


def _chunks(values: list[Any]) -> Iterator[list[Any]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))


def keys_of(person: ReadPerson) -> set[str]:
    """All addresses that the file gives somebody, for comparing."""
    return {address_key(email) for email in (person.email, *person.other_emails) if email}


def times_named(reads: Iterable[ReadParty]) -> Counter[tuple[str, str]]:
    """How often each name stands in a file, for households and professionals apart."""
    return Counter((read.kind, person.name) for read in reads for person in read.people)


def match_parties(
    known: Known,
    reads: Sequence[ReadParty],
    times: Counter[tuple[str, str]],
    fixed: Sequence[uuid.UUID | None],
    taken: set[uuid.UUID],
) -> list[Party | None]:
    """For each party of the file the one that it means. No party is given twice: `taken` ones are given already.

    `times` is how often a name stands in the whole file, `fixed` are those found before, in the order of `reads`.
    An address in common counts most, then the file's own key for the household, but only where a name goes with
    it: another file may count its households from 1 as well.
    """
    found = [known.parties.get(party_id) if party_id else None for party_id in fixed]
    pairs = []
    for at, read in enumerate(reads):
        if found[at] is None:
            pairs += [(-likeness, at, party) for party, likeness in _likenesses(known, read)]
    for _likeness, at, party in sorted(pairs, key=lambda pair: pair[:2]):
        if found[at] is None and party.id not in taken:
            found[at] = party
            taken.add(party.id)
    for at, read in enumerate(reads):
        named = _by_name(known, read, times) if found[at] is None else None
        if named is not None and named.id not in taken:
            found[at] = named
            taken.add(named.id)
    return found


def _likenesses(known: Known, read: ReadParty) -> list[tuple[Party, int]]:
    points: Counter[uuid.UUID] = Counter()
    for person in read.people:
        for party_id in {
            party.id for key in keys_of(person) for party in known.by_address.get((read.kind, key), [])
        }:
            same_name = any(same_words(one.name, person.name) for one in known.people.get(party_id, []))
            points[party_id] += 3 if same_name else 2
    for party in known.by_source.get((read.kind, read.key[:200]), []):
        if "@" in read.key or _name_in_common(known, read, party):
            points[party.id] += 2
    return [(known.parties[party_id], number) for party_id, number in points.items()]


def _name_in_common(known: Known, read: ReadParty, party: Party) -> bool:
    theirs = {folded(party.name), *(folded(person.name) for person in known.people.get(party.id, []))}
    return bool(theirs & {folded(read.name), *(folded(person.name) for person in read.people)} - {""})


def _by_name(known: Known, read: ReadParty, times: Counter[tuple[str, str]]) -> Party | None:
    """By somebody's full name, where nobody else here or in the file has it and nothing speaks against it."""
    for person in read.people:
        named = known.by_name.get((read.kind, person.name), [])
        if " " not in person.name or len(named) != 1 or times[(read.kind, person.name)] > 1:
            continue
        party = named[0]
        there = next(one for one in known.people[party.id] if one.name == person.name)
        # Two addresses may be two people of one name: then something else must agree.
        also = (
            (person.phone and _digits(person.phone) == _digits(there.phone or ""))
            or (read.name_is_stated and read.name == party.name)
            or known.groups[party.id].intersection(read.groups)
        )
        if not (person.email and there.email) or also:
            return party
    return None


def match_people(known: Known, party: Party, read: ReadParty) -> list[Person | None]:
    """For each grown-up of the file's party the one in ours: by address and name, by name, by address."""
    left = list(known.people.get(party.id, []))
    found: list[Person | None] = [None] * len(read.people)
    for agree in _AGREEMENTS:
        for at, person in enumerate(read.people):
            if found[at] is None and (one := next((one for one in left if agree(person, one)), None)):
                found[at] = one
                left.remove(one)
    return found


def _same_name(read: ReadPerson, known: Person) -> bool:
    return bool(read.name) and same_words(read.name, known.name)


def _same_address(read: ReadPerson, known: Person) -> bool:
    # One address may be shared: another name at it is somebody else, unless part of the name stayed.
    return bool(known.email_key) and known.email_key in keys_of(read) and names_may_be_one(read.name, known.name)


def _may_be_unnamed(read: ReadPerson, known: Person) -> bool:
    return not read.email and not (read.name and known.name)


_AGREEMENTS: Final[tuple[Callable[[ReadPerson, Person], bool], ...]] = (
    lambda read, known: _same_address(read, known) and same_words(read.name, known.name),
    lambda read, known: _same_name(read, known) and not (read.email and known.email),
    lambda read, known: _same_address(read, known) and known.email_key == address_key(read.email or ""),
    _same_address,
    _same_name,
    _may_be_unnamed,
)


def same_words(one: str, other: str) -> bool:
    """Whether two names are the same but for their order and capitals: "LEE, Ann" and "Ann Lee"."""
    return sorted(one.casefold().replace(",", " ").split()) == sorted(other.casefold().replace(",", " ").split())


def names_may_be_one(one: str, other: str) -> bool:
    """Whether two names at one address may be one person's: "Ann Lee" and "Ann Lee-Smith", or one is unknown."""
    words, others = set(folded(one).split()), set(folded(other).split())
    first = (folded(one).split() or [""])[0]
    return not words or not others or first in others or (folded(other).split()[0] in words)


def find_alone(known: Known, read: ReadPerson, taken: set[uuid.UUID]) -> tuple[Person, Party] | None:
    """Somebody who is a household of their own and stands in another household of the file."""
    for key in [address_key(read.email)] if read.email else []:
        for party in known.by_address.get((Kind.HOUSEHOLD, key), []):
            people = known.people.get(party.id, [])
            if len(people) == 1 and party.id not in taken and _same_address(read, people[0]):
                return people[0], party
    return None


def _digits(phone: str) -> str:
    return "".join(letter for letter in phone if letter.isdigit())


def same_phone(one: str, other: str) -> bool:
    """Whether two spellings are one number."""
    return one == other or ("" != _digits(one) == _digits(other))
