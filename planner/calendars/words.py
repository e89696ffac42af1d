"""What a calendar says in words, for programs that drop the properties which they don't know."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from planner.calendars.entries import Entry, Reply
from planner.gatherings.models import Status
from planner.gatherings.programme import running_order, say_course
from planner.gatherings.span import Span
from planner.i18n import gettext as _
from planner.i18n import ngettext
from planner.markdown import to_words
from planner.rsvps.models import Answer
from planner.text import many_lines
from planner.times import say_when

Contact = tuple[str, str, str]


def describe(
    entry: Entry,
    contact: Contact,
    page: str,
    reply: Reply | None,
    asked: bool,
    link: str | None,
    *,
    when: bool = True,
) -> str:
    """The answer, the description and the facts, line by line, in the language spoken now.

    `contact` is whom to ask: name, phone and address; `page` and `link` are full addresses, the public page and
    the party's own. `asked`: it is the calendar of somebody invited, so that a missing answer is named too.
    `when`: whether the time is said.
    """
    first = _cancelled(entry) if entry.status == Status.CANCELLED else _answer_lines(entry, reply, asked)
    said = to_words(many_lines(entry.description))
    more = page and _("More: %(url)s") % {"url": page}
    parts = [*first, said, *_course(entry), *_facts(entry, contact, when), more]
    if link and entry.status != Status.CANCELLED:
        parts.append(_("Answer or change your answer: %(url)s") % {"url": link})
    return "\n".join(filter(None, parts))


def say_answer(reply: Reply) -> str:
    """You said yes for 2 adults and 3 children."""
    if reply.answer == Answer.DECLINED:
        return _("You said no.")
    if not reply.household or not reply.adults + reply.children:
        sentence = _("You said yes.") if reply.answer == Answer.ACCEPTED else _("You said maybe.")
    elif reply.answer == Answer.ACCEPTED:
        sentence = _("You said yes for %(people)s.") % {"people": say_people(reply.adults, reply.children)}
    else:
        sentence = _("You said maybe for %(people)s.") % {"people": say_people(reply.adults, reply.children)}
    if reply.waits:
        sentence += " " + _("You are on the waiting list; we write to you as soon as there is room.")
    return sentence


def say_people(adults: int, children: int) -> str:
    """2 adults and 3 children; who is not there is not named."""
    grown = ngettext("%(n)d adult", "%(n)d adults", adults) % {"n": adults}
    young = ngettext("%(n)d child", "%(n)d children", children) % {"n": children}
    if adults and children:
        return _("%(adults)s and %(children)s") % {"adults": grown, "children": young}
    return young if children else grown


def _cancelled(entry: Entry) -> list[str]:
    return [_("This event is cancelled."), entry.cancel_reason]


def _answer_lines(entry: Entry, reply: Reply | None, asked: bool) -> list[str]:
    """The same once it was held: what is over changes in no calendar."""
    if reply is None:
        return [_("You have not answered yet.")] if asked else []
    lines = [say_answer(reply)]
    is_old = reply.sequence < entry.asked_sequence
    if is_old and reply.answer != Answer.DECLINED:
        lines.append(_("The event has moved since then: please confirm your answer."))
    return lines


def _course(entry: Entry) -> list[str]:
    if not entry.programme or entry.status == Status.CANCELLED:
        return []
    span = Span(entry.starts_at, entry.ends_at, ZoneInfo(entry.time_zone), entry.all_day)
    parts = [
        f"{part.time} {part.title}" + (f" ({part.led_by})" if part.led_by else "")
        for part in running_order(entry.programme, span)
    ]
    return [f"{say_course(span)}:", *parts]


def _facts(entry: Entry, contact: Contact, when: bool) -> list[str]:
    facts = []
    if when:
        facts.append(_("When: %(when)s") % {"when": say_when(entry.starts_at, entry.ends_at, entry.time_zone)})
    if entry.venue:
        facts.append(_("Where: %(venue)s") % {"venue": entry.venue})
    if entry.online_url:
        facts.append(_("Join online: %(url)s") % {"url": entry.online_url})
    if entry.topics:
        facts.append(_("Topics: %(topics)s") % {"topics": ", ".join(entry.topics)})
    if ask := ", ".join(filter(None, contact)):
        facts.append(_("Questions? Ask %(contact)s") % {"contact": ask})
    return facts
