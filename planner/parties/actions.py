"""What happens to parties and the people in them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from events import record_all
from events.catalogue import AddressMended
from planner.addresses import BadAddress, address_in, address_key, parse_address
from planner.database import insert, new_id, utc_now
from planner.errors import FieldError, Invalid, NotFound
from planner.gatherings.models import Gathering, Status
from planner.i18n import gettext as _
from planner.invitations.models import Invitation
from planner.parties.models import Kind, Party, PartyMember, Person, StoppedAddress
from planner.text import line_field, one_line

NAME_MOST: Final = 200
PEOPLE_MOST: Final = 200


class PartyFields(msgspec.Struct, kw_only=True):
    """A party as it is asked for. Numbers are what is expected, not limits."""

    kind: Kind
    name: str
    email: str | None = None
    language: str | None = None
    profession: str | None = None
    adults: int | None = None
    children: int | None = None


class _Clean(NamedTuple):
    fields: PartyFields
    name: str
    email: str | None
    key: str | None
    language: str | None
    profession: str | None


def checked(parties: Sequence[PartyFields], address_needed: bool = True, at: str = "parties[{}].") -> list[_Clean]:
    """The parties, cleaned. `at` is how a field's name begins in errors. Raises Invalid with all that is wrong."""
    errors: list[FieldError] = []
    clean = [_clean(fields, at.format(i), address_needed, errors) for i, fields in enumerate(parties)]
    if errors:
        raise Invalid(errors)
    return clean


def _clean(fields: PartyFields, at: str, address_needed: bool, errors: list[FieldError]) -> _Clean:
    name = line_field(at + "name", fields.name, NAME_MOST, errors, required=True)
    email = None
    if fields.email or address_needed:
        try:
            email = parse_address(fields.email or "")
        except BadAddress as bad:
            errors.append(FieldError(at + "email", bad.with_suggestion))
    for field in ("adults", "children"):
        check_people(at + field, getattr(fields, field), errors)
    language = one_line(fields.language or "")[:20] or None
    profession = line_field(at + "profession", fields.profession, 100, errors) or None
    return _Clean(fields, name, email, address_key(email) if email else None, language, profession)


def check_people(field: str, number: int | None, errors: list[FieldError]) -> None:
    """A number of people, where one is said; what is wrong with it is added to `errors`."""
    if number is not None and not 0 <= number <= PEOPLE_MOST:
        errors.append(FieldError(field, _("Write a number from 0 to %(most)d.") % {"most": PEOPLE_MOST}))


def find_or_make(session: Session, organization_id: uuid.UUID, parties: Iterable[_Clean]) -> list[uuid.UUID]:
    """The ids of those parties, in their order; unknown ones are made.

    A party is known by organisation, kind and address: one that is known keeps its name. Safe against another
    transaction that makes the same party meanwhile.
    """
    parties = list(parties)
    known = _known(session, organization_id, parties)
    rows: list[dict[str, Any]] = []
    people: list[dict[str, Any]] = []
    members: list[dict[str, Any]] = []
    for clean in parties:
        identity = (str(clean.fields.kind), clean.key)
        if clean.key and identity in known:
            continue
        row = _row(organization_id, clean)
        known[identity if clean.key else (str(clean.fields.kind), row["id"])] = row["id"]
        rows.append(row)
        person = {"id": new_id(), "organization_id": organization_id, "name": "", "phone": None}
        people.append(person | {"email": clean.email, "email_key": clean.key, "language": clean.language})
        if clean.fields.kind != Kind.HOUSEHOLD:
            people[-1]["name"] = clean.name
        members.append({"party_id": row["id"], "person_id": person["id"], "role": "adult", "position": 0})
    # In one order in every transaction, so that two of them never wait for each other.
    made = _insert_new(session, sorted(rows, key=lambda row: row["email_key"] or ""))
    if len(made) < len(rows):
        known |= _known(session, organization_id, parties)
    fresh = [i for i, row in enumerate(rows) if row["id"] in made]
    if fresh:
        session.execute(sa.insert(Person), [people[i] for i in fresh])
        session.execute(sa.insert(PartyMember), [members[i] for i in fresh])
    unnamed = iter([row["id"] for row in rows if row["email_key"] is None])
    return [known[(str(c.fields.kind), c.key)] if c.key else next(unnamed) for c in parties]


def _row(organization_id: uuid.UUID, clean: _Clean) -> dict[str, Any]:
    household = clean.fields.kind == Kind.HOUSEHOLD
    return {
        "id": new_id(),
        "organization_id": organization_id,
        "kind": str(clean.fields.kind),
        "name": clean.name,
        "email": clean.email,
        "email_key": clean.key,
        "language": clean.language,
        "profession": clean.profession,
        "adults": (1 if clean.fields.adults is None else clean.fields.adults) if household else 1,
        "children": (clean.fields.children or 0) if household else 0,
        "feed_version": 0,
        "link_version": 1,
        "created_at": utc_now(),
    }


def _known(
    session: Session, organization_id: uuid.UUID, parties: Sequence[_Clean]
) -> dict[tuple[str, object], uuid.UUID]:
    keys = {clean.key for clean in parties if clean.key}
    found: dict[tuple[str, object], uuid.UUID] = {}
    by_member = (
        sa.select(Party.kind, Person.email_key, Party.id)
        .join(PartyMember, PartyMember.party_id == Party.id)
        .join(Person, Person.id == PartyMember.person_id)
        .where(Party.organization_id == organization_id, Person.email_key.in_(keys))
        .order_by(Party.id.desc())
    )
    by_party = sa.select(Party.kind, Party.email_key, Party.id).where(
        Party.organization_id == organization_id, Party.email_key.in_(keys)
    )
    # What a party is called by itself counts more than who belongs to it.
    for query in (by_member, by_party):
        for kind, key, party_id in session.execute(query):
            found[(kind, key)] = party_id
    return found


def _insert_new(session: Session, rows: list[dict[str, Any]]) -> set[uuid.UUID]:
    if not rows:
        return set()
    statement = insert(session, Party).on_conflict_do_nothing().returning(Party.id)
    return set(session.scalars(statement, rows))


def find(session: Session, organization_id: uuid.UUID, party_id: uuid.UUID) -> Party:
    """The organisation's party, unless it was erased. Raises NotFound."""
    party = session.get(Party, party_id)
    if party is None or party.organization_id != organization_id or party.erased_at is not None:
        raise NotFound(_("There is no such household or professional."))
    return party


def mend_address(
    session: Session, party: Party, old: str | None, new: str, *, actor: str | None = None
) -> list[Invitation]:
    """Puts an address right and sends what is open there again; those invitations.

    `old` is the address to replace, of the party or of one of its people; None gives one to a party without.
    Raises Invalid at `email`.
    """
    address = address_in("email", new)
    key, old_key = address_key(address), address_key(old) if old else None
    taken = sa.select(Party.id).where(
        Party.organization_id == party.organization_id,
        Party.kind == party.kind,
        Party.email_key == key,
        Party.id != party.id,
    )
    if session.scalar(taken):
        raise Invalid.field("email", _("Another entry of yours has this address already."))
    if party.email_key == old_key:
        party.email, party.email_key = address, key
    for member in party.members:
        if member.person.email_key == old_key and member.role == "adult":
            member.person.email, member.person.email_key = address, key
    session.execute(
        sa.delete(StoppedAddress).where(
            StoppedAddress.organization_id == party.organization_id, StoppedAddress.email_key.in_([key, old_key])
        )
    )
    return tell_mended(session, party.organization_id, [party.id], actor=actor)[party.id]


def tell_mended(
    session: Session, organization_id: uuid.UUID, party_ids: Sequence[uuid.UUID], *, actor: str | None = None
) -> dict[uuid.UUID, list[Invitation]]:
    """Says in the log that those parties have another address, and what is open is sent there; what is open."""
    open_ones: dict[uuid.UUID, list[Invitation]] = {party_id: [] for party_id in party_ids}
    query = (
        sa.select(Invitation)
        .join(Gathering, Gathering.id == Invitation.gathering_id)
        .where(
            Invitation.party_id.in_(party_ids),
            Invitation.withdrawn_at.is_(None),
            Gathering.status == Status.PUBLISHED,
        )
    )
    for invitation in session.scalars(query):
        open_ones[invitation.party_id].append(invitation)
    events = [
        AddressMended(
            organization_id=organization_id,
            party_id=party_id,
            invitation_ids=[invitation.id for invitation in invitations],
        )
        for party_id, invitations in open_ones.items()
    ]
    record_all(session, events, actor=actor)
    return open_ones
