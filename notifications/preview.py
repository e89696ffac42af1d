"""A mail as guests would get it, before it is sent: for the pages where it is decided."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from litestar import Response, get
from litestar.params import FromPath
from msgspec import UNSET
from sqlalchemy.orm import Session

from events.catalogue import Facts
from notifications import kinds, kinds_of_days
from notifications.calendar_part import calendar_words, method_of
from notifications.installation import Installation
from notifications.kinds import Words
from notifications.mailbox import framed
from notifications.occasion import Occasion, contact_of, occasion
from notifications.recipients import Recipient, recipients
from notifications.rendering import render
from notifications.writing import guest_values, rsvps_of
from planner.database import utc_now
from planner.dependencies import SignedIn, TheDatabase, TheSettings
from planner.errors import Invalid, NotFound
from planner.gatherings import actions as gatherings
from planner.gatherings.fields import EARLIEST, LATEST, GatheringFields
from planner.gatherings.models import Gathering, Status
from planner.gatherings.moves import facts_of
from planner.i18n import best_language, speaking
from planner.i18n import gettext as _
from planner.i18n import language as spoken
from planner.invitations.choosing import one_invited
from planner.invitations.models import Invitation, Letter
from planner.parties.models import Party
from planner.rsvps.days import Day
from planner.rsvps.models import Rsvp
from planner.series.actions import Scope, moved_with, others_in, scope_of
from planner.text import many_lines
from planner.times import known_zone
from planner.web import AnyRequest, choose_language, id_in

KINDS: Final = ("invitation", "moved", "cancelled", "letter")


def preview(
    session: Session,
    here: Installation,
    kind: str,
    days: Sequence[tuple[Gathering, Mapping[str, Any]]],
    party: Party | None,
    words: str,
    language: str,
) -> str:
    """The HTML of a mail that is not sent, below its sender and subject. Its links lead nowhere.

    `days`: of which gathering it tells, or of which days of a series, each with the facts to which it would be
    moved. Without a party an example stands there.
    """
    before = {day.id: facts_of(day) for day, _changes in days}
    head = {"lang": spoken(), "from": _("From"), "subject": _("Subject")}
    with speaking(language), session.no_autoflush:
        shown = [_day(session, _changed(day, changes, words), party) for day, changes in days]
        gathering, rsvp = shown[0].gathering, shown[0].rsvp
        about = occasion(gathering, contact_of(session, gathering))
        if len(shown) == 1:
            template, said = kind, _words(kind, about, shown[0], before[gathering.id], words)
        else:
            template, said = _words_of_days(kind, about, shown, before, words)
        recipient = _recipient(session, gathering, party, language)
        values = guest_values(here, about, shown[0].invitation, recipient, "#", said)
        values |= {"link": "#", "preferences_url": "#", "unsubscribe_url": "#", "head": head}
        if kind != "letter" and len(shown) == 1:
            values["calendar_words"] = calendar_words(kind, _method(here, kind, gathering), rsvp)
        html, _text = render(template, values)
    return html


def _changed(gathering: Gathering, changes: Mapping[str, Any], reason: str) -> Gathering:
    """The gathering as it would be."""
    for name, fact in changes.items():
        setattr(gathering, name, fact)
    gathering.move_reason = reason
    return gathering


def _words(kind: str, about: Occasion, day: Day, before: Facts, words: str) -> Words:
    party = day.invitation.party
    match kind:
        case "invitation":
            return kinds.invitation(about, party, words)
        case "moved":
            return kinds.moved(about, day.gathering, before, day.rsvp, party)
        case "cancelled":
            return kinds.cancelled(about, words)
        case "letter":
            letter = Letter(subject=_("Your subject"), words=words, audience=[])
            return kinds.letter(about, letter, about.contact.name)
    raise NotFound(_("There is no such mail."))


def _words_of_days(
    kind: str, about: Occasion, days: Sequence[Day], before: Mapping[uuid.UUID, Facts], words: str
) -> tuple[str, Words]:
    """A template and what it says."""
    if kind == kinds.INVITATION:
        return "days", kinds_of_days.invited_days(about, days, words)
    return "moved-days", kinds_of_days.moved_days(about, days, before)


def _method(here: Installation, kind: str, gathering: Gathering) -> str | None:
    """That of the mail once it goes: what would be cancelled is still open."""
    method = method_of(here, gathering)
    return "CANCEL" if kind == "cancelled" and method == "REQUEST" else method


def _stand_in(party: Party | None) -> Invitation:
    shown = party or Party(id=uuid.UUID(int=0), kind="household", adults=2, children=1, link_version=0)
    if party is None:
        shown.name = _("(name)")
    return Invitation(id=uuid.UUID(int=0), link_version=0, party_id=shown.id, party=shown)


def _day(session: Session, gathering: Gathering, party: Party | None) -> Day:
    invitation = Invitation(gathering=gathering, party=_stand_in(party).party)
    return Day(invitation, _answer(session, gathering, party), "#")


def _answer(session: Session, gathering: Gathering, party: Party | None) -> Rsvp | None:
    """The party's own, None where it is silent; the example is one who said yes."""
    if party is not None:
        mine = sa.select(Invitation.id).where(
            Invitation.gathering_id == gathering.id, Invitation.party_id == party.id
        )
        return next(iter(rsvps_of(session, list(session.scalars(mine))).values()), None)
    return Rsvp(
        answer="accepted",
        adults=2,
        children=1,
        seats_held=3,
        sequence=0,
        answered_at=utc_now(),
        source="link",
    )


def _recipient(session: Session, gathering: Gathering, party: Party | None, language: str) -> Recipient:
    found = recipients(session, gathering.organization, [party])[party.id] if party else []
    if found:
        return replace(found[0], language=language)
    name = party.name if party else _("(name)")
    return Recipient(names=(name,), address="", language=language, close=False)


@get("/gatherings/{gathering_id:uuid}/preview/{kind:str}", sync_to_thread=True)
def show_preview(
    request: AnyRequest,
    gathering_id: FromPath[uuid.UUID],
    kind: FromPath[str],
    membership: SignedIn,
    database: TheDatabase,
    settings: TheSettings,
) -> Response[str]:
    """A mail for a frame: `party`, `language`, `words`, and for a move the new facts, in the address.

    `scope` is to which days of a series one is invited, or which move.

    Without a party it is one who is invited; without words those that were typed for the party.
    """
    query = request.query_params
    choose_language(request, membership.account.language, *membership.organization.languages)
    if kind not in KINDS:
        raise NotFound(_("There is no such mail."))
    with database.reading() as session:
        gathering = gatherings.find(session, membership.organization_id, gathering_id)
        party = _party(session, membership.organization_id, query.get("party", ""))
        party = party or one_invited(session, gathering_id, coming=kind in ("moved", "cancelled"))
        own = party.language if party else None
        language = best_language(query.get("language"), own, *gathering.organization.languages)
        words = query.get("words")
        if words is None and kind == "invitation":
            words = _own_words(session, gathering_id, party)
        words = many_lines(words or "")[:5000]
        days = _days(session, gathering, kind, query, party)
        html = preview(session, Installation(settings), kind, days, party, words, language)
        # Nothing of this is ever written.
        session.expunge_all()
    return framed(html)


def _days(
    session: Session, gathering: Gathering, kind: str, query: Any, party: Party | None
) -> list[tuple[Gathering, dict[str, Any]]]:
    """What the mail tells of, each day with its new facts."""
    scope = scope_of(query.get("scope", "this"))
    days: list[tuple[Gathering, dict[str, Any]]] = [(gathering, {})]
    if kind == kinds.INVITATION:
        days += [(day, {}) for day in others_in(session, gathering, scope)]
    elif kind == "moved":
        changes = _changes(query)
        days = [(gathering, changes), *_moves(session, gathering, changes, scope, party)]
    return sorted(days, key=lambda one: one[0].starts_at)


def _moves(
    session: Session, gathering: Gathering, changes: dict[str, Any], scope: Scope, party: Party | None
) -> list[tuple[Gathering, dict[str, Any]]]:
    """The other days that would move along, of those to which the party is invited, and their new facts."""
    with suppress(Invalid):
        others = moved_with(session, gathering, GatheringFields(**changes), scope)
        theirs = sa.select(Invitation.gathering_id).where(Invitation.withdrawn_at.is_(None))
        invited_to = session.scalars(theirs.where(Invitation.party_id == party.id)).all() if party else ()
        return [
            (other, {name: fact for name in gatherings.FACTS if (fact := getattr(fields, name)) is not UNSET})
            for other, fields in others
            if other.status == Status.PUBLISHED and (party is None or other.id in invited_to)
        ]
    return []


def _own_words(session: Session, gathering_id: uuid.UUID, party: Party | None) -> str:
    """What the coordinator typed when the party was put on the list."""
    query = sa.select(Invitation.words).where(
        Invitation.gathering_id == gathering_id, Invitation.party_id == (party.id if party else None)
    )
    return session.scalar(query) or ""


def _party(session: Session, organization_id: uuid.UUID, id: str) -> Party | None:
    party_id = id_in(id)
    party = session.get(Party, party_id) if party_id else None
    return party if party and party.organization_id == organization_id else None


def _changes(query: Any) -> dict[str, Any]:
    """The new facts as the address gives them; what cannot be read is left as it is."""
    changes: dict[str, Any] = {}
    for name in ("starts_at", "ends_at"):
        try:
            moment = datetime.fromisoformat(query.get(name, ""))
        except ValueError:
            continue
        if moment.tzinfo is not None and EARLIEST <= moment <= LATEST:
            changes[name] = moment
    with suppress(Invalid):
        changes["time_zone"] = known_zone(query.get("time_zone", "")).key
    for name in ("venue", "online_url"):
        if name in query:
            changes[name] = query[name][:2000]
    return changes


routes = [show_preview]
