"""Reads about guests: rows of the guest list, whom mail doesn't reach, what was asked and written."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from planner.gatherings.models import Gathering, Status
from planner.gatherings.standing import STATES
from planner.invitations.models import Invitation, Letter, Question
from planner.parties.models import Kind, Party, PartyMember, Person, StoppedAddress
from planner.rsvps.models import Rsvp, state_of

_adult_with_address = (
    sa.select(PartyMember.party_id)
    .join(Person, Person.id == PartyMember.person_id)
    .where(PartyMember.party_id == Party.id, PartyMember.role == "adult", Person.email_key.is_not(None))
    .correlate(Party)
    .exists()
)
# Whether a mail could be written to a party at all.
HAS_ADDRESS: Final = sa.or_(Party.email_key.is_not(None), _adult_with_address)


class Guest(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the guest list. `expected` numbers are the party's, the others what it said."""

    invitation_id: uuid.UUID
    link_version: int
    invited_at: datetime
    party_id: uuid.UUID
    name: str
    kind: str
    language: str | None
    profession: str | None
    email: str | None
    has_address: bool
    unsubscribed_at: datetime | None
    expected_adults: int
    expected_children: int
    answer: str | None
    adults: int | None
    children: int | None
    note: str | None
    waiting_since: datetime | None
    source: str | None
    sequence: int | None
    answered_at: datetime | None

    @property
    def state(self) -> str:
        """The patch that shows it."""
        return state_of(self.answer, self.waiting_since)

    @property
    def is_household(self) -> bool:
        """Whether it comes in numbers."""
        return self.kind == Kind.HOUSEHOLD


def _guest_columns() -> list[sa.ColumnElement[Any]]:
    return [
        Invitation.id.label("invitation_id"),
        *(getattr(Invitation, name).label(name) for name in ("link_version", "invited_at", "party_id")),
        *(
            getattr(Party, name).label(name)
            for name in ("name", "kind", "language", "profession", "email", "unsubscribed_at")
        ),
        HAS_ADDRESS.label("has_address"),
        Party.adults.label("expected_adults"),
        Party.children.label("expected_children"),
        *(
            getattr(Rsvp, name).label(name)
            for name in (
                *("answer", "adults", "children", "note"),
                *("waiting_since", "source", "sequence", "answered_at"),
            )
        ),
    ]


def _guests(of: uuid.UUID | Sequence[uuid.UUID], *columns: Any) -> sa.Select[Any]:
    ids = [of] if isinstance(of, uuid.UUID) else of
    return (
        sa.select(*(columns or _guest_columns()))
        .select_from(Invitation)
        .join(Party, Party.id == Invitation.party_id)
        .outerjoin(Rsvp, Rsvp.invitation_id == Invitation.id)
        .where(Invitation.gathering_id.in_(ids), Invitation.withdrawn_at.is_(None))
    )


def guests(
    session: Session,
    gathering_id: uuid.UUID,
    *,
    state: str = "",
    find: str = "",
    without_address: bool = False,
    limit: int | None = None,
    offset: int = 0,
) -> list[Guest]:
    """Guests, the latest answers first, then the silent by name; those who wait stand in their order.

    `state` is one of the five or "" for all; `find` is a part of the party's or a person's name.
    """
    query = _narrowed(_guests(gathering_id), state, find)
    if without_address:
        query = query.where(~HAS_ADDRESS)
    order: tuple[Any, ...] = (Rsvp.answered_at.desc().nulls_last(), Party.name, Invitation.id)
    if state == "waiting":
        order = (Rsvp.waiting_since, Rsvp.invitation_id)
    query = query.order_by(*order).limit(limit).offset(offset)
    return [Guest(**row._mapping) for row in session.execute(query)]


def guest(session: Session, invitation_id: uuid.UUID, gathering_id: uuid.UUID) -> Guest | None:
    """One row of the list."""
    row = session.execute(_guests(gathering_id).where(Invitation.id == invitation_id)).first()
    return Guest(**row._mapping) if row else None


def number_of_guests(session: Session, gathering_id: uuid.UUID, state: str, find: str) -> int:
    """How many guests the list has."""
    return session.scalar(_narrowed(_guests(gathering_id, sa.func.count()), state, find)) or 0


def _narrowed(query: sa.Select[Any], state: str, find: str) -> sa.Select[Any]:
    if state:
        query = query.where(STATES[state])
    if find:
        query = query.where(is_called(find))
    return query


def is_called(words: str) -> sa.ColumnElement[bool]:
    """Parties by a part of their name or of somebody's in them.

    SQLite folds only A to Z, so the words are also looked for as typed, in lower case and as a name begins.
    """
    words = words.replace("\x00", "")
    ways = {words, words.lower(), words.title(), words.upper()}
    someone = (
        sa.select(PartyMember.party_id)
        .join(Person, Person.id == PartyMember.person_id)
        .where(sa.or_(*(Person.name.icontains(way, autoescape=True) for way in ways)))
    )
    theirs = (Party.name.icontains(way, autoescape=True) for way in ways)
    return sa.or_(*theirs, Party.email_key.contains(words.lower(), autoescape=True), Party.id.in_(someone))


class Stopped(NamedTuple):
    """An address that mail doesn't reach any more, and why."""

    party_id: uuid.UUID
    address: str
    reason: str


def stopped_addresses(
    session: Session, organization_id: uuid.UUID, party_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, Stopped]:
    """Which of these parties have an address that mail doesn't reach; one for each party."""
    theirs = sa.union(
        sa.select(Party.id.label("party_id"), Party.email_key.label("key"), Party.email.label("address")).where(
            Party.id.in_(party_ids)
        ),
        sa.select(PartyMember.party_id, Person.email_key, Person.email)
        .join(Person, Person.id == PartyMember.person_id)
        .where(PartyMember.party_id.in_(party_ids), PartyMember.role == "adult"),
    ).subquery()
    query = (
        sa.select(theirs.c.party_id, theirs.c.address, StoppedAddress.reason)
        .join(StoppedAddress, StoppedAddress.email_key == theirs.c.key)
        .where(StoppedAddress.organization_id == organization_id)
    )
    return {row.party_id: Stopped(*row) for row in session.execute(query)} if party_ids else {}


class CameBack(NamedTuple):
    """A guest of a coming gathering whom mail doesn't reach."""

    invitation_id: uuid.UUID
    gathering_id: uuid.UUID
    title: str
    name: str
    address: str
    reason: str


def came_back(
    session: Session,
    organization_id: uuid.UUID,
    now: datetime,
    gathering_id: uuid.UUID | None = None,
    most: int = 20,
) -> list[CameBack]:
    """Guests of gatherings still to come whose address mail doesn't reach, the latest first."""
    adult = sa.and_(PartyMember.party_id == Party.id, PartyMember.role == "adult")
    query = (
        sa.select(
            Invitation.id,
            Gathering.id,
            Gathering.title,
            Party.name,
            sa.func.coalesce(Person.email, Party.email),
            StoppedAddress.reason,
        )
        .select_from(StoppedAddress)
        .join(Party, Party.organization_id == StoppedAddress.organization_id)
        .join(PartyMember, adult, isouter=True)
        .join(
            Person,
            sa.and_(Person.id == PartyMember.person_id, Person.email_key == StoppedAddress.email_key),
            isouter=True,
        )
        .join(Invitation, Invitation.party_id == Party.id)
        .join(Gathering, Gathering.id == Invitation.gathering_id)
        .where(
            StoppedAddress.organization_id == organization_id,
            sa.or_(Person.id.is_not(None), Party.email_key == StoppedAddress.email_key),
            Invitation.withdrawn_at.is_(None),
            Gathering.status == Status.PUBLISHED,
            Gathering.ends_at > now,
        )
        .order_by(StoppedAddress.stopped_at.desc(), Party.name)
        .limit(most)
    )
    if gathering_id:
        query = query.where(Gathering.id == gathering_id)
    found = [CameBack(*row) for row in session.execute(query)]
    return list({(one.invitation_id, one.address): one for one in found}.values())


def open_questions(
    session: Session, organization_id: uuid.UUID, gathering_id: uuid.UUID | None = None, most: int = 20
) -> list[tuple[Question, str, str]]:
    """What guests asked and nobody has settled, oldest first: the question, who asks, the gathering's title."""
    query = (
        sa.select(Question, Party.name, Gathering.title)
        .join(Invitation, Invitation.id == Question.invitation_id)
        .join(Party, Party.id == Invitation.party_id)
        .join(Gathering, Gathering.id == Question.gathering_id)
        .where(Gathering.organization_id == organization_id, Question.settled_at.is_(None))
        .order_by(Question.asked_at)
        .limit(most)
    )
    if gathering_id:
        query = query.where(Question.gathering_id == gathering_id)
    return [(row[0], row[1], row[2]) for row in session.execute(query)]


def questions(session: Session, gathering_id: uuid.UUID, most: int = 200) -> list[tuple[Question, str]]:
    """What guests of a gathering asked, unsettled ones first, and who asked."""
    query = (
        sa.select(Question, Party.name)
        .join(Invitation, Invitation.id == Question.invitation_id)
        .join(Party, Party.id == Invitation.party_id)
        .where(Question.gathering_id == gathering_id)
        .order_by(Question.settled_at.is_not(None), Question.asked_at.desc())
        .limit(most)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def letters(session: Session, gathering_id: uuid.UUID, most: int = 200) -> list[Letter]:
    """What was written to guests, the latest first."""
    query = sa.select(Letter).where(Letter.gathering_id == gathering_id).order_by(Letter.written_at.desc())
    return list(session.scalars(query.limit(most)))


# Whom it tells that an event moves or is called off: all who have not said no.
TOLD: Final = ("accepted", "waiting", "tentative", "unanswered")


class Reached(msgspec.Struct):
    """Guests, each once, and how many of them mail can reach; one mail tells each of many days of a series."""

    households: int = 0
    professionals: int = 0
    by_mail: int = 0

    @property
    def parties(self) -> int:
        """How many guests."""
        return self.households + self.professionals

    @property
    def not_by_mail(self) -> int:
        """How many have to be told otherwise."""
        return self.parties - self.by_mail


def guests_by_mail(session: Session, gathering_ids: Sequence[uuid.UUID]) -> int:
    """How many parties, each once, mail would ask to one or more of these gatherings."""
    asked = _guests(gathering_ids, sa.func.count(sa.distinct(Party.id))).where(
        STATES["unanswered"], HAS_ADDRESS, Party.unsubscribed_at.is_(None)
    )
    return session.scalar(asked) or 0


def reached(session: Session, *gathering_ids: uuid.UUID) -> dict[str, Reached]:
    """Guests by answer; of several gatherings together each once for an answer that it gave to any of them."""
    rows = _answers(gathering_ids)
    query = sa.select(rows.c.state, *_counted(rows)).group_by(rows.c.state)
    found = {name: Reached() for name in STATES}
    return found | {name: Reached(*numbers) for name, *numbers in session.execute(query)}


def reached_once(session: Session, *gathering_ids: uuid.UUID, states: Sequence[str] = TOLD) -> Reached:
    """Guests who gave one of those answers to one or more of these gatherings, each once."""
    rows = _answers(gathering_ids)
    numbers: Sequence[int] = session.execute(sa.select(*_counted(rows)).where(rows.c.state.in_(states))).one()
    return Reached(*numbers)


def _answers(gathering_ids: Sequence[uuid.UUID]) -> sa.Subquery:
    """A row for each invitation: whose it is, how it was answered, and whether mail reaches them."""
    state = sa.case(*((condition, name) for name, condition in STATES.items()), else_="unanswered")
    mailed = sa.case((sa.and_(HAS_ADDRESS, Party.unsubscribed_at.is_(None)), 1), else_=0)
    return _guests(
        gathering_ids, Party.id.label("party_id"), Party.kind, state.label("state"), mailed.label("mailed")
    ).subquery()


def _counted(rows: sa.Subquery) -> list[sa.ColumnElement[int]]:
    """In the order of Reached."""
    household, mailed = rows.c.kind == Kind.HOUSEHOLD, sa.case((rows.c.mailed == 1, rows.c.party_id))
    return [
        sa.func.count(sa.distinct(sa.case((household, rows.c.party_id)))),
        sa.func.count(sa.distinct(sa.case((~household, rows.c.party_id)))),
        sa.func.count(sa.distinct(mailed)),
    ]
