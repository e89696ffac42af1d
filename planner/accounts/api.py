"""The organisation and its settings in the JSON interface."""

from __future__ import annotations

import uuid
from datetime import time
from typing import Any

import msgspec
from litestar import get, patch
from litestar.params import JSONBody
from msgspec import UNSET, UnsetType

from planner.accounts.models import Organization
from planner.accounts.settings import OrganizationBasics, OrganizationFields, change_organization
from planner.api import TheCaller, renamed
from planner.contacts import Contact, contact_fields, contact_of
from planner.dependencies import TheDatabase
from planner.errors import FieldError, Invalid
from planner.i18n import gettext as _


class OrganizationChange(OrganizationBasics, kw_only=True):
    """What changes; the rest stays. Quiet hours are times of its own zone, like "21:00".

    `country` (ISO 3166) and `region` say whose public holidays, `observed` whose religious days one is told of
    when a date is set: "muslim", "jewish", "western", "orthodox", "hindu", "sikh", "buddhist", "lunar", "nowruz".
    With another country the region is emptied, unless one comes along.
    """

    quiet_from: str | UnsetType | None = UNSET
    quiet_until: str | UnsetType | None = UNSET
    contact: Contact | UnsetType | None = UNSET

    def fields(self) -> OrganizationFields:
        """The same as the action takes it. Raises Invalid for quiet hours that are no time of day."""
        errors: list[FieldError] = []
        given: dict[str, Any] = {name: getattr(self, name) for name in OrganizationBasics.__struct_fields__}
        for name in ("quiet_from", "quiet_until"):
            said = getattr(self, name)
            given[name] = _time_of_day(name, said, errors) if isinstance(said, str) else said
        if self.contact is not UNSET:
            given |= contact_fields(self.contact)
        if errors:
            raise Invalid(errors)
        return OrganizationFields(**given)


class OrganizationView(msgspec.Struct, frozen=True, kw_only=True):
    """The organisation; `contact` is whom an invitation names where its gathering has no contact of its own."""

    id: uuid.UUID
    name: str
    slug: str
    address: str | None
    time_zone: str
    country: str | None
    region: str | None
    observed: list[str]
    languages: list[str]
    calendar_parts: bool
    settle_minutes: int
    weekly_mail_limit: int | None
    quiet_from: str | None
    quiet_until: str | None
    needs_kept_days: int
    people_kept_days: int
    palette: str
    contact: Contact | None


def _view(organization: Organization) -> OrganizationView:
    return OrganizationView(
        id=organization.id,
        **{name: getattr(organization, name) for name in OrganizationBasics.__struct_fields__},
        quiet_from=_said(organization.quiet_from),
        quiet_until=_said(organization.quiet_until),
        contact=contact_of(organization.contact_name, organization.contact_phone, organization.contact_email),
    )


def _said(clock: time | None) -> str | None:
    return clock.strftime("%H:%M") if clock is not None else None


def _time_of_day(name: str, text: str, errors: list[FieldError]) -> time | None:
    try:
        clock = time.fromisoformat(text)
    except ValueError:
        clock = None
    if clock is None or clock.tzinfo is not None:
        errors.append(FieldError(name, _("Write a time of day, like 21:00.")))
        return None
    return clock.replace(second=0, microsecond=0)


@get("/organization", sync_to_thread=True)
def show(caller: TheCaller, database: TheDatabase) -> OrganizationView:
    """The organisation that the token belongs to."""
    with database.reading() as session:
        return _view(session.get_one(Organization, caller.organization_id))


@patch("/organization", sync_to_thread=True)
def change(data: JSONBody[OrganizationChange], caller: TheCaller, database: TheDatabase) -> OrganizationView:
    """Changes settings; only an owner may."""
    try:
        with database.writing() as session:
            return _view(change_organization(session, caller.membership, data.fields()))
    except Invalid as invalid:
        raise renamed(invalid, "contact_", "contact") from invalid


routes = [show, change]
