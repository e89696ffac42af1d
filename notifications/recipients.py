"""Who of a party gets a mail: each person once, in the own language, and nobody whom mail doesn't reach."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from planner.accounts.models import Organization
from planner.addresses import address_key
from planner.i18n import best_language
from planner.i18n import gettext as _
from planner.parties.models import Party, PartyMember, Person, StoppedAddress


@dataclass(frozen=True)
class Recipient:
    """An address, whom it belongs to, and the language to write in."""

    names: tuple[str, ...]
    address: str
    language: str
    # Somebody who is called by a first name: a member of a household, not a professional.
    close: bool = True

    @property
    def name(self) -> str:
        """As it stands in the list of mails."""
        return ", ".join(self.names)

    def greeting(self) -> str:
        """Dear Amina, dear Jonas,"""
        called = [name.split()[0] if self.close and _has_first_name(name) else name for name in self.names]
        first, *others = called or [""]
        words = [_("Dear %(name)s,") % {"name": first}]
        words += [_("dear %(name)s,") % {"name": name} for name in others]
        return " ".join(words)


def _has_first_name(name: str) -> bool:
    """Whether the first word of a name can be said alone: not "Dr. Ada Obi", nor "Family Obi"."""
    first = (name.split(maxsplit=1) or [""])[0]
    return len(first) > 1 and not first.endswith((".", ",")) and first[0].isupper()


def recipients(
    session: Session, organization: Organization, parties: Sequence[Party]
) -> dict[uuid.UUID, list[Recipient]]:
    """For each party its adults and its own address; two people with one address are one recipient.

    Addresses that mail doesn't reach are left out.
    """
    adults = _adults(session, [party.id for party in parties])
    found = {party.id: _of_party(party, adults[party.id], organization) for party in parties}
    keys = {address_key(one.address) for many in found.values() for one in many}
    stopped = _stopped(session, organization.id, keys)
    return {
        party_id: [one for one in many if address_key(one.address) not in stopped]
        for party_id, many in found.items()
    }


# Made once, since they are asked for each mail that is owed.
_ADULTS: Final = (
    sa.select(PartyMember.party_id, Person)
    .join(Person, Person.id == PartyMember.person_id)
    .where(PartyMember.party_id.in_(sa.bindparam("parties", expanding=True)), PartyMember.role == "adult")
    .order_by(PartyMember.party_id, PartyMember.position)
)
_STOPPED: Final = sa.select(StoppedAddress.email_key).where(
    StoppedAddress.organization_id == sa.bindparam("organization"),
    StoppedAddress.email_key.in_(sa.bindparam("keys", expanding=True)),
)


def _adults(session: Session, party_ids: Sequence[uuid.UUID]) -> defaultdict[uuid.UUID, list[Person]]:
    found: defaultdict[uuid.UUID, list[Person]] = defaultdict(list)
    for party_id, person in session.execute(_ADULTS, {"parties": list(party_ids)}):
        found[party_id].append(person)
    return found


def _of_party(party: Party, adults: Sequence[Person], organization: Organization) -> list[Recipient]:
    by_address: dict[str, tuple[str, list[Person]]] = {}
    for person in adults:
        if person.email:
            by_address.setdefault(address_key(person.email), (person.email, []))[1].append(person)
    if party.email:
        by_address.setdefault(address_key(party.email), (party.email, []))
    close = party.is_household
    return [
        Recipient(
            names=tuple(person.name for person in people if person.name) or (party.name,),
            address=address,
            language=best_language(
                *(person.language for person in people), party.language, *organization.languages
            ),
            close=close and any(person.name for person in people),
        )
        for address, people in by_address.values()
    ]


def _stopped(session: Session, organization_id: uuid.UUID, keys: Iterable[str]) -> set[str]:
    return set(session.scalars(_STOPPED, {"organization": organization_id, "keys": list(keys)}))
