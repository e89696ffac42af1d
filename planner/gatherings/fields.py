"""What a gathering is made of, as it is asked for: checked in one place for pages and programs alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, UnsetType

from planner.addresses import BadAddress, parse_address
from planner.errors import FieldError, Invalid
from planner.gatherings.models import Gathering, Visibility
from planner.gatherings.programme import Part, check_span, in_order, programme_field
from planner.gatherings.topics import topics_field
from planner.i18n import gettext as _
from planner.text import is_web_address, line_field, one_line, text_field
from planner.times import begins_day, known_zone

TITLE_MOST: Final = 200
VENUE_MOST: Final = 300
PHONE_MOST: Final = 50
URL_MOST: Final = 2000
DESCRIPTION_MOST: Final = 20_000
CAPACITY_MOST: Final = 100_000
LENGTH_MOST: Final = timedelta(days=60)
# Outside these years some calendar program or zone table gives up.
EARLIEST, LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class GatheringBasics(msgspec.Struct, kw_only=True):
    """What programs say as the tables have it; times bear an offset, `time_zone` is an IANA name."""

    title: str | UnsetType = UNSET
    starts_at: datetime | UnsetType = UNSET
    ends_at: datetime | UnsetType = UNSET
    time_zone: str | UnsetType = UNSET
    all_day: bool | UnsetType = UNSET
    venue: str | UnsetType | None = UNSET
    online_url: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    capacity: int | UnsetType | None = UNSET
    visibility: Visibility | UnsetType = UNSET
    answer_by: datetime | UnsetType | None = UNSET
    programme: list[Part] | UnsetType | None = UNSET
    topics: list[str] | UnsetType | None = UNSET


class GatheringFields(GatheringBasics, kw_only=True):
    """A gathering's fields; what is unset stays as it is."""

    contact_name: str | UnsetType | None = UNSET
    contact_phone: str | UnsetType | None = UNSET
    contact_email: str | UnsetType | None = UNSET


def checked(fields: GatheringFields, gathering: Gathering | None = None) -> dict[str, Any]:
    """The fields that were given, cleaned, by name; a new gathering needs title, times and zone.

    Raises Invalid with everything that is wrong.
    """
    errors: list[FieldError] = []
    given = {name: value for name in fields.__struct_fields__ if (value := getattr(fields, name)) is not UNSET}
    clean: dict[str, Any] = {}
    if gathering is None:
        missing = [name for name in ("title", "starts_at", "ends_at", "time_zone") if given.get(name) is None]
        errors += [FieldError(name, _("Please fill this in.")) for name in missing]
    for name, value in given.items():
        if value is None and name in ("title", "starts_at", "ends_at", "time_zone", "all_day", "visibility"):
            if gathering is not None:
                errors.append(FieldError(name, _("This cannot be empty.")))
            continue
        clean[name] = _CLEANERS[name](name, value, errors)
    if not errors:
        _check_times(clean, gathering, errors)
    if errors:
        raise Invalid(errors)
    if "programme" in clean:
        clean["programme"] = in_order(clean["programme"])
    return clean


def _title(name: str, value: str, errors: list[FieldError]) -> str:
    return line_field(name, value, TITLE_MOST, errors, required=True)


def _venue(name: str, value: str | None, errors: list[FieldError]) -> str:
    return line_field(name, value, VENUE_MOST, errors)


def _contact_name(name: str, value: str | None, errors: list[FieldError]) -> str | None:
    return line_field(name, value, TITLE_MOST, errors) or None


def _contact_phone(name: str, value: str | None, errors: list[FieldError]) -> str | None:
    return line_field(name, value, PHONE_MOST, errors) or None


def _contact_email(name: str, value: str | None, errors: list[FieldError]) -> str | None:
    if not (value or "").strip():
        return None
    try:
        return parse_address(value or "")
    except BadAddress as bad:
        errors.append(FieldError(name, bad.reason))
        return None


def _description(name: str, value: str | None, errors: list[FieldError]) -> str:
    return text_field(name, value, DESCRIPTION_MOST, errors)


def _online_url(name: str, value: str | None, errors: list[FieldError]) -> str:
    url = line_field(name, value, URL_MOST, errors)
    if url and not is_web_address(url):
        errors.append(FieldError(name, _("Write the whole address, beginning with https://")))
    return url


def _capacity(name: str, value: int | None, errors: list[FieldError]) -> int | None:
    if value is not None and not 1 <= value <= CAPACITY_MOST:
        errors.append(
            FieldError(
                name,
                _("Seats are a number from 1 to %(most)d; leave it empty for no limit.") % {"most": CAPACITY_MOST},
            )
        )
        return None
    return value


def _instant(name: str, value: datetime | None, errors: list[FieldError]) -> datetime | None:
    if value is None:
        return None
    if value.tzinfo is None:
        errors.append(FieldError(name, _("This time needs its offset from UTC, like 2027-03-18T17:30:00+01:00.")))
        return None
    if not EARLIEST <= value <= LATEST:
        errors.append(FieldError(name, _("This date is too far away.")))
        return None
    return value.astimezone(UTC)


def _zone(name: str, value: str, errors: list[FieldError]) -> str:
    try:
        return known_zone(one_line(value), name).key
    except Invalid as invalid:
        errors += invalid.errors
        return ""


_CLEANERS: dict[str, Callable[[str, Any, list[FieldError]], Any]] = {
    "title": _title,
    "starts_at": _instant,
    "ends_at": _instant,
    "answer_by": _instant,
    "time_zone": _zone,
    "all_day": lambda name, value, errors: value,
    "venue": _venue,
    "online_url": _online_url,
    "description": _description,
    "capacity": _capacity,
    "visibility": lambda name, value, errors: value,
    "contact_name": _contact_name,
    "contact_phone": _contact_phone,
    "contact_email": _contact_email,
    "programme": programme_field,
    "topics": topics_field,
}


def _check_times(clean: dict[str, Any], gathering: Gathering | None, errors: list[FieldError]) -> None:
    starts_at: datetime = clean.get("starts_at") or gathering.starts_at  # type: ignore[union-attr]
    ends_at: datetime = clean.get("ends_at") or gathering.ends_at  # type: ignore[union-attr]
    at = "ends_at" if "ends_at" in clean or "starts_at" not in clean else "starts_at"
    if clean.get("all_day", gathering is not None and gathering.all_day):
        _check_midnights(starts_at, ends_at, clean.get("time_zone") or gathering.time_zone, errors)  # type: ignore[union-attr]
    if starts_at >= ends_at:
        errors.append(FieldError(at, _("The end must come after the start.")))
    elif ends_at - starts_at > LENGTH_MOST:
        errors.append(FieldError(at, _("This is longer than 60 days. Is the date right?")))
    else:
        programme = clean.get("programme", gathering.programme if gathering else [])
        check_span("programme", programme, ends_at - starts_at, errors)
    answer_by = clean.get("answer_by")
    if answer_by and answer_by > ends_at:
        errors.append(FieldError("answer_by", _("Answers are due before the event ends.")))


def _check_midnights(starts_at: datetime, ends_at: datetime, time_zone: str, errors: list[FieldError]) -> None:
    for name, moment in (("starts_at", starts_at), ("ends_at", ends_at)):
        if not begins_day(moment.astimezone(ZoneInfo(time_zone))):
            hint = _("A whole day begins and ends at midnight, the end being that of the day after the last.")
            errors.append(FieldError(name, hint))
