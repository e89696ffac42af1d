"""Why a mail that came in could not be used, in a sentence for who settles it."""

from __future__ import annotations

from datetime import datetime

from notifications.models import IncomingMail
from planner.gatherings.models import Gathering
from planner.i18n import gettext as _
from planner.times import say_when


def say_reason(mail: IncomingMail) -> str:
    """One sentence on what it is and why it waits."""
    sentences = {
        "counter": _("They propose another time. Nothing was changed: answer them, or move the event."),
        "one-of-a-series": _("They answered for one date of a series, in a way that the planner does not know."),
        "no-answer": _("It says neither yes nor no nor maybe."),
        "unknown-invitation": _("It is about an invitation that does not exist any more."),
        "unknown-event": _("It is about an event that the planner does not know."),
        "other-event": _("It came to the address of one invitation, and speaks of another event."),
        "several-attendees": _("It answers for several people at once."),
        "no-attendee": _("It does not say who answers."),
        "not-proved": _("It could not be proved that it comes from who it says."),
        "several-parties": _("Several guests of this event have this address."),
        "not-invited": _("Nobody with this address is invited to this event."),
        "never-sent": _("It answers to a state of the event that was never sent."),
        "before-the-move": _("They answered to what was before the event was moved. They are asked anew."),
        "out-of-date": _("A newer answer came in before it."),
        "repeated": _("The same answer came in already."),
        "withdrawn": _("Their invitation was withdrawn."),
        "cancelled": _("The event is cancelled."),
        "held": _("The event is over."),
        "draft": _("The event is not open for answers yet."),
        "too-late": _("The time to answer was over."),
        "not-enough-seats": _("They ask for more seats than are free. Their answer before it still holds."),
        "not-an-answer": _("It holds a calendar that is no answer."),
        "no-event": _("The calendar in it holds no event."),
        "several-events": _("The calendar in it holds several events."),
        "too-big": _("It is too big to be read."),
        "malformed": _("It is broken, and could not be read."),
        "complaint": _("A mail provider says that a mail was called unwanted."),
        "unknown-mail": _("A mail server says that a mail did not arrive, and does not say which one."),
        "no-address": _("A mail server says that a mail did not arrive, and does not say to whom."),
        "unknown-party": _("They want no more invitations, and it does not say who they are."),
        "words": _("Somebody wrote to an address that only calendar programs use. Please read it and answer."),
        "no-words": _("It holds nothing that can be read."),
    }
    return sentences.get(mail.reason, _("It could not be used."))


def say_proposed(mail: IncomingMail, gathering: Gathering | None) -> str:
    """The time that somebody proposes instead, on the gathering's own clock; empty where none can be read."""
    proposed: list[str] = mail.details.get("proposed") or ["", ""]
    begins, ends = proposed
    try:
        start, end = datetime.fromisoformat(begins), datetime.fromisoformat(ends or begins)
    except ValueError:
        return begins
    if gathering is None or start.tzinfo is None or end.tzinfo is None:
        return " – ".join(filter(None, (begins, ends)))
    return say_when(start, end, gathering.time_zone)
