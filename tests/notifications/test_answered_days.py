"""Who answers for many days of a series at once gets one mail that says what is saved for each."""

from __future__ import annotations

from collections.abc import Sequence

from notifications.installation import here
from notifications.models import State
from planner.gatherings import actions as gatherings
from planner.gatherings.fields import GatheringFields
from planner.gatherings.models import Gathering
from planner.invitations.models import Invitation
from planner.rsvps.actions import Said
from planner.rsvps.models import Answer, Source
from planner.rsvps.together import answer_days, hold_days
from tests.notifications.conftest import Centre, okafor
from tests.notifications.test_days import DAYS, named, withdraw

SMALL = 2


def say(centre: Centre, asked: Sequence[Invitation], said: str, **numbers: int) -> None:
    """A household says one thing for all of them."""
    with centre.database.writing() as session:
        own = session.get_one(Invitation, asked[0].id)
        days = hold_days(session, own, [one.id for one in asked])
        answer_days(session, own, days, [*Answer, "unanswered"], Said(answer=Answer(said), **numbers), Source.LINK)


def asked_to_all(centre: Centre) -> tuple[list[Gathering], list[Invitation]]:
    """Four evenings to which the Okafors are invited; at the third there is room for two."""
    days = centre.repeat()
    centre.act(days[SMALL].id, gatherings.change, GatheringFields(capacity=2))
    return days, centre.invite_to_all(days, okafor())


def test_one_mail_names_every_day_with_its_answer_and_leads_to_each_and_to_the_calendar(centre: Centre) -> None:
    _days, asked = asked_to_all(centre)
    say(centre, asked, "accepted", adults=2, children=1)
    centre.deliver()
    [mail] = centre.mails("confirmation")
    assert mail.subject == "You said yes, on some days you wait: Soup & Stories, 4 days from Thursday 18 March on"
    said = " ".join(mail.text.split())
    assert "You said yes for 2 adults and 1 child. You are on the waiting list" in said
    assert "as soon as there is room: Thursday 1 April." in said
    assert "On the other days your seats are kept." in said
    assert named(mail) == DAYS
    lines = [line.rpartition(": ")[2] for line in mail.text.splitlines() if line.startswith("Thursday")]
    assert lines == ["Yes", "Yes", "Yes, waiting", "Yes"]
    for invitation in asked:
        assert here().own_page(invitation) in mail.text
        assert f'href="{here().own_page(invitation)}"' in mail.html
    assert f"{here().own_page(asked[0])}/calendar" in mail.text
    # RFC 5546 lets a message be about one UID alone.
    assert mail.calendar is None


def test_a_no_to_all_days_is_one_mail_without_a_calendar(centre: Centre) -> None:
    _days, asked = asked_to_all(centre)
    say(centre, asked, "declined")
    centre.deliver()
    [mail] = centre.mails("confirmation")
    assert mail.subject == "You said no: Soup & Stories, 4 days from Thursday 18 March on"
    assert "/calendar" not in mail.text


def test_a_second_delivery_and_a_second_press_write_nothing(centre: Centre) -> None:
    _days, asked = asked_to_all(centre)
    for _press in range(2):
        say(centre, asked, "declined")
        centre.deliver()
    assert len(centre.mails("confirmation")) == 1


def test_a_day_that_is_answered_anew_is_confirmed_alone_with_its_calendar_part(centre: Centre) -> None:
    _days, asked = asked_to_all(centre)
    say(centre, asked, "declined")
    centre.answer(asked[1], "accepted", adults=1, children=0)
    centre.deliver()
    mails = sorted(centre.mails("confirmation"), key=lambda mail: len(named(mail)))
    assert [(named(mail), mail.calendar is not None) for mail in mails] == [
        ([DAYS[1]], True),
        ([DAYS[0], *DAYS[2:]], False),
    ]


def test_a_day_whose_seats_came_meanwhile_is_told_by_the_mail_about_the_seats(centre: Centre) -> None:
    days, asked = asked_to_all(centre)
    say(centre, asked, "accepted", adults=2, children=1)
    centre.act(days[SMALL].id, gatherings.change, GatheringFields(capacity=10))
    centre.deliver()
    [confirmation], [seats] = centre.mails("confirmation"), centre.mails("seats")
    assert DAYS[SMALL] not in named(confirmation)
    assert len(named(confirmation)) == 3
    assert "1 April" in seats.subject


def test_a_day_that_had_the_answer_already_is_named_with_the_others(centre: Centre) -> None:
    _days, asked = asked_to_all(centre)
    centre.answer(asked[0], "accepted", adults=1, children=0)
    centre.deliver()
    say(centre, asked, "accepted", adults=1, children=0)
    centre.deliver()
    assert [named(mail) for mail in centre.mails("confirmation")] == [[DAYS[0]], DAYS]


def test_a_day_that_is_called_off_or_withdrawn_before_the_mail_left_stops_no_word_of_the_others(
    centre: Centre,
) -> None:
    days, asked = asked_to_all(centre)
    say(centre, asked, "accepted", adults=1, children=0)
    centre.deliver()
    centre.act(days[0].id, gatherings.cancel, "")
    centre.deliver()
    withdraw(centre, asked[1])
    [mail] = centre.mails("confirmation")
    assert mail.state == State.QUEUED


def test_each_household_gets_its_own_mail_and_a_professional_reads_of_no_people(centre: Centre) -> None:
    days, asked = asked_to_all(centre)
    demir = centre.invite_to_all(days, okafor(kind="professional", name="Derya Demir", email="d@practice.test"))
    say(centre, asked, "accepted", adults=2, children=0)
    say(centre, demir, "tentative")
    centre.deliver()
    mails = {mail.to_address: mail for mail in centre.mails("confirmation")}
    assert set(mails) == {"amina@example.org", "d@practice.test"}
    assert "You said maybe." in mails["d@practice.test"].text
    assert "adult" not in mails["d@practice.test"].text
