"""Organisations, those who sign in for them, and what lets them in."""

from __future__ import annotations

import uuid
from datetime import datetime, time
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from planner.database import Base, UtcDateTime, new_id, utc_now


class Role(StrEnum):
    """What somebody may do: owners change settings and colleagues; helpers only look and enter answers."""

    OWNER = "owner"
    COORDINATOR = "coordinator"
    HELPER = "helper"


class Organization(Base):
    """A school, a clinic, a family centre: whose gatherings, people and mails these are."""

    __tablename__ = "organization"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(sa.String(200))
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    time_zone: Mapped[str] = mapped_column(sa.String(64), default="UTC")
    # Whose public holidays are said when a date is set: ISO 3166, and a region of `planner.days.public`.
    country: Mapped[str | None] = mapped_column(sa.String(2))
    region: Mapped[str | None] = mapped_column(sa.String(20))
    # Whose religious days are said when a date is set.
    observed: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    languages: Mapped[list[str]] = mapped_column(default=lambda: ["en", "es"])
    palette: Mapped[str] = mapped_column(sa.String(20), default="quince")
    address: Mapped[str | None] = mapped_column(sa.String(300))
    contact_name: Mapped[str | None] = mapped_column(sa.String(200))
    contact_phone: Mapped[str | None] = mapped_column(sa.String(50))
    contact_email: Mapped[str | None] = mapped_column(sa.String(254))
    calendar_parts: Mapped[bool] = mapped_column(default=True)
    settle_minutes: Mapped[int] = mapped_column(default=10)
    weekly_mail_limit: Mapped[int | None] = mapped_column()
    quiet_from: Mapped[time | None] = mapped_column()
    quiet_until: Mapped[time | None] = mapped_column()
    needs_kept_days: Mapped[int] = mapped_column(default=30)
    people_kept_days: Mapped[int] = mapped_column(default=730)
    # Raised with everything that the public feed, or a coordinator's, shows.
    public_version: Mapped[int] = mapped_column(default=0)
    desk_version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    @property
    def contact(self) -> tuple[str, str, str]:
        """Whom to ask: name, phone and address; empty where unknown."""
        return self.contact_name or "", self.contact_phone or "", self.contact_email or ""


class Account(Base):
    """A person who signs in."""

    __tablename__ = "account"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    # As written; compared through `address_key`.
    email: Mapped[str] = mapped_column(sa.String(254))
    email_key: Mapped[str] = mapped_column(sa.String(254), unique=True)
    name: Mapped[str] = mapped_column(sa.String(200), default="")
    language: Mapped[str | None] = mapped_column(sa.String(20))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    @property
    def called(self) -> str:
        """The name, or the address where no name is known."""
        return self.name or self.email


class Membership(Base):
    """An account's role in an organisation."""

    __tablename__ = "membership"

    organization_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organization.id"), primary_key=True)
    account_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("account.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(sa.String(20))
    profession: Mapped[str | None] = mapped_column(sa.String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    account: Mapped[Account] = relationship(lazy="joined", innerjoin=True)
    organization: Mapped[Organization] = relationship(lazy="joined", innerjoin=True)

    @property
    def actor(self) -> str:
        """Who did it, as the log says it."""
        return f"account:{self.account_id}"

    @property
    def may_change_settings(self) -> bool:
        """Owners alone change the organisation and who belongs to it."""
        return self.role == Role.OWNER

    @property
    def may_plan(self) -> bool:
        """Owners and coordinators plan and invite; helpers look and enter answers."""
        return self.role in (Role.OWNER, Role.COORDINATOR)


def account_of(actor: str | None) -> uuid.UUID | None:
    """Whose account did it, where the log names one (`Membership.actor`)."""
    return uuid.UUID(actor.removeprefix("account:")) if actor and actor.startswith("account:") else None


class SignInLink(Base):
    """A mailed link that signs in once. Its token is random and kept as a hash alone."""

    __tablename__ = "sign_in_link"

    token_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    account_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("account.id"), index=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WebSession(Base):
    """A browser that is signed in, for one organisation at a time."""

    __tablename__ = "web_session"

    token_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    account_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("account.id"), index=True)
    organization_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organization.id"))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ApiToken(Base):
    """What a program shows instead of signing in; it acts for an account in one organisation."""

    __tablename__ = "api_token"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    account_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("account.id"), index=True)
    organization_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organization.id"))
    name: Mapped[str] = mapped_column(sa.String(100), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class IdempotencyKey(Base):
    """What a POST with an `Idempotency-Key` was answered, for 24 hours."""

    __tablename__ = "idempotency_key"

    token_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("api_token.id"), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    request_hash: Mapped[str] = mapped_column(sa.String(64))
    status: Mapped[int] = mapped_column()
    body: Mapped[bytes] = mapped_column(sa.LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)
