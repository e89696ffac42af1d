"""Mail that comes in: an answer in a calendar program counts like one on the page; what cannot be used is kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from notifications import schedules
from notifications.incoming.receive import Received, take_in
from notifications.installation import Installation
from notifications.models import IncomingMail, Message, State
from planner.database import Database, utc_now
from planner.gatherings import actions as gatherings
from planner.gatherings.fields import GatheringFields
from planner.invitations.addresses import bounce_address, reply_address, unsubscribe_address
from planner.invitations.models import Invitation
from planner.parties.models import AddressAlias, Party, StoppedAddress
from planner.rsvps.models import Rsvp
from planner.settings import Settings
from tests.notifications import incoming
from tests.notifications.conftest import Centre, make_centre


class Post:
    """A centre whose reply domain takes mail."""

    def __init__(self, centre: Centre, settings: Settings) -> None:
        self.centre = centre
        self.here = Installation(replace(settings, reply_domain=incoming.DOMAIN))
        [self.invitation] = centre.invite(centre.plan())
        address = reply_address(self.here.settings, self.here.signer, self.invitation.id)
        assert address
        self.address = address

    def receive(self, raw: bytes, *to: str) -> Received:
        return take_in(self.centre.database, self.here, raw, to)

    def reply(self, program: str = "apple", answer: str = "ACCEPTED", to: str = "", **said: object) -> Received:
        uid = self.invitation.gathering_id
        return self.receive(incoming.reply(program, to or self.address, uid, answer, **said))  # type: ignore[arg-type]

    def move(self) -> None:
        start = datetime(2027, 3, 19, 16, 30, tzinfo=UTC)
        new = GatheringFields(starts_at=start, ends_at=start + timedelta(hours=2))
        self.centre.act(self.invitation.gathering_id, gatherings.change, new)

    def rsvp(self) -> tuple[str, int, str] | None:
        with self.centre.database.reading() as session:
            found = session.get(Rsvp, self.invitation.id)
        return (found.answer, found.people, found.source) if found else None

    def waiting(self) -> list[tuple[str, str]]:
        with self.centre.database.reading() as session:
            rows = session.scalars(sa.select(IncomingMail).where(~IncomingMail.done).order_by(IncomingMail.id))
            return [(row.kind, row.reason) for row in rows]


@pytest.fixture
def post(database: Database, settings: Settings) -> Post:
    return Post(make_centre(database, settings), settings)


@pytest.mark.parametrize("program", incoming.PROGRAMS)
def test_an_answer_from_a_calendar_program_counts_once(post: Post, program: str) -> None:
    first = post.reply(program, name="one")
    assert (first.kind, first.done, first.reason) == ("reply", True, "taken")
    assert post.rsvp() == ("accepted", 5, "calendar")
    assert post.reply(program, name="one") == first
    assert post.reply(program, "DECLINED", stamp="20261102T100000Z").done
    assert post.rsvp() == ("declined", 0, "calendar")
    assert post.waiting() == []


def test_what_was_written_is_forgotten_in_time_and_the_mail_still_counts_once(post: Post) -> None:
    post.reply(name="one")
    post.reply("google", "DECLINED", to="reply+unknown@reply.hill.test", name="two")
    waited = post.waiting()
    assert len(waited) == 1
    schedules.forget(post.centre.database, utc_now() + timedelta(days=31))
    with post.centre.database.reading() as session:
        taken, waits = session.scalars(sa.select(IncomingMail).order_by(IncomingMail.id)).all()
    assert (taken.from_address, taken.subject, taken.details) == ("", "", {})
    assert waits.from_address
    assert waits.details
    assert post.reply(name="one", answer="DECLINED").reason == "taken"
    assert post.rsvp() == ("accepted", 5, "calendar")
    assert post.waiting() == waited


def test_without_its_method_and_in_an_attachment_it_is_understood(post: Post) -> None:
    raw = incoming.reply("thunderbird", post.address, post.invitation.gathering_id)
    raw = raw.replace(b"METHOD:REPLY\r\n", b"").replace(b"; method=REPLY", b"")
    raw = raw.replace(b"text/calendar", b"application/ics")
    assert post.receive(raw).reason == "taken"


def test_answers_that_come_in_at_once_do_not_stop_each_other(post: Post) -> None:
    answers = ["ACCEPTED", "DECLINED", "TENTATIVE", "ACCEPTED"] * 3
    with ThreadPoolExecutor(len(answers)) as threads:
        received = list(threads.map(lambda answer: post.reply(answer=answer), answers))
    assert len(received) == len(answers)
    assert post.rsvp() is not None


def test_an_answer_counts_whose_address_is_longer_as_a_key_than_any_address(post: Post) -> None:
    assert post.reply(who="ΐ" * 230 + "@example.org").reason == "taken"
    assert post.rsvp() == ("accepted", 5, "calendar")


def test_late_mail_does_not_undo_a_newer_answer(post: Post) -> None:
    post.reply(answer="DECLINED", stamp="20261102T100000Z")
    assert post.reply(answer="ACCEPTED", stamp="20261102T090000Z").reason == "out-of-date"
    assert post.reply(answer="DECLINED", stamp="20261102T100000Z").reason == "repeated"
    assert post.rsvp() == ("declined", 0, "calendar")


def test_the_last_of_link_and_calendar_wins(post: Post) -> None:
    post.reply()
    post.centre.answer(post.invitation, "declined")
    assert post.rsvp() == ("declined", 0, "link")
    post.reply(answer="TENTATIVE", stamp="20261102T110000Z")
    assert post.rsvp() == ("tentative", 5, "calendar")


def test_an_answer_to_the_old_time_is_answered_with_the_new_one_once(post: Post) -> None:
    post.move()
    before = len(post.centre.mails("invitation"))
    assert post.reply("outlook").reason == "before-the-move"
    assert post.rsvp() is None
    post.reply("outlook", stamp="20261102T100000Z")
    post.reply("google", stamp="20261102T110000Z")
    assert len(post.centre.mails("invitation")) == before + 1
    assert post.reply("outlook", sequence=1).reason == "taken"


def test_a_machine_is_never_answered(post: Post) -> None:
    post.move()
    assert post.reply("google").reason == "before-the-move"
    assert post.receive(incoming.letter(post.address, heads="Auto-Submitted: auto-replied\r\n")) == Received(
        "automatic", True, "automatic"
    )
    assert post.centre.mails("invitation") == []


def test_with_the_invitations_own_address_another_sender_is_taken_and_noted(post: Post) -> None:
    assert post.reply(who="amina.work@example.net").reason == "taken-from-alias"
    assert post.rsvp() == ("accepted", 5, "calendar")
    with post.centre.database.reading() as session:
        assert [one.email for one in session.scalars(sa.select(AddressAlias))] == ["amina.work@example.net"]


def test_without_it_only_a_proved_sender_is_taken(post: Post) -> None:
    elsewhere = f"planner@{incoming.DOMAIN}"
    passed = f"Authentication-Results: {incoming.DOMAIN}; dmarc=pass header.from=example.org\r\n"
    forged = passed.replace(incoming.DOMAIN, "mx.elsewhere.example")
    failed = passed.replace("pass", "fail")
    other = passed.replace("header.from=example.org", "header.from=example.net")
    for heads in ("", forged, failed, other, passed + failed):
        assert post.reply(to=elsewhere, heads=heads).reason == "not-proved"
    assert post.reply(to=elsewhere, heads=passed, sender="mallory@example.org").reason == "not-proved"
    assert post.rsvp() is None
    assert post.reply(to=elsewhere, heads=passed).reason == "taken"
    stranger = post.reply(to=elsewhere, heads=passed, who="nobody@example.org")
    assert stranger.reason == "not-invited"


def test_a_forged_address_opens_nothing(post: Post) -> None:
    wrong = post.address[:20] + ("b" if post.address[20] == "a" else "a") + post.address[21:]
    assert post.reply(to=wrong).reason == "not-proved"
    assert post.rsvp() is None


@pytest.mark.parametrize(
    ("change_of", "reason"),
    [
        (("PARTSTAT=ACCEPTED", "PARTSTAT=NEEDS-ACTION"), "no-answer"),
        (("SEQUENCE:0", "SEQUENCE:9"), "never-sent"),
        (("BEGIN:VEVENT", "BEGIN:VTODO"), "no-event"),
        (("SEQUENCE:0", "SEQUENCE:soon"), "malformed"),
        (("METHOD:REPLY", "METHOD:COUNTER"), "counter"),
        (("METHOD:REPLY", "METHOD:REQUEST"), "not-an-answer"),
        (("SEQUENCE:0", "SEQUENCE:0\r\nRECURRENCE-ID:20270318T163000Z"), "one-of-a-series"),
        (("UID:", "UID:0"), "other-event"),
        (("SUMMARY:", "SUMMARY:" + "x" * 300_000), "too-big"),
    ],
)
def test_what_cannot_be_used_changes_nothing_and_waits_with_the_reason(
    post: Post, change_of: tuple[str, str], reason: str
) -> None:
    assert post.reply(change=change_of).reason == reason
    assert post.rsvp() is None
    assert [why for _kind, why in post.waiting()] == [reason]


def test_words_huge_mails_and_nonsense_wait_for_a_person(post: Post) -> None:
    assert post.receive(incoming.letter(post.address)).reason == "words"
    assert post.receive(incoming.letter(post.address, "x" * 2_000_000)).reason == "too-big"
    assert not post.receive(b"\x00\xff\xfe" * 50).done
    assert len(post.waiting()) == 3


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"Content-Type: message/rfc822\r\n\r\n" * 5_000, "too-big"),
        (b"From: " + b"(" * 50_000 + b"\r\n\r\nHello", "words"),
        (b"To: " + b"(" * 50_000 + b"\r\n\r\nHello", "words"),
    ],
    ids=["mails within mails", "sender", "recipient"],
)
def test_a_mail_that_is_nested_too_deeply_waits_and_is_not_sent_again_for_ever(
    post: Post, raw: bytes, reason: str
) -> None:
    assert post.receive(raw).reason == reason
    assert len(post.waiting()) == 1


def test_an_answer_to_what_is_cancelled_or_over_is_explained(post: Post) -> None:
    post.centre.act(post.invitation.gathering_id, gatherings.cancel, "")
    assert post.reply(sequence=1).reason == "cancelled"


def test_a_wrong_address_is_stopped_and_other_failures_mark_the_mail_alone(post: Post) -> None:
    post.centre.deliver()
    [mail] = post.centre.mails("invitation")
    to = bounce_address(post.here.settings, post.here.signer, mail.id) or ""

    def state() -> tuple[str, int]:
        with post.centre.database.reading() as session:
            stopped = session.scalars(sa.select(StoppedAddress)).all()
            return session.get_one(Message, mail.id).state, len(stopped)

    late = post.receive(incoming.report(to, mail.to_address, action="delayed", status="4.4.1"))
    assert (late.done, late.reason, late.addresses) == (True, "delayed", ())
    assert state() == (State.QUEUED, 0)
    full = post.receive(incoming.report(to, mail.to_address, status="5.2.2"))
    assert full.reason == "marked"
    assert state() == (State.BOUNCED, 0)
    gone = post.receive(incoming.report(to, mail.to_address))
    assert gone.addresses is not None
    assert [(one.address, one.permanent) for one in gone.addresses] == [("amina@example.org", True)]
    assert gone.reason == "address-stopped"
    assert state() == (State.BOUNCED, 1)


def test_without_a_token_the_mail_that_came_back_tells_which_it_was(post: Post) -> None:
    post.centre.deliver()
    [mail] = post.centre.mails("invitation")
    to = "planner@lindenhof.example"
    assert post.receive(incoming.report(to, mail.to_address, about=mail.message_id)).done
    assert post.receive(incoming.report(to, "x@example.org", about=mail.message_id)).reason == "unknown-mail"


def test_a_mail_to_the_address_for_it_ends_the_invitations(post: Post) -> None:
    with post.centre.database.reading() as session:
        party = session.get_one(Party, session.get_one(Invitation, post.invitation.id).party_id)
    to = unsubscribe_address(post.here.settings, post.here.signer, party.id, party.link_version) or ""
    assert post.receive(incoming.letter("somebody@example.org"), to.upper()).reason == "unsubscribed"
    with post.centre.database.reading() as session:
        assert session.get_one(Party, party.id).unsubscribed_at is not None
    assert post.receive(incoming.letter("somebody@example.org"), "unsubscribe+" + to[-90:]).done is False


def test_a_dry_run_keeps_nothing(post: Post) -> None:
    raw = incoming.reply("apple", post.address, post.invitation.gathering_id)
    assert take_in(post.centre.database, post.here, raw, dry_run=True).done
    assert post.rsvp() is None
    assert post.receive(raw).done
