"""Families that are asked to many days of a series get one mail that names them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from notifications.days import mails_about
from notifications.installation import here
from notifications.inviting import invitation_round, write_anew
from notifications.models import State
from planner.gatherings import actions as gatherings
from planner.gatherings.fields import GatheringFields
from planner.invitations import actions as invitations
from planner.invitations.models import Invitation
from planner.parties import actions as parties
from planner.series import actions as series
from tests.conftest import statements
from tests.notifications.conftest import Centre, okafor

DAYS = ["Thursday 18 March 2027", "Thursday 25 March 2027", "Thursday 1 April 2027", "Thursday 8 April 2027"]


def named(mail: Any) -> list[str]:
    """The days that a mail's text names."""
    return [day for day in DAYS if day in mail.text]


def withdraw(centre: Centre, invitation: Invitation) -> None:
    with centre.database.writing() as session:
        invitations.withdraw(session, invitations.find(session, centre.organization_id, invitation.id, lock=True))
    centre.deliver()


def test_who_is_asked_to_all_days_gets_one_mail_that_leads_to_each(centre: Centre) -> None:
    days = centre.repeat()
    asked = centre.invite_to_all(days)
    centre.deliver()
    [mail] = centre.mails()
    assert mail.subject == "Will you come? Soup & Stories, 4 days from Thursday 18 March on"
    assert named(mail) == DAYS
    for invitation in asked:
        link = here().own_page(invitation)
        assert link in mail.text
        assert f'href="{link}"' in mail.html
    assert "2 hours each day" in mail.text
    assert mail.calendar is None


def test_each_day_is_answered_alone_and_comes_into_the_calendar_with_its_confirmation(centre: Centre) -> None:
    asked = centre.invite_to_all(centre.repeat())
    centre.answer(asked[1], "accepted", adults=2, children=1)
    centre.deliver()
    assert len(centre.mails("invitation")) == 1
    [mail] = centre.mails("confirmation")
    assert "25 March" in mail.subject
    assert mail.calendar is not None


def test_a_second_delivery_and_a_second_invitation_write_nothing(centre: Centre) -> None:
    days = centre.repeat()
    centre.invite_to_all(days)
    centre.deliver()
    centre.invite_to_all(days)
    centre.invite(days[2].id)
    centre.deliver()
    assert len(centre.mails()) == 1


def test_to_write_an_invitation_anew_asks_the_same_for_many_days_as_for_few(centre: Centre) -> None:
    counts = []
    for times in (3, 9):
        days = centre.repeat(times=times)
        centre.invite_to_all(days)
        centre.deliver()
        with statements() as asked, centre.database.bookkeeping() as session:
            assert write_anew(session, here(), invitation_round(None), mails_about(days[2].id)) == 1
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_who_has_one_day_already_is_told_the_others(centre: Centre) -> None:
    days = centre.repeat()
    centre.invite(days[1].id)
    centre.deliver()
    centre.invite_to_all(days)
    centre.deliver()
    assert [named(mail) for mail in centre.mails()] == [[DAYS[1]], [DAYS[0], *DAYS[2:]]]


def test_invitations_to_drafts_leave_together_when_the_series_is_published(centre: Centre) -> None:
    days = centre.repeat(publish=False)
    centre.invite_to_all(days, okafor(), okafor(name="Obi", email="obi@example.org"))
    centre.deliver()
    assert centre.mails() == []
    with centre.database.writing() as session:
        assert days[0].series_id is not None
        series.publish(session, series.find(session, centre.organization_id, days[0].series_id, lock=True))
    centre.deliver()
    assert [(mail.to_address, named(mail)) for mail in sorted(centre.mails(), key=lambda one: one.to_address)] == [
        ("amina@example.org", DAYS),
        ("obi@example.org", DAYS),
    ]


def test_a_draft_that_is_published_later_leaves_alone_with_its_calendar_part(centre: Centre) -> None:
    days = centre.repeat(publish=False)
    centre.invite_to_all(days)
    for day in days[:2]:
        centre.act(day.id, gatherings.publish)
        centre.deliver()
    assert [(named(mail), mail.calendar is not None) for mail in centre.mails()] == [
        ([DAYS[0]], True),
        ([DAYS[1]], True),
    ]


def test_what_was_said_of_one_day_is_not_said_of_the_others(centre: Centre) -> None:
    days = centre.repeat(publish=False)
    centre.act(days[1].id, invitations.invite, [okafor()], words="Bring your own bowl.")
    centre.invite_to_all(days, words="Come as often as you like.")
    with centre.database.writing() as session:
        assert days[0].series_id is not None
        series.publish(session, series.find(session, centre.organization_id, days[0].series_id, lock=True))
    centre.deliver()
    alone, together = sorted(centre.mails(), key=lambda mail: len(named(mail)))
    assert named(alone) == [DAYS[1]]
    assert "bowl" in alone.text
    assert "bowl" not in together.text


@pytest.mark.parametrize("number", [0, 2])
def test_a_day_that_is_called_off_before_the_mail_left_is_not_named_and_the_others_are(
    centre: Centre, number: int
) -> None:
    days = centre.repeat()
    centre.invite_to_all(days)
    centre.deliver()
    centre.act(days[number].id, gatherings.cancel, "")
    centre.deliver()
    [mail] = centre.mails("invitation")
    assert named(mail) == [day for at, day in enumerate(DAYS) if at != number]
    assert mail.state == State.QUEUED


@pytest.mark.parametrize("number", [0, 2])
def test_a_day_that_is_withdrawn_before_the_mail_left_is_not_named_and_the_others_are(
    centre: Centre, number: int
) -> None:
    asked = centre.invite_to_all(centre.repeat())
    centre.deliver()
    withdraw(centre, asked[number])
    [mail] = centre.mails()
    assert named(mail) == [day for at, day in enumerate(DAYS) if at != number]


def test_a_day_that_moves_before_the_mail_left_is_named_as_it_is_now(centre: Centre) -> None:
    days = centre.repeat()
    centre.invite_to_all(days)
    centre.deliver()
    start = days[1].starts_at + timedelta(days=1)
    fields = GatheringFields(starts_at=start, ends_at=start + timedelta(hours=2))
    centre.act(days[1].id, gatherings.change, fields)
    centre.deliver()
    [mail] = centre.mails()
    assert named(mail) == [DAYS[0], *DAYS[2:]]
    assert "Friday 26 March 2027, 17:30 to 19:30" in mail.text


def test_who_is_asked_again_to_a_day_after_a_withdrawal_gets_a_mail_of_it(centre: Centre) -> None:
    days = centre.repeat()
    asked = centre.invite_to_all(days)
    centre.deliver()
    centre.leave()
    withdraw(centre, asked[2])
    centre.invite(days[2].id)
    centre.deliver()
    assert [named(mail) for mail in centre.mails()] == [DAYS, [DAYS[2]]]


def test_a_mended_address_gets_one_mail_too(centre: Centre) -> None:
    asked = centre.invite_to_all(centre.repeat(), okafor(email="old@example.org"))
    centre.deliver()
    with centre.database.writing() as session:
        party = session.get_one(Invitation, asked[0].id).party
        parties.mend_address(session, party, "old@example.org", "new@example.org")
    centre.deliver()
    assert [(mail.to_address, named(mail)) for mail in centre.mails()] == [
        ("old@example.org", DAYS),
        ("new@example.org", DAYS),
    ]
