"""Invitations as mails; where a party is asked to many days of a series, one mail names them all."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from notifications import kinds, kinds_of_days
from notifications.days import write_mails
from notifications.installation import Installation
from notifications.kinds import Words
from notifications.models import AlsoAbout, Message, State
from notifications.occasion import Occasion
from notifications.writing import Days, Round
from planner.database import utc_now
from planner.gatherings.models import Gathering, Status
from planner.invitations.models import Invitation
from planner.rsvps.days import Day
from planner.rsvps.models import Rsvp


def invitation_round(event_id: uuid.UUID | None) -> Round:
    """Asking guests whether they come: each once for each life of the link.

    To days of a series that are open, that a party has not answered and of which it has had no mail yet, one mail
    asks. What the coordinator said of one day is not said of others.
    """
    open_days = (Gathering.status == Status.PUBLISHED, Gathering.ends_at > utc_now(), Rsvp.invitation_id.is_(None))
    return Round(
        kind=kinds.INVITATION,
        wording=_invite,
        key=lambda invitation: f"{invitation.id}:{invitation.link_version}",
        event_id=event_id,
        once=True,
        days=Days(
            wording=_invite_to_days,
            template="days",
            which=open_days,
            alike=lambda invitation: invitation.words,
        ),
    )


def _invite(about: Occasion, invitation: Invitation, _rsvp: Rsvp | None, _link: str) -> Words:
    return kinds.invitation(about, invitation.party, invitation.words)


def _invite_to_days(about: Occasion, days: Sequence[Day]) -> Words:
    return kinds_of_days.invited_days(about, days, days[0].invitation.words)


def write_anew(
    session: Session,
    here: Installation,
    why: Round,
    *which: sa.ColumnElement[bool],
    state: State = State.QUEUED,
    most: int | None = None,
) -> int:
    """Writes invitations anew that have not left yet, so that they say what holds now; how many mails that were.

    `which` of them, in terms of Message. One that a sender may have handed over already stays as it is.
    """
    unsent = sa.select(Message.id).where(
        Message.kind == why.kind, Message.state == state, Message.claimed_until.is_(None), *which
    )
    ids = session.scalars(unsent.limit(most).with_for_update(of=Message, skip_locked=True)).all()
    if not ids:
        return 0
    still = sa.select(Invitation).where(_named_by(ids), Invitation.withdrawn_at.is_(None))
    together: defaultdict[uuid.UUID, list[Invitation]] = defaultdict(list)
    for invitation in session.scalars(still):
        if invitation.gathering.is_open:
            together[invitation.gathering.series_id or invitation.gathering_id].append(invitation)
    session.execute(sa.delete(Message).where(Message.id.in_(ids)))
    for invitations in together.values():
        write_mails(session, here, invitations[0].gathering, invitations, why)
    return len(ids)


def _named_by(message_ids: Sequence[uuid.UUID]) -> sa.ColumnElement[bool]:
    """Whether an Invitation is named by one of these mails, alone or among others."""
    alone = sa.select(Message.invitation_id).where(Message.id.in_(message_ids))
    among_others = sa.select(AlsoAbout.invitation_id).where(AlsoAbout.message_id.in_(message_ids))
    return sa.or_(Invitation.id.in_(alone), Invitation.id.in_(among_others))
