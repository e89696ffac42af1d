"""A party as it is typed in or changed at the desk, and taking one away."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from planner.addresses import BadAddress, address_key, parse_address
from planner.calendars.models import Feed
from planner.calendars.versions import raise_party_versions
from planner.database import new_id
from planner.errors import FieldError, Invalid
from planner.i18n import gettext as _
from planner.parties.actions import NAME_MOST, check_people, tell_mended
from planner.parties.groups import group_ids, set_groups
from planner.parties.models import GroupMember, Kind, Party, PartyMember, Person, StoppedAddress
from planner.text import line_field

PHONE_MOST: Final = 50
PROFESSION_MOST: Final = 100


class TypedPerson(msgspec.Struct):
    """A grown-up as typed; `id` is that of one who is known. Without any words somebody is taken out."""

    id: uuid.UUID | None = None
    name: str = ""
    email: str = ""
    phone: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is typed."""
        return not (self.name.strip() or self.email.strip() or self.phone.strip())


class TypedParty(msgspec.Struct):
    """A party as typed, group by group."""

    kind: str = Kind.HOUSEHOLD
    name: str = ""
    people: list[TypedPerson] = []
    adults: int | None = None
    children: int | None = None
    language: str = ""
    profession: str = ""
    group_ids: list[uuid.UUID] = []
    new_group: str = ""


def typed_from(party: Party, people: Sequence[Person], group_ids: Sequence[uuid.UUID]) -> TypedParty:
    """A party as its form shows it."""
    return TypedParty(
        kind=party.kind,
        name=party.name,
        people=[TypedPerson(one.id, one.name, one.email or "", one.phone or "") for one in people],
        adults=party.adults,
        children=party.children,
        language=party.language or "",
        profession=party.profession or "",
        group_ids=list(group_ids),
    )


def save_party(
    session: Session,
    organization_id: uuid.UUID,
    party: Party | None,
    typed: TypedParty,
    *,
    actor: str | None = None,
) -> Party:
    """Makes or changes a party; an address that is new to it gets what is open.

    Raises Invalid at the fields of the form: `name`, `person-1-email` and so on.
    """
    errors: list[FieldError] = []
    clean = _cleaned(typed, errors)
    if not errors:
        _refuse_taken(session, organization_id, party, clean, errors)
    if errors:
        raise Invalid(errors)
    is_new = party is None
    if party is None:
        party = Party(id=new_id(), organization_id=organization_id, kind=clean.kind, name=clean.name)
        session.add(party)
    elif party.language != (clean.language or None):
        raise_party_versions(session, [party.id])
    party.name = clean.name
    party.language = clean.language or None
    party.profession = clean.profession or None
    party.adults, party.children = _numbers(clean)
    known = {member.person_id: member.person for member in party.members if member.role == "adult"}
    mended = _write_people(session, party, known, clean.people)
    groups = list(clean.group_ids)
    if clean.new_group:
        groups += group_ids(session, organization_id, [clean.new_group]).values()
    session.flush()
    set_groups(session, party, groups)
    if mended:
        session.execute(
            sa.delete(StoppedAddress).where(
                StoppedAddress.organization_id == organization_id, StoppedAddress.email_key.in_(mended)
            )
        )
        if not is_new:
            tell_mended(session, organization_id, [party.id], actor=actor)
    return party


def _cleaned(typed: TypedParty, errors: list[FieldError]) -> TypedParty:
    people = []
    for number, person in enumerate(typed.people, start=1):
        at = f"person-{number}-"
        name = line_field(at + "name", person.name, NAME_MOST, errors)
        phone = line_field(at + "phone", person.phone, PHONE_MOST, errors)
        email = ""
        if person.email.strip():
            try:
                email = parse_address(person.email)
            except BadAddress as bad:
                errors.append(FieldError(at + "email", bad.with_suggestion))
        people.append(TypedPerson(person.id, name, email, phone))
    for field in ("adults", "children"):
        check_people(field, getattr(typed, field), errors)
    name = line_field("name", typed.name or _name_of(typed.kind, people), NAME_MOST, errors, required=True)
    return TypedParty(
        kind=Kind.PROFESSIONAL if typed.kind == Kind.PROFESSIONAL else Kind.HOUSEHOLD,
        name=name,
        people=people,
        adults=typed.adults,
        children=typed.children,
        language=typed.language[:20],
        profession=line_field("profession", typed.profession, PROFESSION_MOST, errors),
        group_ids=typed.group_ids,
        new_group=line_field("new_group", typed.new_group, NAME_MOST, errors),
    )


def _name_of(kind: str, people: Sequence[TypedPerson]) -> str:
    named = [person.name for person in people if person.name]
    if kind == Kind.PROFESSIONAL:
        return named[0] if named else ""
    return "-".join(dict.fromkeys(name.split()[-1] for name in named[:2]))


def _numbers(typed: TypedParty) -> tuple[int, int]:
    if typed.kind == Kind.PROFESSIONAL:
        return 1, 0
    people = sum(not person.is_empty for person in typed.people)
    return max(people, 1) if typed.adults is None else typed.adults, typed.children or 0


def _refuse_taken(
    session: Session, organization_id: uuid.UUID, party: Party | None, typed: TypedParty, errors: list[FieldError]
) -> None:
    """An address leads to one household and one professional at most: nobody is to be asked twice."""
    own = {member.person.email_key for member in party.members} | {party.email_key} if party else set()
    for number, person in enumerate(typed.people, start=1):
        key = address_key(person.email) if person.email else None
        if key is None or key in own:
            continue
        other = session.scalars(
            sa.select(Party)
            .outerjoin(PartyMember, PartyMember.party_id == Party.id)
            .outerjoin(Person, Person.id == PartyMember.person_id)
            .where(
                Party.organization_id == organization_id,
                Party.kind == typed.kind,
                sa.or_(Party.email_key == key, Person.email_key == key),
            )
            .limit(1)
        ).first()
        if other is not None:
            sentence = _("“%(name)s” has this address already.") % {"name": other.name}
            errors.append(FieldError(f"person-{number}-email", sentence))


def _write_people(
    session: Session, party: Party, known: dict[uuid.UUID, Person], typed: Sequence[TypedPerson]
) -> set[str]:
    """Writes the grown-ups; the addresses that are new to the party."""
    before = {person.email_key for person in known.values() if person.email_key}
    position = max((member.position for member in party.members), default=-1)
    left = []
    for one in typed:
        person = known.get(one.id) if one.id else None
        if one.is_empty:
            if person is not None:
                _take_out(session, party, person)
            continue
        if person is None:
            position += 1
            person = Person(id=new_id(), organization_id=party.organization_id, name="")
            session.add(person)
            session.flush()
            session.add(PartyMember(party_id=party.id, person_id=person.id, position=position))
        person.name, person.phone = one.name, one.phone or None
        person.email, person.email_key = one.email or None, address_key(one.email) if one.email else None
        left.append(person)
    left += [person for id, person in known.items() if id not in {one.id for one in typed}]
    keys = [person.email_key for person in left if person.email_key]
    if party.email_key not in keys:
        first = next((person for person in left if person.email_key), None)
        party.email, party.email_key = (first.email, first.email_key) if first else (None, None)
    return set(keys) - before


def _take_out(session: Session, party: Party, person: Person) -> None:
    session.execute(
        sa.delete(PartyMember).where(PartyMember.party_id == party.id, PartyMember.person_id == person.id)
    )
    _forget_alone(session, [person.id])


def _forget_alone(session: Session, person_ids: Sequence[uuid.UUID]) -> None:
    elsewhere = sa.select(PartyMember.person_id).where(PartyMember.person_id.in_(person_ids))
    session.execute(sa.delete(Person).where(Person.id.in_(person_ids), Person.id.not_in(elsewhere)))


def remove_row(session: Session, party: Party) -> None:
    """Removes a party with its calendars and its places in groups; its people stay. It was never asked."""
    for table in (Feed, GroupMember, PartyMember):
        session.execute(sa.delete(table).where(table.party_id == party.id))
    session.execute(sa.delete(Party).where(Party.id == party.id))
