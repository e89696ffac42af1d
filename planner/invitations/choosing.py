"""Whom one could invite, and what a choice comes to before it is sent."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from planner.invitations.models import Invitation
from planner.invitations.queries import HAS_ADDRESS, is_called
from planner.parties.models import Group, GroupMember, Kind, Party
from planner.rsvps.models import Rsvp

Days = Sequence[uuid.UUID]
"""The gathering to which is invited, or with it others of its series."""


class GroupLine(NamedTuple):
    """A group, its size, and how many of it have an invitation to all those days already."""

    group: Group
    households: int
    professionals: int
    invited: int

    @property
    def parties(self) -> int:
        """How many belong to it."""
        return self.households + self.professionals


def groups_to_invite(session: Session, organization_id: uuid.UUID, days: Days) -> list[GroupLine]:
    """Every group with its members counted."""
    invited = _invited_to_all(days)
    query = (
        sa.select(Group, _of_kind(Kind.HOUSEHOLD), _of_kind(Kind.PROFESSIONAL), sa.func.count(invited.c.party_id))
        .outerjoin(GroupMember, GroupMember.group_id == Group.id)
        .outerjoin(Party, sa.and_(Party.id == GroupMember.party_id, Party.unsubscribed_at.is_(None)))
        .outerjoin(invited, invited.c.party_id == Party.id)
        .where(Group.organization_id == organization_id)
        .group_by(Group.id)
        .order_by(Group.name)
    )
    return [GroupLine(*row) for row in session.execute(query)]


def _of_kind(kind: Kind) -> sa.ColumnElement[int]:
    return sa.func.count(sa.case((Party.kind == kind, Party.id)))


class PartyLine(NamedTuple):
    """Somebody one could invite."""

    party: Party
    has_address: bool
    invited_at: datetime | None


def parties_to_invite(
    session: Session,
    organization_id: uuid.UUID,
    days: Days,
    *,
    find: str = "",
    ids: Sequence[uuid.UUID] | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> list[PartyLine]:
    """Parties by name, those who take invitations."""
    invited = _invited_to_all(days)
    query = (
        sa.select(Party, HAS_ADDRESS, invited.c.invited_at)
        .outerjoin(invited, invited.c.party_id == Party.id)
        .where(Party.organization_id == organization_id, Party.unsubscribed_at.is_(None))
        .order_by(Party.name, Party.id)
    )
    if find:
        query = query.where(is_called(find))
    if ids is not None:
        query = query.where(Party.id.in_(ids))
    return [PartyLine(*row) for row in session.execute(query.limit(limit).offset(offset))]


def number_of_parties(session: Session, organization_id: uuid.UUID, find: str = "") -> int:
    """How many parties take invitations and are called so."""
    query = sa.select(sa.func.count()).where(
        Party.organization_id == organization_id, Party.unsubscribed_at.is_(None)
    )
    return session.scalar(query.where(is_called(find)) if find else query) or 0


class Ticked(msgspec.Struct, kw_only=True):
    """Groups and parties that are chosen to be invited, or everyone."""

    group_ids: list[uuid.UUID] = []
    party_ids: list[uuid.UUID] = []
    everyone: bool = False

    @property
    def among(self) -> sa.ColumnElement[bool]:
        """Whether a party is chosen, alone or by one of its groups."""
        in_group = sa.select(GroupMember.party_id).where(GroupMember.group_id.in_(self.group_ids))
        return sa.true() if self.everyone else sa.or_(Party.id.in_(self.party_ids), Party.id.in_(in_group))


class Asked(msgspec.Struct, kw_only=True):
    """Whom a choice of groups and parties would ask now, each once."""

    households: int = 0
    professionals: int = 0
    by_mail: int = 0
    invited_already: int = 0

    @property
    def parties(self) -> int:
        """How many invitations it makes."""
        return self.households + self.professionals


def asked_now(session: Session, organization_id: uuid.UUID, days: Days, ticked: Ticked) -> Asked:
    """Counts a choice before it is sent."""
    known = _invited_to_all(days)
    rows = (
        sa.select(
            Party.kind,
            sa.case((HAS_ADDRESS, 1), else_=0).label("mailed"),
            sa.case((known.c.party_id.is_not(None), 1), else_=0).label("invited"),
        )
        .outerjoin(known, known.c.party_id == Party.id)
        .where(Party.organization_id == organization_id, Party.unsubscribed_at.is_(None), ticked.among)
        .subquery()
    )
    query = sa.select(rows.c.kind, rows.c.invited, sa.func.count(), sa.func.sum(rows.c.mailed)).group_by(
        rows.c.kind, rows.c.invited
    )
    found = Asked()
    for kind, invited, parties, mailed in session.execute(query):
        if invited:
            found.invited_already += parties
            continue
        found.by_mail += int(mailed)
        if kind == Kind.HOUSEHOLD:
            found.households += parties
        else:
            found.professionals += parties
    return found


def one_asked(session: Session, organization_id: uuid.UUID, days: Days, ticked: Ticked) -> Party | None:
    """One of those whom a choice asks now, for its mail to be shown: the first by name whom mail reaches."""
    invited = _invited_to_all(days)
    query = (
        sa.select(Party)
        .outerjoin(invited, invited.c.party_id == Party.id)
        .where(
            Party.organization_id == organization_id,
            Party.unsubscribed_at.is_(None),
            invited.c.party_id.is_(None),
            ticked.among,
        )
        .order_by(sa.case((HAS_ADDRESS, 0), else_=1), Party.name, Party.id)
    )
    return session.scalar(query.limit(1))


def one_invited(session: Session, gathering_id: uuid.UUID, *, coming: bool = False) -> Party | None:
    """One of those who are invited, for a mail to be shown: whom mail reaches, and who got words of their own.

    With `coming` rather one who said yes.
    """
    first = [sa.case((Rsvp.answer == "accepted", 0), else_=1)] if coming else []
    query = (
        sa.select(Party)
        .join(Invitation, Invitation.party_id == Party.id)
        .outerjoin(Rsvp, Rsvp.invitation_id == Invitation.id)
        .where(Invitation.gathering_id == gathering_id, Invitation.withdrawn_at.is_(None))
        .order_by(
            sa.case((sa.and_(HAS_ADDRESS, Party.unsubscribed_at.is_(None)), 0), else_=1),
            *first,
            sa.case((Invitation.words != "", 0), else_=1),
            Party.name,
            Party.id,
        )
    )
    return session.scalar(query.limit(1))


def _invited_to_all(days: Days) -> sa.Subquery:
    """Parties that have an invitation to each of those days already, and since when."""
    query = sa.select(Invitation.party_id, sa.func.max(Invitation.invited_at).label("invited_at")).where(
        Invitation.gathering_id.in_(days), Invitation.withdrawn_at.is_(None)
    )
    return query.group_by(Invitation.party_id).having(sa.func.count() == len(days)).subquery()
