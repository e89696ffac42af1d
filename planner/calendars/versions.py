"""Feed versions: raised in the transaction of the change itself, so that no feed is ever stale."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from planner.accounts.models import Organization
from planner.gatherings.models import Gathering, Visibility
from planner.invitations.models import Invitation
from planner.parties.models import Party

# Table updates rather than mapped ones: this is in the way of each answer, and nothing reads the versions from a
# session.
_parties: Final = cast(sa.Table, Party.__table__)
_organizations: Final = cast(sa.Table, Organization.__table__)

_RAISE_PARTY: Final = (
    sa.update(_parties)
    .where(_parties.c.id == sa.bindparam("raised_party"))
    .values(feed_version=_parties.c.feed_version + 1)
)
# In the order in which an answer raises them: of two that raised many, each would wait for the other.
_INVITED: Final = (
    sa.select(_parties.c.id)
    .join(Invitation, Invitation.party_id == _parties.c.id)
    .where(Invitation.gathering_id == sa.bindparam("raised_gathering"))
    .order_by(_parties.c.id)
    .with_for_update(of=_parties, key_share=True)
)
_RAISE_INVITED: Final = (
    sa.update(_parties).where(_parties.c.id.in_(_INVITED)).values(feed_version=_parties.c.feed_version + 1)
)
_RAISE_DESK: Final = (
    sa.update(_organizations)
    .where(_organizations.c.id == sa.bindparam("raised_organization"))
    .values(desk_version=_organizations.c.desk_version + 1)
)
_RAISE_PUBLIC: Final = _RAISE_DESK.values(public_version=_organizations.c.public_version + 1)


def raise_party_version(session: Session, party_id: uuid.UUID) -> None:
    """The party's feed shows something else: it was invited, answered, was given seats, or was withdrawn."""
    session.execute(_RAISE_PARTY, {"raised_party": party_id})


def raise_versions(session: Session, gathering: Gathering, also_public: bool = False) -> None:
    """Every feed that shows the gathering shows something else, now that it was published, changed or cancelled.

    `also_public`: the public feed too, although the gathering is not public any more.
    """
    public = also_public or gathering.visibility == Visibility.PUBLIC
    session.execute(_RAISE_PUBLIC if public else _RAISE_DESK, {"raised_organization": gathering.organization_id})
    session.execute(_RAISE_INVITED, {"raised_gathering": gathering.id})


def raise_organization_versions(session: Session, organization_id: uuid.UUID) -> None:
    """Name, palette or contact of the organisation changed, which each of its feeds shows."""
    session.execute(_RAISE_PUBLIC, {"raised_organization": organization_id})
    session.execute(
        sa.update(_parties)
        .where(_parties.c.organization_id == organization_id)
        .values(feed_version=_parties.c.feed_version + 1)
    )


def raise_party_versions(session: Session, party_ids: Collection[uuid.UUID]) -> None:
    """The same for many parties at once."""
    if party_ids:
        session.connection().execute(_RAISE_PARTY, [{"raised_party": party_id} for party_id in sorted(party_ids)])
