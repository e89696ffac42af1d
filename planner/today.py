"""The desk's first page: what needs somebody today, what comes next, what happened lately."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa
from litestar import Response, get, post
from litestar.params import FromPath
from sqlalchemy.orm import Session

from events.dead_letters import DeadLetter, dead_letters, send_again
from events.log import LogEntry
from planner.accounts.models import Membership, Organization
from planner.database import utc_now
from planner.dependencies import SignedIn, TheDatabase
from planner.desk import desk_page, planners_only, say_waiting
from planner.errors import NotFound
from planner.gatherings.models import Gathering, Status
from planner.gatherings.standing import Standing, standings
from planner.history import tell, what_happened
from planner.i18n import gettext as _
from planner.i18n import ngettext
from planner.invitations.models import Invitation
from planner.invitations.queries import CameBack, came_back, open_questions
from planner.parties.models import Party
from planner.times import say_short_day
from planner.web import AnyRequest, Form, id_in, see

NEXT_MOST: Final = 6
LATELY_MOST: Final = 8
NEEDS_MOST: Final = 12
# Of each kind; what is not shown at once is a press away.
NEEDS_READ: Final = 100
DEAD_MOST: Final = 200
# What ended longer ago needs nobody today.
_LOOKS_BACK: Final = timedelta(days=1)


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """A line of "needs you today": what it is, and the one thing to do about it."""

    icon: str
    title: str
    below: str
    url: str
    words: str


# What else needs somebody, about one gathering or about all; rooms that come after this one add to it.
More = Callable[[Session, uuid.UUID, datetime, uuid.UUID | None], list[Need]]
more_needs: Final[list[More]] = []


class NextEvent(msgspec.Struct, frozen=True):
    """An event to come and how it stands."""

    gathering: Gathering
    standing: Standing


@get("/", sync_to_thread=True)
def today(request: AnyRequest, membership: SignedIn, database: TheDatabase) -> Response[str]:
    """Today; on the first day three steps. `?needs=all` shows all that needs somebody."""
    with database.reading() as session:
        begun = session.scalar(
            sa.select(Gathering.id).where(Gathering.organization_id == membership.organization_id).limit(1)
        )
        if begun is None:
            people = session.scalar(
                sa.select(Party.id).where(Party.organization_id == membership.organization_id).limit(1)
            )
            return desk_page(request, "desk/first_day.html", membership, "today", has_people=people is not None)
        context = _context(request, session, membership)
    return desk_page(request, "desk/today.html", membership, "today", **context)


@get("/today/part", sync_to_thread=True)
def today_part(request: AnyRequest, membership: SignedIn, database: TheDatabase) -> Response[str]:
    """What of it changes while one looks."""
    with database.reading() as session:
        context = _context(request, session, membership)
    return desk_page(request, "desk/today_part.html", membership, "today", **context)


def _context(request: AnyRequest, session: Session, membership: Membership) -> dict[str, Any]:
    now = utc_now()
    organization = membership.organization
    coming = coming_up(session, organization.id, now)
    lately, _before = what_happened(session, organization.id, limit=LATELY_MOST)
    needs = _given_up(session, organization) + needs_of(session, organization, coming, now)
    all_needs = request.query_params.get("needs") == "all"
    return {
        "coming": coming[:NEXT_MOST],
        "needs": needs if all_needs else needs[:NEEDS_MOST],
        "all_needs": all_needs,
        "more_needs": 0 if all_needs else max(len(needs) - NEEDS_MOST, 0),
        "lately": lately[:LATELY_MOST],
        "greeting": _greeting(membership, now),
    }


def coming_up(session: Session, organization_id: uuid.UUID, now: datetime) -> list[NextEvent]:
    """Drafts and published events that are not over, the next first."""
    query = (
        sa.select(Gathering)
        .where(
            Gathering.organization_id == organization_id,
            Gathering.status.in_([Status.DRAFT, Status.PUBLISHED]),
            Gathering.ends_at > now - _LOOKS_BACK,
        )
        .order_by(Gathering.starts_at, Gathering.id)
        .limit(50)
    )
    found = list(session.scalars(query))
    standing = standings(session, [gathering.id for gathering in found])
    return [NextEvent(gathering, standing[gathering.id]) for gathering in found]


def needs_of(
    session: Session,
    organization: Organization,
    coming: list[NextEvent],
    now: datetime,
    gathering_id: uuid.UUID | None = None,
) -> list[Need]:
    """What waits for a coordinator, from what is kept: about one gathering, or about all."""
    needs = [_question(*one) for one in open_questions(session, organization.id, gathering_id, NEEDS_READ)]
    by_address: dict[tuple[str, str], list[CameBack]] = {}
    for back in came_back(session, organization.id, now, gathering_id, NEEDS_READ):
        by_address.setdefault((back.name, back.address), []).append(back)
    needs += [_mend(found) for found in by_address.values()]
    for more in more_needs:
        needs += more(session, organization.id, now, gathering_id)
    days = _days_in_draft(session, coming, now)
    for event in coming:
        series = (event.gathering.series_id, bool(event.standing.invited))
        if event.gathering.status != Status.DRAFT or event.gathering.series_id is None:
            needs += _of_event(event)
        elif series in days:
            needs += _of_event(event, days.pop(series) - 1)
    return needs


def _days_in_draft(session: Session, coming: list[NextEvent], now: datetime) -> dict[tuple[Any, bool], int]:
    """How many days of each series are drafts, those with guests apart: one line is enough for all of them."""
    invited = sa.select(Invitation.id).where(
        Invitation.gathering_id == Gathering.id, Invitation.withdrawn_at.is_(None)
    )
    drafts = sa.select(Gathering.series_id, invited.exists().label("invited")).where(
        Gathering.series_id.in_({event.gathering.series_id for event in coming} - {None}),
        Gathering.status == Status.DRAFT,
        Gathering.ends_at > now - _LOOKS_BACK,
    )
    rows = drafts.subquery()
    query = sa.select(rows.c.series_id, rows.c.invited, sa.func.count()).group_by(rows.c.series_id, rows.c.invited)
    return {(series_id, bool(with_guests)): days for series_id, with_guests, days in session.execute(query)}


def _given_up(session: Session, organization: Organization) -> list[Need]:
    letters = dead_letters(session, organization.id, limit=DEAD_MOST)
    if not letters:
        return []
    title = ngettext("%(n)d thing could not be done", "%(n)d things could not be done", len(letters))
    below = " · ".join(dict.fromkeys(say_owed(letter) for letter in letters))
    return [_need("warning", title % {"n": len(letters)}, below, "/manage/dead-letters", _("Look at it"))]


def _mend(found: list[CameBack]) -> Need:
    one, titles = found[0], ", ".join(back.title for back in found)
    return _need(
        "mail",
        _("Mail to %(name)s came back") % {"name": one.name},
        _("%(address)s. Invitation to %(title)s") % {"address": one.address, "title": titles},
        f"/manage/gatherings/{one.gathering_id}/guests/{one.invitation_id}#address",
        _("Mend the address"),
    )


def _question(question: Any, name: str, title: str) -> Need:
    words = question.words if len(question.words) <= 120 else question.words[:119].rstrip() + "…"
    return Need(
        icon="speech",
        title=_("%(name)s asks about %(title)s") % {"name": name, "title": title},
        below=words,
        url=f"/manage/gatherings/{question.gathering_id}/letters#question-{question.id}",
        words=_("Read it"),
    )


def _of_event(event: NextEvent, more_days: int = 0) -> list[Need]:
    """`more_days` of its series need the same."""
    gathering, standing = event.gathering, event.standing
    url = f"/manage/gatherings/{gathering.id}"
    named = f"{gathering.title} · {say_short_day(gathering.local_start)}"
    if gathering.status == Status.DRAFT and not standing.invited:
        below = _with_days(named, more_days)
        return [_need("people", _("Nobody is invited yet"), below, f"{url}/invite", _("Choose who"))]
    if gathering.status == Status.DRAFT:
        waits = ngettext(
            "%(title)s is a draft: %(n)d invitation waits",
            "%(title)s is a draft: %(n)d invitations wait",
            standing.invited,
        )
        below = _with_days(waits % {"title": gathering.title, "n": standing.invited}, more_days)
        return [_need("mail", _("Ready to be published?"), below, f"{url}/publish", _("Look and publish"))]
    if standing.waiting:
        title = ngettext("%(whom)s waits for seats", "%(whom)s wait for seats", standing.waiting)
        return [
            _need(
                "people",
                title % {"whom": say_waiting(standing)},
                ": ".join(filter(None, (named, _say_free(gathering, standing)))),
                f"{url}/guests?answer=waiting",
                _("See the list"),
            )
        ]
    return []


def _with_days(words: str, more: int) -> str:
    if not more:
        return words
    return ngettext("%(what)s … and %(n)d more day", "%(what)s … and %(n)d more days", more) % {
        "what": words,
        "n": more,
    }


def _need(icon: str, title: str, below: str, url: str, words: str) -> Need:
    return Need(icon=icon, title=title, below=below, url=url, words=words)


def _say_free(gathering: Gathering, standing: Standing) -> str:
    free = gathering.free_seats(standing.people)
    if free is None:
        return ""
    if not free:
        return _("all seats are taken")
    return ngettext("%(n)d seat is free", "%(n)d seats are free", free) % {"n": free}


def _greeting(membership: Membership, now: datetime) -> str:
    hour = now.astimezone(ZoneInfo(membership.organization.time_zone)).hour
    name = (membership.account.name.split() or [""])[0]
    if hour < 5 or hour >= 18:
        words, alone = _("Good evening, %(name)s"), _("Good evening")
    elif hour < 12:
        words, alone = _("Good morning, %(name)s"), _("Good morning")
    else:
        words, alone = _("Good afternoon, %(name)s"), _("Good afternoon")
    return words % {"name": name} if name else alone


def say_owed(letter: DeadLetter) -> str:
    """What could not be done, for a dead letter."""
    if letter.subscriber.startswith("webhook"):
        return _("Another program could not be told")
    if letter.subscriber == "mail-erased":
        return _("The mails of somebody who was erased could not be deleted")
    return _("A mail could not be written")


@get("/dead-letters", sync_to_thread=True)
def given_up(request: AnyRequest, membership: SignedIn, database: TheDatabase) -> Response[str]:
    """What should have followed from something that happened and did not, newest first."""
    with database.reading() as session:
        letters = dead_letters(session, membership.organization_id, limit=DEAD_MOST)
        told = {one.id: one for one in tell(session, [letter.event_id for letter in letters])}
    lines = [(letter, told[letter.event_id]) for letter in letters]
    return desk_page(request, "desk/given_up.html", membership, "today", lines=lines, say_owed=say_owed)


@post("/dead-letters/{event_id:uuid}", sync_to_thread=True)
def try_again(
    event_id: FromPath[uuid.UUID], data: Form, membership: SignedIn, database: TheDatabase
) -> Response[Any]:
    """Makes a dead letter due once more."""
    planners_only(membership)
    with database.writing() as session:
        entry = session.get(LogEntry, event_id)
        if entry is None or entry.organization_id != membership.organization_id:
            raise NotFound(_("There is no such thing to try again."))
        send_again(session, event_id, str(data.get("subscriber", "")))
    return see("/manage/dead-letters?done=again")


@get("/history", sync_to_thread=True)
def everything(request: AnyRequest, membership: SignedIn, database: TheDatabase) -> Response[str]:
    """Everything that happened, newest first."""
    with database.reading() as session:
        entries, before = what_happened(session, membership.organization_id, before=before_of(request))
    return desk_page(request, "desk/everything.html", membership, "today", entries=entries, before=before)


def before_of(request: AnyRequest) -> uuid.UUID | None:
    """From where a page of the history goes on."""
    return id_in(request.query_params.get("before", ""))


routes: Final = [today, today_part, given_up, try_again, everything]
