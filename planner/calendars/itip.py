"""Invitations that calendar programs answer (iTIP, RFC 5546): each goes to one guest, and the answer comes back.

ORGANIZER and ATTENDEE differ from mail to mail, all else is written once for many of them.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from planner.calendars.building import BEGIN, END, mail_event
from planner.calendars.lines import CRLF, line, quoted
from planner.gatherings.models import Gathering, Status
from planner.rsvps.models import Rsvp

_ASKED = "CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT"
# Those of the characters that a mail address may hold which an address of a mailto: may not (RFC 6068, section 2).
_NOT_IN_URI = str.maketrans({letter: f"%{ord(letter):02X}" for letter in '%?#/"\\^`{|} '})

_TAKEN_OUT = {b"STATUS": b"STATUS:CANCELLED", b"TRANSP": b"TRANSP:TRANSPARENT"}


class Request(NamedTuple):
    """What the mails of one state share: `method` is REQUEST or CANCEL, `partstat` the guest's answer so far."""

    method: str
    partstat: str
    organizer_name: str
    event: bytes

    def to(self, name: str, address: str, organizer: str) -> tuple[str, bytes]:
        """METHOD and bytes for one guest. `organizer` is the address that answers come to."""
        answer = f"PARTSTAT={self.partstat}"
        if self.method == "REQUEST":
            answer += ";RSVP=TRUE"
        lines = [
            self.event,
            line(f"ORGANIZER;CN={self.organizer_name}", f"mailto:{organizer}"),
            line(f"ATTENDEE;{_ASKED};{answer};CN={quoted(name)}", f"mailto:{address.translate(_NOT_IN_URI)}"),
            b"END:VEVENT",
        ]
        return self.method, CRLF.join(lines) + CRLF + END


def request(
    gathering: Gathering,
    rsvp: Rsvp | None,
    language: str,
    written_at: datetime,
    base_url: str,
    *,
    household: bool = True,
    uninvites: bool = False,
) -> Request:
    """The gathering as guests are asked to it (section 3.2.2), or as they hear that it is cancelled (3.2.5).

    `uninvites`: it is cancelled for this guest alone, without a word that it is off for all. DTSTAMP is
    `written_at`, when the message was written (RFC 5545 section 3.8.7.2).
    """
    method = "CANCEL" if uninvites or gathering.status == Status.CANCELLED else "REQUEST"
    # A missing answer is said by PARTSTAT alone: in words it would be stale once a button is pressed, and whoever
    # says yes there is to have the time kept free.
    lines = mail_event(gathering, rsvp, language, written_at, base_url, asked=False, household=household)
    if uninvites:
        lines = [_TAKEN_OUT.get(one.partition(b":")[0], one) for one in lines]
    event = CRLF.join([*BEGIN, f"METHOD:{method}".encode(), *lines[:-1]])
    return Request(method, partstat(gathering, rsvp), quoted(gathering.organization.name), event)


def partstat(gathering: Gathering, rsvp: Rsvp | None) -> str:
    """The answer as calendars say it; one that was given before the last move is asked for anew."""
    if rsvp is None or rsvp.sequence < gathering.asked_sequence:
        return "NEEDS-ACTION"
    return rsvp.answer.upper()
