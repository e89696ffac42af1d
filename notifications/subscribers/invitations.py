"""Invitations, and links sent again."""

from __future__ import annotations

import uuid
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from events import (
    UNFINISHED,
    AddressMended,
    GatheringPublished,
    InvitationWithdrawn,
    LinkSentAgain,
    LoggedEvent,
    PartyInvited,
    subscriber,
)
from events.subscribers import Unfinished
from notifications import kinds
from notifications.days import SEVERAL, names, write_mails
from notifications.installation import here
from notifications.inviting import invitation_round, write_anew
from notifications.models import AlsoAbout, Message, State
from notifications.queue import stop_queued
from notifications.rounds import write_page
from notifications.writing import Round, write_to_guests
from planner.gatherings.models import Gathering, Status
from planner.invitations.models import Invitation


@subscriber("mail-invitations", PartyInvited, GatheringPublished)
def invite(session: Session, event: LoggedEvent) -> Unfinished | None:
    """Invitations leave once the gathering is published, whichever came first."""
    match event.payload:
        case PartyInvited(invitation_id=invitation_id):
            invitation = _unwritten(session, invitation_id)
            if invitation and invitation.gathering.status == Status.PUBLISHED:
                why = invitation_round(event.id)
                if write_mails(session, here(), invitation.gathering, [invitation], why):
                    # Where many are invited at once, a page of them is far quicker than one by one: the events of
                    # the others then find their mails written.
                    write_page(session, here(), invitation.gathering, why, after=invitation.id)
        case GatheringPublished(gathering_id=gathering_id):
            gathering = session.get(Gathering, gathering_id)
            if gathering and gathering.status == Status.PUBLISHED:
                done = write_page(session, here(), gathering, invitation_round(event.id))
                return None if done else UNFINISHED
    return None


_LIFE: Final = sa.cast(Invitation.link_version, sa.String)
_WRITTEN_FOR: Final[sa.ColumnElement[str]] = sa.bindparam("key") + _LIFE + ":"
# Made once: of many who are invited at once, each asks it.
_STANDS: Final = sa.select(Invitation.id).where(
    Invitation.id == sa.bindparam("invitation"),
    Invitation.withdrawn_at.is_(None),
    ~sa.exists().where(
        Message.invitation_id == sa.bindparam("invitation"),
        Message.key.startswith(_WRITTEN_FOR),
    ),
    ~sa.exists().where(
        AlsoAbout.invitation_id == sa.bindparam("invitation"), AlsoAbout.key.startswith(_WRITTEN_FOR)
    ),
)


def _unwritten(session: Session, invitation_id: uuid.UUID) -> Invitation | None:
    """The invitation as it is now, if it stands and has no mail yet in this life of its link."""
    asked = {"invitation": invitation_id, "key": f"invitation:{invitation_id}:"}
    return session.get(Invitation, invitation_id) if session.connection().scalar(_STANDS, asked) else None


@subscriber("mail-links", LinkSentAgain, AddressMended)
def send_again(session: Session, event: LoggedEvent) -> None:
    """A party asked for its link, or its address was put right: what is open is sent again."""
    match event.payload:
        case LinkSentAgain(invitation_id=invitation_id):
            ids = [invitation_id]
        case AddressMended(invitation_ids=invitation_ids):
            ids = invitation_ids
        case _:
            return
    for id in ids:
        invitation = _open_invitation(session, id)
        if invitation is None or invitation.gathering.status not in (Status.PUBLISHED, Status.HELD):
            continue
        if isinstance(event.payload, LinkSentAgain):
            write_to_guests(session, here(), invitation.gathering, [invitation], _link_round(event.id))
        elif invitation.gathering.status == Status.PUBLISHED:
            # The key holds the address: whoever got the invitation gets no second one.
            write_mails(session, here(), invitation.gathering, [invitation], invitation_round(event.id))


def _link_round(event_id: uuid.UUID) -> Round:
    return Round(
        kind="link",
        wording=lambda about, _invitation, _rsvp, _link: kinds.link(about),
        key=lambda invitation: f"{event_id}:{invitation.id}",
        event_id=event_id,
        with_calendar=False,
        always=True,
    )


@subscriber("mail-withdrawn", InvitationWithdrawn)
def hold_back(session: Session, event: LoggedEvent) -> None:
    """What still waits in the queue for a withdrawn invitation is not sent; who had mail of it may be told."""
    match event.payload:
        case InvitationWithdrawn(invitation_id=invitation_id, tell=tell):
            invitation = session.get(Invitation, invitation_id)
            if invitation and invitation.withdrawn_at is not None:
                # Other days that its mail names are told all the same.
                own = names(Invitation.id == invitation_id)
                write_anew(session, here(), invitation_round(event.id), own, SEVERAL)
                others_stand = names(Invitation.id != invitation_id, Invitation.withdrawn_at.is_(None))
                stop_queued(session, own, ~others_stand, Message.kind != kinds.WITHDRAWN)
                if tell and invitation.gathering.is_open:
                    _tell_withdrawn(session, event.id, invitation, own)


def _tell_withdrawn(
    session: Session, event_id: uuid.UUID, invitation: Invitation, own: sa.ColumnElement[bool]
) -> None:
    sent = list(session.scalars(sa.select(Message.calendar_method).where(own, Message.state == State.SENT)))
    if not sent:
        return
    why = Round(
        kind=kinds.WITHDRAWN,
        wording=lambda about, _invitation, _rsvp, _link: kinds.withdrawn(about),
        key=lambda one: f"{one.id}:{one.link_version}",
        event_id=event_id,
        with_calendar=False,
        uninvites="REQUEST" in sent,
        always=True,
    )
    write_to_guests(session, here(), invitation.gathering, [invitation], why)


def _open_invitation(session: Session, invitation_id: uuid.UUID) -> Invitation | None:
    """The invitation as it is now; None where it was withdrawn."""
    invitation = session.get(Invitation, invitation_id)
    return invitation if invitation and invitation.withdrawn_at is None else None
