"""What a feed shows, read from the database."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from planner.accounts.models import Account, Membership, Organization
from planner.calendars.entries import COLUMNS, Entry, Reply
from planner.calendars.models import Feed, Scope
from planner.gatherings.models import Gathering, Status, Visibility
from planner.gatherings.topics import by_key
from planner.invitations.models import Invitation
from planner.parties.models import Kind, Party
from planner.rsvps.models import Answer, Rsvp

BACK = timedelta(days=90)
AHEAD = timedelta(days=731)
CANCELLED_STAYS = timedelta(days=30)

# What decides whether a feed has changed, in one row: first the version that its address was made with, then its
# scope and all that its bytes depend on. No row comes for a feed that is revoked, or whose coordinator has left.
FEED_STATE = (
    sa.select(
        Feed.version,
        Feed.scope,
        Organization.public_version,
        Organization.desk_version,
        Party.feed_version,
        Organization.languages,
        sa.func.coalesce(Party.language, Account.language),
    )
    .select_from(Feed)
    .join(Organization, Organization.id == Feed.organization_id)
    .outerjoin(Party, Party.id == Feed.party_id)
    .outerjoin(Account, Account.id == Feed.account_id)
    .outerjoin(
        Membership,
        sa.and_(Membership.account_id == Feed.account_id, Membership.organization_id == Feed.organization_id),
    )
    .where(
        Feed.id == sa.bindparam("id", type_=sa.Uuid()),
        Feed.revoked_at.is_(None),
        sa.or_(Feed.scope != sa.literal_column(f"'{Scope.COORDINATOR}'"), Membership.account_id.is_not(None)),
    )
)
PUBLIC_STATE = sa.select(Organization.public_version, Organization.languages).where(
    Organization.slug == sa.bindparam("slug")
)


class Shown(NamedTuple):
    """One event of a feed: the facts, and in a party's feed its answer and what its own link is made of."""

    entry: Entry
    reply: Reply | None = None
    invitation_id: uuid.UUID | None = None
    link_version: int = 0


def organization_events(
    session: Session, organization_id: uuid.UUID, day: date, public_only: bool, topic: str = ""
) -> Iterator[Shown]:
    """What an organisation has published, in order of start; `day` (UTC) is where the window stands.

    `topic`: only what is about that one, by its key.
    """
    query = _in_window(sa.select(*COLUMNS), day).where(Gathering.organization_id == organization_id)
    if public_only:
        query = query.where(Gathering.visibility == Visibility.PUBLIC)
    for row in session.connection().execute(query):
        entry = Entry._make(row)
        if not topic or topic in by_key(entry.topics):
            yield Shown(entry)


def party_events(
    session: Session, party: Party, day: date, links: bool, only_accepted: bool = False
) -> Iterator[Shown]:
    """What a party is invited to, with its answers, in order of start; `links`: with what links are made of.

    `only_accepted`: what it said yes to, also where it waits for seats.
    """
    query = (
        _in_window(
            sa.select(
                Invitation.id if links else sa.null(),
                Invitation.link_version,
                Rsvp.answer,
                Rsvp.adults,
                Rsvp.children,
                Rsvp.waiting_since.is_not(None),
                Rsvp.moved_at,
                Rsvp.sequence,
                *COLUMNS,
            ),
            day,
        )
        .select_from(Invitation)
        .join(Gathering, Gathering.id == Invitation.gathering_id)
        .outerjoin(Rsvp, Rsvp.invitation_id == Invitation.id)
        .where(Invitation.party_id == party.id, Invitation.withdrawn_at.is_(None))
    )
    if only_accepted:
        query = query.where(Rsvp.answer == Answer.ACCEPTED)
    household = party.kind == Kind.HOUSEHOLD
    for row in session.connection().execute(query):
        yield Shown(Entry._make(row[8:]), _reply(row[2:8], household), row[0], row[1])


def organization_touched_at(session: Session, organization_id: uuid.UUID) -> datetime | None:
    """When any of its gatherings last changed, shown or not: what was taken out of a feed changed it too."""
    return session.scalar(
        sa.select(sa.func.max(Gathering.changed_at)).where(Gathering.organization_id == organization_id)
    )


def party_touched_at(session: Session, party_id: uuid.UUID) -> datetime | None:
    """When anything last changed about what a party is or was invited to."""
    moments = session.execute(
        sa.select(
            sa.func.max(Gathering.changed_at),
            sa.func.max(Invitation.invited_at),
            sa.func.max(Invitation.withdrawn_at),
            sa.func.max(Rsvp.answered_at),
            sa.func.max(Rsvp.seated_at),
        )
        .select_from(Invitation)
        .join(Gathering, Gathering.id == Invitation.gathering_id)
        .outerjoin(Rsvp, Rsvp.invitation_id == Invitation.id)
        .where(Invitation.party_id == party_id)
    ).one()
    return max(filter(None, moments), default=None)


def _in_window(query: sa.Select[Any], day: date) -> sa.Select[Any]:
    today = datetime.combine(day, time.min, UTC)
    return query.where(
        Gathering.starts_at < today + AHEAD,
        sa.or_(
            sa.and_(Gathering.status.in_([Status.PUBLISHED, Status.HELD]), Gathering.ends_at >= today - BACK),
            sa.and_(
                Gathering.status == Status.CANCELLED,
                Gathering.published_at.is_not(None),
                Gathering.cancelled_at >= today - CANCELLED_STAYS,
            ),
        ),
    ).order_by(Gathering.starts_at, Gathering.id)


def _reply(row: Sequence[Any], household: bool) -> Reply | None:
    return None if row[0] is None else Reply._make((*row, household))
