"""Answers from calendar programs: whose they are, whether they still count, and what becomes of them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from notifications import kinds
from notifications.incoming.proving import is_proved
from notifications.incoming.reading import Attendee, CalendarPart, Mail, NotUsed
from notifications.installation import Installation
from notifications.models import Incoming, IncomingMail
from notifications.writing import Round, write_to_guests
from planner.addresses import MOST_CHARACTERS, address_key
from planner.database import utc_now
from planner.errors import Invalid, NotFound
from planner.gatherings.models import Gathering, Status
from planner.invitations.actions import held
from planner.invitations.models import Invitation
from planner.parties.models import AddressAlias, Party, PartyMember, Person
from planner.rsvps.actions import NotOpen, Said, answer
from planner.rsvps.models import Answer, Source

_ANSWERS = {one.value for one in Answer}


@dataclass(frozen=True)
class Arrived:
    """A mail, and the invitation that the address proved."""

    mail: Mail
    row: IncomingMail
    invitation: Invitation | None


def take_reply(session: Session, installation: Installation, arrived: Arrived, said: CalendarPart) -> str:
    """Takes an answer through the same door as the page's; says in a word what was made of it. Raises NotUsed."""
    row = arrived.row
    row.sequence, row.stamp = said.sequence, min(said.stamp or utc_now(), utc_now())
    attendee, invitation = _whose(session, installation, arrived, said)
    row.is_about(invitation)
    row.details = {**row.details, "attendee": attendee.address, "answer": attendee.answer, "words": said.comment}
    if said.method == "COUNTER":
        row.details = {**row.details, "proposed": list(said.proposed)}
        raise NotUsed("counter")
    if said.of_series:
        raise NotUsed("one-of-a-series")
    if attendee.answer not in _ANSWERS:
        raise NotUsed("no-answer")
    _refuse_old(session, installation, arrived, invitation, said)
    _answer(session, invitation, attendee, said)
    return "taken-from-alias" if _note_alias(session, invitation.party, attendee, arrived.mail) else "taken"


def _whose(
    session: Session, installation: Installation, arrived: Arrived, said: CalendarPart
) -> tuple[Attendee, Invitation]:
    """By the token of the address, then by UID and attendee where the sender is proved."""
    if arrived.invitation is not None:
        invitation = held(session, arrived.invitation.id)
        if invitation is None:
            raise NotUsed("unknown-invitation")
        if said.uid.lower() != str(invitation.gathering_id):
            raise NotUsed("other-event")
        return _attendee(session, said, invitation.party, arrived.mail), invitation
    gathering = _gathering(session, said.uid)
    arrived.row.gathering_id, arrived.row.organization_id = gathering.id, gathering.organization_id
    if len(said.attendees) != 1:
        raise NotUsed("several-attendees" if said.attendees else "no-attendee")
    attendee = said.attendees[0]
    arrived.row.details = {**arrived.row.details, "attendee": attendee.address, "answer": attendee.answer}
    found = invitations_of(session, gathering.id, attendee.address)
    invitation = held(session, found[0]) if len(found) == 1 else None
    if invitation is not None:
        # Whom it claims to be, for the person who settles it.
        arrived.row.is_about(invitation)
    same = address_key(attendee.address) == address_key(arrived.mail.from_address)
    if not (same and is_proved(arrived.mail, installation.settings)):
        raise NotUsed("not-proved")
    if invitation is None:
        raise NotUsed("several-parties" if found else "not-invited")
    return attendee, invitation


def _gathering(session: Session, uid: str) -> Gathering:
    try:
        gathering = session.get(Gathering, uuid.UUID(uid)) if len(uid) == 36 else None
    except ValueError:
        gathering = None
    if gathering is None:
        raise NotUsed("unknown-event")
    return gathering


def invitations_of(session: Session, gathering_id: uuid.UUID, address: str) -> list[uuid.UUID]:
    """The invitations to a gathering of parties that are known by this address."""
    key = address_key(address)
    members = (
        sa.select(PartyMember.party_id)
        .join(Person, Person.id == PartyMember.person_id)
        .where(Person.email_key == key, PartyMember.role == "adult")
    )
    query = (
        sa.select(Invitation.id)
        .join(Party, Party.id == Invitation.party_id)
        .where(
            Invitation.gathering_id == gathering_id,
            Invitation.withdrawn_at.is_(None),
            sa.or_(Party.email_key == key, Party.id.in_(members)),
        )
        .limit(2)
    )
    return list(session.scalars(query))


def _addresses(session: Session, party: Party) -> set[str]:
    adults = (
        sa.select(Person.email_key)
        .join(PartyMember, PartyMember.person_id == Person.id)
        .where(PartyMember.party_id == party.id, Person.email_key.is_not(None))
    )
    return {key for key in (party.email_key, *session.scalars(adults)) if key}


def _attendee(session: Session, said: CalendarPart, party: Party, mail: Mail) -> Attendee:
    """Who of them answers: the party's own address, else the only one, else who sent the mail."""
    if not said.attendees:
        raise NotUsed("no-attendee")
    known = _addresses(session, party)
    ours = [one for one in said.attendees if address_key(one.address) in known]
    if len(said.attendees) == 1 or len({one.answer for one in ours}) == 1:
        return (ours or list(said.attendees))[0]
    sender = [one for one in said.attendees if address_key(one.address) == address_key(mail.from_address)]
    if len(sender) != 1:
        raise NotUsed("several-attendees")
    return sender[0]


def _refuse_old(
    session: Session, installation: Installation, arrived: Arrived, invitation: Invitation, said: CalendarPart
) -> None:
    """An answer counts in the order in which it was given, and only to what the gathering is now."""
    gathering, row = invitation.gathering, arrived.row
    if said.sequence > gathering.sequence:
        raise NotUsed("never-sent")
    if said.sequence < gathering.asked_sequence:
        if gathering.is_open and not arrived.mail.automatic:
            _ask_again(session, installation, invitation)
        raise NotUsed("before-the-move")
    last = session.execute(
        sa.select(IncomingMail.sequence, IncomingMail.stamp, IncomingMail.details)
        .where(
            IncomingMail.invitation_id == invitation.id,
            IncomingMail.kind == Incoming.REPLY,
            IncomingMail.done,
            IncomingMail.reason.startswith("taken"),
            IncomingMail.id != row.id,
        )
        .order_by(IncomingMail.sequence.desc(), IncomingMail.stamp.desc())
        .limit(1)
    ).one_or_none()
    if last is None or last.stamp is None or row.stamp is None:
        return
    if (said.sequence, row.stamp) < (last.sequence, last.stamp):
        raise NotUsed("out-of-date")
    if (said.sequence, row.stamp) == (last.sequence, last.stamp) and row.details["answer"] == last.details.get(
        "answer"
    ):
        raise NotUsed("repeated")


def _ask_again(session: Session, installation: Installation, invitation: Invitation) -> None:
    """Sends what holds now, once for each move, whoever answers to the old time how often."""
    gathering = invitation.gathering
    why = Round(
        kind="invitation",
        wording=lambda about, one, _rsvp, _link: kinds.invitation(about, one.party, one.words),
        key=lambda one: f"{one.id}:asked-again:{gathering.asked_sequence}",
        event_id=None,
        always=True,
    )
    write_to_guests(session, installation, gathering, [invitation], why)


def _answer(session: Session, invitation: Invitation, attendee: Attendee, said: CalendarPart) -> None:
    if invitation.withdrawn_at is not None:
        raise NotUsed("withdrawn")
    try:
        answer(
            session,
            invitation,
            Said(answer=Answer(attendee.answer), note=said.comment or None),
            Source.CALENDAR,
            actor="calendar",
        )
    except NotOpen as closed:
        raise NotUsed(_why_closed(invitation.gathering)) from closed
    except NotFound as gone:
        raise NotUsed("withdrawn") from gone
    except Invalid as invalid:
        raise NotUsed("not-enough-seats") from invalid


def _why_closed(gathering: Gathering) -> str:
    closed = {Status.CANCELLED: "cancelled", Status.HELD: "held", Status.DRAFT: "draft"}
    return closed.get(Status(gathering.status), "too-late")


def _note_alias(session: Session, party: Party, attendee: Attendee, mail: Mail) -> bool:
    """Notes an address that the party is not known by, for the coordinator; whether no other one answers."""
    known = _addresses(session, party)
    keys = {address_key(one): one for one in (attendee.address, mail.from_address) if "@" in one}
    # Letters may become three as a key: what is then longer than any address is none.
    others = {key: one for key, one in keys.items() if len(key) <= MOST_CHARACTERS}
    # Programs send from service addresses: one of the party's own is enough.
    if not others or known & others.keys():
        return False
    key, address = next(iter(others.items()))
    if session.get(AddressAlias, (party.id, key)) is None:
        session.add(AddressAlias(party_id=party.id, email_key=key, email=address))
    return True
