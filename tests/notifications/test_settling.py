"""Edits settle before one mail says old and new."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
import time_machine

from notifications.queue import claim
from planner.accounts.models import Organization
from planner.database import utc_now
from planner.gatherings import actions as gatherings
from planner.gatherings.fields import GatheringFields
from planner.gatherings.models import Gathering
from planner.parties.models import Party
from tests.notifications.conftest import Centre, okafor
from tests.notifications.telling import tell_settled

BEGIN = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
OLD = datetime(2027, 3, 18, 16, 30, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(BEGIN, tick=False) as traveller:
        yield traveller


def move(centre: Centre, gathering: UUID, start: datetime, **named: object) -> None:
    fields = GatheringFields(starts_at=start, ends_at=start + timedelta(hours=2))
    centre.act(gathering, gatherings.change, fields, **named)
    centre.deliver()


def look(centre: Centre) -> list[str]:
    """What the schedule writes now: to whom the move was told."""
    tell_settled(centre.database, utc_now())
    return sorted(mail.to_address for mail in centre.mails("moved"))


@pytest.fixture
def evening(centre: Centre, clock: time_machine.Traveller) -> UUID:
    """Three households: one said yes, one no, one is silent."""
    gathering = centre.plan()
    parties = [okafor(name=f"Family {name}", email=f"{name}@example.org") for name in ("yes", "no", "silent")]
    yes, no, _silent = centre.invite(gathering, *parties)
    centre.answer(yes, "accepted", adults=2, children=3)
    centre.answer(no, "declined")
    centre.deliver()
    centre.leave()
    clock.shift(60)
    return gathering


def test_after_ten_minutes_yes_and_silent_hear_old_and_new(
    centre: Centre, evening: UUID, clock: time_machine.Traveller
) -> None:
    move(centre, evening, OLD + timedelta(days=7), reason="The 18th is Eid.")
    clock.shift(599)
    assert look(centre) == []
    clock.shift(1)
    assert look(centre) == ["silent@example.org", "yes@example.org"]
    silent, yes = sorted(centre.mails("moved"), key=lambda mail: mail.to_address)
    assert yes.subject == "Moved: Soup & Stories is now on Thursday 25 March"
    assert "Until now:\nThursday 18 March 2027\n17:30 to 19:30, Berlin time" in yes.text
    assert "From now on:\nThursday 25 March 2027\n17:30 to 19:30, Berlin time" in yes.text
    assert "You said yes for 2 adults and 3 children. Your seats are kept until you answer anew." in yes.text
    assert "The 18th is Eid." in yes.text
    assert "Does the new day suit you?" in yes.text
    assert "Will you come?" in silent.text
    assert "<del>" in yes.html


def test_several_edits_are_one_mail_from_the_first_to_the_last(
    centre: Centre, evening: UUID, clock: time_machine.Traveller
) -> None:
    move(centre, evening, OLD + timedelta(days=7))
    clock.shift(300)
    move(centre, evening, OLD + timedelta(days=14))
    clock.shift(400)
    assert look(centre) == []
    clock.shift(200)
    assert len(look(centre)) == 2
    [mail] = [mail for mail in centre.mails("moved") if mail.to_address == "yes@example.org"]
    assert "Until now:\nThursday 18 March" in mail.text
    assert "From now on:\nThursday 1 April" in mail.text
    assert len(look(centre)) == 2


def test_edits_settle_four_times_their_length_at_most(
    centre: Centre, evening: UUID, clock: time_machine.Traveller
) -> None:
    for day in range(1, 6):
        move(centre, evening, OLD + timedelta(days=day))
        clock.shift(540)
        told = look(centre)
    assert told == ["silent@example.org", "yes@example.org"]


def test_an_edit_that_is_taken_back_tells_nobody_and_asks_nobody_again(
    centre: Centre, evening: UUID, clock: time_machine.Traveller
) -> None:
    move(centre, evening, OLD + timedelta(days=7))
    move(centre, evening, OLD)
    clock.shift(3600)
    assert look(centre) == []
    with centre.database.reading() as session:
        assert session.get_one(Gathering, evening).asked_sequence == 0


def test_who_said_yes_hears_of_a_move_even_after_unsubscribing(
    centre: Centre, evening: UUID, clock: time_machine.Traveller
) -> None:
    with centre.database.writing() as session:
        session.execute(sa.update(Party).values(unsubscribed_at=utc_now()))
    move(centre, evening, OLD + timedelta(days=7))
    clock.shift(600)
    assert look(centre) == ["yes@example.org"]


def test_who_said_no_hears_only_where_that_is_asked_for(
    centre: Centre, evening: UUID, clock: time_machine.Traveller
) -> None:
    move(centre, evening, OLD + timedelta(days=7), tell_declined=True)
    clock.shift(600)
    assert look(centre) == ["no@example.org", "silent@example.org", "yes@example.org"]


def test_a_cancellation_in_between_is_all_that_is_told(
    centre: Centre, evening: UUID, clock: time_machine.Traveller
) -> None:
    move(centre, evening, OLD + timedelta(days=7))
    centre.act(evening, gatherings.cancel, "")
    centre.deliver()
    clock.shift(3600)
    assert look(centre) == []
    assert len(centre.mails("cancelled")) == 2


def test_who_is_invited_after_the_edit_knows_the_new_day(
    centre: Centre, evening: UUID, clock: time_machine.Traveller
) -> None:
    move(centre, evening, OLD + timedelta(days=7))
    clock.shift(60)
    centre.invite(evening, okafor(name="Late", email="late@example.org"))
    centre.deliver()
    clock.shift(600)
    assert "late@example.org" not in look(centre)


def test_without_settling_it_is_told_at_once(centre: Centre, evening: UUID, clock: time_machine.Traveller) -> None:
    with centre.database.writing() as session:
        session.get_one(Organization, centre.organization_id).settle_minutes = 0
    centre.act(evening, gatherings.change, GatheringFields(venue="Library"))
    centre.deliver()
    assert len(look(centre)) == 2
    [mail] = [mail for mail in centre.mails("moved") if mail.to_address == "yes@example.org"]
    assert mail.subject == "New place: Soup & Stories, Thursday 18 March"
    assert "Garden Room" in mail.text
    assert "Library" in mail.text


def test_an_invitation_that_has_not_left_when_it_moves_says_the_new_day_and_is_all_that_is_told(
    centre: Centre, clock: time_machine.Traveller
) -> None:
    gathering = centre.plan()
    centre.invite(gathering)
    centre.deliver()
    move(centre, gathering, OLD + timedelta(days=7))
    clock.shift(600)
    assert look(centre) == []
    [mail] = centre.mails("invitation")
    assert "Thursday 25 March" in mail.subject
    assert "18 March" not in mail.text


def test_an_invitation_that_is_put_into_words_after_a_move_is_all_that_is_told(
    centre: Centre, clock: time_machine.Traveller
) -> None:
    gathering = centre.plan()
    centre.invite(gathering)
    move(centre, gathering, OLD + timedelta(days=7))
    clock.shift(600)
    assert look(centre) == []
    assert len(centre.mails("invitation")) == 1


def test_who_said_yes_to_the_old_day_is_told_even_if_the_invitation_says_the_new_one(
    centre: Centre, clock: time_machine.Traveller
) -> None:
    gathering = centre.plan()
    [invitation] = centre.invite(gathering)
    centre.answer(invitation, "accepted", "desk")
    move(centre, gathering, OLD + timedelta(days=7))
    clock.shift(600)
    assert look(centre) == ["amina@example.org"]


def test_a_mail_that_a_sender_holds_is_not_written_anew(centre: Centre, clock: time_machine.Traveller) -> None:
    gathering = centre.plan()
    centre.invite(gathering)
    centre.deliver()
    with centre.database.bookkeeping() as session:
        claim(session, utc_now(), 10)
    move(centre, gathering, OLD + timedelta(days=7))
    clock.shift(600)
    assert look(centre) == ["amina@example.org"]
    [mail] = centre.mails("invitation")
    assert "18 March" in mail.text
