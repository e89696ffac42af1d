"""What an owner may change about the organisation: checked in one place for the page and for programs."""

from __future__ import annotations

import re
from datetime import time
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from msgspec import UNSET, UnsetType
from sqlalchemy.orm import Session

from events import record
from events.catalogue import OrganizationChanged
from planner.accounts.actions import owners_alone
from planner.accounts.models import Membership, Organization
from planner.addresses import BadAddress, parse_address
from planner.calendars.versions import raise_organization_versions
from planner.days.public import countries, region_names
from planner.days.religious import TRADITIONS
from planner.errors import FieldError, Invalid
from planner.i18n import available_languages
from planner.i18n import gettext as _
from planner.quilt import PALETTES
from planner.text import line_field, one_line
from planner.times import known_zone

SETTLE_MOST: Final = 24 * 60
KEPT_MOST: Final = 10 * 365


class OrganizationBasics(msgspec.Struct, kw_only=True):
    """What programs say as the tables have it."""

    name: str | UnsetType = UNSET
    slug: str | UnsetType = UNSET
    address: str | UnsetType | None = UNSET
    time_zone: str | UnsetType = UNSET
    country: str | UnsetType | None = UNSET
    region: str | UnsetType | None = UNSET
    observed: list[str] | UnsetType = UNSET
    languages: list[str] | UnsetType = UNSET
    palette: str | UnsetType = UNSET
    calendar_parts: bool | UnsetType = UNSET
    settle_minutes: int | UnsetType = UNSET
    weekly_mail_limit: int | UnsetType | None = UNSET
    needs_kept_days: int | UnsetType = UNSET
    people_kept_days: int | UnsetType = UNSET


class OrganizationFields(OrganizationBasics, kw_only=True):
    """An organisation's fields; what is unset stays as it is. Quiet hours are times of its zone."""

    quiet_from: time | UnsetType | None = UNSET
    quiet_until: time | UnsetType | None = UNSET
    contact_name: str | UnsetType | None = UNSET
    contact_phone: str | UnsetType | None = UNSET
    contact_email: str | UnsetType | None = UNSET


_LENGTHS: Final = {"address": 300, "contact_name": 200, "contact_phone": 50}
_NUMBERS: Final = {
    "settle_minutes": (0, SETTLE_MOST),
    "weekly_mail_limit": (0, 1000),
    "needs_kept_days": (1, KEPT_MOST),
    "people_kept_days": (1, KEPT_MOST),
}


def change_organization(session: Session, by: Membership, fields: OrganizationFields) -> Organization:
    """Changes what is given, in feeds too. Raises NotAllowed unless an owner asks, and Invalid."""
    owners_alone(by)
    organization = session.get_one(Organization, by.organization_id)
    errors: list[FieldError] = []
    clean: dict[str, Any] = {}
    for name in fields.__struct_fields__:
        value = getattr(fields, name)
        if value is not UNSET:
            clean[name] = _clean(session, organization, name, value, errors)
    _settle_region(organization, clean, errors)
    if errors:
        raise Invalid(errors)
    changed = {name: value for name, value in clean.items() if getattr(organization, name) != value}
    if changed:
        for name, value in changed.items():
            setattr(organization, name, value)
        session.flush()
        raise_organization_versions(session, organization.id)
        record(session, OrganizationChanged(organization_id=organization.id), actor=by.actor)
    return organization


def _clean(session: Session, organization: Organization, name: str, value: Any, errors: list[FieldError]) -> Any:
    if name in _NUMBERS:
        return _number(name, value, errors)
    if name in _LENGTHS:
        return line_field(name, value, _LENGTHS[name], errors) or None
    match name:
        case "name":
            return line_field(name, value, 200, errors, required=True)
        case "slug":
            return _slug(session, organization, value, errors)
        case "time_zone":
            return _zone(value, errors)
        case "country":
            return _country(value, errors)
        case "region":
            return one_line(value or "") or None
        case "observed":
            return _observed(value, errors)
        case "languages":
            return _languages(value, errors)
        case "palette" if value not in PALETTES:
            errors.append(FieldError(name, _("Choose one of the palettes.")))
        case "contact_email" if value:
            try:
                return parse_address(value)
            except BadAddress as bad:
                errors.append(FieldError(name, bad.reason))
    return value or None if name == "contact_email" else value


def _number(name: str, value: int | None, errors: list[FieldError]) -> int | None:
    least, most = _NUMBERS[name]
    if value is not None and not least <= value <= most:
        errors.append(
            FieldError(name, _("Write a number from %(least)d to %(most)d.") % {"least": least, "most": most})
        )
    return value


def _slug(session: Session, organization: Organization, value: str, errors: list[FieldError]) -> str:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", value) or len(value) > 80:
        errors.append(FieldError("slug", _("Use small letters, digits and hyphens.")))
        return ""
    taken = sa.select(Organization.id).where(Organization.slug == value, Organization.id != organization.id)
    if session.scalar(taken):
        errors.append(FieldError("slug", _("Another organisation has this address already.")))
    return value


def _zone(value: str, errors: list[FieldError]) -> str:
    try:
        return known_zone(value).key
    except Invalid as invalid:
        errors += invalid.errors
        return ""


def _country(value: str | None, errors: list[FieldError]) -> str | None:
    code = (value or "").strip().upper() or None
    if code and code not in countries():
        errors.append(FieldError("country", _("Write the country’s two letters, like DE.")))
        return None
    return code


def _settle_region(organization: Organization, clean: dict[str, Any], errors: list[FieldError]) -> None:
    """A region belongs to its country: with another country it is emptied, unless one comes along."""
    country = clean.get("country", organization.country)
    if country != organization.country:
        clean.setdefault("region", None)
    region = clean.get("region")
    regions = region_names(country)
    if region and not regions:
        errors.append(FieldError("region", _("No regions of this country are known: leave it empty.")))
    elif region and region not in dict(regions):
        known = ", ".join(code for code, _name in regions)
        errors.append(FieldError("region", _("Choose a region of the country: %(known)s.") % {"known": known}))


def _observed(value: list[str], errors: list[FieldError]) -> list[str]:
    if any(one not in TRADITIONS for one in value):
        known = ", ".join(TRADITIONS)
        errors.append(FieldError("observed", _("Choose from these: %(known)s.") % {"known": known}))
    return [one for one in TRADITIONS if one in value]


def _languages(value: list[str], errors: list[FieldError]) -> list[str]:
    chosen = list(dict.fromkeys(value))
    if not chosen or any(code not in available_languages() for code in chosen):
        known = ", ".join(available_languages())
        errors.append(FieldError("languages", _("Choose from these languages: %(known)s.") % {"known": known}))
    return chosen
