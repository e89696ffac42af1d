"""The form of an event: what is typed, as fields; fields, as what could be typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from planner.accounts.models import Organization
from planner.errors import FieldError, Invalid
from planner.gatherings.fields import GatheringFields, checked
from planner.gatherings.models import Gathering, Visibility
from planner.gatherings.rows import parts_in, rows_from, rows_in, rows_of, say_rows
from planner.gatherings.span import Span
from planner.gatherings.topics import by_key
from planner.gatherings.typed import Typed, clock_typed, day_typed, instant_typed
from planner.i18n import gettext as _
from planner.text import many_lines, one_line
from planner.times import instant, known_zone, say_day, say_length, say_time, say_when, say_zone
from planner.web import value, values, whole_number

NAMES: Final = (
    *("title", "date", "starts_at", "ends_at", "last_day", "time_zone", "all_day"),
    *("where", "venue", "online_url", "capacity", "visibility", "description"),
    *("answer_by", "answer_by_time", "contact_name", "contact_phone", "contact_email"),
    *("topics", "new_topics"),
    # What was said of the date already (date_question.py).
    "kept",
)
WHEN: Final = ("date", "starts_at", "ends_at", "last_day", "time_zone", "all_day")
WHERE: Final = ("where", "venue", "online_url")
_TOPICS: Final = ("topics", "new_topics")
_TOGETHER: Final = (*WHEN, *WHERE, *_TOPICS)
TOPICS_OFFERED: Final = 24
_END_OF_DAY: Final = time(23, 59)


def blank(organization: Organization) -> Typed:
    """What a new event's form begins with."""
    return dict.fromkeys(NAMES, "") | {
        "time_zone": organization.time_zone,
        "where": "place",
        "visibility": Visibility.INVITED.value,
    }


def typed_in(form: Mapping[str, Any], prefix: str = "") -> Typed:
    """What was typed, with line ends as they are kept; of topics, which come one by one, each on a line."""
    typed = {name: value(form, prefix + name).replace("\r\n", "\n") for name in NAMES}
    typed["topics"] = "\n".join(values(form, prefix + "topics")).replace("\r\n", "\n")
    return typed | rows_in(form, prefix)


def typed_from(gathering: Gathering) -> Typed:
    """What one would have typed to get this event."""
    start, end = gathering.local_start, gathering.local_end
    last = end.date() - timedelta(days=1) if gathering.all_day else end.date()
    answer_by = gathering.answer_by.astimezone(gathering.zone) if gathering.answer_by else None
    both = "both" if gathering.venue else "online"
    return {
        "title": gathering.title,
        "date": start.date().isoformat(),
        "starts_at": "" if gathering.all_day else f"{start:%H:%M}",
        "ends_at": "" if gathering.all_day else f"{end:%H:%M}",
        "last_day": last.isoformat() if last != start.date() else "",
        "all_day": "yes" if gathering.all_day else "",
        "time_zone": gathering.time_zone,
        "where": both if gathering.online_url else "place",
        "venue": gathering.venue,
        "online_url": gathering.online_url,
        "capacity": str(gathering.capacity or ""),
        "visibility": str(gathering.visibility),
        "description": gathering.description,
        "answer_by": answer_by.date().isoformat() if answer_by else "",
        "answer_by_time": f"{answer_by:%H:%M}" if answer_by and answer_by.time() != _END_OF_DAY else "",
        "contact_name": gathering.contact_name or "",
        "contact_phone": gathering.contact_phone or "",
        "contact_email": gathering.contact_email or "",
        "kept": "",
        "topics": "\n".join(gathering.topics),
        "new_topics": "",
        **rows_from(gathering),
    }


def typed_copy(gathering: Gathering) -> Typed:
    """A form for the same event another time: the days are empty."""
    return typed_from(gathering) | {"date": "", "last_day": "", "answer_by": "", "answer_by_time": ""}


def fields_of(typed: Typed, opened_with: Typed | None = None) -> GatheringFields:
    """The fields that were typed. Raises Invalid for what cannot be read; the rest is checked by the actions."""
    opened_span = span_of(opened_with) if opened_with else None
    errors: list[FieldError] = []
    if not typed["title"].strip():
        errors.append(FieldError("title", _("Please give it a name.")))
    starts_at, ends_at, zone = _times(typed, errors)
    where = typed["where"]
    if where in ("online", "both") and not typed["online_url"].strip():
        errors.append(FieldError("online_url", _("Write the link to join, or choose “At a place”.")))
    capacity = whole_number(typed, "capacity", errors)
    visibility = _visibility(typed["visibility"], errors)
    answer_by = _answer_by(typed, zone, errors)
    programme = parts_in(typed, span_of(typed), opened_with or {}, opened_span, errors)
    if errors:
        raise Invalid(errors)
    assert starts_at is not None  # noqa: S101  (it could not be read: then there is an error)
    assert ends_at is not None  # noqa: S101
    return GatheringFields(
        title=typed["title"],
        starts_at=starts_at,
        ends_at=ends_at,
        time_zone=typed["time_zone"],
        all_day=bool(typed["all_day"]),
        venue="" if where == "online" else typed["venue"],
        online_url=typed["online_url"] if where in ("online", "both") else "",
        description=many_lines(typed["description"]),
        capacity=capacity,
        visibility=visibility,
        answer_by=answer_by,
        contact_name=typed["contact_name"],
        contact_phone=typed["contact_phone"],
        contact_email=typed["contact_email"],
        programme=programme,
        topics=[*typed["topics"].split("\n"), *re.split(r"[,;\n]", typed["new_topics"])],
    )


def _times(typed: Typed, errors: list[FieldError]) -> tuple[datetime | None, datetime | None, ZoneInfo | None]:
    zone = None
    try:
        zone = known_zone(one_line(typed["time_zone"]))
    except Invalid as invalid:
        errors += invalid.errors
    first = day_typed(typed, "date", errors, required=True)
    last = day_typed(typed, "last_day", errors) or first
    if typed["all_day"]:
        return *_whole_days(first, last, zone, errors), zone
    begins = clock_typed(typed, "starts_at", errors, _("Please say when it starts."))
    ends = clock_typed(typed, "ends_at", errors, _("Please say when it ends."))
    starts_at = instant_typed(first, begins, zone, "starts_at", errors)
    ends_at = instant_typed(last, ends, zone, "ends_at", errors)
    if starts_at and ends_at and ends_at <= starts_at:
        hint = _("The end must come after the start. If it ends on another day, say which below.")
        errors.append(FieldError("ends_at", hint))
    return starts_at, ends_at, zone


def _whole_days(
    first: date | None, last: date | None, zone: ZoneInfo | None, errors: list[FieldError]
) -> tuple[datetime | None, datetime | None]:
    """From the midnight of the first day to the one after the last."""
    if first and last and last < first:
        errors.append(FieldError("last_day", _("The last day must not come before the first.")))
        return None, None
    if first is None or last is None or zone is None:
        return None, None
    try:
        return _midnight(first, zone), _midnight(last + timedelta(days=1), zone)
    except OverflowError:
        errors.append(FieldError("date", _("This date is too far away.")))
        return None, None


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """When the day begins at the place, in UTC."""
    return instant(datetime.combine(day, time.min), zone)


def _answer_by(typed: Typed, zone: ZoneInfo | None, errors: list[FieldError]) -> datetime | None:
    day = day_typed(typed, "answer_by", errors)
    clock = clock_typed(typed, "answer_by_time", errors)
    if clock and day is None and not typed["answer_by"].strip():
        errors.append(FieldError("answer_by", _("Choose the day too, or leave both empty.")))
    return instant_typed(day, clock or _END_OF_DAY, zone, "answer_by", errors)


def _visibility(text: str, errors: list[FieldError]) -> Visibility:
    try:
        return Visibility(text)
    except ValueError:
        errors.append(FieldError("visibility", _("Choose who may see it.")))
        return Visibility.INVITED


def say_typed(typed: Typed) -> str:
    """The day and the hours in words, as far as they can be read: the best check of a date."""
    starts_at, ends_at, zone = _times(typed, [])
    if zone is None:
        return ""
    if starts_at is None or ends_at is None or ends_at <= starts_at:
        day = day_typed(typed, "date", [])
        return ", ".join(filter(None, (say_day(day), _begin(starts_at, zone), say_zone(zone.key)))) if day else ""
    if typed["all_day"]:
        return say_when(starts_at, ends_at, zone.key)
    return f"{say_when(starts_at, ends_at, zone.key)}: {say_length(ends_at - starts_at)}"


def span_of(typed: Typed) -> Span | None:
    """When it is, as far as that can be read; None while it cannot be, or could not be planned."""
    starts_at, ends_at, zone = _times(typed, [])
    if starts_at is None or ends_at is None or zone is None:
        return None
    fields = GatheringFields(title=".", starts_at=starts_at, ends_at=ends_at, time_zone=zone.key)
    try:
        checked(fields)
    except Invalid:
        return None
    return Span(starts_at, ends_at, zone, bool(typed["all_day"]))


def _begin(starts_at: datetime | None, zone: ZoneInfo) -> str:
    return _("from %(time)s") % {"time": say_time(starts_at.astimezone(zone))} if starts_at else ""


def topics_offered(typed: Typed, used: list[str]) -> list[tuple[str, bool]]:
    """Topics to tick, and whether they are: first those of the event as they stand, then others used before."""
    ticked = by_key(typed["topics"].split("\n"))
    return [(topic, key in ticked) for key, topic in (ticked | by_key(used) | ticked).items()]


class Conflict(NamedTuple):
    """A field that two coordinators changed at once."""

    label: str
    theirs: str
    yours: str


def merged(typed: Typed, opened_with: Typed, now: Typed) -> tuple[Typed, list[Conflict]]:
    """One's own words over what is kept now, and where both were changed to different words.

    Fields that one left alone take what the other wrote. Day and hours count as one field, and so do the place,
    the topics and the running order.
    """
    words, conflicts = dict(typed), []
    for names in (WHEN, WHERE, _TOPICS, *((name,) for name in NAMES if name not in _TOGETHER)):
        mine, old, theirs = (tuple(form[name] for name in names) for form in (typed, opened_with, now))
        if mine == old:
            words |= dict(zip(names, theirs, strict=True))
        elif theirs not in (old, mine):
            conflicts.append(Conflict(_label(names[0]), _said(names, now), _said(names, typed)))
    rows, old_rows, their_rows = (rows_of(form) for form in (typed, opened_with, now))
    if rows == old_rows:
        words = {name: word for name, word in words.items() if name not in rows} | their_rows
    elif their_rows not in (old_rows, rows):
        conflicts.append(Conflict(_label("programme"), say_rows(their_rows), say_rows(rows)))
    return words, conflicts


def _said(names: tuple[str, ...], typed: Typed) -> str:
    if names == WHEN:
        return say_typed(typed) or " ".join(filter(None, (typed[name] for name in names)))
    if names == WHERE:
        return " · ".join(filter(None, (typed["venue"], typed["online_url"])))
    if names == _TOPICS:
        return ", ".join(filter(None, (*typed["topics"].split("\n"), typed["new_topics"])))
    if names == ("visibility",):
        return dict(visibilities()).get(typed["visibility"], typed["visibility"])
    return typed[names[0]]


def visibilities() -> list[tuple[str, str]]:
    """Who may see an event, in words."""
    return [
        ("invited", _("Invited guests only")),
        ("unlisted", _("Whoever has the address")),
        ("public", _("Everyone")),
    ]


def _label(name: str) -> str:
    labels = {
        "title": _("Name"),
        "date": _("When"),
        "where": _("Where"),
        "capacity": _("Seats"),
        "visibility": _("Who may see it"),
        "description": _("What happens"),
        "answer_by": _("Please answer by"),
        "answer_by_time": _("Please answer by, time"),
        "contact_name": _("Whom guests may ask"),
        "contact_phone": _("Telephone"),
        "contact_email": _("E-mail"),
        "topics": _("Topics"),
        "programme": _("Running order"),
    }
    return labels[name]
