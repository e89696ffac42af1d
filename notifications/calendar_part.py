"""The calendar part of mails to guests: which kind of it is due, its bytes, and what the mail says about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

from notifications.installation import Installation
from notifications.recipients import Recipient
from planner.calendars.building import mail_calendar
from planner.calendars.itip import Request, request
from planner.gatherings.models import Gathering, Status
from planner.i18n import gettext as _
from planner.invitations.addresses import programs_answer
from planner.invitations.models import Invitation
from planner.rsvps.models import Rsvp

# Language, and whether a household reads it.
_Shared = tuple[str, bool]
_Part = TypeVar("_Part")
# Mails about what was decided already; their words about the file are their own.
_KEEPS_TIME: Final = ("confirmation", "seats")


def method_of(here: Installation, gathering: Gathering) -> str | None:
    """The iTIP method of a mail's calendar part; None where the organisation wants none.

    Where no reply domain is set an answer would reach nobody: then a calendar program is not asked for one.
    """
    if not gathering.organization.calendar_parts:
        return None
    if not programs_answer(here.settings, gathering.organization):
        return "PUBLISH"
    return "CANCEL" if gathering.status == Status.CANCELLED else "REQUEST"


def calendar_words(kind: str, method: str | None, rsvp: Rsvp | None) -> str:
    """What a mail of that kind says about its calendar part, in the language spoken now; often nothing."""
    match method:
        case "REQUEST":
            return _("Where your calendar program shows this mail as an invitation, an answer there counts too.")
        case "CANCEL":
            return _("This mail tells your calendar program too.")
        case "PUBLISH":
            return _words_about_file(kind, rsvp)
    return ""


def _words_about_file(kind: str, rsvp: Rsvp | None) -> str:
    if kind == "cancelled":
        return _("The calendar file of this mail marks it as cancelled in your calendar.")
    if kind == "moved":
        return _("Take the calendar file of this mail to move it in your calendar too.")
    if kind in _KEEPS_TIME and rsvp and rsvp.answer != "declined":
        return _("The calendar file of this mail puts it into your calendar.")
    return ""


@dataclass
class CalendarParts:
    """The calendar parts of one call's mails: what many of them share is written once."""

    here: Installation
    gathering: Gathering
    written_at: datetime
    _published: dict[_Shared, tuple[str, bytes]] = field(default_factory=dict)
    _requests: dict[_Shared, Request] = field(default_factory=dict)

    def part(self, invitation: Invitation, rsvp: Rsvp | None, recipient: Recipient) -> tuple[str, bytes] | None:
        """METHOD and bytes for one recipient of an invitation; None where no calendar part is due."""
        if method_of(self.here, self.gathering) is None:
            return None
        shared = recipient.language, invitation.party.is_household
        organizer = self.here.reply_address(invitation)
        if organizer is None:
            return _once(self._published, shared, rsvp, self._publish)
        return _once(self._requests, shared, rsvp, self._ask).to(recipient.name, recipient.address, organizer)

    def uninvite(self, invitation: Invitation, recipient: Recipient) -> tuple[str, bytes] | None:
        """METHOD and bytes that take it out of one guest's calendar; None where no program was asked."""
        organizer = self.here.reply_address(invitation)
        if organizer is None or method_of(self.here, self.gathering) is None:
            return None
        shared = request(
            *(self.gathering, None, recipient.language, self.written_at, self.here.settings.base_url),
            household=invitation.party.is_household,
            uninvites=True,
        )
        return shared.to(recipient.name, recipient.address, organizer)

    def _publish(self, language: str, household: bool, rsvp: Rsvp | None) -> tuple[str, bytes]:
        settings = self.here.settings
        return mail_calendar(
            *(self.gathering, rsvp, settings.mail_from, language, self.written_at, settings.base_url),
            household=household,
        )

    def _ask(self, language: str, household: bool, rsvp: Rsvp | None) -> Request:
        base_url = self.here.settings.base_url
        return request(self.gathering, rsvp, language, self.written_at, base_url, household=household)


def _once(
    kept: dict[_Shared, _Part],
    shared: _Shared,
    rsvp: Rsvp | None,
    write: Callable[[str, bool, Rsvp | None], _Part],
) -> _Part:
    """Whoever has answered gets a part of its own; for all others it is written once."""
    if rsvp is not None:
        return write(*shared, rsvp)
    if shared not in kept:
        kept[shared] = write(*shared, None)
    return kept[shared]
