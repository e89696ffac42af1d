"""Mails as the programs of the world write them: answers, failure reports, automatic replies."""

from __future__ import annotations

import uuid

DOMAIN = "reply.lindenhof.example"

_CALENDARS = {
    # Google Calendar: everything the invitation had, its own service as sender.
    "google": (
        "PRODID:-//Google Inc//Google Calendar 70.9054//EN\nVERSION:2.0\nCALSCALE:GREGORIAN\nMETHOD:REPLY\n"
        "BEGIN:VEVENT\nDTSTART:20270318T163000Z\nDTEND:20270318T183000Z\nDTSTAMP:{stamp}\n"
        "ORGANIZER;CN=Lindenhof:mailto:{to}\nUID:{uid}\n"
        "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={answer};CN={who};\n"
        " X-NUM-GUESTS=0:mailto:{who}\nCREATED:20261101T100000Z\nLAST-MODIFIED:{stamp}\nSEQUENCE:{sequence}\n"
        "STATUS:CONFIRMED\nSUMMARY:Soup & Stories\nTRANSP:OPAQUE\nEND:VEVENT\n"
    ),
    # Outlook: no ORGANIZER; a zone of Windows.
    "outlook": (
        "METHOD:REPLY\nPRODID:Microsoft Exchange Server 2010\nVERSION:2.0\nBEGIN:VTIMEZONE\n"
        "TZID:W. Europe Standard Time\nBEGIN:STANDARD\nDTSTART:16010101T030000\nTZOFFSETFROM:+0200\n"
        "TZOFFSETTO:+0100\nRRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\nEND:VTIMEZONE\n"
        "BEGIN:VEVENT\nATTENDEE;PARTSTAT={answer};CN=Amina Okafor:MAILTO:{who}\nCOMMENT;LANGUAGE=en-US:\n"
        "UID:{uid}\nSUMMARY;LANGUAGE=en-US:Accepted: Soup & Stories\n"
        "DTSTART;TZID=W. Europe Standard Time:20270318T173000\n"
        "DTEND;TZID=W. Europe Standard Time:20270318T193000\nCLASS:PUBLIC\nPRIORITY:5\nDTSTAMP:{stamp}\n"
        "TRANSP:OPAQUE\nSTATUS:CONFIRMED\nSEQUENCE:{sequence}\nX-MICROSOFT-CDO-BUSYSTATUS:BUSY\nEND:VEVENT\n"
    ),
    # Apple Calendar.
    "apple": (
        "CALSCALE:GREGORIAN\nVERSION:2.0\nMETHOD:REPLY\nPRODID:-//Apple Inc.//macOS 15.1//EN\nBEGIN:VEVENT\n"
        "DTEND:20270318T183000Z\nUID:{uid}\nDTSTAMP:{stamp}\nSUMMARY:Soup & Stories\n"
        "ATTENDEE;CN=Amina;CUTYPE=INDIVIDUAL;PARTSTAT={answer};ROLE=REQ-PARTICIPANT:\n mailto:{who}\n"
        "DTSTART:20270318T163000Z\nORGANIZER;CN=Lindenhof:mailto:{to}\nSEQUENCE:{sequence}\nEND:VEVENT\n"
    ),
    # Thunderbird.
    "thunderbird": (
        "PRODID:-//Mozilla.org/NONSGML Mozilla Calendar V1.1//EN\nVERSION:2.0\nMETHOD:REPLY\nBEGIN:VEVENT\n"
        "CREATED:20261101T100000Z\nLAST-MODIFIED:{stamp}\nDTSTAMP:{stamp}\nUID:{uid}\nSUMMARY:Soup & Stories\n"
        "ORGANIZER;CN=Lindenhof:mailto:{to}\n"
        "ATTENDEE;CN=Amina;PARTSTAT={answer};ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:{who}\n"
        "DTSTART:20270318T163000Z\nDTEND:20270318T183000Z\nSEQUENCE:{sequence}\nTRANSP:OPAQUE\nEND:VEVENT\n"
    ),
}
PROGRAMS = tuple(_CALENDARS)


def calendar(program: str, **said: object) -> str:
    """The calendar part alone, with CRLF."""
    text = "BEGIN:VCALENDAR\n" + _CALENDARS[program].format(**said) + "END:VCALENDAR\n"
    return text.replace("\n", "\r\n")


def reply(
    program: str,
    to: str,
    uid: uuid.UUID,
    answer: str = "ACCEPTED",
    *,
    who: str = "amina@example.org",
    sender: str | None = None,
    sequence: int = 0,
    stamp: str = "20261102T090000Z",
    heads: str = "",
    name: str | None = None,
    change: tuple[str, str] = ("", ""),
) -> bytes:
    """A whole answer; `change` replaces words of the calendar, `heads` come on top."""
    part = calendar(program, to=to, uid=uid, answer=answer, who=who, sequence=sequence, stamp=stamp)
    part = part.replace(*change) if change[0] else part
    automatic = "Auto-Submitted: auto-generated\r\n" if program == "google" else ""
    kind = "text/calendar; charset=utf-8; method=REPLY"
    mail = (
        f"{heads}From: Amina Okafor <{sender or who}>\r\nTo: <{to}>\r\nSubject: Accepted: Soup & Stories\r\n"
        f"Message-ID: <{name or uuid.uuid4()}@example.org>\r\n{automatic}MIME-Version: 1.0\r\n"
    )
    if program == "thunderbird":
        return f"{mail}Content-Type: {kind}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{part}".encode()
    return (
        f'{mail}Content-Type: multipart/alternative; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/plain\r\n\r\nAmina has accepted.\r\n"
        f"--b\r\nContent-Type: {kind}\r\n\r\n{part}\r\n--b--\r\n"
    ).encode()


def report(to: str, failed: str, *, action: str = "failed", status: str = "5.1.1", about: str = "") -> bytes:
    """A failure report as RFC 3464 has it."""
    return (
        f"Return-Path: <>\r\nFrom: Mail Delivery System <MAILER-DAEMON@mx.example.net>\r\nTo: <{to}>\r\n"
        f"Subject: Undelivered Mail Returned to Sender\r\nMessage-ID: <{uuid.uuid4()}@mx.example.net>\r\n"
        "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nThis is the mail system.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\n"
        f"Final-Recipient: rfc822; {failed}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; 550 {status} {failed}: it says so\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{about}>\r\nSubject: Soup\r\n\r\n--b--\r\n"
    ).encode()


def letter(to: str, text: str = "We come by bike.", heads: str = "") -> bytes:
    """Words that somebody wrote, or a machine did."""
    return (
        f"From: Amina <amina@example.org>\r\nTo: <{to}>\r\nSubject: Re: Soup & Stories\r\n{heads}"
        f"Message-ID: <{uuid.uuid4()}@example.org>\r\n\r\n{text}\r\n"
    ).encode()
