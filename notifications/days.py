"""One mail to one person about many days of a series: an invitation to them, an answer, a move, a cancellation."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from notifications.calendar_part import method_of
from notifications.installation import Installation
from notifications.kinds import Words
from notifications.models import AlsoAbout, Message, State
from notifications.occasion import Occasion
from notifications.outbox import Mail, known_keys, owe
from notifications.recipients import Recipient, recipients
from notifications.writing import Day, Desk, Round, mail_to, write_to_guests
from planner.gatherings.models import Gathering
from planner.invitations.models import Invitation
from planner.parties.models import Party
from planner.rsvps.models import Rsvp

# Mails that name more than one day.
SEVERAL: Final = Message.id.in_(sa.select(AlsoAbout.message_id))
# Days in one mail, so that it stays below the 100 kB at which large mailboxes cut it off.
DAYS_MOST: Final = 80


def also_about(*which: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Whether a Message names, among others, an invitation of that kind (in terms of Invitation and AlsoAbout)."""
    named = sa.select(AlsoAbout.message_id).join(Invitation, Invitation.id == AlsoAbout.invitation_id)
    return Message.id.in_(named.where(*which))


def names(*which: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Whether a Message names an invitation of that kind (in terms of Invitation), alone or among others."""
    return sa.or_(Message.invitation_id.in_(sa.select(Invitation.id).where(*which)), also_about(*which))


def mails_about(gathering_id: uuid.UUID) -> sa.ColumnElement[bool]:
    """Whether a Message is about a gathering, alone or among other days of its series."""
    return sa.or_(Message.gathering_id == gathering_id, also_about(Invitation.gathering_id == gathering_id))


def was_told(*which: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Whether there is such a Message about an Invitation, alone or among other days."""
    among_others = sa.select(AlsoAbout.key).join(Message, Message.id == AlsoAbout.message_id)
    return sa.or_(
        sa.exists().where(Message.invitation_id == Invitation.id, *which),
        among_others.where(AlsoAbout.invitation_id == Invitation.id, *which).exists(),
    )


def write_mails(
    session: Session,
    here: Installation,
    gathering: Gathering,
    invitations: Sequence[Invitation],
    why: Round,
    rsvps: Mapping[uuid.UUID, Rsvp] | None = None,
) -> int:
    """Owes these invitations to one gathering their mails; how many were written.

    Where it repeats, and `why` tells of days together, a party's mail names all that `why` says it does. `rsvps`
    are the answers by invitation, where the caller has read them already.
    """
    if gathering.series_id is None or why.days is None:
        return write_to_guests(session, here, gathering, invitations, why, rsvps)
    query = (
        sa.select(Invitation, Rsvp)
        .join(Gathering, Gathering.id == Invitation.gathering_id)
        .join(Party, Party.id == Invitation.party_id)
        .outerjoin(Rsvp, Rsvp.invitation_id == Invitation.id)
        .options(contains_eager(Invitation.gathering), contains_eager(Invitation.party))
        .where(
            Gathering.series_id == gathering.series_id,
            Invitation.party_id.in_([invitation.party_id for invitation in invitations]),
            Invitation.withdrawn_at.is_(None),
            *why.days.which,
        )
        .order_by(Gathering.starts_at, Invitation.id)
    )
    named = [Day(invitation, rsvp, here.own_page(invitation)) for invitation, rsvp in session.execute(query)]
    return write_days(session, here, named, why)


def write_days(session: Session, here: Installation, days: Sequence[Day], why: Round) -> int:
    """Owes each person of these parties one mail about all days that are told alike; how many were written.

    `days` are in the order in which a mail names them, of one organisation.
    """
    wanted = [day for day in days if why.always or day.invitation.party.unsubscribed_at is None]
    if not wanted:
        return 0
    by_party: defaultdict[uuid.UUID, list[Day]] = defaultdict(list)
    for day in wanted:
        by_party[day.invitation.party_id].append(day)
    parties = [its_days[0].invitation.party for its_days in by_party.values()]
    found = recipients(session, wanted[0].gathering.organization, parties)
    desks: dict[uuid.UUID, Desk] = {}
    written = 0
    # Who writes at the same moment in another process may be quicker: then what it left is looked for once more.
    while mails := [
        mail
        for party_id, its_days in by_party.items()
        for mail in _owed(session, here, why, desks, its_days, found[party_id])
    ]:
        owe(session, mails)
        written += len(mails)
    return written


def _owed(
    session: Session,
    here: Installation,
    why: Round,
    desks: dict[uuid.UUID, Desk],
    days: Sequence[Day],
    found: Sequence[Recipient],
) -> Iterator[Mail]:
    keys = {why.key_for(day.invitation, recipient) for recipient in found for day in days}
    known = known_keys(session, keys)
    for recipient in found:
        unknown = [day for day in days if why.key_for(day.invitation, recipient) not in known]
        for together in _alike(unknown, why):
            yield _mail(_desk(session, here, desks, together[0]), why, together, recipient)
            if len(together) > 1:
                for day in _held_by_programs(session, here, why, together, recipient):
                    yield _update(_desk(session, here, desks, day), why, day, recipient)


def _desk(session: Session, here: Installation, desks: dict[uuid.UUID, Desk], day: Day) -> Desk:
    if day.gathering.id not in desks:
        desks[day.gathering.id] = Desk(session, here, day.gathering)
    return desks[day.gathering.id]


def _alike(days: Sequence[Day], why: Round) -> list[list[Day]]:
    """The days that one mail names."""
    together: defaultdict[str, list[Day]] = defaultdict(list)
    for day in days:
        together[why.days.alike(day.invitation) if why.days else ""].append(day)
    return [
        alike[start : start + DAYS_MOST]
        for alike in together.values()
        for start in range(0, len(alike), DAYS_MOST)
    ]


def _mail(desk: Desk, why: Round, days: Sequence[Day], recipient: Recipient) -> Mail:
    first, *others = days
    key = why.key_for(first.invitation, recipient)
    together = why.days
    if not others or together is None:
        return mail_to(desk, why, key, first.invitation, first.rsvp, recipient)

    def wording(about: Occasion, _invitation: Invitation, _rsvp: Rsvp | None, _link: str) -> Words:
        return together.wording(about, days)

    # A calendar part holds one event (RFC 5546, 3.2.2 and 3.2.5): Outlook and others take the first of several.
    all_days = replace(why, wording=wording, template=together.template, with_calendar=False)
    mail = mail_to(desk, all_days, key, first.invitation, first.rsvp, recipient)
    also = tuple(
        (day.invitation.id, why.key_for(day.invitation, recipient), day.gathering.sequence) for day in others
    )
    return replace(mail, also=also)


def _held_by_programs(
    session: Session, here: Installation, why: Round, days: Sequence[Day], recipient: Recipient
) -> list[Day]:
    """The days to which a recipient's calendar program was asked, and that it would go on showing as they were.

    A program that follows a feed reads the change there. One that was sent a REQUEST changes the day only for an
    iTIP message about it, which holds one UID (RFC 5546, 3.2.2 and 3.2.5). Several of them in one mail reach
    people, not programs: of many calendar parts those take the first and show the others as files. So what people
    read is one mail, and beside it each such day has a short one that its program reads. Whoever was asked to all
    days by one mail and has not answered has none of these.
    """
    if why.days is None or why.days.for_programs is None:
        return []
    if method_of(here, days[0].gathering) not in ("REQUEST", "CANCEL"):
        return []
    asked = sa.select(Message.invitation_id).where(
        Message.invitation_id.in_([day.invitation.id for day in days]),
        Message.to_address == recipient.address,
        Message.calendar_method == "REQUEST",
        Message.state.in_([State.QUEUED, State.SENT]),
    )
    held = set(session.scalars(asked))
    return [day for day in days if day.invitation.id in held]


def _update(desk: Desk, why: Round, day: Day, recipient: Recipient) -> Mail:
    assert why.days and why.days.for_programs  # noqa: S101  (there is something to say)
    update = replace(
        why,
        key=lambda invitation: f"{why.key(invitation)}:calendar",
        wording=why.days.for_programs,
        template="program",
    )
    return mail_to(desk, update, update.key_for(day.invitation, recipient), day.invitation, day.rsvp, recipient)
