"""Confirmations of answers, and seats given to those who waited."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from events import LoggedEvent, RsvpRecorded, SeatsGiven, subscriber
from notifications import kinds
from notifications.installation import here
from notifications.kinds import Words
from notifications.occasion import Occasion
from notifications.writing import Round, write_to_guests
from planner.gatherings.models import Status
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
    answered = rsvp.answered_at.isoformat()
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
        why = Round(
            kind="confirmation",
            wording=_confirm,
            key=lambda one: f"{one.id}:{answered}",
            event_id=event.id,
            always=True,
        )
        write_to_guests(session, here(), invitation.gathering, [invitation], why, {invitation.id: rsvp})


def _confirm(about: Occasion, invitation: Invitation, rsvp: Rsvp | None, _link: str) -> Words:
    assert rsvp is not None  # noqa: S101  (an answer is what is confirmed)
    return kinds.confirmation(about, rsvp, invitation.party)


def _tell_seats(about: Occasion, invitation: Invitation, rsvp: Rsvp | None, _link: str) -> Words:
    assert rsvp is not None  # noqa: S101  (seats come from an answer)
    return kinds.seats(about, rsvp, invitation.party)
