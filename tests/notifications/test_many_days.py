"""A change to several days of a series is told by one mail, not by one for each day."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from notifications.days import mails_about
from notifications.installation import here
from notifications.mailbox import copy
from notifications.models import Message, State
from planner.accounts.models import Organization
from planner.database import Database, utc_now
from planner.gatherings.fields import GatheringFields
from planner.gatherings.models import Gathering
from planner.invitations import actions as invitations
from planner.invitations.models import Invitation
from planner.parties.models import Party
from planner.rsvps.actions import Said, answer
from planner.rsvps.models import Answer, Source
from planner.series import actions as series
from planner.series.actions import Scope
from planner.settings import Settings
from tests.notifications.conftest import Centre, make_centre, okafor, wait_until
from tests.notifications.telling import tell_settled
from tests.notifications.test_days import DAYS, named, withdraw
from tests.notifications.test_imip import DOMAIN, calendar_of

BEGIN = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LATER = timedelta(hours=1)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(BEGIN, tick=False) as traveller:
        yield traveller


def invited(
    centre: Centre, clock: time_machine.Traveller, *people: Any
) -> tuple[list[Gathering], list[Invitation]]:
    """Four Thursdays, and households that are asked to all of them and have got their mail."""
    days = centre.repeat()
    asked = centre.invite_to_all(days, *people)
    centre.deliver()
    centre.leave()
    clock.shift(60)
    return days, asked


def move(centre: Centre, day: Gathering, by: timedelta, scope: Scope = Scope.ALL, **more: Any) -> None:
    """Moves a day as it is now, and others with it."""
    with centre.database.reading() as session:
        now = session.get_one(Gathering, day.id)
    fields = GatheringFields(starts_at=now.starts_at + by, ends_at=now.ends_at + by)
    centre.act(day.id, series.change, fields, scope, **more)
    centre.deliver()


def cancel(centre: Centre, day: Gathering, scope: Scope = Scope.ALL, reason: str = "The roof leaks.") -> None:
    centre.act(day.id, series.cancel, reason, scope)
    centre.deliver()


def told(centre: Centre, kind: str = "moved") -> list[Message]:
    """What is written once all has settled."""
    tell_settled(centre.database, utc_now())
    return centre.mails(kind)


def about(centre: Centre, day: Gathering, kind: str) -> list[Message]:
    """The mails that stand at a day."""
    with centre.database.reading() as session:
        return list(session.scalars(sa.select(Message).where(mails_about(day.id), Message.kind == kind)))


def test_a_move_of_all_days_is_one_mail_that_names_each_old_above_new(
    centre: Centre, clock: time_machine.Traveller
) -> None:
    days, asked = invited(centre, clock)
    move(centre, days[0], timedelta(days=1), reason="The choir needs the room on Thursdays.")
    assert told(centre) == []
    clock.shift(600)
    [mail] = told(centre)
    assert mail.subject == "Moved: Soup & Stories, 4 days from Friday 19 March on"
    assert named(mail) == DAYS
    lines = mail.text.splitlines()
    for invitation, old, new in zip(
        asked,
        DAYS,
        ("Friday 19 March 2027", "Friday 26 March 2027", "Friday 2 April 2027", "Friday 9 April 2027"),
        strict=True,
    ):
        at = lines.index(f"Until now: {old}, 17:30 to 19:30, Berlin time")
        link = here().own_page(invitation)
        now = [f"From now on: {new}, 17:30 to 19:30, Berlin time", "Your page for this day:", link]
        assert lines[at + 1 : at + 4] == now
        assert f"<del>{old}" in mail.html
        assert f'href="{link}"' in mail.html
    assert mail.text.count("The choir needs the room") == 1
    assert mail.text.count("The place stays: Garden Room, Lindenweg 12.") == 1
    assert "On which of them will you come?" in mail.text
    assert f"{here().own_page(asked[0])}/calendar" in mail.text
    assert [len(about(centre, day, "moved")) for day in days] == [1, 1, 1, 1]
    assert len(told(centre)) == 1


def test_a_new_place_of_all_days_is_said_once(centre: Centre, clock: time_machine.Traveller) -> None:
    days, asked = invited(centre, clock)
    for invitation in asked:
        centre.answer(invitation, "accepted", adults=2, children=1)
    clock.shift(1)
    centre.act(days[0].id, series.change, GatheringFields(venue="Library"), Scope.ALL)
    centre.deliver()
    clock.shift(600)
    [mail] = told(centre)
    assert mail.subject == "New place: Soup & Stories, 4 days from Thursday 18 March on"
    assert mail.text.count("Until now:\nGarden Room, Lindenweg 12\n\nFrom now on:\nLibrary\n") == 1
    assert "<del>Thursday" not in mail.html
    assert (
        mail.text.count("You said yes for 2 adults and 1 child. Your seats are kept until you answer anew.") == 1
    )
    assert "Does the new place suit you?" in mail.text


def test_each_day_says_what_a_household_answered_to_it(centre: Centre, clock: time_machine.Traveller) -> None:
    days, asked = invited(centre, clock)
    centre.answer(asked[0], "accepted", adults=1, children=0)
    centre.answer(asked[1], "tentative", adults=2, children=0)
    centre.answer(asked[2], "declined")
    clock.shift(1)
    move(centre, days[0], LATER)
    clock.shift(600)
    [mail] = told(centre)
    assert mail.subject == "New time: Soup & Stories, 3 days from Thursday 18 March on"
    assert named(mail) == [DAYS[0], DAYS[1], DAYS[3]]
    words = mail.text[mail.text.index(DAYS[0]) :]
    assert words.index("You said yes for 1 adult.") < words.index(DAYS[1])
    assert words.index(DAYS[1]) < words.index("You said maybe for 2 adults.") < words.index(DAYS[3])


def test_days_that_are_edited_one_by_one_settle_together(centre: Centre, clock: time_machine.Traveller) -> None:
    days, _asked = invited(centre, clock)
    move(centre, days[2], LATER, Scope.THIS, reason="A concert.")
    clock.shift(300)
    move(centre, days[0], timedelta(days=1), Scope.THIS, reason="A holiday.")
    clock.shift(400)
    assert told(centre) == []
    clock.shift(200)
    [mail] = told(centre)
    assert named(mail) == [DAYS[0], DAYS[2]]
    assert mail.text.index("A holiday.") < mail.text.index(DAYS[2]) < mail.text.index("A concert.")


def test_days_wait_for_each_other_four_settling_times_at_most(
    centre: Centre, clock: time_machine.Traveller
) -> None:
    days, _asked = invited(centre, clock)
    for number in range(5):
        move(centre, days[number % 4], LATER, Scope.THIS)
        clock.shift(540)
        found = told(centre)
    assert [named(mail) for mail in found] == [DAYS]


def test_a_day_that_is_back_where_it_was_is_not_named(centre: Centre, clock: time_machine.Traveller) -> None:
    days, _asked = invited(centre, clock)
    move(centre, days[0], LATER)
    move(centre, days[1], -LATER, Scope.THIS)
    clock.shift(600)
    [mail] = told(centre)
    assert named(mail) == [DAYS[0], *DAYS[2:]]


def test_who_answers_while_days_are_taken_back_never_waits_in_a_circle(
    postgresql_database: Database, settings: Settings, clock: time_machine.Traveller
) -> None:
    centre = make_centre(postgresql_database, settings)
    days, asked = invited(centre, clock)
    move(centre, days[0], LATER)
    move(centre, days[0], -LATER)
    clock.shift(600)
    waits = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    with ThreadPoolExecutor(1) as thread, centre.database.writing() as session:
        invitation = invitations.held(session, asked[1].id)
        assert invitation
        telling = thread.submit(tell_settled, centre.database, utc_now())
        assert wait_until(lambda: session.scalar(waits))
        answer(session, invitation, Said(answer=Answer.ACCEPTED), Source.LINK)
    telling.result()
    assert centre.mails("moved") == []


def test_without_settling_days_that_moved_together_are_told_together_though_events_come_one_by_one(
    centre: Centre, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    days, _asked = invited(centre, clock)
    with centre.database.writing() as session:
        session.get_one(Organization, centre.organization_id).settle_minutes = 0
    # A dispatcher that has time for one event before the clock's next second.
    monkeypatch.setattr("events.dispatcher.BATCH_SECONDS", -1.0)
    centre.act(days[0].id, series.change, GatheringFields(venue="Library"), Scope.ALL)
    centre.worker.dispatcher._deliver("mail-moves")
    assert told(centre) == []
    centre.deliver()
    [mail] = told(centre)
    assert named(mail) == DAYS


def test_who_is_invited_to_one_of_the_days_gets_the_mail_of_one_day(
    centre: Centre, clock: time_machine.Traveller
) -> None:
    days, _asked = invited(centre, clock)
    centre.invite(days[1].id, okafor(name="Obi", email="obi@example.org"))
    centre.deliver()
    centre.leave()
    clock.shift(60)
    move(centre, days[0], timedelta(days=1))
    clock.shift(600)
    together, alone = sorted(told(centre), key=lambda mail: mail.to_address)
    assert named(together) == DAYS
    assert alone.subject == "Moved: Soup & Stories is now on Friday 26 March"
    assert alone.calendar is not None


def test_who_wants_no_more_invitations_hears_of_the_days_with_a_yes_alone(
    centre: Centre, clock: time_machine.Traveller
) -> None:
    days, asked = invited(centre, clock)
    for number in (1, 3):
        centre.answer(asked[number], "accepted", adults=1, children=0)
    with centre.database.writing() as session:
        session.execute(sa.update(Party).values(unsubscribed_at=utc_now()))
    clock.shift(1)
    move(centre, days[0], timedelta(days=1))
    clock.shift(600)
    [mail] = told(centre)
    assert named(mail) == [DAYS[1], DAYS[3]]


def test_days_whose_invitation_has_not_left_say_the_new_facts_and_nothing_else_is_told(
    centre: Centre, clock: time_machine.Traveller
) -> None:
    days = centre.repeat()
    centre.invite_to_all(days)
    centre.deliver()
    move(centre, days[0], timedelta(days=1))
    clock.shift(600)
    assert told(centre) == []
    [mail] = centre.mails("invitation")
    assert "Friday 9 April 2027" in mail.text
    assert named(mail) == []


def test_a_cancellation_of_all_days_is_one_mail_with_the_reason_once(
    centre: Centre, clock: time_machine.Traveller
) -> None:
    days, asked = invited(centre, clock, okafor(), okafor(name="Obi", email="obi@example.org"))
    for invitation in asked:
        if invitation.party.name == "Obi" and invitation.gathering_id in (days[0].id, days[2].id):
            centre.answer(invitation, "declined")
    cancel(centre, days[0])
    amina, obi = sorted(centre.mails("cancelled"), key=lambda mail: mail.to_address)
    assert amina.subject == "Cancelled: Soup & Stories, 4 days from Thursday 18 March on"
    assert named(amina) == DAYS
    assert named(obi) == [DAYS[1], DAYS[3]]
    assert amina.text.count("The roof leaks.") == 1
    assert amina.html.count("<del>") == 4
    assert [len(about(centre, day, "cancelled")) for day in days] == [1, 2, 1, 2]
    centre.deliver()
    assert len(centre.mails("cancelled")) == 2


def test_what_was_called_off_before_is_not_told_again(centre: Centre, clock: time_machine.Traveller) -> None:
    days, _asked = invited(centre, clock)
    cancel(centre, days[1], Scope.THIS, "Easter.")
    clock.shift(60)
    cancel(centre, days[2], Scope.FOLLOWING)
    assert [named(mail) for mail in centre.mails("cancelled")] == [[DAYS[1]], DAYS[2:]]


def test_an_interrupted_telling_is_finished_without_a_second_mail(
    centre: Centre, clock: time_machine.Traveller
) -> None:
    """The events of the other days come again and again, as after a kill: each party has its one mail."""
    days, _asked = invited(centre, clock, okafor(), okafor(name="Obi", email="obi@example.org"))
    centre.act(days[0].id, series.cancel, "The roof leaks.", Scope.ALL)
    centre.deliver()
    with centre.database.writing() as session:
        session.execute(
            sa.text("UPDATE delivery SET done_at = NULL, attempts = 0 WHERE subscriber = 'mail-cancellations'")
        )
        first = session.scalars(sa.select(Message).where(Message.kind == "cancelled").limit(1)).one()
        session.delete(first)
    centre.deliver()
    assert [named(mail) for mail in centre.mails("cancelled")] == [DAYS, DAYS]


def test_a_move_of_many_days_that_waits_leaves_when_one_of_them_is_called_off(
    centre: Centre, clock: time_machine.Traveller
) -> None:
    days, asked = invited(centre, clock)
    move(centre, days[0], timedelta(days=1))
    clock.shift(600)
    told(centre)
    cancel(centre, days[0], Scope.THIS)
    withdraw(centre, asked[1])
    [mail] = centre.mails("moved")
    assert mail.state == State.QUEUED
    cancel(centre, days[2])
    [mail] = centre.mails("moved")
    assert mail.state == State.STOPPED


def test_a_mail_that_is_sent_again_stands_at_each_day_too(centre: Centre, clock: time_machine.Traveller) -> None:
    days, _asked = invited(centre, clock)
    cancel(centre, days[0])
    with centre.database.writing() as session:
        first = session.scalars(sa.select(Message).where(Message.kind == "cancelled")).one()
        copy(session, first, here())
    assert [len(about(centre, day, "cancelled")) for day in days] == [2, 2, 2, 2]


def test_a_party_gets_its_language(centre: Centre, clock: time_machine.Traveller) -> None:
    days, _asked = invited(centre, clock, okafor(language="es"))
    move(centre, days[0], timedelta(days=1))
    clock.shift(600)
    [mail] = told(centre)
    assert "viernes 19 de marzo" in mail.subject
    assert "jueves 18 de marzo de 2027" in mail.text
    assert "Until now" not in mail.text
    cancel(centre, days[0])
    [mail] = centre.mails("cancelled")
    assert "4 días" in mail.subject
    assert "will not" not in mail.text


def test_a_long_series_is_told_in_mails_that_no_mailbox_cuts_off(
    centre: Centre, clock: time_machine.Traveller
) -> None:
    days = centre.repeat(times=90, each="DAILY")
    asked = centre.invite_to_all(days)
    centre.deliver()
    centre.leave()
    for number, invitation in enumerate(asked):
        centre.answer(invitation, "accepted", adults=2, children=number % 3)
    centre.deliver()
    clock.shift(60)
    move(centre, days[0], timedelta(days=1), reason="The choir needs the room.")
    clock.shift(600)
    found = told(centre)
    assert sum(len(mail.html.split("<del>")) - 1 for mail in found) == len(asked)
    # That none is longer than 100 kB is looked at with every mail.
    assert len(found) == 2


@pytest.fixture
def asking(database: Database, settings: Settings) -> Centre:
    """A centre to whose domain the answers of calendar programs come back."""
    return make_centre(database, replace(settings, reply_domain=DOMAIN))


def test_a_program_that_was_asked_to_days_gets_the_change_of_each_beside_the_one_mail(
    asking: Centre, clock: time_machine.Traveller
) -> None:
    days, asked = invited(asking, clock)
    asking.answer(asked[1], "accepted", adults=2, children=1)
    asking.deliver()
    asking.leave()
    clock.shift(60)
    move(asking, days[0], timedelta(days=1))
    clock.shift(600)
    together, update = told(asking)
    assert named(together) == DAYS
    assert together.calendar is None
    event = calendar_of(update)
    assert (event["UID"], event["SEQUENCE"]) == (str(days[1].id), 1)
    assert event["ATTENDEE"].params["PARTSTAT"] == "NEEDS-ACTION"
    assert update.subject == "For your calendar: Soup & Stories, Friday 26 March"
    cancel(asking, days[0])
    together, update = asking.mails("cancelled")
    assert named(together) == []
    assert calendar_of(update)["STATUS"] == "CANCELLED"
    assert update.calendar_method == "CANCEL"
    assert len(told(asking)) == 2


def test_who_was_asked_by_one_mail_and_is_silent_gets_one_mail_where_programs_may_answer(
    asking: Centre, clock: time_machine.Traveller
) -> None:
    days, _asked = invited(asking, clock)
    move(asking, days[0], timedelta(days=1))
    clock.shift(600)
    assert [named(mail) for mail in told(asking)] == [DAYS]
    cancel(asking, days[0])
    assert len(asking.mails("cancelled")) == 1
