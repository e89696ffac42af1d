"""What guests hear when a gathering moves, is cancelled or was held."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from events import UNFINISHED, GatheringCancelled, GatheringHeld, GatheringRescheduled, LoggedEvent, subscriber
from events.subscribers import Unfinished
from notifications import kinds, kinds_of_days
from notifications.days import SEVERAL, also_about, mails_about, names, was_told
from notifications.installation import here
from notifications.inviting import invitation_round, write_anew
from notifications.models import AlsoAbout, Message
from notifications.queue import stop_queued
from notifications.rounds import PAGE, write_page
from notifications.settling import MOVES, note_change
from notifications.writing import Days, Round
from planner.database import utc_now
from planner.gatherings.models import Gathering, Status
from planner.invitations.models import Invitation
from planner.parties.models import Party
from planner.rsvps.models import Answer, Rsvp
from planner.series.versions import hold_series_of

# Whoever marks old events as held, after an import say, does not want their guests to be asked how it was.
ASKED_WITHIN: Final = timedelta(days=30)
# Who left before being invited has heard nothing of it yet.
_HEAR_OF_THE_END: Final = (
    sa.or_(Rsvp.answer.is_(None), Rsvp.answer != Answer.DECLINED),
    sa.or_(
        Party.unsubscribed_at.is_(None),
        Rsvp.answer.is_not(None),
        Party.unsubscribed_at > Invitation.invited_at,
    ),
)


@subscriber(MOVES, GatheringRescheduled)
def settle(session: Session, event: LoggedEvent) -> Unfinished | None:
    """Guests are told once the edits have settled; invitations that have not left say the new facts themselves."""
    gathering = session.get(Gathering, event.gathering_id)
    if not isinstance(event.payload, GatheringRescheduled) or gathering is None:
        return None
    note_change(session, event, event.payload)
    older = sa.or_(
        sa.and_(Message.gathering_id == gathering.id, Message.sequence < gathering.sequence),
        also_about(Invitation.gathering_id == gathering.id, AlsoAbout.sequence < gathering.sequence),
    )
    again = write_anew(session, here(), invitation_round(event.id), older, most=PAGE)
    return UNFINISHED if again == PAGE else None


@subscriber("mail-cancellations", GatheringCancelled)
def tell_cancelled(session: Session, event: LoggedEvent) -> Unfinished | None:
    """All who were invited and have not said no hear it; nothing else about it leaves any more."""
    gathering = session.get(Gathering, event.gathering_id)
    if gathering is None or gathering.status != Status.CANCELLED or gathering.published_at is None:
        return None
    # Each day that was called off with it has an event of its own: one process at a time tells of all of them.
    hold_series_of(session, gathering.id)
    write_anew(session, here(), invitation_round(event.id), mails_about(gathering.id), SEVERAL)
    # A mail that tells of other days too leaves: they are still open.
    others_are_open = names(
        Invitation.gathering_id.in_(sa.select(Gathering.id).where(Gathering.status == Status.PUBLISHED))
    )
    stop_queued(
        session,
        mails_about(gathering.id),
        ~others_are_open,
        Message.kind.in_(kinds.OPEN_ALONE),
    )
    done = write_page(session, here(), gathering, _cancelled_round(gathering, event.id), *_HEAR_OF_THE_END)
    return None if done else UNFINISHED


def _cancelled_round(gathering: Gathering, event_id: uuid.UUID) -> Round:
    """Days of a series that are called off together are told together."""
    untold = (
        Gathering.status == Status.CANCELLED,
        Gathering.published_at.is_not(None),
        sa.or_(Gathering.id == gathering.id, Gathering.ends_at > utc_now()),
        ~was_told(Message.kind == "cancelled"),
    )
    return Round(
        kind="cancelled",
        wording=lambda about, invitation, _rsvp, _link: kinds.cancelled(about, invitation.gathering.cancel_reason),
        key=lambda invitation: str(invitation.id),
        event_id=event_id,
        once=True,
        always=True,
        days=Days(
            wording=kinds_of_days.cancelled_days,
            template="cancelled-days",
            which=(*untold, *_HEAR_OF_THE_END),
            for_programs=lambda about, _invitation, _rsvp, _link: kinds_of_days.for_program(about, cancelled=True),
        ),
    )


@subscriber("mail-afterwards", GatheringHeld)
def ask_how_it_was(session: Session, event: LoggedEvent) -> Unfinished | None:
    """Those who came get one link to say thanks and how it was."""
    gathering = session.get(Gathering, event.gathering_id)
    if gathering is None or gathering.status != Status.HELD or gathering.ends_at < utc_now() - ASKED_WITHIN:
        return None
    why = Round(
        kind="afterwards",
        wording=lambda about, _invitation, _rsvp, _link: kinds.afterwards(about),
        key=lambda invitation: str(invitation.id),
        event_id=event.id,
        once=True,
        with_calendar=False,
    )
    done = write_page(session, here(), gathering, why, Rsvp.answer == Answer.ACCEPTED, Rsvp.seats_held > 0)
    return None if done else UNFINISHED
