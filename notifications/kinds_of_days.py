"""What a mail says that tells a party of several days of what repeats, in the language spoken now."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from events.catalogue import Facts
from notifications.kinds import Words, explained, invitation, named_in, signed, stays, writes
from notifications.occasion import Occasion, place_lines, where_and_when
from planner.calendars.entries import reply_of
from planner.calendars.words import say_answer, say_people
from planner.gatherings.moves import Moved, facts_of, what_moved
from planner.i18n import gettext as _
from planner.i18n import ngettext
from planner.parties.models import Party
from planner.rsvps.days import Day
from planner.rsvps.models import Rsvp
from planner.rsvps.queries import say_old_answer
from planner.times import say_day, say_hours

NAMED_MOST: Final = 3  # days in a sentence; more are counted
_Word = TypeVar("_Word")


def invited_days(about: Occasion, days: Sequence[Day], own_words: str) -> Words:
    """A party is asked to several days, each with its own link."""
    asked = invitation(about, days[0].invitation.party, own_words)
    lengths = {day.gathering.ends_at - day.gathering.starts_at for day in days}
    listed = [_row(day, days[0]) for day in days]
    return Words(
        _("Will you come? %(title)s, %(n)d days from %(day)s on") % _named(about, days),
        asked.values
        | {"days": listed, "length": about.length if len(lengths) == 1 else "", "how": _how_to_answer()},
    )


def _row(day: Day, first: Day) -> dict[str, Any]:
    """A day that leads to its own page; its place where it is another than the first's."""
    venue = day.gathering.venue
    return _when(day) | {"place": venue if venue != first.gathering.venue else "", "link": day.link}


def _when(day: Day) -> dict[str, Any]:
    start, end = day.gathering.local_start, day.gathering.local_end
    return {"day": say_day(start), "hours": say_hours(start, end, day.gathering.time_zone)}


def confirmed_days(about: Occasion, days: Sequence[Day]) -> Words:
    """One answer was saved for several days; on some the party may wait for seats."""
    party = days[0].invitation.party
    rsvps = [day.rsvp for day in days if day.rsvp]
    heads = _same([(rsvp.adults, rsvp.children) for rsvp in rsvps])
    return Words(
        _subject_of([rsvp.state for rsvp in rsvps]) % _named(about, days),
        {
            "said": " ".join(filter(None, (_("We have saved your answer."), *_said_of(days, heads)))),
            "days": [
                _row(day, days[0]) | {"answer": _answer_of(day.rsvp, heads is None and party.is_household)}
                for day in days
                if day.rsvp
            ],
            "explained": _explained(rsvps, party),
            "keeps_days": rsvps[0].answer != "declined",
            "signature": signed(about),
        },
    )


def _explained(rsvps: Sequence[Rsvp], party: Party) -> str:
    """What the answer means for the seats; where it waits on some days, on which days that is so."""
    has_seats = sum(not rsvp.waits for rsvp in rsvps)
    if has_seats in (0, len(rsvps)):
        return explained(rsvps[0], party)
    return ngettext(
        "On the other day your seats are kept. We look forward to you.",
        "On the other days your seats are kept. We look forward to you.",
        has_seats,
    )


def _subject_of(states: Sequence[str]) -> str:
    subjects = {
        "accepted": _("You said yes: %(title)s, %(n)d days from %(day)s on"),
        "waiting": _("You are on the waiting list: %(title)s, %(n)d days from %(day)s on"),
        "tentative": _("You said maybe: %(title)s, %(n)d days from %(day)s on"),
        "declined": _("You said no: %(title)s, %(n)d days from %(day)s on"),
    }
    one = _same(states)
    return (
        subjects[one] if one else _("You said yes, on some days you wait: %(title)s, %(n)d days from %(day)s on")
    )


def _said_of(days: Sequence[Day], heads: tuple[int, int] | None) -> Iterator[str]:
    """You said yes for 2 adults and 3 children. On Thursday 8 April you are on the waiting list."""
    waits = [day for day in days if day.rsvp and day.rsvp.waits]
    if heads and days[0].rsvp:
        reply = reply_of(days[0].rsvp, days[0].invitation.party.is_household)
        yield say_answer(reply._replace(waits=len(waits) == len(days)))
    if 0 < len(waits) < len(days):
        on = " · ".join(say_day(day.gathering.local_start, year=False) for day in waits[:NAMED_MOST])
        if len(waits) > NAMED_MOST:
            on = ngettext("%(num)s day", "%(num)s days", len(waits)) % {"num": len(waits)}
        yield _("You are on the waiting list, and we write to you as soon as there is room: %(days)s.") % {
            "days": on
        }


def _answer_of(rsvp: Rsvp, with_people: bool) -> str:
    if not rsvp.waits:
        return say_old_answer(rsvp, with_people)
    people = [say_people(rsvp.adults, rsvp.children)] if with_people else []
    return " · ".join([_("Yes, waiting"), *people])


def moved_days(about: Occasion, days: Sequence[Day], before: Mapping[uuid.UUID, Facts]) -> Words:
    """Times or places of days changed: each old above new, and the question asked anew.

    `before`: what guests knew of each day, by its gathering.
    """
    known = [before[day.gathering.id] for day in days]
    moved = [what_moved(was, day.gathering) for was, day in zip(known, days, strict=True)]
    subject, headline, asked = _say_moved(_together(moved))
    if all(day.rsvp is None for day in days):
        asked = _("On which of them will you come?")
    places = _same([(place_lines(was), place_lines(day.gathering)) for was, day in zip(known, days, strict=True)])
    said = _same([_said(day) for day in days])
    reason = _same([day.gathering.move_reason for day in days])
    rows = [
        _moved_row(was, day, with_place=places is None)
        | {
            "said": _said(day) if said is None else "",
            "reason": day.gathering.move_reason if reason is None else "",
        }
        for was, day in zip(known, days, strict=True)
    ]
    old_place, new_place = places or ((), ())
    return Words(
        subject % _named(about, days),
        {
            "headline": headline % _named(about, days),
            "days": rows,
            "old_place": old_place if old_place != new_place else (),
            "new_place": new_place if old_place != new_place else (),
            "stays": stays(about) if places and old_place == new_place else "",
            "reason": reason or "",
            "writes": writes(about),
            "said": said or "",
            "asked": asked,
            "how": _how_to_answer(),
        },
    )


def _moved_row(was: Facts, day: Day, with_place: bool) -> dict[str, Any]:
    """A day as it was, where that is another now, and as it is."""
    shown = slice(None) if with_place else slice(2)
    old, new = where_and_when(was)[shown], where_and_when(facts_of(day.gathering))[shown]
    return {"old": old if old != new else (), "new": new, "link": day.link}


def _said(day: Day) -> str:
    if day.rsvp is None:
        return ""
    said = say_answer(reply_of(day.rsvp, day.invitation.party.is_household))
    return f"{said} {_('Your seats are kept until you answer anew.')}" if day.rsvp.seats_held else said


def _same(words: Sequence[_Word]) -> _Word | None:
    """What is so on all days, said once; None where they differ."""
    return words[0] if all(one == words[0] for one in words) else None


def _together(moved: Sequence[Moved]) -> Moved:
    return Moved(*(any(of_all) for of_all in zip(*moved, strict=True)))


def _say_moved(what: Moved) -> tuple[str, str, str]:
    if what.day:
        subject = _("Moved: %(title)s, %(n)d days from %(day)s on")
        if what.place:
            return subject, _("%(title)s has new days and a new place"), _("Do the new days and place suit you?")
        return subject, _("%(title)s has new days"), _("Do the new days suit you?")
    if what.time:
        subject = _("New time: %(title)s, %(n)d days from %(day)s on")
        if what.place:
            return subject, _("%(title)s has a new time and a new place"), _("Do the new time and place suit you?")
        return subject, _("%(title)s has a new time"), _("Does the new time suit you?")
    return (
        _("New place: %(title)s, %(n)d days from %(day)s on"),
        _("%(title)s has a new place"),
        _("Does the new place suit you?"),
    )


def cancelled_days(about: Occasion, days: Sequence[Day]) -> Words:
    """Days will not be held; a person says why."""
    reason = _same([day.gathering.cancel_reason for day in days])
    place = _same([place_lines(day.gathering) for day in days])
    rows = [
        _when(day)
        | {
            "place": place_lines(day.gathering) if place is None else (),
            "reason": day.gathering.cancel_reason if reason is None else "",
        }
        for day in days
    ]
    return Words(
        _("Cancelled: %(title)s, %(n)d days from %(day)s on") % _named(about, days),
        {
            "headline": _("%(n)d days of %(title)s will not take place") % _named(about, days),
            "days": rows,
            "place": place or (),
            "reason": reason or "",
            "writes": writes(about),
            "sorry": _("We are sorry, and hope to see you another time."),
            "signature": signed(about),
        },
    )


def for_program(about: Occasion, cancelled: bool) -> Words:
    """What a mail says whose calendar part updates one day, where another mail tells of all of them."""
    if cancelled:
        said = _("For your calendar program: %(title)s on %(day)s will not take place.")
    else:
        said = _("For your calendar program: %(title)s is on %(day)s, %(hours)s.")
    return Words(
        _("For your calendar: %(title)s, %(day)s") % named_in(about),
        {"said": said % {"title": about.title, "day": about.day, "hours": about.hours}},
    )


def _how_to_answer() -> str:
    return _(
        "Each day opens your own page for it: save your answer there, for your other days too if you like. "
        "No account, no password."
    )


def _named(about: Occasion, days: Sequence[Day]) -> dict[str, Any]:
    return named_in(about) | {"n": len(days)}
