"""Reads about gatherings that pages and programs need."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from planner.accounts.models import Organization
from planner.gatherings.models import Gathering, Status, Visibility
from planner.gatherings.topics import by_key, topic_key
from planner.invitations.models import Invitation
from planner.rsvps.models import Rsvp

LATEST: Final = 200


class Listed(NamedTuple):
    """A gathering as lists for everybody show it; `free` seats, None where there is no limit."""

    gathering: Gathering
    free: int | None


class Year(NamedTuple):
    """Id, start and zone of a year's gatherings, in order; `is_whole` where none is missing."""

    events: list[tuple[uuid.UUID, datetime, str]]
    is_whole: bool


def organizations(session: Session) -> list[Organization]:
    """All organisations of this installation, the first one first."""
    return list(session.scalars(sa.select(Organization).order_by(Organization.created_at, Organization.id)))


def only_organization(session: Session) -> Organization | None:
    """The organisation of an installation that serves one alone."""
    found = session.scalars(sa.select(Organization).order_by(Organization.created_at).limit(2)).all()
    return found[0] if len(found) == 1 else None


def organization_by_slug(session: Session, slug: str) -> Organization | None:
    """The organisation of that slug."""
    return session.scalar(sa.select(Organization).where(Organization.slug == slug))


def by_slug(session: Session, slug: str) -> Listed | None:
    """The gathering of that slug, whoever may see it."""
    return next(iter(_listed(session, _with_seats().where(Gathering.slug == slug))), None)


def coming_up(
    session: Session, organization_id: uuid.UUID, now: datetime, most: int, guest: uuid.UUID | None = None
) -> list[Listed]:
    """What everybody may come to and is not over, soonest first; what was called off is left out.

    `guest`: without those to which that party is invited, and so has a link of its own.
    """
    query = _with_seats().where(
        Gathering.organization_id == organization_id,
        Gathering.status == Status.PUBLISHED,
        Gathering.visibility == Visibility.PUBLIC,
        Gathering.ends_at > now,
    )
    if guest is not None:
        query = query.where(
            Gathering.id.not_in(sa.select(Invitation.gathering_id).where(Invitation.party_id == guest))
        )
    return _listed(session, query.order_by(Gathering.starts_at, Gathering.id).limit(most))


def whats_on(
    session: Session, organization_id: uuid.UUID, now: datetime, most: int, topic: str = "", offset: int = 0
) -> list[Listed]:
    """As `coming_up`, with what was called off: people who have read of it look here.

    `topic`: only what is about that one, by its key. `offset`: so many are passed over.
    """
    query = _with_seats().where(*_on(session, organization_id, now, topic))
    return _listed(session, query.order_by(Gathering.starts_at, Gathering.id).limit(most).offset(offset))


def how_many_are_on(session: Session, organization_id: uuid.UUID, now: datetime, topic: str = "") -> int:
    """How many `whats_on` has in all."""
    query = sa.select(sa.func.count()).where(*_on(session, organization_id, now, topic))
    return session.scalars(query).one()


def _on(session: Session, organization_id: uuid.UUID, now: datetime, topic: str) -> list[sa.ColumnElement[bool]]:
    on = [*_shown_to_all(organization_id), Gathering.ends_at > now]
    if topic:
        rows = session.execute(sa.select(Gathering.id, Gathering.topics).where(*on))
        on.append(Gathering.id.in_([row[0] for row in rows if topic in by_key(row[1])]))
    return on


def public_topics(session: Session, organization_id: uuid.UUID, after: datetime | None = None) -> dict[str, str]:
    """The topics of all that is or was public, by key and in order; `after`: of what ends later than that.

    Where events spell one differently, the latest of them is followed.
    """
    query = sa.select(Gathering.topics).where(
        *_shown_to_all(organization_id), sa.cast(Gathering.topics, sa.Text) != "[]"
    )
    if after is not None:
        query = query.where(Gathering.ends_at > after)
    found = session.scalars(query.order_by(Gathering.starts_at.desc(), Gathering.id))
    return dict(sorted(by_key(topic for topics in found for topic in topics).items()))


def offered_topics(session: Session, organization_id: uuid.UUID, now: datetime, asked: str) -> dict[str, str]:
    """The topics of what is public and not over, by key; and the one asked for (a key), if it ever was one.

    A topic whose events are over still has a calendar; a word that never was one is no filter.
    """
    topics = public_topics(session, organization_id, now)
    if asked and asked not in topics:
        topics |= {key: topic for key, topic in public_topics(session, organization_id).items() if key == asked}
    return topics


def topics_used(session: Session, organization_id: uuid.UUID, most: int) -> list[str]:
    """What an organisation's latest gatherings were about, in order; of many the `most` frequent."""
    query = (
        sa.select(Gathering.topics)
        .where(Gathering.organization_id == organization_id, sa.cast(Gathering.topics, sa.Text) != "[]")
        .order_by(Gathering.created_at.desc())
        .limit(LATEST)
    )
    found = [topic for topics in session.scalars(query) for topic in topics]
    numbers = Counter(topic_key(topic) for topic in found)
    used = by_key(found)
    return [used[key] for key in sorted(key for key, _number in numbers.most_common(most))]


def _shown_to_all(organization_id: uuid.UUID) -> list[sa.ColumnElement[bool]]:
    """Public ones that were published, also those called off and those held."""
    return [
        Gathering.organization_id == organization_id,
        Gathering.published_at.is_not(None),
        Gathering.visibility == Visibility.PUBLIC,
    ]


def year_of(session: Session, organization_id: uuid.UUID, now: datetime, most: int) -> Year:
    """The public gatherings since a year ago; where they are more than `most`, those nearest to now."""
    query = sa.select(Gathering.id, Gathering.starts_at, Gathering.time_zone).where(
        Gathering.organization_id == organization_id,
        Gathering.status.in_([Status.PUBLISHED, Status.HELD]),
        Gathering.visibility == Visibility.PUBLIC,
        Gathering.starts_at > now - timedelta(days=365),
    )
    begun = query.where(Gathering.starts_at <= now).order_by(Gathering.starts_at.desc(), Gathering.id)
    to_come = query.where(Gathering.starts_at > now).order_by(Gathering.starts_at, Gathering.id)
    rows = [(row[0], row[1], row[2]) for one in (begun, to_come) for row in session.execute(one.limit(most + 1))]
    nearest = sorted(rows, key=lambda row: abs(row[1] - now))[:most]
    return Year(sorted(nearest, key=lambda row: row[1]), is_whole=len(rows) <= most)


def _with_seats() -> sa.Select[Gathering, int]:
    held = (
        sa.select(sa.func.coalesce(sa.func.sum(Rsvp.seats_held), 0))
        .where(Rsvp.gathering_id == Gathering.id, Rsvp.seats_held > 0)
        .correlate(Gathering)
        .scalar_subquery()
    )
    return sa.select(Gathering, held)


def _listed(session: Session, query: sa.Select[Gathering, int]) -> list[Listed]:
    return [Listed(gathering, gathering.free_seats(held)) for gathering, held in session.execute(query)]
