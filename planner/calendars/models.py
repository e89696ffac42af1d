"""Calendar subscriptions."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from planner.database import Base, UtcDateTime, new_id, utc_now


class Scope(StrEnum):
    """What a feed shows."""

    PARTY = "party"
    ORGANIZATION = "organization"
    COORDINATOR = "coordinator"


class Feed(Base):
    """A subscription with a secret address: its id with an HMAC over id and version, so that pages can show it."""

    __tablename__ = "feed"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organization.id"))
    scope: Mapped[str] = mapped_column(sa.String(20))
    party_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("party.id"), index=True)
    account_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
