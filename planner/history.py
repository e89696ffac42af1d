"""The log in words: who changed what, and when."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa
from markupsafe import Markup, escape
from sqlalchemy.orm import Session

from events import catalogue as facts
from events.log import LogEntry, decode
from planner.accounts.models import Account, account_of
from planner.calendars.words import say_people
from planner.gatherings.models import Gathering
from planner.i18n import gettext as _
from planner.i18n import ngettext
from planner.parties.models import Party
from planner.times import say_hours, say_short_day

JUST_NOW: Final = timedelta(minutes=5)
# Signing in is nobody's business; feedback is anonymous, and its hour could tell who gave it.
_UNTOLD: Final = ("PartyInvited", "SignInRequested", "FeedbackGiven")


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """One line: the sentence, the patch beside it ("" for none), the gathering it is about."""

    id: uuid.UUID | None
    at: datetime
    sentence: Markup
    state: str = ""
    gathering_id: uuid.UUID | None = None
    title: str = ""

    def is_fresh(self, now: datetime) -> bool:
        """Whether it happened just now."""
        return now - self.at < JUST_NOW


class _Asked(msgspec.Struct):
    """Invitations that were made at once."""

    at: datetime
    actor: str | None
    gathering_id: uuid.UUID
    number: int


def what_happened(
    session: Session,
    organization_id: uuid.UUID,
    *,
    gathering_id: uuid.UUID | None = None,
    limit: int = 50,
    before: uuid.UUID | None = None,
) -> tuple[list[Happened], uuid.UUID | None]:
    """Newest first, and from where to go on (`before`), None at the end. Invitations made at once are one line."""
    about: list[sa.ColumnElement[bool]] = [LogEntry.organization_id == organization_id]
    if gathering_id:
        about = [LogEntry.gathering_id == gathering_id]
    query = sa.select(LogEntry).where(*about, LogEntry.type.not_in(_UNTOLD))
    newest = _time_of(session, before)
    if before is not None:
        query = query.where(LogEntry.id < before)
    entries = list(session.scalars(query.order_by(LogEntry.id.desc()).limit(limit + 1)))
    more = len(entries) > limit
    entries = entries[:limit]
    invited = _invited(session, about, entries[-1].occurred_at if more else None, newest)
    names = _Names(session, entries, invited)
    told = [names.tell(entry) for entry in entries] + [names.tell_invited(one) for one in invited]
    told.sort(key=lambda one: one.at, reverse=True)
    return told, entries[-1].id if more else None


def tell(session: Session, entry_ids: Sequence[uuid.UUID]) -> list[Happened]:
    """These entries of the log in words."""
    entries = list(session.scalars(sa.select(LogEntry).where(LogEntry.id.in_(entry_ids))))
    names = _Names(session, entries, [])
    return [names.tell(entry) for entry in entries]


def _time_of(session: Session, entry_id: uuid.UUID | None) -> datetime | None:
    return session.scalar(sa.select(LogEntry.occurred_at).where(LogEntry.id == entry_id)) if entry_id else None


def _invited(
    session: Session, about: Sequence[sa.ColumnElement[bool]], oldest: datetime | None, newest: datetime | None
) -> list[_Asked]:
    same = (LogEntry.occurred_at, LogEntry.actor, LogEntry.gathering_id)
    query = sa.select(*same, sa.func.count()).where(*about, LogEntry.type == "PartyInvited").group_by(*same)
    if oldest:
        query = query.where(LogEntry.occurred_at >= oldest)
    if newest:
        query = query.where(LogEntry.occurred_at < newest)
    rows = session.execute(query.order_by(LogEntry.occurred_at.desc()).limit(200))
    return [_Asked(at, actor, about_id, number) for at, actor, about_id, number in rows if about_id]


class _Names:
    """Names of accounts, parties and gatherings that a page of the log speaks of: three queries."""

    def __init__(self, session: Session, entries: Sequence[LogEntry], invited: Sequence[_Asked]) -> None:
        actors = {one.actor for one in entries} | {one.actor for one in invited}
        accounts = {account_of(actor) for actor in actors} | {_id(entry, "account_id") for entry in entries}
        parties = {_id(entry, "party_id") for entry in entries}
        gatherings = {one.gathering_id for one in entries} | {one.gathering_id for one in invited}
        theirs = session.scalars(sa.select(Account).where(Account.id.in_(accounts - {None})))
        self._accounts = {account.id: account.called for account in theirs}
        found = list(session.scalars(sa.select(Party).where(Party.id.in_(parties - {None}))))
        self._parties = {party.id: party.name for party in found}
        self._alone = {party.id for party in found if not party.is_household}
        told_of = session.scalars(sa.select(Gathering).where(Gathering.id.in_(gatherings - {None})))
        self._titles = {one.id: _title(one) for one in told_of}

    def tell(self, entry: LogEntry) -> Happened:
        """An entry in words; one that this version does not know is told by its type."""
        try:
            payload = decode(entry)
        except msgspec.ValidationError:
            return self._line(entry.occurred_at, escape(entry.type), entry.gathering_id, entry.id)
        say = _WORDS.get(type(payload))
        sentence = say(self, payload, self.by(entry.actor), entry.actor) if say else escape(entry.type)
        state = ""
        if isinstance(payload, facts.RsvpRecorded):
            state = "waiting" if payload.waitlisted else payload.answer
        elif isinstance(payload, facts.SeatsGiven):
            state = "accepted"
        return self._line(entry.occurred_at, sentence, entry.gathering_id, entry.id, state)

    def tell_invited(self, one: _Asked) -> Happened:
        """Invitations that were made at once."""
        words = ngettext("%(by)s invited %(n)d guest", "%(by)s invited %(n)d guests", one.number)
        sentence = _with(words, by=self.by(one.actor), n=one.number)
        return self._line(one.at, sentence, one.gathering_id, None)

    def _line(
        self,
        at: datetime,
        sentence: Markup,
        gathering_id: uuid.UUID | None,
        entry_id: uuid.UUID | None,
        state: str = "",
    ) -> Happened:
        title = self._titles.get(gathering_id, "") if gathering_id else ""
        return Happened(id=entry_id, at=at, sentence=sentence, state=state, gathering_id=gathering_id, title=title)

    def comes_alone(self, party_id: uuid.UUID) -> bool:
        """Whether it is a professional."""
        return party_id in self._alone

    def by(self, actor: str | None) -> Markup:
        """Who did it."""
        account = account_of(actor)
        return self.account(account) if account else Markup("<b>{}</b>").format(_("The planner"))

    def account(self, account_id: uuid.UUID) -> Markup:
        """A colleague, also one who has left."""
        return _bold(self._accounts.get(account_id) or _("A former colleague"))

    def guest(self, event: Any) -> Markup:
        """The party an event is about, as a link to it among the guests."""
        name = _bold(self._parties.get(event.party_id) or _("Somebody"))
        if not hasattr(event, "invitation_id"):
            return name
        address = f"/manage/gatherings/{event.gathering_id}/guests/{event.invitation_id}"
        return Markup('<a href="{}">{}</a>').format(address, name)


def _title(gathering: Gathering) -> str:
    """With its day where others are called the same."""
    if gathering.series_id is None:
        return gathering.title
    return f"{gathering.title}, {say_short_day(gathering.local_start)}"


def _bold(name: str) -> Markup:
    return Markup("<b><bdi>{}</bdi></b>").format(name)


def _id(entry: LogEntry, name: str) -> uuid.UUID | None:
    value = entry.data.get(name)
    return uuid.UUID(value) if isinstance(value, str) else None


def _with(words: str, **names: object) -> Markup:
    return Markup(words) % names  # noqa: S704  (our own words; names are escaped)


def _answered(names: _Names, event: facts.RsvpRecorded, by: Markup, actor: str | None) -> Markup:
    who = names.guest(event)
    people = say_people(event.adults, event.children)
    if names.comes_alone(event.party_id):
        people = ""
    if event.waitlisted:
        said = _with(_("%(who)s said yes and waits for seats"), who=who)
    elif event.answer == "accepted":
        said = _with(_("%(who)s said yes"), who=who)
    elif event.answer == "tentative":
        said = _with(_("%(who)s said maybe"), who=who)
    else:
        said = _with(_("%(who)s said not this time"), who=who)
        people = ""
    if people:
        said += f": {people}"
    if event.source == "calendar":
        return said + ", " + _("in the calendar")
    if event.source == "desk":
        return said + " " + _with(_("(entered by %(by)s)"), by=by)
    return said


def _link_sent(names: _Names, event: facts.LinkSentAgain, by: Markup, actor: str | None) -> Markup:
    if actor == "link":
        return _with(_("%(who)s asked for the link again"), who=names.guest(event))
    return _with(_("%(by)s sent %(who)s the link again"), by=by, who=names.guest(event))


def _changed(names: _Names, event: facts.GatheringChanged, by: Markup, actor: str | None) -> Markup:
    words = _field_words()
    what = ", ".join(dict.fromkeys(words.get(name, name) for name in event.changed))
    return _with(_("%(by)s changed: %(what)s"), by=by, what=what)


def _field_words() -> dict[str, str]:
    contact, when, where = _("whom to ask"), _("day and time"), _("place")
    return {
        "title": _("name"),
        "starts_at": when,
        "ends_at": when,
        "time_zone": when,
        "venue": where,
        "online_url": _("address of the meeting"),
        "description": _("what happens"),
        "capacity": _("seats"),
        "visibility": _("who may see it"),
        "answer_by": _("until when to answer"),
        "contact_name": contact,
        "contact_phone": contact,
        "contact_email": contact,
        "programme": _("running order"),
        "topics": _("topics"),
    }


def _moved(names: _Names, event: facts.GatheringRescheduled, by: Markup, actor: str | None) -> Markup:
    old, new = event.before, event.after
    moved = []
    if (old.starts_at, old.ends_at, old.time_zone) != (new.starts_at, new.ends_at, new.time_zone):
        moved.append((_time(old), _time(new)))
    if old.venue != new.venue:
        moved.append((old.venue or _("no place"), new.venue or _("no place")))
    if not moved:
        return _with(_("%(by)s changed the address of the meeting"), by=by)
    before, after = (" · ".join(facts) for facts in zip(*moved, strict=True))
    return _with(_("%(by)s moved it: before %(old)s, now %(new)s"), by=by, old=before, new=after)


def _time(when: facts.Facts) -> str:
    zone = ZoneInfo(when.time_zone)
    start, end = when.starts_at.astimezone(zone), when.ends_at.astimezone(zone)
    return f"{say_short_day(start)}, {say_hours(start, end)}"


def _people(names: _Names, event: facts.PeopleImported, by: Markup, actor: str | None) -> Markup:
    words = _("%(by)s brought in a list of people: %(new)d new, %(changed)d changed")
    return _with(words, by=by, new=event.new, changed=event.changed)


def _calendar(names: _Names, event: facts.CalendarImported, by: Markup, actor: str | None) -> Markup:
    words = _("%(by)s brought in a calendar: %(new)d new, %(changed)d changed")
    return _with(words, by=by, new=event.new, changed=event.changed)


def _colleague(names: _Names, event: facts.ColleagueInvited, by: Markup, actor: str | None) -> Markup:
    return _with(_("%(by)s asked %(who)s to work along"), by=by, who=names.account(event.account_id))


def _plain(words: Callable[[], str]) -> Callable[[_Names, Any, Markup, str | None], Markup]:
    return lambda names, event, by, actor: _with(
        words(), by=by, who=names.guest(event) if hasattr(event, "party_id") else ""
    )


_WORDS: Final[dict[type, Callable[[_Names, Any, Markup, str | None], Markup]]] = {
    facts.RsvpRecorded: _answered,
    facts.SeatsGiven: _plain(lambda: _("%(who)s has seats now")),
    facts.PartyInvited: _plain(lambda: _("%(by)s invited %(who)s")),
    facts.InvitationWithdrawn: _plain(lambda: _("%(by)s withdrew the invitation of %(who)s")),
    facts.LinkSentAgain: _link_sent,
    facts.PartyErased: _plain(lambda: _("%(by)s erased a household or professional who asked for it")),
    facts.AddressMended: _plain(lambda: _("%(by)s put the address of %(who)s right")),
    facts.GatheringCreated: _plain(lambda: _("%(by)s began a draft")),
    facts.GatheringPublished: _plain(lambda: _("%(by)s published the event")),
    facts.GatheringChanged: _changed,
    facts.GatheringRescheduled: _moved,
    facts.GatheringCancelled: _plain(lambda: _("%(by)s cancelled the event")),
    facts.GatheringLeftOut: _plain(lambda: _("%(by)s left a day of a series out")),
    facts.GatheringHeld: _plain(lambda: _("%(by)s marked the event as held")),
    facts.GuestsWrittenTo: _plain(lambda: _("%(by)s wrote to guests")),
    facts.QuestionAsked: _plain(lambda: _("A guest asked a question")),
    facts.AppreciationGiven: _plain(lambda: _("Somebody said thank you")),
    facts.AppreciationHidden: _plain(lambda: _("%(by)s took a thank-you off the wall")),
    facts.PeopleImported: _people,
    facts.CalendarImported: _calendar,
    facts.ColleagueInvited: _colleague,
    facts.OrganizationChanged: _plain(lambda: _("%(by)s changed the settings")),
}
