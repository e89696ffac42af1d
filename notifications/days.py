"""One mail to one person about many days of a series: an invitation to them, an answer, a move, a cancellation."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from notifications.calendar_part import method_of
from notifications.installation import Installation
from notifications.kinds import Words
from notifications.models import AlsoAbout, Message, State
from notifications.occasion import Occasion
from notifications.outbox import Mail, known_keys, owe
from notifications.recipients import Recipient, recipients
from notifications.writing import Days, Desk, Round, mail_to, write_to_guests
from planner.gatherings.models import Gathering
from planner.invitations.models import Invitation
from planner.rsvps.days import Day, days_of
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


def was_told(
    *which: sa.ColumnElement[bool], since: sa.SQLColumnExpression[int] | None = None
) -> sa.ColumnElement[bool]:
    """Whether there is such a Message about an Invitation, alone or among other days.

    `since`: put into words at that SEQUENCE of its gathering or a later one.
    """

    def about(one: type[Message | AlsoAbout]) -> list[sa.ColumnElement[bool]]:
        so_late = sa.true() if since is None else one.sequence >= since
        return [one.invitation_id == Invitation.id, so_late, *which]

    among_others = sa.select(AlsoAbout.key).join(Message, Message.id == AlsoAbout.message_id)
    return sa.or_(sa.exists().where(*about(Message)), among_others.where(*about(AlsoAbout)).exists())


def write_mails(
    session: Session,
    here: Installation,
    gathering: Gathering,
    invitations: Sequence[Invitation],
    why: Round,
    rsvps: Mapping[uuid.UUID, Rsvp] | None = None,
) -> int:
    """Owes these invitations to one gathering, or to days of its series, their mails; how many were written.

    Where it repeats, and `why` tells of days together, a party's mail names all that `why` says it does. `rsvps`
    are the answers by invitation, where the caller has read them already.
    """
    if gathering.series_id is None or why.days is None:
        return write_to_guests(session, here, gathering, invitations, why, rsvps)
    theirs = Invitation.party_id.in_({invitation.party_id for invitation in invitations})
    same_series = Gathering.series_id == gathering.series_id
    return write_days(session, here, days_of(session, here.own_page, same_series, theirs, *why.days.which), why)


def write_days(session: Session, here: Installation, days: Sequence[Day], why: Round) -> int:
    """Owes each person of these parties one mail about all days that are told alike; how many were written.

    `days` are in the order in which a mail names them, of one organisation; `why` tells of days together.
    """
    assert why.days  # noqa: S101  (there is something to say of several)
    writing = _Writing(session, here, why, why.days)
    wanted = [day for day in days if why.always or day.invitation.party.unsubscribed_at is None]
    if not wanted:
        return 0
    by_party: defaultdict[uuid.UUID, list[Day]] = defaultdict(list)
    for day in wanted:
        by_party[day.invitation.party_id].append(day)
    parties = [its_days[0].invitation.party for its_days in by_party.values()]
    found = recipients(session, wanted[0].gathering.organization, parties)
    written = 0
    # Who writes at the same moment in another process may be quicker: then what it left is looked for once more.
    while mails := [
        mail for party_id, its_days in by_party.items() for mail in writing.owed(its_days, found[party_id])
    ]:
        owe(session, mails)
        written += len(mails)
    return written


@dataclass
class _Writing:
    """What is asked again for each party to which one round is written."""

    session: Session
    here: Installation
    why: Round
    together: Days
    desks: dict[uuid.UUID, Desk] = field(default_factory=dict)

    def owed(self, days: Sequence[Day], found: Sequence[Recipient]) -> Iterator[Mail]:
        """The mails of one party that are not written yet."""
        key_for = self.why.key_for
        known = known_keys(self.session, {key_for(day.invitation, one) for one in found for day in days})
        for recipient in found:
            unknown = [day for day in days if key_for(day.invitation, recipient) not in known]
            for alike in self._alike(unknown):
                if len(alike) == 1:
                    yield self._mail(self.why, alike[0], recipient)
                else:
                    yield self._mail_of_all(alike, recipient)
                    yield from self._updates(alike, recipient)

    def _alike(self, days: Sequence[Day]) -> Iterator[list[Day]]:
        """The days that one mail names."""
        groups: defaultdict[str, list[Day]] = defaultdict(list)
        for day in days:
            groups[self.together.alike(day.invitation)].append(day)
        for group in groups.values():
            yield from (group[start : start + DAYS_MOST] for start in range(0, len(group), DAYS_MOST))

    def _mail(self, why: Round, day: Day, recipient: Recipient) -> Mail:
        if day.gathering.id not in self.desks:
            self.desks[day.gathering.id] = Desk(self.session, self.here, day.gathering)
        key = why.key_for(day.invitation, recipient)
        return mail_to(self.desks[day.gathering.id], why, key, day.invitation, day.rsvp, recipient)

    def _mail_of_all(self, days: Sequence[Day], recipient: Recipient) -> Mail:
        def wording(about: Occasion, _invitation: Invitation, _rsvp: Rsvp | None, _link: str) -> Words:
            return self.together.wording(about, days)

        # A calendar part holds one event (RFC 5546, 3.2.2, 3.2.5): Outlook and others take the first of several.
        why = replace(self.why, wording=wording, template=self.together.template, with_calendar=False)
        also = tuple(
            (day.invitation.id, why.key_for(day.invitation, recipient), day.gathering.sequence) for day in days[1:]
        )
        return replace(self._mail(why, days[0], recipient), also=also)

    def _updates(self, days: Sequence[Day], recipient: Recipient) -> Iterator[Mail]:
        """For the days to which a recipient's calendar program was asked, which it would go on showing as before.

        A program that follows a feed reads the change there. One that was sent a REQUEST changes the day only for
        an iTIP message about it, which holds one UID (RFC 5546, 3.2.2 and 3.2.5). Several of them in one mail
        reach people, not programs: of many calendar parts those take the first and show the others as files. So
        what people read is one mail, and beside it each such day has a short one that its program reads. Whoever
        was asked to all days by one mail and has not answered has none of these.
        """
        wording = self.together.for_programs
        if wording is None or method_of(self.here, days[0].gathering) not in ("REQUEST", "CANCEL"):
            return
        asked = sa.select(Message.invitation_id).where(
            Message.invitation_id.in_([day.invitation.id for day in days]),
            Message.to_address == recipient.address,
            Message.calendar_method == "REQUEST",
            Message.state.in_([State.QUEUED, State.SENT]),
        )
        held = set(self.session.scalars(asked))
        why = replace(
            self.why, key=lambda one: f"{self.why.key(one)}:calendar", wording=wording, template="program"
        )
        yield from (self._mail(why, day, recipient) for day in days if day.invitation.id in held)
