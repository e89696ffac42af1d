"""Who signs in, how, and for which organisation."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from events import record
from events.catalogue import ColleagueInvited, SignInRequested
from events.log import LogEntry
from planner.accounts.models import (
    Account,
    ApiToken,
    IdempotencyKey,
    Membership,
    Organization,
    Role,
    SignInLink,
    WebSession,
)
from planner.addresses import address_in, address_key
from planner.database import utc_now
from planner.errors import FieldError, Invalid, NotAllowed, NotFound, Refused
from planner.i18n import gettext as _
from planner.security import hash_of, new_secret
from planner.text import line_field, slug_words
from planner.times import known_zone

LINK_LASTS: Final = timedelta(minutes=15)
SESSION_LASTS: Final = timedelta(days=30)
LINKS_IN_A_QUARTER: Final = 5
KEY_LASTS: Final = timedelta(hours=24)


class LinkUsedUp(Refused):
    """A sign-in link was used, has expired or never existed: all look alike."""

    status = 404


class LastOwner(Refused):
    """An organisation keeps one owner at least."""


def found_organization(session: Session, name: str, owner_address: str, time_zone: str = "UTC") -> Membership:
    """Makes an organisation and its owner; an account of that address is used again.

    Raises Invalid at `organization`, `email` or `time_zone` (an IANA name).
    """
    errors: list[FieldError] = []
    name = line_field("organization", name, 200, errors, required=True)
    if errors:
        raise Invalid(errors)
    known_zone(time_zone)
    account = _account(session, owner_address, "")
    organization = Organization(name=name, slug=_free_slug(session, name), time_zone=time_zone)
    session.add(organization)
    session.flush()
    membership = Membership(organization_id=organization.id, account_id=account.id, role=Role.OWNER)
    session.add(membership)
    session.flush()
    session.refresh(membership)
    return membership


def _account(session: Session, address: str, name: str) -> Account:
    email = address_in("email", address)
    key = address_key(email)
    account = session.scalar(sa.select(Account).where(Account.email_key == key))
    if account is None:
        account = Account(email=email, email_key=key, name=name)
        session.add(account)
        session.flush()
    return account


def _free_slug(session: Session, name: str) -> str:
    slug = slug_words(name) or "organization"
    taken = set(session.scalars(sa.select(Organization.slug).where(Organization.slug.startswith(slug))))
    return slug if slug not in taken else f"{slug}-{secrets.token_hex(3)}"


def membership_of(session: Session, address: str, organization_slug: str | None = None) -> Membership:
    """The role that an address has, in the organisation named or in its first one. Raises NotFound."""
    query = (
        sa.select(Membership)
        .join(Account, Account.id == Membership.account_id)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(Account.email_key == address_key(address.strip()))
        .order_by(Membership.created_at)
    )
    if organization_slug:
        query = query.where(Organization.slug == organization_slug)
    membership = session.scalars(query).first()
    if membership is None:
        raise NotFound(_("Nobody signs in with this address."))
    return membership


def request_sign_in(session: Session, address: str) -> None:
    """Has a link mailed to the address if somebody signs in with it; nothing tells whether that is so.

    Five links in a quarter of an hour at most. Raises Invalid at `email` for what is no address.
    """
    key = address_key(address_in("email", address))
    membership = session.scalars(
        sa.select(Membership)
        .join(Account, Account.id == Membership.account_id)
        .where(Account.email_key == key)
        .order_by(Membership.created_at)
    ).first()
    if membership is None:
        return
    # One at a time: of many requests at once none shall overlook the others.
    session.execute(sa.select(Account.id).where(Account.id == membership.account_id).with_for_update())
    if _asked_lately(session, membership) < LINKS_IN_A_QUARTER:
        record(
            session,
            SignInRequested(organization_id=membership.organization_id, account_id=membership.account_id),
            actor=membership.actor,
        )


def _asked_lately(session: Session, membership: Membership) -> int:
    """How often a link was asked for in the last quarter of an hour, as the log has it: links are made later."""
    query = sa.select(LogEntry.data).where(
        LogEntry.organization_id == membership.organization_id,
        LogEntry.gathering_id.is_(None),
        LogEntry.type == "SignInRequested",
        LogEntry.occurred_at > utc_now() - LINK_LASTS,
    )
    return sum(data.get("account_id") == str(membership.account_id) for data in session.scalars(query))


def new_sign_in_link(session: Session, account_id: uuid.UUID) -> str:
    """The token of a link that signs in once within 15 minutes; it is kept as a hash alone."""
    token = new_secret()
    session.add(SignInLink(token_hash=hash_of(token), account_id=account_id, expires_at=utc_now() + LINK_LASTS))
    session.flush()
    return token


def sign_in_link_opens(session: Session, token: str) -> bool:
    """Whether the link would sign in; it is not used up by asking."""
    link = session.get(SignInLink, hash_of(token))
    return link is not None and link.used_at is None and link.expires_at > utc_now()


def sign_in(session: Session, token: str) -> tuple[str, Membership]:
    """Uses up a link: the secret of a new browser session, and the role it has. Raises LinkUsedUp."""
    used = session.execute(
        sa.update(SignInLink)
        .where(
            SignInLink.token_hash == hash_of(token),
            SignInLink.used_at.is_(None),
            SignInLink.expires_at > utc_now(),
        )
        .values(used_at=utc_now())
        .returning(SignInLink.account_id)
    ).one_or_none()
    membership = None
    if used is not None:
        membership = session.scalars(
            sa.select(Membership).where(Membership.account_id == used[0]).order_by(Membership.created_at)
        ).first()
    if membership is None:
        raise LinkUsedUp(_("This sign-in link has been used or is too old. Ask for a new one."))
    return open_session(session, membership), membership


def open_session(session: Session, membership: Membership) -> str:
    """The secret of a new browser session; it is kept as a hash alone."""
    secret = new_secret()
    session.add(
        WebSession(
            token_hash=hash_of(secret),
            account_id=membership.account_id,
            organization_id=membership.organization_id,
            expires_at=utc_now() + SESSION_LASTS,
        )
    )
    return secret


def sign_out(session: Session, secret: str) -> None:
    """Ends a browser session; twice, it changes nothing."""
    session.execute(sa.delete(WebSession).where(WebSession.token_hash == hash_of(secret)))


def work_for(session: Session, secret: str, account_id: uuid.UUID, organization_id: uuid.UUID) -> None:
    """Turns a browser session to another organisation of the same account. Raises NotFound."""
    if session.get(Membership, (organization_id, account_id)) is None:
        raise NotFound(_("There is no such organisation."))
    session.execute(
        sa.update(WebSession)
        .where(WebSession.token_hash == hash_of(secret))
        .values(organization_id=organization_id)
    )


def create_api_token(session: Session, membership: Membership, name: str = "") -> str:
    """A token for a program that acts for this person; shown once, kept as a hash."""
    token = new_secret()
    session.add(
        ApiToken(
            token_hash=hash_of(token),
            account_id=membership.account_id,
            organization_id=membership.organization_id,
            name=name[:100],
        )
    )
    return token


def add_colleague(session: Session, by: Membership, address: str, name: str, role: Role) -> Membership:
    """Lets a colleague sign in for the organisation and tells them by mail.

    Raises NotAllowed unless an owner asks, and Invalid at `email`, also for one who is there already, or `name`.
    """
    owners_alone(by)
    errors: list[FieldError] = []
    name = line_field("name", name, 200, errors)
    if errors:
        raise Invalid(errors)
    account = _account(session, address, name)
    membership = session.get(Membership, (by.organization_id, account.id))
    if membership is not None:
        raise Invalid.field("email", _("This person belongs to you already."))
    membership = Membership(organization_id=by.organization_id, account_id=account.id, role=role)
    session.add(membership)
    record(
        session,
        ColleagueInvited(organization_id=by.organization_id, account_id=account.id),
        actor=by.actor,
    )
    session.flush()
    session.refresh(membership)
    return membership


def change_role(session: Session, by: Membership, account_id: uuid.UUID, role: Role | None) -> None:
    """Gives a colleague another role, or with None takes them off. Raises NotAllowed, NotFound, LastOwner."""
    owners_alone(by)
    membership = session.get(Membership, (by.organization_id, account_id))
    if membership is None:
        raise NotFound(_("There is no such colleague."))
    owners = session.scalars(
        sa.select(Membership.account_id)
        .where(Membership.organization_id == by.organization_id, Membership.role == Role.OWNER)
        .with_for_update()
    ).all()
    if list(owners) == [account_id] and role != Role.OWNER:
        raise LastOwner(_("One owner must stay. Make somebody else an owner first."))
    if role is None:
        _take_off(session, membership)
    else:
        membership.role = role


def _take_off(session: Session, membership: Membership) -> None:
    for table in (WebSession, ApiToken):
        rows = sa.delete(table) if table is WebSession else sa.update(ApiToken).values(revoked_at=utc_now())
        session.execute(
            rows.where(
                table.account_id == membership.account_id,
                table.organization_id == membership.organization_id,
            )
        )
    session.delete(membership)


def owners_alone(by: Membership) -> None:
    """Raises NotAllowed for everybody else."""
    if not by.may_change_settings:
        raise NotAllowed(_("Only an owner can do this."))


def forget_expired(session: Session, now: datetime) -> None:
    """Clears away links, sessions and keys that are good for nothing any more at `now`, an instant."""
    session.execute(sa.delete(SignInLink).where(SignInLink.expires_at < now - timedelta(days=1)))
    session.execute(sa.delete(WebSession).where(WebSession.expires_at < now))
    session.execute(sa.delete(IdempotencyKey).where(IdempotencyKey.created_at < now - KEY_LASTS))
