"""Edits that settle before one mail says old and new."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from events import GatheringRescheduled, LoggedEvent
from events.catalogue import Facts
from notifications import kinds
from notifications.installation import here
from notifications.kinds import Words
from notifications.models import AlsoAbout, Message, PendingUpdate
from notifications.occasion import Occasion
from notifications.rounds import write_all
from notifications.writing import Round
from planner.database import Database, insert
from planner.gatherings.actions import ask_no_more
from planner.gatherings.models import Gathering, Status
from planner.invitations.models import Invitation
from planner.rsvps.models import Answer, Rsvp

LONGEST: Final = 4  # settling times, from the first edit on


def note_change(session: Session, event: LoggedEvent, change: GatheringRescheduled) -> None:
    """Keeps what guests knew before the first edit, and puts off telling them with each further one.

    Events may come in any order: the earliest has the `before` that counts, the latest the time.
    """
    gathering = session.get(Gathering, change.gathering_id)
    if gathering is None or gathering.status != Status.PUBLISHED:
        return
    settling = timedelta(minutes=gathering.organization.settle_minutes)
    at = event.occurred_at
    fresh = {
        "gathering_id": gathering.id,
        "before": msgspec.to_builtins(change.before),
        "asked_before": change.asked_before,
        "tell_declined": change.tell_declined,
        "event_id": event.id,
        "first_at": at,
        "last_at": at,
        "due_at": at + settling,
    }
    added = insert(session, PendingUpdate).on_conflict_do_nothing(index_elements=["gathering_id"])
    session.execute(added, fresh)
    pending = session.get(PendingUpdate, gathering.id, populate_existing=True, with_for_update=True)
    if pending is None or pending.event_id == event.id:
        return
    if at < pending.first_at:
        pending.first_at, pending.before = at, msgspec.to_builtins(change.before)
        pending.asked_before = change.asked_before
    if at > pending.last_at:
        pending.last_at, pending.event_id = at, event.id
    pending.tell_declined = pending.tell_declined or change.tell_declined
    pending.due_at = min(pending.last_at + settling, pending.first_at + LONGEST * settling)


def settled(database: Database, now: datetime) -> Sequence[uuid.UUID]:
    """The gatherings of which an edit has settled by `now`, an instant."""
    with database.reading() as session:
        return session.scalars(sa.select(PendingUpdate.gathering_id).where(PendingUpdate.due_at <= now)).all()


def tell_settled(database: Database, gathering_id: uuid.UUID, now: datetime) -> None:
    """Tells guests of one what has settled by `now` (an instant), unless another process does."""
    with database.bookkeeping() as session:
        _tell(session, gathering_id, now)


def _tell(session: Session, gathering_id: uuid.UUID, now: datetime) -> None:
    query = (
        sa.select(PendingUpdate)
        .where(PendingUpdate.gathering_id == gathering_id, PendingUpdate.due_at <= now)
        .with_for_update(skip_locked=True)
    )
    pending = session.scalar(query)
    gathering = session.get(Gathering, gathering_id)
    if pending is None or gathering is None:
        return
    before = msgspec.structs.asdict(msgspec.convert(pending.before, Facts))
    changed = any(getattr(gathering, name) != value for name, value in before.items())
    if gathering.status == Status.PUBLISHED and changed:
        _write(session, gathering, pending, before)
    elif gathering.status == Status.PUBLISHED:
        ask_no_more(session, gathering, pending.asked_before)
    session.delete(pending)


def _write(session: Session, gathering: Gathering, pending: PendingUpdate, before: dict[str, Any]) -> None:
    def wording(about: Occasion, invitation: Invitation, rsvp: Rsvp | None, _link: str) -> Words:
        return kinds.moved(about, gathering, before, rsvp, invitation.party)

    def round_of(always: bool) -> Round:
        return Round(
            kind="moved",
            wording=wording,
            # The sequence tells this move from others: the same one is not told twice.
            key=lambda invitation: f"{invitation.id}:{gathering.asked_sequence}",
            event_id=pending.event_id,
            always=always,
        )

    # Whoever was invited or answered after the last edit knows the new day already.
    knew_the_old = Invitation.invited_at <= pending.last_at
    silent_or_answered_before = sa.or_(Rsvp.answer.is_(None), Rsvp.sequence < gathering.asked_sequence)
    coming = Rsvp.answer.in_([Answer.ACCEPTED, Answer.TENTATIVE])
    # So does a silent one whose invitation was put into words since: it said the new day.
    silent = sa.and_(Rsvp.answer.is_(None), ~_asked_to(gathering))
    others = sa.or_(silent, sa.and_(Rsvp.answer == Answer.DECLINED, sa.literal(pending.tell_declined)))
    # Who said yes must hear of a move, even where they want no more invitations.
    for audience, always in ((coming, True), (others, False)):
        write_all(session, here(), gathering, round_of(always), knew_the_old, silent_or_answered_before, audience)


def _asked_to(gathering: Gathering) -> sa.ColumnElement[bool]:
    """Whether a guest's invitation says time and place as they are now."""
    alone = sa.exists().where(
        Message.invitation_id == Invitation.id,
        Message.kind == kinds.INVITATION,
        Message.sequence >= gathering.asked_sequence,
    )
    among_others = (
        sa.select(AlsoAbout.key)
        .join(Message, Message.id == AlsoAbout.message_id)
        .where(
            AlsoAbout.invitation_id == Invitation.id,
            Message.kind == kinds.INVITATION,
            AlsoAbout.sequence >= gathering.asked_sequence,
        )
    )
    return sa.or_(alone, among_others.exists())
