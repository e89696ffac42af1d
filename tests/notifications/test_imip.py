"""Invitations that calendar programs answer, and mail that finds its way back (RFC 5546, RFC 6047)."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import icalendar
import pytest

from notifications.composing import compose
from notifications.incoming.receive import take_in
from notifications.installation import Installation
from notifications.models import Message
from notifications.worker import Worker
from planner.accounts.models import Organization
from planner.database import Database, utc_now
from planner.doctor import examine
from planner.gatherings import actions as gatherings
from planner.gatherings.fields import GatheringFields
from planner.invitations import actions as invitations
from planner.invitations.addresses import read_address
from planner.invitations.models import Invitation
from planner.parties.models import Party
from planner.settings import Settings
from tests.calendars.reading import assert_programs_take_it
from tests.notifications.conftest import Centre, MailServer, make_centre, okafor, wait_until
from tests.notifications.telling import tell_settled
from tests.notifications.test_mail import add_adult

DOMAIN = "reply.lindenhof.example"
NEW_DAY = datetime(2027, 3, 25, 16, 30, tzinfo=UTC)
BUTTONS_COUNT = "an answer there counts too"


@pytest.fixture
def centre(database: Database, settings: Settings) -> Centre:
    """A centre to whose domain mail comes back."""
    return make_centre(database, replace(settings, reply_domain=DOMAIN))


def mail_of(message: Message) -> EmailMessage:
    found = email.message_from_bytes(
        compose(message, "planner@localhost", message.written_at), policy=email.policy.default
    )
    assert isinstance(found, EmailMessage)
    assert not found.defects
    return found


def calendar_of(message: Message) -> Any:
    """The only event of a mail, once its two copies are known to be the same, sound and named by their method."""
    parts = [
        part for part in mail_of(message).walk() if part.get_content_type() in ("text/calendar", "application/ics")
    ]
    invitation, file = parts
    assert invitation["Content-Disposition"] is None
    assert invitation.get_payload(decode=True) == file.get_payload(decode=True) == message.calendar
    assert_programs_take_it(message.calendar or b"")
    read = icalendar.Calendar.from_ical(message.calendar or b"")
    assert read["METHOD"] == message.calendar_method == invitation.get_param("method")
    [event] = read.events
    return event


def attendee(event: Any) -> Any:
    """The only one."""
    assert not isinstance(event["ATTENDEE"], list)
    return event["ATTENDEE"]


def said_yes(centre: Centre) -> tuple[Any, Invitation]:
    """A gathering, and an invitation to it that was accepted for two."""
    gathering = centre.plan()
    [invitation] = centre.invite(gathering)
    centre.answer(invitation, "accepted", adults=2)
    centre.deliver()
    return gathering, invitation


def move(centre: Centre, gathering_id: Any, **fields: Any) -> None:
    fields = fields or {"starts_at": NEW_DAY, "ends_at": NEW_DAY + timedelta(hours=2)}
    centre.act(gathering_id, gatherings.change, GatheringFields(**fields))
    centre.deliver()
    tell_settled(centre.database, utc_now() + timedelta(hours=1))


def test_an_invitation_asks_its_one_guest_and_tells_where_answers_go(centre: Centre) -> None:
    [invitation] = centre.invite(centre.plan())
    centre.deliver()
    [message] = centre.mails()
    event = calendar_of(message)
    assert message.calendar_method == "REQUEST"
    guest = attendee(event)
    assert str(guest) == "mailto:amina@example.org"
    assert {name: guest.params[name] for name in ("CUTYPE", "ROLE", "PARTSTAT", "RSVP", "CN")} == {
        "CUTYPE": "INDIVIDUAL",
        "ROLE": "REQ-PARTICIPANT",
        "PARTSTAT": "NEEDS-ACTION",
        "RSVP": "TRUE",
        "CN": "Okafor-Lindqvist",
    }
    organizer = str(event["ORGANIZER"]).removeprefix("mailto:")
    assert re.fullmatch(rf"reply\+[a-z2-7]{{52}}@{re.escape(DOMAIN)}", organizer)
    claim = read_address(centre.settings, organizer)
    assert claim is not None
    assert claim.sealed.id == invitation.id
    assert Installation(centre.settings).signer.holds("reply", claim.sealed, 1)
    assert event["UID"] == str(invitation.gathering_id)
    assert event["DTSTAMP"].dt == message.written_at.replace(microsecond=0)
    assert (event["STATUS"], event["TRANSP"]) == ("CONFIRMED", "OPAQUE")
    assert mail_of(message)["Reply-To"] == "hanna@lindenhof.example"


def test_two_adults_are_asked_each_alone_and_answer_for_the_same_invitation(centre: Centre) -> None:
    gathering = centre.plan(publish=False)
    [invitation] = centre.invite(gathering)
    add_adult(centre, invitation.party_id, 'Amina "Mina" Okafor; x', "amina@example.org")
    add_adult(centre, invitation.party_id, "Jonas Lindqvist", "jonas%x@example.org")
    centre.act(gathering, gatherings.publish)
    centre.deliver()
    events = [calendar_of(message) for message in centre.mails()]
    assert {str(attendee(event)) for event in events} == {
        "mailto:amina@example.org",
        "mailto:jonas%25x@example.org",
    }
    assert {attendee(event).params["CN"] for event in events} == {"Amina 'Mina' Okafor; x", "Jonas Lindqvist"}
    assert len({str(event["ORGANIZER"]) for event in events}) == 1


@pytest.mark.parametrize("said", ["accepted", "declined", "tentative"])
def test_a_confirmation_carries_the_answer_and_the_same_organizer(centre: Centre, said: str) -> None:
    [invitation] = centre.invite(centre.plan())
    centre.deliver()
    with centre.database.writing() as session:
        invitations.renew_link(session, session.get_one(Invitation, invitation.id))
    centre.answer(invitation, said, adults=1)
    centre.deliver()
    first, second = (calendar_of(centre.mails(kind)[0]) for kind in ("invitation", "confirmation"))
    assert attendee(second).params["PARTSTAT"] == said.upper()
    assert second["ORGANIZER"] == first["ORGANIZER"]
    assert (second["UID"], second["SEQUENCE"]) == (first["UID"], first["SEQUENCE"])
    assert second["DTSTAMP"].dt >= first["DTSTAMP"].dt


def test_a_move_asks_anew_under_the_same_uid_with_a_higher_sequence(centre: Centre) -> None:
    gathering, invitation = said_yes(centre)
    move(centre, gathering)
    before, after = (calendar_of(centre.mails(kind)[0]) for kind in ("confirmation", "moved"))
    assert attendee(before).params["PARTSTAT"] == "ACCEPTED"
    assert attendee(after).params["PARTSTAT"] == "NEEDS-ACTION"
    assert after["SEQUENCE"] == before["SEQUENCE"] + 1
    assert (after["UID"], after["ORGANIZER"]) == (before["UID"], before["ORGANIZER"])
    assert after["DTSTART"].dt == NEW_DAY
    centre.answer(invitation, "tentative", adults=2)
    centre.deliver()
    assert attendee(calendar_of(centre.mails("confirmation")[-1])).params["PARTSTAT"] == "TENTATIVE"


def test_a_small_edit_keeps_the_answer_and_comes_with_the_next_mail(centre: Centre) -> None:
    gathering, invitation = said_yes(centre)
    move(centre, gathering, description="Bring a bowl.")
    assert len(centre.mails()) == 2
    centre.answer(invitation, "accepted", adults=1)
    centre.deliver()
    before, after = (calendar_of(message) for message in centre.mails("confirmation"))
    assert after["SEQUENCE"] == before["SEQUENCE"] + 1
    assert "Bring a bowl." in after["DESCRIPTION"]
    assert attendee(after).params["PARTSTAT"] == "ACCEPTED"


def test_a_cancellation_takes_it_out_of_the_calendar(centre: Centre) -> None:
    gathering, _invitation = said_yes(centre)
    centre.act(gathering, gatherings.cancel, "The heating is broken.")
    centre.deliver()
    asked, cancelled = (calendar_of(centre.mails(kind)[0]) for kind in ("invitation", "cancelled"))
    assert centre.mails("cancelled")[0].calendar_method == "CANCEL"
    assert (cancelled["STATUS"], cancelled["UID"]) == ("CANCELLED", asked["UID"])
    assert cancelled["ORGANIZER"] == asked["ORGANIZER"]
    assert cancelled["SEQUENCE"] == asked["SEQUENCE"] + 1
    assert "RSVP" not in attendee(cancelled).params
    assert b"DTSTART:20270318T163000Z" in (centre.mails("cancelled")[0].calendar or b"")
    assert "This mail tells your calendar program too." in centre.mails("cancelled")[0].text


def test_words_about_buttons_stand_where_there_are_buttons_alone(centre: Centre) -> None:
    gathering, _invitation = said_yes(centre)
    move(centre, gathering)
    assert {message.kind for message in centre.mails()} == {"invitation", "confirmation", "moved"}
    for message in centre.mails():
        assert BUTTONS_COUNT in " ".join(message.text.split())
        assert BUTTONS_COUNT in message.html
        assert "calendar file" not in message.text


@pytest.mark.parametrize("domain", [None, DOMAIN])
def test_an_organisation_without_calendar_parts_says_nothing_of_calendars(
    database: Database, settings: Settings, domain: str | None
) -> None:
    centre = make_centre(database, replace(settings, reply_domain=domain))
    with centre.database.writing() as session:
        session.get_one(Organization, centre.organization_id).calendar_parts = False
    gathering, _invitation = said_yes(centre)
    move(centre, gathering)
    centre.act(gathering, gatherings.cancel, "The heating is broken.")
    centre.deliver()
    assert {message.kind for message in centre.mails()} == {"invitation", "confirmation", "moved", "cancelled"}
    for message in centre.mails():
        assert message.calendar is message.calendar_method is None
        assert "calendar" not in message.text + message.html


def test_without_a_reply_domain_nothing_asks_for_an_answer(database: Database, settings: Settings) -> None:
    centre = make_centre(database, settings)
    gathering, _invitation = said_yes(centre)
    centre.act(gathering, gatherings.cancel, "The heating is broken.")
    centre.deliver()
    for message in centre.mails():
        event = calendar_of(message)
        assert message.calendar_method == "PUBLISH"
        assert event["ORGANIZER"] == "mailto:planner@localhost"
        assert "ATTENDEE" not in event
        assert b"RSVP" not in (message.calendar or b"")
        assert BUTTONS_COUNT not in message.text
        assert "mailto:" not in mail_of(message)["List-Unsubscribe"]


def test_one_may_leave_by_mail_too(centre: Centre) -> None:
    [invitation] = centre.invite(centre.plan())
    centre.deliver()
    mail = mail_of(centre.mails()[0])
    https, written = mail["List-Unsubscribe"].split(", ")
    assert https.startswith("<http://127.0.0.1:8000/unsubscribe/")
    found = re.fullmatch(r"<mailto:(unsubscribe\+[a-z2-7]{52}@reply\.lindenhof\.example)>", written)
    assert found
    claim = read_address(centre.settings, found[1])
    assert claim is not None
    assert (claim.what, claim.sealed.id) == ("unsubscribe", invitation.party_id)
    with centre.database.reading() as session:
        version = session.get_one(Party, invitation.party_id).link_version
    assert Installation(centre.settings).signer.holds("unsubscribe", claim.sealed, version)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def answered_by_a_program(message: Message, said: str) -> bytes:
    """What a calendar program sends back: the invitation's own facts with METHOD:REPLY (RFC 5546, 3.2.3)."""
    calendar = icalendar.Calendar.from_ical(message.calendar or b"")
    [event] = calendar.events
    calendar["METHOD"] = "REPLY"
    event["ATTENDEE"].params["PARTSTAT"] = said
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"] = message.to_address
    mail["To"] = str(event["ORGANIZER"]).removeprefix("mailto:")
    mail["Subject"] = "Re: Soup & Stories"
    mail["Message-ID"] = "<answer@example.org>"
    mail.set_content("Accepted")
    mail.add_alternative(calendar.to_ical(), "text", "calendar", cte="base64", params={"method": "REPLY"})
    return mail.as_bytes()


@pytest.mark.parametrize("address", ["amina@example.org", "amina%home@example.org"])
def test_an_answer_in_the_calendar_comes_back_counts_and_is_confirmed(centre: Centre, address: str) -> None:
    centre.invite(centre.plan(), okafor(email=address))
    centre.deliver()
    [invitation] = centre.mails()
    received = take_in(
        centre.database, Installation(centre.settings), answered_by_a_program(invitation, "ACCEPTED")
    )
    assert (received.kind, received.done) == ("reply", True)
    centre.deliver()
    [confirmation] = centre.mails("confirmation")
    assert attendee(calendar_of(confirmation)).params["PARTSTAT"] == "ACCEPTED"
    assert "You said yes for 2 adults and 3 children." in confirmation.text


def test_a_mail_to_the_address_for_leaving_ends_the_invitations(centre: Centre) -> None:
    [invitation] = centre.invite(centre.plan())
    centre.deliver()
    leave = re.search(r"<mailto:(.*?)>", mail_of(centre.mails()[0])["List-Unsubscribe"])
    assert leave
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"] = "amina@example.org", leave[1], "<leave@example.org>"
    mail.set_content("unsubscribe")
    received = take_in(centre.database, Installation(centre.settings), mail.as_bytes())
    assert (received.kind, received.done) == ("unsubscribe", True)
    with centre.database.reading() as session:
        assert session.get_one(Party, invitation.party_id).unsubscribed_at is not None


@pytest.fixture
def sending(database: Database, settings: Settings, mail_server: MailServer) -> Iterator[Centre]:
    """The centre with a mail server, its worker running."""
    made = make_centre(database, replace(settings, smtp_url=mail_server.url, reply_domain=DOMAIN))
    made.worker.start()
    yield made
    made.worker.stop()


def test_each_mail_leaves_under_an_address_of_its_own_to_which_it_would_bounce(
    sending: Centre, mail_server: MailServer
) -> None:
    sending.invite(sending.plan(), okafor(), okafor(name="Haddad", email="rania@example.org"))
    assert wait_until(lambda: len(mail_server.mails) == 2)
    bounces = [read_address(sending.settings, sender) for sender in mail_server.senders]
    assert {(claim.what, claim.sealed.id) for claim in bounces if claim} == {
        ("bounce", message.id) for message in sending.mails()
    }
    for to, mail in mail_server.mails:
        assert mail["From"].addresses[0].addr_spec == "planner@localhost"
        [calendar] = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
        assert f"mailto:{to}".encode() in calendar.get_payload(decode=True).replace(b"\r\n ", b"")


def test_without_a_reply_domain_the_sender_itself_stands_on_the_envelope(
    database: Database, settings: Settings, mail_server: MailServer
) -> None:
    with_server = replace(settings, smtp_url=mail_server.url)
    centre = make_centre(database, with_server)
    worker = Worker(database, with_server)
    worker.start()
    centre.invite(centre.plan())
    assert wait_until(lambda: mail_server.senders)
    worker.stop()
    assert set(mail_server.senders) == {"planner@localhost"}


@pytest.mark.parametrize(
    ("domain", "lmtp", "well", "words"),
    [
        (None, None, True, "ask for no answer"),
        (DOMAIN, None, True, "`planner receive`"),
        (DOMAIN, ("127.0.0.1", 8024), True, "over LMTP at 127.0.0.1:8024"),
        (None, ("127.0.0.1", 8024), False, "set PLANNER_REPLY_DOMAIN"),
    ],
)
def test_doctor_says_how_answers_come_in(
    settings: Settings, tmp_path: Path, domain: str | None, lmtp: tuple[str, int] | None, well: bool, words: str
) -> None:
    database_url = f"sqlite:///{tmp_path / 'planner.db'}"
    found = examine(replace(settings, database_url=database_url, reply_domain=domain, inbound_lmtp=lmtp))
    [mail_in] = [finding for finding in found if finding.what == "Mail that comes in"]
    assert mail_in.well is well
    assert words in mail_in.sentence


def withdraw(centre: Centre, invitation: Invitation, *, tell: bool) -> None:
    with centre.database.writing() as session:
        found = invitations.find(session, centre.organization_id, invitation.id, lock=True)
        invitations.withdraw(session, found, tell=tell)
    centre.deliver()


def test_who_is_uninvited_and_told_loses_it_from_the_calendar_alone(centre: Centre) -> None:
    gathering, invitation = said_yes(centre)
    [other] = centre.invite(gathering, okafor(name="Obi", email="obi@example.org"))
    centre.answer(other, "accepted", adults=1, children=0)
    centre.deliver()
    centre.leave()
    withdraw(centre, invitation, tell=True)
    [message] = centre.mails("withdrawn")
    asked, taken_out = calendar_of(centre.mails("invitation")[0]), calendar_of(message)
    assert message.to_address == "amina@example.org"
    assert message.calendar_method == "CANCEL"
    assert (taken_out["UID"], taken_out["ORGANIZER"]) == (asked["UID"], asked["ORGANIZER"])
    assert taken_out["SEQUENCE"] == asked["SEQUENCE"] + 1
    assert (taken_out["STATUS"], taken_out["SUMMARY"]) == ("CANCELLED", asked["SUMMARY"])
    assert "This mail tells your calendar program too." in message.text
    with centre.database.reading() as session:
        held = session.get_one(Invitation, other.id).gathering
        assert held.asked_sequence == 0
    assert centre.mails("moved") == []


def test_who_is_asked_again_after_that_gets_a_request_with_a_higher_sequence(centre: Centre) -> None:
    gathering, invitation = said_yes(centre)
    centre.leave()
    withdraw(centre, invitation, tell=True)
    centre.leave()
    centre.invite(gathering)
    centre.deliver()
    again = calendar_of(centre.mails("invitation")[-1])
    assert again["SEQUENCE"] > calendar_of(centre.mails("withdrawn")[0])["SEQUENCE"]


@pytest.mark.parametrize(("tell", "left"), [(False, True), (True, False)])
def test_a_quiet_withdrawal_and_one_before_any_mail_left_tell_nobody(
    centre: Centre, tell: bool, left: bool
) -> None:
    [invitation] = centre.invite(centre.plan())
    centre.deliver()
    if left:
        centre.leave()
    withdraw(centre, invitation, tell=tell)
    assert centre.mails("withdrawn") == []
