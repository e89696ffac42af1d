"""Edits that settle before one mail says old and new."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from events import GatheringRescheduled, LoggedEvent, is_under_way
from events.catalogue import Facts
from notifications import kinds, kinds_of_days
from notifications.days import was_told, write_days
from notifications.installation import here
from notifications.models import Message, PendingUpdate, State
from notifications.writing import Days, Round
from planner.accounts.models import Organization
from planner.database import Database, insert
from planner.gatherings.actions import ask_no_more
from planner.gatherings.models import Gathering, Status
from planner.gatherings.moves import facts_of
from planner.invitations.models import Invitation
from planner.parties.models import Party
from planner.rsvps.days import days_of
from planner.rsvps.models import Answer, Rsvp
from planner.series.versions import hold_series_of

LONGEST: Final = 4  # settling times, from the first edit on
MOVES: Final = "mail-moves"  # the subscriber that notes edits


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


# Days of one series settle together: what tells them apart from other gatherings.
_unit: Final = sa.func.coalesce(Gathering.series_id, Gathering.id)


def settled(database: Database, now: datetime) -> Sequence[uuid.UUID]:
    """The gatherings, or series, of which edits have settled by `now`, an instant."""
    latest, first = sa.func.max(PendingUpdate.due_at), sa.func.min(PendingUpdate.first_at)
    query = (
        sa.select(_unit.label("id"), latest.label("latest"), first.label("first"), Organization.settle_minutes)
        .select_from(PendingUpdate)
        .join(Gathering, Gathering.id == PendingUpdate.gathering_id)
        .join(Organization, Organization.id == Gathering.organization_id)
        .group_by(_unit, Organization.settle_minutes)
        .having(sa.func.min(PendingUpdate.due_at) <= now)
    )
    with database.reading() as session:
        found = session.execute(query).all()
    return [one.id for one in found if _has_settled(one.latest, one.first, one.settle_minutes, now)]


def _has_settled(latest: datetime, first: datetime, settle_minutes: int, now: datetime) -> bool:
    """Whether the last of several edits has settled, or the first has waited for the others long enough."""
    return latest <= now or first + LONGEST * timedelta(minutes=settle_minutes) <= now


def tell_settled(database: Database, which: uuid.UUID, now: datetime) -> None:
    """Tells guests of one of those what has settled by `now` (an instant), unless another process does."""
    with database.bookkeeping() as session:
        _tell(session, which, now)


def _tell(session: Session, which: uuid.UUID, now: datetime) -> None:
    query = (
        sa.select(PendingUpdate, Gathering)
        .join(Gathering, Gathering.id == PendingUpdate.gathering_id)
        .where(_unit == sa.bindparam("which"))
        .order_by(Gathering.starts_at, Gathering.id)
        .with_for_update(of=PendingUpdate, skip_locked=True)
    )
    found = session.execute(query, {"which": which}).all()
    if not found or _comes_another(session, which):
        return
    latest, first = max(one.due_at for one, _ in found), min(one.first_at for one, _ in found)
    if not _has_settled(latest, first, found[0].Gathering.organization.settle_minutes, now):
        return
    open_days = [(pending, gathering) for pending, gathering in found if gathering.status == Status.PUBLISHED]
    before = {gathering.id: msgspec.convert(pending.before, Facts) for pending, gathering in open_days}
    back = {day.id: pending for pending, day in open_days if facts_of(day) == before[day.id]}
    moved = {day.id: pending for pending, day in open_days if day.id not in back}
    if back:
        _take_back(session, back, before)
    if moved:
        _write(session, moved, before)
    for pending, _gathering in found:
        session.delete(pending)


def _take_back(
    session: Session, back: Mapping[uuid.UUID, PendingUpdate], before: Mapping[uuid.UUID, Facts]
) -> None:
    """Nobody is asked anew to days that are as they were before, unless they were edited this moment.

    All of them are held first, and their series before them: who answers to one holds it, and waits for a party
    of which another has been raised.
    """
    hold_series_of(session, next(iter(back)))
    query = sa.select(Gathering).where(Gathering.id.in_(back)).order_by(Gathering.slot)
    held = query.with_for_update(of=Gathering, key_share=True).execution_options(populate_existing=True)
    for day in session.scalars(held).all():
        if facts_of(day) == before[day.id]:
            ask_no_more(session, day, back[day.id].asked_before)


def _comes_another(session: Session, which: uuid.UUID) -> bool:
    """Whether a day of a series was edited too, together with others perhaps, and has not been noted yet."""
    days = session.scalars(sa.select(Gathering.id).where(Gathering.series_id == which))
    return is_under_way(session, *days, subscriber=MOVES)


def _write(session: Session, moved: Mapping[uuid.UUID, PendingUpdate], before: Mapping[uuid.UUID, Facts]) -> None:
    why = Round(
        kind="moved",
        wording=lambda about, invitation, rsvp, _link: kinds.moved(
            about, invitation.gathering, before[invitation.gathering_id], rsvp, invitation.party
        ),
        # The sequence tells this move from others: the same one is not told twice.
        key=lambda invitation: f"{invitation.id}:{invitation.gathering.asked_sequence}",
        event_id=next(iter(moved.values())).event_id,
        always=True,
        days=Days(
            wording=lambda about, days: kinds_of_days.moved_days(about, days, before),
            template="moved-days",
            for_programs=lambda about, _invitation, _rsvp, _link: kinds_of_days.for_program(
                about, cancelled=False
            ),
        ),
    )
    write_days(session, here(), days_of(session, here().own_page, Gathering.id.in_(moved), *_HEAR_OF_A_MOVE), why)


# Who was never asked has nothing to hear of: the invitation says the new facts once it is let go.
_IS_KEPT_BACK: Final = sa.and_(
    was_told(Message.kind == kinds.INVITATION, Message.state == State.STOPPED),
    ~was_told(Message.kind == kinds.INVITATION, Message.state == State.SENT),
)
_MUST_OR_MAY_HEAR: Final = sa.or_(
    # Who said yes must hear of a move, even where they want no more invitations.
    Rsvp.answer.in_([Answer.ACCEPTED, Answer.TENTATIVE]),
    sa.and_(
        Party.unsubscribed_at.is_(None),
        sa.or_(
            # A silent one whose invitation was put into words since knows the new day: it said so.
            sa.and_(
                Rsvp.answer.is_(None),
                ~_IS_KEPT_BACK,
                ~was_told(Message.kind == kinds.INVITATION, since=Gathering.asked_sequence),
            ),
            sa.and_(Rsvp.answer == Answer.DECLINED, PendingUpdate.tell_declined),
        ),
    ),
)
# In terms of the edits of a day that have settled.
_HEAR_OF_A_MOVE: Final = (
    PendingUpdate.gathering_id == Gathering.id,
    # Whoever was invited or answered after the last edit knows the new day already.
    Invitation.invited_at <= PendingUpdate.last_at,
    sa.or_(Rsvp.answer.is_(None), Rsvp.sequence < Gathering.asked_sequence),
    _MUST_OR_MAY_HEAR,
)
