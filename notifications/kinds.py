"""What each kind of mail to a guest says: its subject and the words of its own, in the language spoken now."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from events.catalogue import Facts
from notifications.occasion import Occasion, where_and_when
from planner.calendars.entries import reply_of
from planner.calendars.words import say_answer, say_people
from planner.gatherings.models import Gathering
from planner.gatherings.moves import Moved, facts_of, what_moved
from planner.i18n import gettext as _
from planner.invitations.models import Letter
from planner.parties.models import Party
from planner.rsvps.models import Rsvp

INVITATION: Final = "invitation"
WITHDRAWN: Final = "withdrawn"
# What would be wrong once the gathering is no longer open.
OPEN_ALONE: Final = (INVITATION, "moved", "seats", "confirmation")


@dataclass(frozen=True)
class Words:
    """A mail's subject, and what its template says besides what every mail to a guest says."""

    subject: str
    values: dict[str, Any] = field(default_factory=dict)


def invitation(about: Occasion, party: Party, own_words: str) -> Words:
    """A party is asked whether it comes."""
    lead = (
        _("%(organization)s invites you all to") if party.is_household else _("%(organization)s asks you to join")
    )
    return Words(
        _("Will you come? %(title)s, %(day)s, %(time)s") % named_in(about),
        {
            "lead": lead % {"organization": about.organization},
            "words": own_words,
            "how": _how(party),
            "closing": _("We look forward to you,"),
            "signature": signed(about),
        },
    )


def link(about: Occasion) -> Words:
    """A party gets its link once more."""
    return Words(_("Your link: %(title)s, %(day)s") % named_in(about))


def confirmation(about: Occasion, rsvp: Rsvp, party: Party) -> Words:
    """An answer was saved; the subject names it."""
    subjects = {
        "accepted": _("You said yes: %(title)s, %(day)s"),
        "waiting": _("You are on the waiting list: %(title)s, %(day)s"),
        "tentative": _("You said maybe: %(title)s, %(day)s"),
        "declined": _("You said no: %(title)s, %(day)s"),
    }
    said = _("We have saved your answer.") + " " + say_answer(reply_of(rsvp, party.is_household))
    if rsvp.source == "desk":
        said = _("We have entered your answer for you.") + " " + say_answer(reply_of(rsvp, party.is_household))
    return Words(
        subjects[rsvp.state] % named_in(about),
        {
            "said": said,
            "explained": explained(rsvp, party),
            "signature": signed(about),
        },
    )


def explained(rsvp: Rsvp, party: Party) -> str:
    """What an answer means for its seats."""
    if rsvp.waits:
        if party.is_household and rsvp.people > 1:
            return _("You stay together: there is room for all of you, or you keep your place in the line.")
        return ""
    if rsvp.answer == "declined":
        return _("Thank you for telling us. You need not say why.")
    if rsvp.answer == "tentative":
        return _("A maybe keeps no seats. Say yes as soon as you know.")
    return _("Your seats are kept. We look forward to you.")


def seats(about: Occasion, rsvp: Rsvp, party: Party) -> Words:
    """Seats became free and the party that waited has them now."""
    if party.is_household:
        said = _("Good news: there is room now. You have seats for %(people)s.") % {
            "people": say_people(rsvp.adults, rsvp.children)
        }
    else:
        said = _("Good news: there is room now. You have a seat.")
    return Words(
        _("You have seats: %(title)s, %(day)s") % named_in(about),
        {
            "said": said,
            "explained": _("If you cannot come any more, please say no: others are waiting."),
            "signature": signed(about),
        },
    )


def moved(about: Occasion, gathering: Gathering, before: Facts, rsvp: Rsvp | None, party: Party) -> Words:
    """The time or the place changed: old above new, and the question asked anew."""
    what = what_moved(before, gathering)
    shown = slice(None) if what.place else slice(2)
    subject, headline, asked = _say_moved(what)
    if rsvp is None:
        asked = _("Will you come?")
    return Words(
        subject % named_in(about),
        {
            "headline": headline % named_in(about),
            "old": where_and_when(before)[shown],
            "new": where_and_when(facts_of(gathering))[shown],
            "stays": stays(about) if not what.place else "",
            "reason": gathering.move_reason,
            "writes": writes(about),
            "said": say_answer(reply_of(rsvp, party.is_household)) if rsvp else "",
            "kept": _("Your seats are kept until you answer anew.") if rsvp and rsvp.seats_held else "",
            "asked": asked,
            "how": _how(party, rsvp),
        },
    )


def _say_moved(what: Moved) -> tuple[str, str, str]:
    if what.day:
        subject = _("Moved: %(title)s is now on %(day)s")
        if what.place:
            headline = _("%(title)s has a new day and a new place")
            return subject, headline, _("Do the new day and place suit you?")
        return subject, _("%(title)s has a new day"), _("Does the new day suit you?")
    if what.time:
        subject = _("New time: %(title)s, %(day)s, now at %(time)s")
        if what.place:
            headline = _("%(title)s has a new time and a new place")
            return subject, headline, _("Do the new time and place suit you?")
        return subject, _("%(title)s has a new time"), _("Does the new time suit you?")
    return (
        _("New place: %(title)s, %(day)s"),
        _("%(title)s has a new place"),
        _("Does the new place suit you?"),
    )


def cancelled(about: Occasion, reason: str) -> Words:
    """The gathering will not be held; a person says why."""
    sorry = _("We are sorry, and hope to see you another time.")
    return Words(
        _("Cancelled: %(title)s, %(day)s") % named_in(about),
        {
            "reason": reason,
            "writes": writes(about),
            "sorry": sorry,
            "signature": signed(about),
        },
    )


def withdrawn(about: Occasion) -> Words:
    """A party is not invited any more, and is told."""
    return Words(
        _("Your invitation is withdrawn: %(title)s, %(day)s") % named_in(about), {"signature": signed(about)}
    )


def letter(about: Occasion, written: Letter, writer: str) -> Words:
    """A coordinator's own message."""
    return Words(written.subject, {"words": written.words, "writer": writer or about.organization})


def afterwards(about: Occasion) -> Words:
    """Those who came may say thanks, and how it was."""
    thanked = _("It was good to have you at %(title)s on %(day)s.") % named_in(about)
    return Words(_("How was it? %(title)s") % named_in(about), {"thanked": thanked, "signature": signed(about)})


def thanked(about: Occasion, from_name: str, words: str, link: str, *, shared: bool, passed_on: bool) -> Words:
    """Somebody thanks a party; `shared`: others may read it, if they agree; `passed_on`: by a coordinator."""
    explained = _("The hosts have passed this on to you.") if passed_on else _("Only you can read this.")
    if shared:
        explained += " " + _("On your page you may agree to show it to the other guests.")
    return Words(
        _("%(name)s thanks you: %(title)s") % (named_in(about) | {"name": from_name}),
        {
            "base": "guest",
            "headline": _("%(name)s thanks you") % {"name": from_name},
            "words": words,
            "explained": explained,
            "page": f"{link}/thanks",
            "page_words": _("Open our page"),
        },
    )


def named_in(about: Occasion) -> dict[str, str]:
    """What subjects and headlines name."""
    return {"title": about.title, "day": about.short_day, "time": about.time}


def _how(party: Party, rsvp: Rsvp | None = None) -> str:
    if not party.is_household:
        return _("A page opens with your choice; save it there. No account, no password.")
    people = say_people(party.adults or int(not party.children), party.children)
    if rsvp and rsvp.people:
        people = say_people(rsvp.adults, rsvp.children)
    return _(
        "A page opens with your choice; save it there for %(people)s, or change the numbers. "
        "No account, no password."
    ) % {"people": people}


def signed(about: Occasion) -> str:
    """Who signs a mail."""
    return about.contact.name or about.organization


def writes(about: Occasion) -> str:
    """What stands above the coordinator's own words."""
    return _("%(name)s writes:") % {"name": signed(about)}


def stays(about: Occasion) -> str:
    """That a move is not one to another place."""
    return _("The place stays: %(venue)s.") % {"venue": about.venue} if about.venue else ""
