"""How a party answers: by link, in its calendar, at the desk. All of them go through `answer`."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Final, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from events import record
from events.catalogue import RsvpRecorded
from planner.calendars.versions import raise_party_versions
from planner.database import utc_now
from planner.errors import FieldError, Invalid, NotFound, Refused
from planner.gatherings.models import Gathering, Status
from planner.i18n import gettext as _
from planner.i18n import ngettext
from planner.invitations.actions import held
from planner.invitations.models import Invitation
from planner.parties.actions import check_people
from planner.parties.models import Party
from planner.rsvps.models import Answer, Rsvp, Source, said_by
from planner.rsvps.seats import seat_who_waits, seats_held
from planner.text import text_field

NOTE_MOST: Final = 2000


# Made once: a session's `get` takes longer.
_RSVP: Final = sa.select(Rsvp).where(Rsvp.invitation_id == sa.bindparam("invitation_id"))


class NotOpen(Refused):
    """The gathering takes no answers now: a draft, cancelled, held or past its answer-by time."""


class SaidOtherwise(Exception):
    """Another answer stands that is not to be replaced."""


class Said(msgspec.Struct, kw_only=True):
    """What a party answers. Numbers that are not named are those it is expected with; a note not named stays."""

    answer: Answer
    adults: int | None = None
    children: int | None = None
    note: str | None = None


class Kept(NamedTuple):
    """An answer as it stands, and whose feeds show something else since: nobody's where nothing changed."""

    rsvp: Rsvp
    shown_to: frozenset[uuid.UUID]


def answer(
    session: Session,
    invitation: Invitation | uuid.UUID,
    said: Said,
    source: Source,
    *,
    actor: str | None = None,
) -> Rsvp:
    """Keeps a party's answer and decides its seats, in one transaction with the fact.

    A party that fits takes its seats at once; one that doesn't waits, whole and in order of arrival; one that
    holds seats and asks for more than are free keeps what it had. Said again, it changes nothing.

    `invitation`: its id, or itself where its gathering is held already.
    Raises NotFound for a withdrawn invitation, NotOpen, and Invalid at `adults`, `children` or `note`.
    """
    if not isinstance(invitation, Invitation):
        invitation = _held(session, invitation)
    kept = keep(session, invitation, said, source, utc_now(), actor=actor)
    raise_party_versions(session, kept.shown_to)
    return kept.rsvp


def keep(
    session: Session,
    invitation: Invitation,
    said: Said,
    source: Source,
    at: datetime,
    *,
    over: Collection[str] | None = None,
    actor: str | None = None,
) -> Kept:
    """What `answer` does, but for the feed versions: the caller raises them, those of all days in one order.

    `at`: the instant of the answer, the same for all days that it is given for. `over`: what it may replace (see
    `said_by`), by default whatever was said. The gathering is locked by the caller.

    Raises NotOpen, Invalid, and SaidOtherwise where another answer stands that is none of `over`.
    """
    gathering, party = invitation.gathering, invitation.party
    _refuse_unless_open(gathering, source)
    rsvp = session.scalar(_RSVP, {"invitation_id": invitation.id})
    adults, children, note = _checked(said, party, rsvp)
    if rsvp is not None and _says_the_same(rsvp, gathering, said.answer, adults, children, note):
        return Kept(rsvp, frozenset())
    if over is not None and said_by(rsvp) not in over:
        raise SaidOtherwise
    held_before = rsvp.seats_held if rsvp else 0
    if rsvp is None:
        rsvp = Rsvp(invitation_id=invitation.id, gathering_id=gathering.id, seats_held=0)
    _take_seats(session, gathering, rsvp, said.answer, adults + children, at)
    rsvp.answer, rsvp.adults, rsvp.children, rsvp.note = said.answer.value, adults, children, note
    rsvp.source, rsvp.answered_at, rsvp.sequence = source.value, at, gathering.sequence
    session.add(rsvp)
    session.flush()
    _record(session, gathering, invitation, rsvp, actor or source)
    given = seat_who_waits(session, gathering, actor="schedule") if rsvp.seats_held < held_before else []
    return Kept(rsvp, frozenset([party.id, *(one.invitation.party_id for one in given)]))


def _held(session: Session, invitation_id: uuid.UUID) -> Invitation:
    invitation = held(session, invitation_id)
    if invitation is None or invitation.withdrawn_at is not None:
        raise NotFound(_("This invitation does not exist, or was withdrawn."))
    return invitation


def _refuse_unless_open(gathering: Gathering, source: Source) -> None:
    if gathering.status == Status.CANCELLED:
        raise NotOpen(_("This event is cancelled, so no answer is needed."))
    if gathering.status == Status.HELD:
        raise NotOpen(_("This event is over. Thank you all the same."))
    if gathering.status == Status.DRAFT:
        raise NotOpen(_("This event is not open for answers yet."))
    if source != Source.DESK and gathering.answers_closed(utc_now()):
        raise NotOpen(_("The time to answer is over. Please ask the hosts."))


def _checked(said: Said, party: Party, rsvp: Rsvp | None) -> tuple[int, int, str]:
    errors: list[FieldError] = []
    check_people("adults", said.adults, errors)
    check_people("children", said.children, errors)
    note = (rsvp.note if rsvp else "") if said.note is None else text_field("note", said.note, NOTE_MOST, errors)
    adults, children = _numbers(said, party, rsvp)
    if said.answer == Answer.ACCEPTED and adults + children == 0 and not errors:
        errors.append(FieldError("adults", _("Say how many of you come: at least one person.")))
    if errors:
        raise Invalid(errors)
    return adults, children, note


def _numbers(said: Said, party: Party, rsvp: Rsvp | None) -> tuple[int, int]:
    if said.answer == Answer.DECLINED:
        return 0, 0
    if not party.is_household:
        expected = (1, 0)
    elif rsvp is not None and rsvp.people:
        expected = (rsvp.adults, rsvp.children)
    else:
        expected = (party.adults, party.children)
    adults = expected[0] if said.adults is None else said.adults
    children = expected[1] if said.children is None else said.children
    said_outright = said.adults is not None and said.children is not None
    return (1, 0) if adults + children == 0 and not said_outright else (adults, children)


def _says_the_same(
    rsvp: Rsvp, gathering: Gathering, answer: Answer, adults: int, children: int, note: str
) -> bool:
    same = (rsvp.answer, rsvp.adults, rsvp.children, rsvp.note) == (answer, adults, children, note)
    return same and rsvp.sequence >= gathering.asked_sequence


def _take_seats(
    session: Session, gathering: Gathering, rsvp: Rsvp, answer: Answer, people: int, at: datetime
) -> None:
    if answer != Answer.ACCEPTED:
        rsvp.seats_held, rsvp.waiting_since = 0, None
        return
    free = None
    if gathering.capacity is not None:
        free = gathering.free_seats(seats_held(session, gathering.id, besides=rsvp.invitation_id))
    if free is None or people <= free:
        rsvp.seats_held, rsvp.waiting_since = people, None
    elif rsvp.seats_held:
        raise Invalid.field(
            "adults",
            ngettext(
                "You could have %(free)d seat in all. Your answer stays as it was.",
                "You could have %(free)d seats in all. Your answer stays as it was.",
                free,
            )
            % {"free": free},
        )
    else:
        rsvp.waiting_since = rsvp.waiting_since or at


def _record(session: Session, gathering: Gathering, invitation: Invitation, rsvp: Rsvp, actor: str) -> None:
    record(
        session,
        RsvpRecorded(
            organization_id=gathering.organization_id,
            gathering_id=gathering.id,
            invitation_id=invitation.id,
            party_id=invitation.party_id,
            answer=rsvp.answer,
            adults=rsvp.adults,
            children=rsvp.children,
            waitlisted=rsvp.waits,
            source=rsvp.source,
        ),
        actor=actor,
    )
