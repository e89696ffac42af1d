"""The organisation over the JSON interface."""

from __future__ import annotations

from datetime import time
from typing import Final

import msgspec
from litestar import get, patch
from msgspec import UNSET, UnsetType

from planner.accounts.models import Organization
from planner.accounts.settings import OrganizationFields, change_organization
from planner.api import Caller
from planner.database import Database
from planner.gatherings.api import Contact


class OrganizationSent(OrganizationFields, kw_only=True):
    """An organisation's fields as a program sends them; what is left out stays as it is."""

    contact: Contact | None | UnsetType = UNSET

    @property
    def fields(self) -> OrganizationFields:
        """The fields as the action takes them."""
        given = {name: getattr(self, name) for name in OrganizationFields.__struct_fields__}
        if self.contact is not UNSET:
            contact = self.contact
            given |= {
                "contact_name": contact.name if contact else None,
                "contact_phone": contact.phone if contact else None,
                "contact_email": contact.email if contact else None,
            }
        return OrganizationFields(**given)


class OrganizationShown(msgspec.Struct, kw_only=True):
    """An organisation; quiet hours are times of its zone."""

    name: str
    slug: str
    address: str | None
    time_zone: str
    country: str | None
    region: str | None
    languages: list[str]
    palette: str
    calendar_parts: bool
    settle_minutes: int
    weekly_mail_limit: int | None
    quiet_from: time | None
    quiet_until: time | None
    needs_kept_days: int
    people_kept_days: int
    contact: Contact | None


def shown(organization: Organization) -> OrganizationShown:
    """An organisation as programs get it."""
    plain = {
        name: getattr(organization, name) for name in OrganizationShown.__struct_fields__ if name != "contact"
    }
    contact = None
    if organization.contact_name:
        contact = Contact(
            name=organization.contact_name, phone=organization.contact_phone, email=organization.contact_email
        )
    return OrganizationShown(**plain, contact=contact)


@get("/organization", sync_to_thread=False)
def show(caller: Caller) -> OrganizationShown:
    """The organisation that the token belongs to."""
    return shown(caller.organization)


@patch("/organization", sync_to_thread=True)
def change(data: OrganizationSent, caller: Caller, database: Database) -> OrganizationShown:
    """Change any field; owners only."""
    with database.writing() as session:
        return shown(change_organization(session, caller.membership, data.fields))


routes: Final = [show, change]
