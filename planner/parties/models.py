"""Who is invited: parties (households and professionals), the people in them, and groups of parties."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from planner.database import Base, UtcDateTime, new_id, utc_now


class Kind(StrEnum):
    """What kind of party it is."""

    HOUSEHOLD = "household"
    PROFESSIONAL = "professional"


class Party(Base):
    """Those who are invited together and answer together.

    Within an organisation a party is known by its kind and `email_key` (the address by which it was first
    invited, in lower case); a party without an address has none and is reached by card or by phone.
    `adults` and `children` are what is expected, not limits.
    """

    __tablename__ = "party"
    __table_args__ = (sa.UniqueConstraint("organization_id", "kind", "email_key"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    name: Mapped[str] = mapped_column(sa.String(200))
    email: Mapped[str | None] = mapped_column(sa.String(254))
    email_key: Mapped[str | None] = mapped_column(sa.String(254))
    language: Mapped[str | None] = mapped_column(sa.String(20))
    profession: Mapped[str | None] = mapped_column(sa.String(100))
    adults: Mapped[int] = mapped_column(default=1)
    children: Mapped[int] = mapped_column(default=0)
    # How an import knows the household again where there is no address: the file's own household key.
    source_key: Mapped[str | None] = mapped_column(sa.String(200))
    # Raised with everything that the party's feed shows.
    feed_version: Mapped[int] = mapped_column(default=0)
    # Raised to make the party's preference links die.
    link_version: Mapped[int] = mapped_column(default=1)
    # "No more invitations": set by the party itself; nothing but cancellations of what it said yes to follows.
    unsubscribed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # It was forgotten: the row stays for the counts of what it was invited to, and stands in no list.
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    members: Mapped[list[PartyMember]] = relationship(back_populates="party", order_by="PartyMember.position")

    @property
    def is_household(self) -> bool:
        """Whether head counts are asked for."""
        return self.kind == Kind.HOUSEHOLD

    def want_no_more(self, no_more: bool = True) -> None:
        """It asks for no more invitations, or for some again; said twice, the first time counts."""
        self.unsubscribed_at = (self.unsubscribed_at or utc_now()) if no_more else None


class Person(Base):
    """Somebody with a name and perhaps an address. Children are counted on their party, not kept here by name."""

    __tablename__ = "person"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    email: Mapped[str | None] = mapped_column(sa.String(254))
    email_key: Mapped[str | None] = mapped_column(sa.String(254), index=True)
    phone: Mapped[str | None] = mapped_column(sa.String(50))
    language: Mapped[str | None] = mapped_column(sa.String(20))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class PartyMember(Base):
    """A person in a party."""

    __tablename__ = "party_member"

    party_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("party.id"), primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(sa.String(10), default="adult")
    position: Mapped[int] = mapped_column(default=0)

    party: Mapped[Party] = relationship(back_populates="members")
    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)


class StoppedAddress(Base):
    """An address that mail does not reach any more: nothing is sent to it until somebody mends it."""

    __tablename__ = "stopped_address"

    organization_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organization.id"), primary_key=True)
    email_key: Mapped[str] = mapped_column(sa.String(254), primary_key=True)
    reason: Mapped[str] = mapped_column(sa.Text)
    stopped_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class AddressAlias(Base):
    """Another address from which a party answered with its own invitation: noted, and shown to the coordinator."""

    __tablename__ = "address_alias"

    party_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("party.id"), primary_key=True)
    email_key: Mapped[str] = mapped_column(sa.String(254), primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254))
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class Group(Base):
    """Parties that are invited together: a class, a reading circle."""

    __tablename__ = "group"
    __table_args__ = (sa.UniqueConstraint("organization_id", "name"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organization.id"))
    name: Mapped[str] = mapped_column(sa.String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class GroupMember(Base):
    """A party in a group."""

    __tablename__ = "group_member"

    group_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("group.id"), primary_key=True)
    party_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("party.id"), primary_key=True, index=True)
