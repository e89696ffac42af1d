"""What a party's own page shows, read at once."""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import sqlalchemy as sa
from markupsafe import Markup
from sqlalchemy.orm import Session

from events.catalogue import Facts
from planner.accounts.models import Organization
from planner.calendars.actions import find_party_feed
from planner.calendars.models import Feed
from planner.calendars.words import say_people
from planner.gatherings.models import Gathering, Status
from planner.gatherings.moves import known_then, say_moved, what_moved
from planner.gatherings.queries import Listed, coming_up
from planner.i18n import gettext as _
from planner.invitations.models import Invitation, Question
from planner.parties.models import Party, StoppedAddress
from planner.rsvps.days import Day, days_of
from planner.rsvps.models import UNANSWERED, Answer, Rsvp, said_by
from planner.rsvps.seats import seats_held
from planner.security import LinkSigner
from planner.times import say_moment, say_time

MAIL_IS_UNDER_WAY: Final = timedelta(minutes=15)
NAMES_ITSELF: Final = re.compile(r"\b(household|famil|haushalt)", re.IGNORECASE)


@dataclass(frozen=True)
class PartyPage:
    """A party's page as it stands at `now`.

    `free`: seats that this party could have, its own counted in; None where there is no limit. `before`: how many
    parties wait before it. `others`: what else is on, where this party does not come to this and is not invited to
    that. `known_then`: when and where it was as the party answered, where it was moved since. `days`: the others
    to which it is invited, where the gathering repeats.
    """

    invitation: Invitation
    rsvp: Rsvp | None
    free: int | None
    before: int
    feed: Feed | None
    mail_stopped: bool
    others: list[Listed]
    known_then: Facts | None
    days: list[Day]
    now: datetime

    @property
    def next_unanswered(self) -> Day | None:
        """The first of the other days that has no answer yet."""
        return next((day for day in self.days if day.rsvp is None), None)

    @property
    def choices(self) -> list[tuple[str, list[Day]]]:
        """The other days that take answers, by what was said of them so far (see `said_by`)."""
        open_days = [day for day in self.days if not day.gathering.answers_closed(self.now)]
        by_said = {said: [day for day in open_days if said_by(day.rsvp) == said] for said in (UNANSWERED, *Answer)}
        return [(said, days) for said, days in by_said.items() if days]

    @property
    def together(self) -> dict[str, list[Gathering]]:
        """By their states the days for which the same was said at one instant, this one among them."""
        days: defaultdict[str, list[Gathering]] = defaultdict(list)
        if self.rsvp is not None:
            days[self.rsvp.state].append(self.gathering)
            for day in self.days:
                if day.rsvp is not None and day.rsvp.was_said_with(self.rsvp):
                    days[day.state].append(day.gathering)
        return {state: sorted(its_days, key=lambda one: one.starts_at) for state, its_days in days.items()}

    @property
    def gathering(self) -> Gathering:
        """What the party is asked to."""
        return self.invitation.gathering

    @property
    def party(self) -> Party:
        """Who is asked."""
        return self.invitation.party

    @property
    def organization(self) -> Organization:
        """Who asks."""
        return self.gathering.organization

    @property
    def is_closed(self) -> bool:
        """Whether the time to answer is over."""
        return self.gathering.answers_closed(self.now)

    @property
    def is_asked_again(self) -> bool:
        """Whether the answer was given to another time or place."""
        return _answered_before_it_moved(self.rsvp, self.gathering)

    @property
    def what_moved(self) -> str:
        """What is another since the answer was given, as a sentence; empty where nothing is."""
        return say_moved(what_moved(self.known_then, self.gathering)) if self.known_then else ""

    @property
    def expected(self) -> tuple[int, int]:
        """Adults and children that the form begins with."""
        if self.rsvp is not None and self.rsvp.people:
            return self.rsvp.adults, self.rsvp.children
        adults, children = self.party.adults, self.party.children
        return (adults, children) if adults + children else (1, 0)

    @property
    def confirmed_to(self) -> str:
        """Where the confirmation is on its way to, made unreadable to strangers ("a…a@example.org"), or ""."""
        address = self.party.email
        if not address or self.mail_stopped or self.rsvp is None:
            return ""
        return masked_address(address) if self.now - self.rsvp.answered_at < MAIL_IS_UNDER_WAY else ""


def party_page(session: Session, invitation: Invitation, now: datetime, signer: LinkSigner) -> PartyPage:
    """All that the page of that invitation shows."""
    gathering, party = invitation.gathering, invitation.party
    rsvp = session.get(Rsvp, invitation.id)
    free = None
    if gathering.capacity is not None and gathering.status == Status.PUBLISHED:
        free = gathering.free_seats(seats_held(session, gathering.id, besides=invitation.id))
    stays_away = rsvp is not None and (rsvp.answer == "declined" or rsvp.waits)
    looks_further = gathering.status == Status.CANCELLED or stays_away
    return PartyPage(
        invitation=invitation,
        rsvp=rsvp,
        free=free,
        before=_waiting_before(session, rsvp) if rsvp is not None and rsvp.waits else 0,
        feed=find_party_feed(session, party.id) if rsvp is not None and not stays_away else None,
        mail_stopped=_mail_stopped(session, party) if rsvp is not None else False,
        others=coming_up(session, gathering.organization_id, now, 2, party.id) if looks_further else [],
        known_then=known_then(session, gathering, rsvp.sequence)
        if rsvp is not None and _answered_before_it_moved(rsvp, gathering)
        else None,
        days=_other_days(session, invitation, now, signer) if gathering.series_id else [],
        now=now,
    )


def _answered_before_it_moved(rsvp: Rsvp | None, gathering: Gathering) -> bool:
    return rsvp is not None and rsvp.sequence < gathering.asked_sequence


def _other_days(session: Session, invitation: Invitation, now: datetime, signer: LinkSigner) -> list[Day]:
    ahead = (Gathering.status == Status.PUBLISHED, Gathering.ends_at > now)
    return _days(session, invitation, signer, *ahead)


def days_missed(
    session: Session, invitation: Invitation, ids: Collection[uuid.UUID], signer: LinkSigner
) -> list[Day]:
    """Those of the party's invitations to other days of the series, whatever became of the days."""
    repeats = invitation.gathering.series_id is not None
    return _days(session, invitation, signer, Invitation.id.in_(ids)) if ids and repeats else []


def _days(
    session: Session, invitation: Invitation, signer: LinkSigner, *which: sa.ColumnElement[bool]
) -> list[Day]:
    return days_of(
        session,
        partial(link_path, signer),
        Invitation.party_id == invitation.party_id,
        Invitation.id != invitation.id,
        Gathering.series_id == invitation.gathering.series_id,
        *which,
    )


def link_path(signer: LinkSigner, invitation: Invitation) -> str:
    """The path of a party's own page."""
    return "/r/" + signer.token("invitation", invitation.id, invitation.link_version)


def _waiting_before(session: Session, rsvp: Rsvp) -> int:
    """Parties that wait and came earlier."""
    earlier = sa.tuple_(Rsvp.waiting_since, Rsvp.invitation_id) < sa.tuple_(
        sa.literal(rsvp.waiting_since, Rsvp.waiting_since.type),
        sa.literal(rsvp.invitation_id, Rsvp.invitation_id.type),
    )
    query = (
        sa.select(sa.func.count())
        .select_from(Rsvp)
        .join(Invitation, Invitation.id == Rsvp.invitation_id)
        .where(
            Rsvp.gathering_id == rsvp.gathering_id,
            Rsvp.waiting_since.is_not(None),
            Invitation.withdrawn_at.is_(None),
            earlier,
        )
    )
    return session.scalar(query) or 0


def _mail_stopped(session: Session, party: Party) -> bool:
    return party.email_key is not None and bool(
        session.get(StoppedAddress, (party.organization_id, party.email_key))
    )


def questions_of(session: Session, invitation: Invitation) -> list[Question]:
    """What the party asked the coordinator, the newest first."""
    query = sa.select(Question).where(Question.invitation_id == invitation.id)
    return list(session.scalars(query.order_by(Question.asked_at.desc(), Question.id.desc()).limit(10)))


def masked_address(address: str) -> str:
    """a…a@example.org."""
    name, _at, domain = address.rpartition("@")
    # Word joiners: a browser would break the line at the dots.
    return f"{name[:1]}\u2060…\u2060{name[-1:] if len(name) > 2 else ''}@{domain}"


def say_party(party: Party) -> Markup:
    """Okafor-Lindqvist household, in bold, isolated from the writing direction around it."""
    name = Markup("<bdi>{}</bdi>").format(party.name)
    if party.is_household and not NAMES_ITSELF.search(party.name):
        name = Markup(_("%(name)s household")) % {"name": name}  # noqa: S704  (our own words)
    return Markup("<b>{}</b>").format(name)


def say_old_answer(rsvp: Rsvp, household: bool) -> str:
    """Yes for 2 adults and 3 children."""
    words = {Answer.ACCEPTED: _("Yes"), Answer.TENTATIVE: _("Maybe"), Answer.DECLINED: _("No")}
    word = words[Answer(rsvp.answer)]
    if not household or not rsvp.people:
        return word
    return _("%(answer)s for %(people)s") % {"answer": word, "people": say_people(rsvp.adults, rsvp.children)}


def say_saved(moment: datetime, now: datetime, gathering: Gathering) -> str:
    """Saved today, 09:12."""
    local = moment.astimezone(gathering.zone)
    if local.date() == now.astimezone(gathering.zone).date():
        return _("Saved today, %(time)s") % {"time": say_time(local)}
    return _("Saved %(when)s") % {"when": say_moment(moment, now, gathering.zone)}


def say_place(before: int) -> str:
    """Third, for one who has two before; from the eleventh on a number."""
    words = [
        _("first"), _("second"), _("third"), _("fourth"), _("fifth"),
        _("sixth"), _("seventh"), _("eighth"), _("ninth"), _("tenth"),
    ]  # fmt: skip
    return words[before] if before < len(words) else _("number %(place)d") % {"place": before + 1}
