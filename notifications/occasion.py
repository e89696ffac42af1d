"""What mails say about a gathering, in one language: put into words once, for however many mails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from events.catalogue import Facts
from planner.accounts.models import Account, Membership, Organization, Role
from planner.gatherings.models import Gathering
from planner.i18n import gettext as _
from planner.i18n import language
from planner.quilt import PALETTES, mail_cells
from planner.times import say_begin, say_day, say_hours, say_length, say_time, say_when, whole_days


@dataclass(frozen=True)
class Contact:
    """Whom guests may ask, and where their replies go."""

    name: str
    phone: str
    address: str


@dataclass(frozen=True)
class Occasion:
    """A gathering in words, with the colours of its organisation."""

    organization: str
    slug: str
    title: str
    day: str
    short_day: str
    time: str
    hours: str
    venue: str
    online_url: str
    description: str
    length: str
    answer_by: str
    contact: Contact
    quilt: Sequence[Sequence[str]]
    accent: str
    accent_dark: str
    language: str


@dataclass(frozen=True)
class Letterhead:
    """What a mail shows that is about an organisation, not about a gathering."""

    organization: str
    quilt: Sequence[Sequence[str]]
    accent: str
    accent_dark: str
    language: str


def letterhead(organization: Organization) -> Letterhead:
    """The organisation's own quilt and colours."""
    colours = PALETTES[organization.palette]
    return Letterhead(
        organization=organization.name,
        quilt=mail_cells(organization.id, organization.palette),
        accent=colours.q1,
        accent_dark=colours.accent_dark,
        language=language(),
    )


def occasion(gathering: Gathering, contact: Contact) -> Occasion:
    """The gathering in the language spoken now."""
    start, end = gathering.local_start, gathering.local_end
    colours = PALETTES[gathering.organization.palette]
    return Occasion(
        organization=gathering.organization.name,
        slug=gathering.organization.slug,
        title=gathering.title,
        day=say_day(start),
        short_day=say_day(start, year=False),
        time=say_begin(start, end),
        hours=say_hours(start, end, gathering.time_zone),
        venue=gathering.venue,
        online_url=gathering.online_url,
        description=gathering.description,
        length=say_length(
            timedelta(days=whole_days(start, end)) or gathering.ends_at - gathering.starts_at
        ).capitalize(),
        answer_by=_day_and_time(gathering.answer_by, gathering) if gathering.answer_by else "",
        contact=contact,
        quilt=mail_cells(gathering.id, gathering.organization.palette),
        accent=colours.q1,
        accent_dark=colours.accent_dark,
        language=language(),
    )


def _day_and_time(moment: datetime, gathering: Gathering) -> str:
    local = moment.astimezone(gathering.zone)
    return f"{say_day(local)}, {say_time(local)}"


def contact_of(session: Session, gathering: Gathering) -> Contact:
    """The gathering's contact, or the organisation's; where they name no address, who planned it or an owner."""
    name, phone, address = gathering.contact
    if address and name:
        return Contact(name, phone, address)
    account = gathering.creator or first_owner(session, gathering.organization)
    if account is None:
        return Contact(name, phone, address)
    return Contact(name or account.name, phone, address or account.email)


_FIRST_OWNER: Final = (
    sa.select(Membership)
    .where(Membership.organization_id == sa.bindparam("organization"), Membership.role == Role.OWNER)
    .order_by(Membership.created_at, Membership.account_id)
    .limit(1)
)


def first_owner(session: Session, organization: Organization) -> Account | None:
    """The owner who has been there longest."""
    membership = session.scalar(_FIRST_OWNER, {"organization": organization.id})
    return membership.account if membership else None


def where_and_when(facts: Facts) -> tuple[str, ...]:
    """A gathering's day, hours and place as lines, for old above new."""
    day, _comma, hours = say_when(facts.starts_at, facts.ends_at, facts.time_zone).partition(", ")
    return (day, hours, *place_lines(facts))


def place_lines(of: Facts | Gathering) -> tuple[str, ...]:
    """The room, and the link to join, as lines."""
    online = [_("Online:"), of.online_url] if of.online_url else []
    return (*([of.venue] if of.venue else []), *online)
