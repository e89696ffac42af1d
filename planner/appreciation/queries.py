"""Reads about thanks: who came, whom one may thank, what hangs on the wall, what a coordinator may read."""

from __future__ import annotations

import uuid
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from planner.accounts.models import Account, Membership
from planner.appreciation.models import Appreciation
from planner.gatherings.models import Gathering
from planner.gatherings.standing import STATES
from planner.i18n import gettext as _
from planner.invitations.models import Invitation
from planner.parties.models import Kind, Party
from planner.rsvps.models import Rsvp

WALL_MOST: Final = 300
EVERYONE: Final = "everyone"
SOMEBODY_ELSE: Final = "other"

_NEWEST_FIRST: Final = (Appreciation.given_at.desc(), Appreciation.id.desc())
_to_everyone = sa.and_(
    Appreciation.to_account_id.is_(None),
    Appreciation.to_invitation_id.is_(None),
    Appreciation.to_name == "",
)
_on_the_wall = sa.and_(
    Appreciation.hidden_at.is_(None),
    Appreciation.shared,
    sa.or_(_to_everyone, Appreciation.agreed_at.is_not(None)),
)
_to_pass_on = sa.and_(
    Appreciation.to_name != "",
    Appreciation.to_account_id.is_(None),
    Appreciation.to_invitation_id.is_(None),
)
# Read by nobody but those two.
_between_two = sa.and_(Appreciation.hidden_at.is_(None), ~_on_the_wall, ~_to_everyone, ~_to_pass_on)


class Thankable(NamedTuple):
    """Somebody whom a party may thank by name; `value` is what the form says."""

    value: str
    words: str


def notes(session: Session, gathering_id: uuid.UUID, account_id: uuid.UUID) -> list[Appreciation]:
    """The thanks that a coordinator may read, the newest first."""
    query = readable_by(account_id).where(Appreciation.gathering_id == gathering_id)
    return list(session.scalars(query.order_by(*_NEWEST_FIRST)))


def readable_by(account_id: uuid.UUID) -> sa.Select[Appreciation]:
    """The thanks that a coordinator may read.

    These are what hangs on the wall, goes to everyone, or waits to be passed on; what was hidden; and what this
    coordinator was given or wrote. All others stay between two people.
    """
    return _with_names().where(
        sa.or_(
            _on_the_wall,
            _to_everyone,
            _to_pass_on,
            Appreciation.hidden_at.is_not(None),
            Appreciation.to_account_id == account_id,
            Appreciation.from_account_id == account_id,
        )
    )


def number_between_two(session: Session, gathering_id: uuid.UUID) -> int:
    """How many thanks are private between two people."""
    query = sa.select(sa.func.count()).where(Appreciation.gathering_id == gathering_id, _between_two)
    return session.scalar(query) or 0


def wall(session: Session, gathering_id: uuid.UUID) -> list[Appreciation]:
    """What the gathering's guests may read, the newest first."""
    query = _with_names().where(Appreciation.gathering_id == gathering_id, _on_the_wall)
    return list(session.scalars(query.order_by(*_NEWEST_FIRST).limit(WALL_MOST)))


def received(session: Session, invitation_id: uuid.UUID) -> list[Appreciation]:
    """The thanks that a party was given, the newest first; hidden ones are not among them."""
    query = _with_names().where(Appreciation.to_invitation_id == invitation_id, Appreciation.hidden_at.is_(None))
    return list(session.scalars(query.order_by(*_NEWEST_FIRST)))


def written(session: Session, invitation_id: uuid.UUID) -> list[Appreciation]:
    """The thanks that a party gave, the newest first."""
    query = _with_names().where(Appreciation.from_invitation_id == invitation_id)
    return list(session.scalars(query.order_by(*_NEWEST_FIRST)))


def _with_names() -> sa.Select[Appreciation]:
    return sa.select(Appreciation).options(
        joinedload(Appreciation.to_invitation).lazyload(Invitation.gathering),
        joinedload(Appreciation.to_account),
        joinedload(Appreciation.from_invitation).lazyload(Invitation.gathering),
    )


def came(session: Session, invitation_id: uuid.UUID) -> bool:
    """Whether that party came: it had accepted, and held seats."""
    query = _guests().where(Invitation.id == invitation_id).with_only_columns(sa.func.count())
    return bool(session.scalar(query))


def who_came(session: Session, gathering_id: uuid.UUID) -> list[Invitation]:
    """The parties that came, by name."""
    query = _guests().where(Invitation.gathering_id == gathering_id)
    return list(session.scalars(query.order_by(sa.func.lower(Party.name), Invitation.id)).unique())


def professionals_came(session: Session, gathering_id: uuid.UUID) -> bool:
    """Whether there was any professional to thank."""
    query = _professionals(gathering_id).order_by(None).with_only_columns(sa.func.count())
    return bool(session.scalar(query))


def not_thanked(session: Session, gathering_id: uuid.UUID) -> list[Invitation]:
    """Professionals who came and whom nobody has thanked yet."""
    thanked = (
        sa.select(Appreciation.id)
        .where(Appreciation.to_invitation_id == Invitation.id, Appreciation.hidden_at.is_(None))
        .correlate(Invitation)
        .exists()
    )
    query = _professionals(gathering_id).where(~thanked)
    return list(session.scalars(query).unique())


def thankable(session: Session, invitation: Invitation) -> list[Thankable]:
    """Whom a party may thank: everyone, the team, the professionals who came, and somebody named by the writer.

    Households are not among them, since no household is listed to another.
    """
    return [
        Thankable(EVERYONE, _("Everyone")),
        *(
            Thankable(f"account:{account.id}", _described(account.name, profession))
            for account, profession in _team(session, invitation.gathering)
        ),
        *(
            Thankable(f"invitation:{one.id}", _described(one.party.name, one.party.profession))
            for one in session.scalars(_professionals(invitation.gathering_id)).unique()
            if one.id != invitation.id
        ),
        Thankable(SOMEBODY_ELSE, _("Somebody else: write the name below")),
    ]


def _described(name: str, profession: str | None) -> str:
    return f"{name}, {profession}" if profession else name


def _team(session: Session, gathering: Gathering) -> list[tuple[Account, str | None]]:
    query = (
        sa.select(Account, Membership.profession)
        .join(Membership, Membership.account_id == Account.id)
        .where(Membership.organization_id == gathering.organization_id, Account.name != "")
        .order_by(Account.name, Account.id)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def _professionals(gathering_id: uuid.UUID) -> sa.Select[Any]:
    return (
        _guests()
        .where(Invitation.gathering_id == gathering_id, Party.kind == Kind.PROFESSIONAL)
        .order_by(sa.func.lower(Party.name), Invitation.id)
    )


def _guests() -> sa.Select[Any]:
    return (
        sa.select(Invitation)
        .join(Party, Party.id == Invitation.party_id)
        .join(Rsvp, Rsvp.invitation_id == Invitation.id)
        .where(STATES["accepted"], Invitation.withdrawn_at.is_(None))
    )
