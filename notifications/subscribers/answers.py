"""Confirmations of answers, and seats given to those who waited."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from events import LoggedEvent, RsvpRecorded, SeatsGiven, subscriber
from notifications import kinds
from notifications.days import write_mails
from notifications.installation import here
from notifications.kinds import Words
from notifications.kinds_of_days import confirmed_days
from notifications.occasion import Occasion
from notifications.writing import Days, Round, write_to_guests
from planner.gatherings.models import Gathering, Status
from planner.invitations.models import Invitation
from planner.rsvps.models import Rsvp


@subscriber("mail-answers", RsvpRecorded, SeatsGiven)
def confirm(session: Session, event: LoggedEvent) -> None:
    """Says what is saved now: an answer that a later one replaced is passed over, since that one is confirmed."""
    payload = event.payload
    if not isinstance(payload, RsvpRecorded | SeatsGiven):
        return
    query = (
        sa.select(Rsvp, Invitation)
        .join(Invitation, Invitation.id == Rsvp.invitation_id)
        .where(Rsvp.invitation_id == payload.invitation_id, Invitation.withdrawn_at.is_(None))
    )
    found = session.execute(query).one_or_none()
    if found is None or found.Invitation.gathering.status != Status.PUBLISHED:
        return
    rsvp, invitation = found
    if isinstance(payload, SeatsGiven):
        if rsvp.seats_held:
            why = Round(
                kind="seats",
                wording=_tell_seats,
                key=lambda one: f"{one.id}:{event.id}",
                event_id=event.id,
                always=True,
            )
            write_to_guests(session, here(), invitation.gathering, [invitation], why, {invitation.id: rsvp})
    elif not (payload.waitlisted and rsvp.seats_held):
        # Whoever waited and has seats by now is told so by the mail about the seats.
        why = _confirmation_round(event.id, rsvp)
        write_mails(session, here(), invitation.gathering, [invitation], why, {invitation.id: rsvp})


def _confirmation_round(event_id: uuid.UUID, rsvp: Rsvp) -> Round:
    """Saying what was saved; where several days of a series were answered in one breath, one mail names them.

    Such a mail has no calendar part: a REQUEST is about one UID (RFC 5546, 3.2.2), of several parts programs take
    the first, and a mail for each day is what nobody wants. It leads to the party's calendar, which holds all its
    days and changes by itself; each day's page has its file.
    """
    answered = rsvp.answered_at.isoformat()
    has_no_later_seats = sa.or_(Rsvp.seats_held == 0, Rsvp.seated_at.is_(None), Rsvp.seated_at < Rsvp.answered_at)
    in_one_breath = (
        Gathering.status == Status.PUBLISHED,
        Rsvp.answered_at == rsvp.answered_at,
        Rsvp.answer == rsvp.answer,
        has_no_later_seats,
    )
    return Round(
        kind="confirmation",
        wording=_confirm,
        key=lambda one: f"{one.id}:{answered}",
        event_id=event_id,
        always=True,
        days=Days(wording=confirmed_days, template="confirmation-days", which=in_one_breath),
    )


def _confirm(about: Occasion, invitation: Invitation, rsvp: Rsvp | None, _link: str) -> Words:
    assert rsvp is not None  # noqa: S101  (an answer is what is confirmed)
    return kinds.confirmation(about, rsvp, invitation.party)


def _tell_seats(about: Occasion, invitation: Invitation, rsvp: Rsvp | None, _link: str) -> Words:
    assert rsvp is not None  # noqa: S101  (seats come from an answer)
    return kinds.seats(about, rsvp, invitation.party)
