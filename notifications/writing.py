"""Writes mails to guests: for each person of each party one, in the own language, with its calendar part."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from notifications.calendar_part import CalendarParts, calendar_words
from notifications.installation import Installation
from notifications.kinds import Words
from notifications.occasion import Contact, Occasion, contact_of, occasion
from notifications.outbox import Mail, known_keys, owe
from notifications.recipients import Recipient, recipients
from notifications.rendering import media_rules, render
from planner.addresses import address_key
from planner.database import utc_now
from planner.gatherings.models import Gathering
from planner.i18n import direction, speaking
from planner.i18n import gettext as _
from planner.invitations.models import Invitation
from planner.rsvps.days import Day
from planner.rsvps.models import Rsvp

Wording = Callable[[Occasion, Invitation, Rsvp | None, str], Words]
"""Puts one mail into words; the last argument is the party's own link."""


DaysWording = Callable[[Occasion, Sequence[Day]], Words]
"""Puts a mail about several days into words; the occasion is the first of them."""


@dataclass(frozen=True, kw_only=True)
class Days:
    """How one mail tells a party of several days of a series, in a template of its own.

    `which` of the days to which the party is invited it names, in terms of Invitation, Gathering, Party and Rsvp.
    Those for which `alike` gives another word are in another mail. `for_programs`: what a mail says that updates
    one day in a calendar program.
    """

    wording: DaysWording
    template: str
    which: Sequence[sa.ColumnElement[bool]] = ()
    alike: Callable[[Invitation], str] = lambda _invitation: ""
    for_programs: Wording | None = None


@dataclass(frozen=True, kw_only=True)
class Round:
    """One reason to write to guests of a gathering.

    `key` tells what is owed to an invitation, the address is added. `once`: whoever got a mail of this kind gets
    no other, whatever the event. `always`: it also goes to those who want no more invitations. `template` is named
    where it is not the kind's own. `uninvites`: the calendar part takes it out of the guest's calendar. `days`:
    days of a series are told together.
    """

    kind: str
    wording: Wording
    key: Callable[[Invitation], str]
    event_id: uuid.UUID | None
    once: bool = False
    with_calendar: bool = True
    always: bool = False
    template: str = ""
    uninvites: bool = False
    days: Days | None = None

    def key_for(self, invitation: Invitation, recipient: Recipient) -> str:
        """What a mail to that person about that invitation is owed for."""
        return f"{self.kind}:{self.key(invitation)}:{address_key(recipient.address)}"


@dataclass
class Desk:
    """What is put into words once for all mails of one call."""

    session: Session
    here: Installation
    gathering: Gathering
    written_at: datetime = field(default_factory=utc_now)
    occasions: dict[str, Occasion] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.calendars = CalendarParts(self.here, self.gathering, self.written_at)
        self.contact: Contact = contact_of(self.session, self.gathering)

    def about(self, language: str) -> Occasion:
        if language not in self.occasions:
            self.occasions[language] = occasion(self.gathering, self.contact)
        return self.occasions[language]


def write_to_guests(
    session: Session,
    here: Installation,
    gathering: Gathering,
    invitations: Sequence[Invitation],
    why: Round,
    rsvps: Mapping[uuid.UUID, Rsvp] | None = None,
) -> int:
    """Owes a mail to every person of these invitations who has not got it yet; how many were written.

    `rsvps` are the answers by invitation, where the caller has read them already.
    """
    wanted = [one for one in invitations if why.always or one.party.unsubscribed_at is None]
    if not wanted:
        return 0
    desk = Desk(session, here, gathering)
    found = recipients(session, gathering.organization, [invitation.party for invitation in wanted])
    owed = [
        (why.key_for(invitation, recipient), invitation, recipient)
        for invitation in wanted
        for recipient in found[invitation.party_id]
    ]
    known = known_keys(session, [key for key, _invitation, _recipient in owed])
    if rsvps is None:
        rsvps = rsvps_of(session, [invitation.id for invitation in wanted])
    mails = [
        mail_to(desk, why, key, invitation, rsvps.get(invitation.id), recipient)
        for key, invitation, recipient in owed
        if key not in known
    ]
    owe(session, mails)
    return len(mails)


_RSVPS: Final = sa.select(Rsvp).where(Rsvp.invitation_id.in_(sa.bindparam("invitations", expanding=True)))


def rsvps_of(session: Session, invitation_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Rsvp]:
    """The answers that there are, by invitation."""
    found = session.scalars(_RSVPS, {"invitations": list(invitation_ids)})
    return {rsvp.invitation_id: rsvp for rsvp in found}


def mail_to(
    desk: Desk, why: Round, key: str, invitation: Invitation, rsvp: Rsvp | None, recipient: Recipient
) -> Mail:
    """One mail to one person of an invited party."""
    here, gathering = desk.here, desk.gathering
    with speaking(recipient.language):
        about = desk.about(recipient.language)
        link = here.own_page(invitation)
        words = why.wording(about, invitation, rsvp, link)
        values = guest_values(here, about, invitation, recipient, link, words)
        calendar = None
        if why.uninvites:
            calendar = desk.calendars.uninvite(invitation, recipient)
        elif why.with_calendar:
            calendar = desk.calendars.part(invitation, rsvp, recipient)
        values["calendar_words"] = calendar_words(why.kind, calendar[0] if calendar else None, rsvp)
        html, text = render(why.template or why.kind, values)
    address = address_key(recipient.address)
    return Mail(
        key=key,
        kind=why.kind,
        organization_id=gathering.organization_id,
        gathering_id=gathering.id,
        invitation_id=invitation.id,
        event_id=why.event_id,
        sequence=gathering.sequence,
        to_name=recipient.name,
        to_address=recipient.address,
        language=recipient.language,
        subject=words.subject,
        text=text,
        html=html,
        domain=here.domain,
        calendar=calendar,
        headers=guest_headers(about, values["unsubscribe_url"], here.unsubscribe_address(invitation.party)),
        thread_key=f"invitation:{invitation.id}:{invitation.link_version}:{address}",
        written_at=desk.written_at,
    )


def guest_values(
    here: Installation, about: Occasion, invitation: Invitation, recipient: Recipient, link: str, words: Words
) -> dict[str, Any]:
    """All that a template of a mail to a guest needs."""
    token = here.party_token(invitation.party)
    return {
        **frame_values(about, words.subject),
        "greeting": recipient.greeting(),
        "link": link,
        "closing": "",
        "signature": "",
        "calendar_words": "",
        "why": _why(about, invitation),
        "ask": _whom_to_ask(about.contact),
        "preferences_url": here.settings.url(f"/preferences/{token}"),
        "unsubscribe_url": here.settings.url(f"/unsubscribe/{token}"),
        "privacy_url": here.settings.url(f"/privacy/{about.slug}"),
        **words.values,
    }


def frame_values(about: Any, subject: str) -> dict[str, Any]:
    """What the frame of every mail needs; `about` has quilt, accent, accent_dark, language."""
    return {
        "about": about,
        "subject": subject,
        "head": None,
        "lang": about.language,
        "dir": direction(about.language),
        "start": "right" if direction(about.language) == "rtl" else "left",
        "end": "left" if direction(about.language) == "rtl" else "right",
        "quilt": about.quilt,
        "media_rules": media_rules(about.accent, about.accent_dark),
    }


def guest_headers(about: Occasion, unsubscribe_url: str, unsubscribe_address: str | None) -> dict[str, str]:
    """Headers beside those that every mail has. Replies reach a person (RFC 5322), one press leaves (RFC 8058).

    `unsubscribe_address`: for mail programs that leave by writing (RFC 2369), where such mail reaches us.
    """
    leave = f"<{unsubscribe_url}>"
    if unsubscribe_address:
        leave += f", <mailto:{unsubscribe_address}>"
    headers = {
        "From-Name": about.organization,
        "List-Unsubscribe": leave,
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    if about.contact.address:
        headers["Reply-To"] = about.contact.address
    return headers


def _why(about: Occasion, invitation: Invitation) -> str:
    if invitation.party.is_household:
        sentence = _("You get this mail because %(organization)s invited your household.")
    else:
        sentence = _("You get this mail because %(organization)s invited you.")
    return sentence % {"organization": about.organization}


def _whom_to_ask(contact: Contact) -> str:
    if contact.name and contact.phone:
        return _("Questions? Reply to this mail or ring %(name)s, %(phone)s.") % {
            "name": contact.name,
            "phone": contact.phone,
        }
    if contact.name:
        return _("Questions? Reply to this mail; %(name)s reads it.") % {"name": contact.name}
    return _("Questions? Reply to this mail.")
