"""Invitations as mails; where a party is asked to many days of a series, one mail names them all."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from notifications import kinds
from notifications.installation import Installation
from notifications.kinds import Words
from notifications.models import AlsoAbout, Message, State
from notifications.occasion import Occasion
from notifications.outbox import Mail, known_keys, owe
from notifications.recipients import Recipient, recipients
from notifications.writing import Desk, Round, mail_to, write_to_guests
from planner.database import utc_now
from planner.gatherings.models import Gathering, Status
from planner.invitations.models import Invitation
from planner.rsvps.models import Rsvp

# Mails that name more than one day.
SEVERAL: Final = Message.id.in_(sa.select(AlsoAbout.message_id))


def invitation_round(event_id: uuid.UUID | None) -> Round:
    """Asking guests whether they come: each once for each life of the link."""
    return Round(
        kind=kinds.INVITATION,
        wording=_invite,
        key=lambda invitation: f"{invitation.id}:{invitation.link_version}",
        event_id=event_id,
        once=True,
    )


def _invite(about: Occasion, invitation: Invitation, _rsvp: Rsvp | None, _link: str) -> Words:
    return kinds.invitation(about, invitation.party, invitation.words)


def write_invitations(
    session: Session, here: Installation, gathering: Gathering, invitations: Sequence[Invitation], why: Round
) -> int:
    """Owes these invitations to one gathering their mails; how many were written.

    Where it repeats, a party's mail names every day of the series that is open to it and has had no mail yet.
    """
    if gathering.series_id is None:
        return write_to_guests(session, here, gathering, invitations, why)
    parties = [one.party for one in invitations if one.party.unsubscribed_at is None]
    days = _open_days(session, gathering.series_id, [party.id for party in parties])
    found = recipients(session, gathering.organization, parties)
    written = 0
    # Who writes at the same moment in another process may be quicker: then what it left is looked for once more.
    while mails := list(_owed(session, here, why, days, found)):
        owe(session, mails)
        written += len(mails)
    return written


def _open_days(
    session: Session, series_id: uuid.UUID, party_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, list[Invitation]]:
    """To which days of a series parties are asked and have not answered, in order."""
    query = (
        sa.select(Invitation)
        .join(Gathering, Gathering.id == Invitation.gathering_id)
        .outerjoin(Rsvp, Rsvp.invitation_id == Invitation.id)
        .where(
            Gathering.series_id == series_id,
            Gathering.status == Status.PUBLISHED,
            Gathering.ends_at > utc_now(),
            Invitation.party_id.in_(party_ids),
            Invitation.withdrawn_at.is_(None),
            Rsvp.invitation_id.is_(None),
        )
        .order_by(Gathering.starts_at, Invitation.id)
    )
    found: defaultdict[uuid.UUID, list[Invitation]] = defaultdict(list)
    for invitation in session.scalars(query):
        found[invitation.party_id].append(invitation)
    return found


def _owed(
    session: Session,
    here: Installation,
    why: Round,
    days: dict[uuid.UUID, list[Invitation]],
    found: dict[uuid.UUID, list[Recipient]],
) -> Iterator[Mail]:
    keys = {
        why.key_for(day, recipient)
        for party_id, its_days in days.items()
        for recipient in found[party_id]
        for day in its_days
    }
    known = known_keys(session, keys)
    desks: dict[uuid.UUID, Desk] = {}
    for party_id, its_days in days.items():
        for recipient in found[party_id]:
            unknown = [day for day in its_days if why.key_for(day, recipient) not in known]
            for together in _with_the_same_words(unknown):
                first = together[0].gathering
                if first.id not in desks:
                    desks[first.id] = Desk(session, here, first)
                yield _mail(desks[first.id], why, together, recipient)


def _with_the_same_words(days: Sequence[Invitation]) -> list[list[Invitation]]:
    """What the coordinator said of one day is not said of others."""
    together: defaultdict[str, list[Invitation]] = defaultdict(list)
    for day in days:
        together[day.words].append(day)
    return list(together.values())


def _mail(desk: Desk, why: Round, days: Sequence[Invitation], recipient: Recipient) -> Mail:
    first, *others = days
    if not others:
        return mail_to(desk, why, why.key_for(first, recipient), first, None, recipient)

    def wording(about: Occasion, invitation: Invitation, _rsvp: Rsvp | None, _link: str) -> Words:
        listed = [(day.gathering, desk.here.own_page(day)) for day in days]
        return kinds.several_days(about, listed, invitation.party, invitation.words)

    # A calendar part holds one event (Outlook shows the first of several): each day's comes with its confirmation.
    all_days = replace(why, wording=wording, template="days", with_calendar=False)
    mail = mail_to(desk, all_days, why.key_for(first, recipient), first, None, recipient)
    also = tuple((day.id, why.key_for(day, recipient), day.gathering.sequence) for day in others)
    return replace(mail, also=also)


def also_about(*which: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Whether a Message names, among others, an invitation of that kind (in terms of Invitation and AlsoAbout)."""
    named = sa.select(AlsoAbout.message_id).join(Invitation, Invitation.id == AlsoAbout.invitation_id)
    return Message.id.in_(named.where(*which))


def mails_about(gathering_id: uuid.UUID) -> sa.ColumnElement[bool]:
    """Whether a Message is about a gathering, alone or among other days of its series."""
    return sa.or_(Message.gathering_id == gathering_id, also_about(Invitation.gathering_id == gathering_id))


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
    unsent = sa.select(Message).where(
        Message.kind == why.kind, Message.state == state, Message.claimed_until.is_(None), *which
    )
    messages = {
        message.id: message.invitation_id
        for message in session.scalars(unsent.limit(most).with_for_update(of=Message, skip_locked=True))
    }
    if not messages:
        return 0
    also = sa.select(AlsoAbout.invitation_id).where(AlsoAbout.message_id.in_(messages))
    ids = {*messages.values(), *session.scalars(also)}
    session.execute(sa.delete(Message).where(Message.id.in_(messages)))
    still = sa.select(Invitation).where(Invitation.id.in_(ids), Invitation.withdrawn_at.is_(None))
    for invitation in session.scalars(still).all():
        if invitation.gathering.is_open:
            write_invitations(session, here, invitation.gathering, [invitation], why)
    return len(messages)
