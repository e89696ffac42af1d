"""What people do with subscriptions: get one, take it back, change its address."""

from __future__ import annotations

import uuid
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from planner.accounts.models import Membership
from planner.calendars.models import Feed, Scope
from planner.database import Database, utc_now
from planner.errors import Invalid, NotAllowed, NotFound
from planner.i18n import gettext as _
from planner.parties.models import Party

# Made once, since each answer asks it.
_OF_PARTY: Final = (
    Feed.party_id == sa.bindparam("party_id"),
    Feed.scope == Scope.PARTY,
    Feed.account_id.is_(None),
)
_PARTY_FEED: Final = (
    sa.select(Feed).where(*_OF_PARTY, Feed.revoked_at.is_(None)).order_by(Feed.created_at, Feed.id).limit(1)
)
_HAD_FEED: Final = sa.select(Feed.id).where(*_OF_PARTY).limit(1)


def find_party_feed(session: Session, party_id: uuid.UUID) -> Feed | None:
    """The feed that a party's page offers, if one was made and not revoked; never one that a coordinator made."""
    return session.scalar(_PARTY_FEED, {"party_id": party_id})


def party_feed(session: Session, party: Party) -> Feed:
    """The party's own feed, made when first needed."""
    return find_party_feed(session, party.id) or _made(
        session, party.organization_id, Scope.PARTY, party_id=party.id
    )


def offered_feed(database: Database, party: Party, found: Feed | None) -> Feed | None:
    """The feed for a party's page that `found` it, or none: then it is made, in a transaction of its own.

    None where the party has stopped it: it is made again only when asked for.
    """
    if found is not None:
        return found
    with database.reading() as session:
        if _had_feed(session, party):
            return None
    with database.writing() as session:
        return party_feed(session, party)


def prepare_party_feed(session: Session, party: Party) -> None:
    """Makes the party's own feed where there never was one, so that its page need not."""
    if not _had_feed(session, party):
        _made(session, party.organization_id, Scope.PARTY, party_id=party.id)


def stop_party_feed(session: Session, party: Party) -> None:
    """From now on the address of the party's own feed is unknown; those that a coordinator made stay."""
    _revoke(session, Feed.party_id == party.id, Feed.scope == Scope.PARTY, Feed.account_id.is_(None))


def find_coordinator_feed(session: Session, membership: Membership) -> Feed | None:
    """The feed that a coordinator's page offers, if one was made and not revoked."""
    query = sa.select(Feed).where(*_of_coordinator(membership), Feed.revoked_at.is_(None))
    return session.scalar(query.order_by(Feed.created_at, Feed.id).limit(1))


def stop_coordinator_feed(session: Session, membership: Membership) -> None:
    """From now on all addresses of the coordinator's calendar are unknown, those that programs made too."""
    _revoke(session, *_of_coordinator(membership))


def create_feed(
    session: Session,
    organization_id: uuid.UUID,
    scope: Scope,
    party_id: uuid.UUID | None = None,
    account_id: uuid.UUID | None = None,
) -> Feed:
    """A new subscription: a party's, the organisation's public events, or all of them for a coordinator.

    `account_id` is who makes it, and whose it is where it is a coordinator's.
    Raises Invalid at `party_id` where a party's feed names no party of the organisation, or another one names any;
    NotFound where the coordinator does not belong to the organisation.
    """
    if scope == Scope.PARTY:
        party = session.get(Party, party_id) if party_id else None
        if party is None or party.organization_id != organization_id:
            raise Invalid.field("party_id", _("There is no such household or professional."))
        return _made(session, organization_id, scope, party_id=party.id, account_id=account_id)
    if party_id is not None:
        raise Invalid.field("party_id", _("Only a party’s own calendar names a party."))
    if scope == Scope.ORGANIZATION:
        return _made(session, organization_id, scope, account_id=account_id)
    if account_id is None or session.get(Membership, (organization_id, account_id)) is None:
        raise NotFound(_("There is no such coordinator."))
    return _made(session, organization_id, scope, account_id=account_id)


def revoke_feed(session: Session, membership: Membership, feed_id: uuid.UUID) -> None:
    """From now on its address is unknown; said again, it changes nothing.

    Raises NotFound; NotAllowed where a helper did not make it.
    """
    feed = session.get(Feed, feed_id)
    if feed is None or feed.organization_id != membership.organization_id:
        raise NotFound(_("There is no such calendar."))
    if not membership.may_plan and feed.account_id != membership.account_id:
        raise NotAllowed(_("Helpers stop only the calendars that they made. Ask a coordinator."))
    feed.revoked_at = feed.revoked_at or utc_now()


def rotate_feed(session: Session, feed: Feed) -> Feed:
    """Gives it another address, where the old one has come into wrong hands."""
    feed.version += 1
    session.flush()
    return feed


def _had_feed(session: Session, party: Party) -> bool:
    return session.connection().scalar(_HAD_FEED, {"party_id": party.id}) is not None


def _of_coordinator(membership: Membership) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        Feed.organization_id == membership.organization_id,
        Feed.account_id == membership.account_id,
        Feed.scope == Scope.COORDINATOR,
    )


def _revoke(session: Session, *which: sa.ColumnElement[bool]) -> None:
    session.execute(sa.update(Feed).where(*which, Feed.revoked_at.is_(None)).values(revoked_at=utc_now()))


def _made(
    session: Session,
    organization_id: uuid.UUID,
    scope: Scope,
    party_id: uuid.UUID | None = None,
    account_id: uuid.UUID | None = None,
) -> Feed:
    feed = Feed(organization_id=organization_id, scope=scope, party_id=party_id, account_id=account_id)
    session.add(feed)
    session.flush()
    return feed
