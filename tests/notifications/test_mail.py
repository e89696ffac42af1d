"""What guests and coordinators find in their mailbox."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from events import AppreciationGiven, record
from notifications.composing import BadHeader, compose
from notifications.installation import here
from notifications.models import Message
from planner.accounts import actions as accounts
from planner.accounts.models import Organization, Role
from planner.appreciation.models import Appreciation
from planner.database import utc_now
from planner.gatherings import actions as gatherings
from planner.invitations import actions as invitations
from planner.invitations import letters
from planner.invitations.models import Invitation
from planner.parties.actions import PartyFields
from planner.parties.models import Party, PartyMember, Person, StoppedAddress
from tests.notifications.conftest import Centre, okafor

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def read(message: Message) -> email.message.EmailMessage:
    found = email.message_from_bytes(compose(message, "planner@localhost", NOW), policy=email.policy.default)
    assert isinstance(found, email.message.EmailMessage)
    assert not found.defects
    return found


def body(mail: email.message.EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def add_adult(
    centre: Centre, party_id: object, name: str, address: str | None, language: str | None = None
) -> None:
    with centre.database.writing() as session:
        person = Person(
            organization_id=centre.organization_id, name=name, email=address, email_key=address, language=language
        )
        session.add(person)
        session.flush()
        session.add(PartyMember(party_id=party_id, person_id=person.id, role="adult"))


def test_an_invitation_has_text_html_and_the_calendar_last_and_once_more_as_a_file(centre: Centre) -> None:
    centre.invite(centre.plan())
    centre.deliver()
    [message] = centre.mails()
    mail = read(message)
    kinds = [part.get_content_type() for part in mail.walk()]
    assert kinds == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]
    calendar, file = (part for part in mail.walk() if part.get_content_type() in kinds[4:])
    assert calendar.get_param("method") == "PUBLISH"
    assert calendar["Content-Disposition"] is None
    assert calendar.get_payload(decode=True) == file.get_payload(decode=True) == message.calendar
    assert b"METHOD:PUBLISH\r\n" in (message.calendar or b"")
    assert b"ATTENDEE" not in (message.calendar or b"")


def test_an_invitation_asks_with_three_links_and_says_whom_to_ask(centre: Centre) -> None:
    [invitation] = centre.invite(centre.plan(), words="Bring a bowl.")
    centre.deliver()
    [message] = centre.mails()
    mail = read(message)
    link = here().own_page(invitation)
    assert mail["Subject"] == "Will you come? Soup & Stories, Thursday 18 March, 17:30"
    assert link in body(mail, "plain")
    for answer in ("accepted", "tentative", "declined"):
        assert f'href="{link}?answer={answer}"' in body(mail, "html")
    for part in (body(mail, "plain"), body(mail, "html")):
        assert "Bring a bowl." in part
        assert "17:30 to 19:30, Berlin time" in part
        assert "ring Hanna Brandt, 030 555 01 23" in part
        assert "because Lindenhof Family Centre invited your household" in part
    assert '<html lang="en" dir="ltr">' in message.html
    assert "var(--" not in message.html
    assert len(message.html.encode()) < 20_000


def test_own_words_keep_their_links_and_letters_in_html(centre: Centre) -> None:
    centre.invite(centre.plan(description="Soup & **stories**, see [the map](https://map.example/?a=1&b=2)."))
    centre.deliver()
    html = body(read(centre.mails()[0]), "html")
    assert "Soup &amp; <strong>stories</strong>" in html
    assert '<a style="color:#1F4D45" href="https://map.example/?a=1&amp;b=2"' in html


def test_its_headers_reach_a_person_and_let_one_leave_with_one_press(centre: Centre) -> None:
    centre.invite(centre.plan())
    centre.deliver()
    mail = read(centre.mails()[0])
    assert mail["From"] == "Lindenhof Family Centre <planner@localhost>"
    assert mail["Reply-To"] == "hanna@lindenhof.example"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"].startswith("<http://127.0.0.1:8000/unsubscribe/")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Date"].datetime == NOW


def test_a_confirmation_names_the_answer_and_stands_below_the_invitation(centre: Centre) -> None:
    [invitation] = centre.invite(centre.plan())
    centre.deliver()
    centre.answer(invitation, "accepted", adults=2, children=3)
    centre.deliver()
    first, second = (read(message) for message in centre.mails())
    assert second["Subject"] == "You said yes: Soup & Stories, Thursday 18 March"
    assert "You said yes for 2 adults and 3 children." in body(second, "plain")
    assert second["In-Reply-To"] == second["References"] == first["Message-ID"]
    assert second["Message-ID"] != first["Message-ID"]
    assert "In-Reply-To" not in first


@pytest.mark.parametrize(
    ("said", "subject"), [("declined", "You said no: Soup"), ("tentative", "You said maybe: Soup")]
)
def test_a_no_and_a_maybe_are_confirmed_too(centre: Centre, said: str, subject: str) -> None:
    [invitation] = centre.invite(centre.plan())
    centre.answer(invitation, said, source="desk")
    centre.deliver()
    [message] = centre.mails("confirmation")
    assert message.subject.startswith(subject)
    assert "We have entered your answer for you." in message.text


def test_who_waits_is_told_so_and_hears_when_there_is_room(centre: Centre) -> None:
    gathering = centre.plan(capacity=4)
    first, second = centre.invite(gathering, okafor(), okafor(name="Haddad", email="rania@example.org"))
    centre.answer(first, "accepted", adults=2, children=2)
    centre.answer(second, "accepted", adults=1, children=1)
    centre.deliver()
    [waiting] = [mail for mail in centre.mails("confirmation") if mail.to_address == "rania@example.org"]
    assert waiting.subject.startswith("You are on the waiting list")
    assert "You stay together" in waiting.text
    centre.answer(first, "declined")
    centre.deliver()
    [seats] = centre.mails("seats")
    assert seats.to_address == "rania@example.org"
    assert "seats for 1 adult and 1 child" in seats.text


def test_each_adult_gets_one_mail_in_the_own_name(centre: Centre) -> None:
    gathering = centre.plan(publish=False)
    [invitation] = centre.invite(gathering)
    add_adult(centre, invitation.party_id, "Amina Okafor", "amina@example.org")
    add_adult(centre, invitation.party_id, "Jonas Lindqvist", "jonas@example.org")
    add_adult(centre, invitation.party_id, "Grandmother without mail", None)
    centre.act(gathering, gatherings.publish)
    centre.deliver()
    mails = {mail.to_address: mail for mail in centre.mails()}
    assert set(mails) == {"amina@example.org", "jonas@example.org"}
    assert mails["amina@example.org"].text.startswith("Dear Amina,")
    assert mails["jonas@example.org"].text.startswith("Dear Jonas,")


def test_two_adults_with_one_address_get_one_mail(centre: Centre) -> None:
    gathering = centre.plan(publish=False)
    [invitation] = centre.invite(gathering)
    add_adult(centre, invitation.party_id, "Amina Okafor", "amina@example.org")
    add_adult(centre, invitation.party_id, "Jonas Lindqvist", "amina@example.org")
    centre.act(gathering, gatherings.publish)
    centre.deliver()
    [mail] = centre.mails()
    assert mail.text.startswith("Dear Amina, dear Jonas,")


def test_many_names_at_one_address_get_their_mail_and_are_told_as_far_as_the_list_of_mails_goes(
    centre: Centre,
) -> None:
    gathering = centre.plan(publish=False)
    [invitation] = centre.invite(gathering)
    for number in range(12):
        add_adult(centre, invitation.party_id, f"Amina{number} Okafor-Lindqvist", "amina@example.org")
    centre.act(gathering, gatherings.publish)
    centre.deliver()
    [mail] = centre.mails()
    assert "dear Amina11," in mail.text
    assert mail.to_name.startswith("Amina0 Okafor-Lindqvist, Amina1") and len(mail.to_name) <= 200


def test_a_stopped_address_gets_nothing(centre: Centre) -> None:
    with centre.database.writing() as session:
        session.add(
            StoppedAddress(organization_id=centre.organization_id, email_key="amina@example.org", reason="550")
        )
    centre.invite(centre.plan())
    centre.deliver()
    assert centre.mails() == []


def test_who_wants_no_more_invitations_still_hears_of_a_cancellation(centre: Centre) -> None:
    gathering = centre.plan()
    [invitation] = centre.invite(gathering)
    centre.answer(invitation, "accepted")
    with centre.database.writing() as session:
        session.get_one(Party, invitation.party_id).unsubscribed_at = utc_now()
    centre.invite(centre.plan(title="Another evening"))
    centre.act(gathering, gatherings.cancel, "The heating is broken.")
    centre.deliver()
    assert [mail.kind for mail in centre.mails()] == ["cancelled"]


def test_a_cancellation_gives_the_reason_to_all_but_those_who_said_no(centre: Centre) -> None:
    gathering = centre.plan()
    parties = [okafor(name=f"Family {name}", email=f"{name}@example.org") for name in ("yes", "no", "silent")]
    yes, no, _silent = centre.invite(gathering, *parties)
    centre.answer(yes, "accepted")
    centre.answer(no, "declined")
    centre.deliver()
    centre.act(gathering, gatherings.cancel, "The heating is broken.\nWe are cold.")
    centre.deliver()
    mails = centre.mails("cancelled")
    assert {mail.to_address for mail in mails} == {"yes@example.org", "silent@example.org"}
    assert "Hanna Brandt writes:\nThe heating is broken." in mails[0].text
    assert mails[0].subject == "Cancelled: Soup & Stories, Thursday 18 March"
    # Invitations that had not left yet do not leave any more.
    assert {mail.state for mail in centre.mails("invitation")} == {"stopped"}


def test_nothing_is_mailed_about_a_draft_until_it_is_published(centre: Centre) -> None:
    gathering = centre.plan(publish=False)
    centre.invite(gathering, *[okafor(name=f"Family {n}", email=f"p{n}@example.org") for n in range(120)])
    centre.deliver()
    assert centre.mails() == []
    centre.act(gathering, gatherings.publish)
    centre.deliver()
    assert len(centre.mails("invitation")) == 120


def test_a_second_delivery_of_every_event_writes_nothing(centre: Centre) -> None:
    gathering = centre.plan(publish=False)
    [invitation] = centre.invite(gathering)
    centre.act(gathering, gatherings.publish)
    centre.answer(invitation, "accepted")
    centre.deliver()
    before = [mail.key for mail in centre.mails()]
    with centre.database.writing() as session:
        session.execute(sa.text("UPDATE delivery SET done_at = NULL"))
    centre.deliver()
    assert [mail.key for mail in centre.mails()] == before
    assert len(before) == 2


def test_an_answer_that_was_changed_at_once_is_confirmed_once_as_it_is_now(centre: Centre) -> None:
    [invitation] = centre.invite(centre.plan())
    centre.answer(invitation, "accepted")
    centre.answer(invitation, "declined")
    centre.deliver()
    [mail] = centre.mails("confirmation")
    assert mail.subject.startswith("You said no")


def test_an_invitation_that_was_withdrawn_before_it_left_does_not_leave(centre: Centre) -> None:
    [invitation] = centre.invite(centre.plan())
    centre.deliver()
    with centre.database.writing() as session:
        invitations.withdraw(session, session.get_one(Invitation, invitation.id))
    centre.deliver()
    assert [mail.state for mail in centre.mails()] == ["stopped"]


def test_a_link_is_sent_again_as_often_as_it_is_asked_for(centre: Centre) -> None:
    [invitation] = centre.invite(centre.plan())
    for _ in range(2):
        with centre.database.writing() as session:
            invitations.send_link_again(session, session.get_one(Invitation, invitation.id))
    centre.deliver()
    assert len(centre.mails("link")) == 2
    assert here().own_page(invitation) in centre.mails("link")[0].text


def test_a_letter_reaches_those_it_was_meant_for(centre: Centre) -> None:
    gathering = centre.plan()
    yes, _silent = centre.invite(gathering, okafor(), okafor(name="Haddad", email="rania@example.org"))
    centre.answer(yes, "accepted")
    centre.act(
        gathering,
        letters.write_letter,
        ["accepted"],
        "Bring boots",
        "The path is muddy.\n\nSee you!",
        by=centre.owner.account_id,
    )
    centre.deliver()
    [mail] = centre.mails("letter")
    assert (mail.to_address, mail.subject) == ("amina@example.org", "Bring boots")
    assert "The path is muddy.\n\nSee you!" in mail.text


def test_a_question_reaches_the_contact_and_a_reply_reaches_the_party(centre: Centre) -> None:
    [invitation] = centre.invite(centre.plan())
    with centre.database.writing() as session:
        letters.ask_question(session, session.get_one(Invitation, invitation.id), "Is there <parking>?")
    centre.deliver()
    [mail] = centre.mails("question")
    assert mail.to_address == "hanna@lindenhof.example"
    assert mail.headers["Reply-To"] == "amina@example.org"
    assert "Is there <parking>?" in mail.text
    assert "Is there &lt;parking&gt;?" in mail.html


def test_those_who_came_are_asked_how_it_was(centre: Centre) -> None:
    gathering = centre.plan()
    came, _silent = centre.invite(gathering, okafor(), okafor(name="Haddad", email="rania@example.org"))
    centre.answer(came, "accepted")
    centre.act(gathering, gatherings.hold)
    centre.deliver()
    [mail] = centre.mails("afterwards")
    assert mail.to_address == "amina@example.org"
    assert here().own_page(came) + "/thanks" in mail.text


def test_who_is_thanked_reads_it_and_may_agree_to_share_it(centre: Centre) -> None:
    gathering = centre.plan()
    [invitation] = centre.invite(gathering)
    with centre.database.writing() as session:
        thanks = Appreciation(
            gathering_id=gathering, to_invitation_id=invitation.id, from_name="Emre", words="You washed up!"
        )
        session.add(thanks)
        session.flush()
        record(
            session,
            AppreciationGiven(
                organization_id=centre.organization_id, gathering_id=gathering, appreciation_id=thanks.id
            ),
        )
    centre.deliver()
    [mail] = centre.mails("thanks")
    assert mail.subject == "Emre thanks you: Soup & Stories"
    assert "You washed up!" in mail.text


def test_a_colleague_is_welcomed(centre: Centre) -> None:
    with centre.database.writing() as session:
        accounts.add_colleague(session, centre.owner, "tomasz@lindenhof.example", "Tomasz", Role.HELPER)
    centre.deliver()
    [mail] = centre.mails("colleague")
    assert mail.to_address == "tomasz@lindenhof.example"
    assert "http://127.0.0.1:8000/sign-in" in mail.text


def test_without_calendar_parts_a_mail_is_text_and_html_alone(centre: Centre) -> None:
    with centre.database.writing() as session:
        session.get_one(Organization, centre.organization_id).calendar_parts = False
    centre.invite(centre.plan())
    centre.deliver()
    mail = read(centre.mails()[0])
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


def test_a_line_break_never_gets_into_a_header(centre: Centre) -> None:
    centre.invite(centre.plan())
    centre.deliver()
    [message] = centre.mails()
    message.to_name = "Amina\r\nBcc: everybody@example.org"
    with pytest.raises(BadHeader):
        compose(message, "planner@localhost", NOW)


@pytest.mark.parametrize(
    "name", ["Zoë Müller", "رانيا حداد", 'O\'Hara, "Ted"', "Lan Nguyễn-Thị-Thanh " * 3, "김민준최서연박지훈" * 22]
)
def test_names_of_every_script_survive_in_headers(centre: Centre, name: str) -> None:
    centre.invite(centre.plan(), PartyFields(kind="household", name=name, email="a@example.org"))  # type: ignore[arg-type]
    centre.deliver()
    [message] = centre.mails()
    message.subject = (name * 4).strip()
    mail = read(message)
    assert mail["Subject"] == message.subject
    [to] = mail["To"].addresses
    assert to.addr_spec == "a@example.org"
    assert "".join(to.display_name.split()) == "".join(message.to_name.split())
    assert max(map(len, compose(message, "planner@localhost", NOW).split(b"\r\n"))) < 998
