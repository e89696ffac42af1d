"""The calendar part of mails to guests: which kind of it is due, its bytes, and what the mail says about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from notifications.installation import Installation
from notifications.recipients import Recipient
from planner.calendars.building import mail_calendar
from planner.calendars.itip import Request, request
from planner.gatherings.models import Gathering, Status
from planner.i18n import gettext as _
from planner.invitations.models import Invitation
from planner.rsvps.models import Rsvp

# Mails about what was decided already; their words about the file are their own.
_KEEPS_TIME: Final = ("confirmation", "seats")


def method_of(here: Installation, gathering: Gathering) -> str | None:
    """The iTIP method of a mail's calendar part; None where the organisation wants none.

    Where no reply domain is set an answer would reach nobody: then a calendar program is not asked for one.
    """
    if not gathering.organization.calendar_parts:
        return None
    if not here.settings.reply_domain:
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
    _published: dict[tuple[str, bool], tuple[str, bytes]] = field(default_factory=dict)
    _requests: dict[tuple[str, bool], Request] = field(default_factory=dict)

    def part(self, invitation: Invitation, rsvp: Rsvp | None, recipient: Recipient) -> tuple[str, bytes] | None:
        """METHOD and bytes for one recipient of an invitation; None where no calendar part is due."""
        shared = recipient.language, invitation.party.is_household
        if method_of(self.here, self.gathering) is None:
            return None
        organizer = self.here.reply_address(invitation)
        if organizer is None:
            if rsvp is not None:
                return self._publish(*shared, rsvp)
            if shared not in self._published:
                self._published[shared] = self._publish(*shared, None)
            return self._published[shared]
        if rsvp is not None:
            return self._ask(*shared, rsvp).to(recipient.name, recipient.address, organizer)
        if shared not in self._requests:
            self._requests[shared] = self._ask(*shared, None)
        return self._requests[shared].to(recipient.name, recipient.address, organizer)

    def _publish(self, language: str, household: bool, rsvp: Rsvp | None) -> tuple[str, bytes]:
        settings = self.here.settings
        return mail_calendar(
            *(self.gathering, rsvp, settings.mail_from, language, self.written_at, settings.base_url),
            household=household,
        )

    def _ask(self, language: str, household: bool, rsvp: Rsvp | None) -> Request:
        base_url = self.here.settings.base_url
        return request(self.gathering, rsvp, language, self.written_at, base_url, household=household)
