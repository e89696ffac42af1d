"""A coordinator plans what repeats at the desk, and changes one day of it or many."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa

from planner.gatherings.models import Gathering
from planner.invitations.models import Invitation
from planner.parties.models import Party
from planner.series import actions as series
from tests.pages.desk import Desk, form_fields, text_of
from tests.pages.test_desk_events import plan

YEAR = 2100
WEEKLY = {"date": f"{YEAR}-03-18", "repeat": "week", "repeat_times": "4", "title": "Weekly reading"}


def plan_series(desk: Desk, **words: str) -> list[Gathering]:
    """Plans an evening that repeats; its days."""
    answer = desk.post("/manage/gatherings/new", plan(**(WEEKLY | words)))
    return days(desk, answer.headers["location"].split("/")[3].split("?")[0])


def days(desk: Desk, gathering_id: Any) -> list[Gathering]:
    """The days of the series as they are now."""
    with desk.database.reading() as session:
        one = session.get_one(Gathering, type(desk.membership.account_id)(str(gathering_id)))
        assert one.series_id is not None
        return series.occurrences(session, series.find(session, one.organization_id, one.series_id))


def invited_to(desk: Desk, day: Gathering) -> list[Invitation]:
    """Who is invited to a day."""
    with desk.database.reading() as session:
        return list(session.scalars(sa.select(Invitation).where(Invitation.gathering_id == day.id)))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ({}, ["03-18", "03-25", "04-01", "04-08"]),
        ({"repeat_except": "2100-03-25, 2100-04-08"}, ["03-18", "04-01"]),
        ({"repeat": "fortnight", "repeat_times": "", "repeat_until": "2100-04-15"}, ["03-18", "04-01", "04-15"]),
        ({"repeat": "month_day", "repeat_times": "3"}, ["03-18", "04-18", "05-18"]),
        ({"repeat": "month_weekday", "repeat_times": "3"}, ["03-18", "04-15", "05-20"]),
        ({"repeat": "month_weekday", "repeat_times": "3", "date": "2100-03-25"}, ["03-25", "04-22", "05-27"]),
        ({"repeat": "month_last", "repeat_times": "3", "date": "2100-03-25"}, ["03-25", "04-29", "05-27"]),
        ({"repeat": "month_last", "repeat_times": "3", "date": "2100-03-31"}, ["03-31", "04-28", "05-26"]),
    ],
)
def test_an_event_repeats_as_the_form_says(desk: Desk, words: dict[str, str], found: list[str]) -> None:
    assert [f"{one.local_start:%m-%d}" for one in plan_series(desk, **words)] == found


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"repeat_times": ""}, "repeat_until"),
        ({"repeat_until": "2100-04-15"}, "repeat_until"),
        ({"repeat_times": "", "repeat_until": "soon"}, "repeat_until"),
        ({"repeat_times": "often"}, "repeat_times"),
        ({"repeat_times": "1"}, "repeat"),
        ({"repeat": "now and then"}, "repeat"),
        ({"repeat": "month_weekday", "date": "2100-03-31"}, "repeat"),
        ({"repeat": "month_last"}, "repeat"),
        ({"repeat_except": "each second one"}, "repeat_except"),
    ],
)
def test_what_cannot_repeat_is_said_at_its_field_and_no_word_is_lost(
    desk: Desk, words: dict[str, str], field: str
) -> None:
    page = desk.post("/manage/gatherings/new", plan(**(WEEKLY | words)), 422).text
    assert f'href="#{field}"' in page
    assert form_fields(page)["repeat_times"] == (WEEKLY | words)["repeat_times"]


def test_the_page_of_a_day_leads_to_the_others_and_all_are_published_at_once(desk: Desk) -> None:
    first, second, *_rest = plan_series(desk)
    page = desk.get(f"/manage/gatherings/{first.id}")
    assert f"/manage/gatherings/{second.id}" in page
    assert "Every week (Thursday), 4 times" in text_of(page)
    assert "All that are drafts" in desk.get(f"/manage/gatherings/{first.id}/publish")
    desk.post(f"/manage/gatherings/{first.id}/publish", {"scope": "all"})
    assert {one.status for one in days(desk, first.id)} == {"published"}


def test_a_change_is_for_this_day_for_those_after_it_or_for_all(desk: Desk) -> None:
    second = plan_series(desk)[1]
    form = form_fields(desk.get(f"/manage/gatherings/{second.id}/edit"))
    assert form["scope"] == "this"
    desk.post(f"/manage/gatherings/{second.id}/edit", form | {"title": "Weekly songs", "scope": "following"})
    assert [one.title.split()[1] for one in days(desk, second.id)] == ["reading", "songs", "songs", "songs"]


def test_before_many_days_move_one_is_asked_and_the_choice_is_kept(desk: Desk) -> None:
    first, second, *_rest = plan_series(desk)
    desk.post(f"/manage/gatherings/{first.id}/publish", {"scope": "all"})
    form = form_fields(desk.get(f"/manage/gatherings/{second.id}/edit"))
    wanted = form | {"starts_at": "18:00", "scope": "following"}
    page = desk.post(f"/manage/gatherings/{second.id}/edit", wanted, 200).text
    assert "2 other days of the series move by as much" in text_of(page)
    assert "One mail each" not in text_of(page)
    asked = form_fields(page)
    assert asked["scope"] == "following"
    desk.post(f"/manage/gatherings/{second.id}/edit", asked | {"scope": "following"})
    assert [f"{one.local_start:%H:%M}" for one in days(desk, second.id)] == ["17:30", "18:00", "18:00", "18:00"]


def test_a_household_is_counted_once_and_told_by_one_mail_of_all_its_days(desk: Desk) -> None:
    first, second, *_rest = plan_series(desk)
    desk.post(f"/manage/gatherings/{first.id}/publish", {"scope": "all"})
    form = {"kind": "household", "name": "Obi", "email": "obi@families.test", "scope": "all", "send": "1x4"}
    desk.post(f"/manage/gatherings/{first.id}/invite", form)
    desk.post(f"/manage/gatherings/{first.id}/invite", {"name": "Grandma", "scope": "all", "send": "1x4"})
    answer = {"answer": "accepted", "adults": "1", "children": "0"}
    with desk.database.reading() as session:
        obi = session.scalar(sa.select(Party.id).where(Party.name == "Obi"))
    at_second = next(one for one in invited_to(desk, second) if one.party_id == obi)
    desk.post(f"/manage/answer/{at_second.id}", answer)
    edit = f"/manage/gatherings/{second.id}/edit"
    wanted = form_fields(desk.get(edit)) | {"starts_at": "18:00", "scope": "following"}
    page = text_of(desk.post(edit, wanted, 200).text)
    assert "This tells 2 households" in page
    assert "1 said yes." in page
    assert "2 have not answered." in page
    assert "1 of them has no mail address" in page
    assert "Whoever is invited to several of these days gets one mail that names them all. One mail each" in page
    assert "Move it and tell 1" in page
    calling_off = text_of(desk.get(f"/manage/gatherings/{second.id}/cancel"))
    assert "This one and those after it 3 days · 1 mail · 1 guest to ring" in calling_off


def test_those_after_a_day_are_called_off_with_it(desk: Desk) -> None:
    third = plan_series(desk)[2]
    assert "This one and those after it" in text_of(desk.get(f"/manage/gatherings/{third.id}/cancel"))
    desk.post(f"/manage/gatherings/{third.id}/cancel", {"scope": "following", "reason": "No room"})
    assert [one.status for one in days(desk, third.id)] == ["draft", "draft", "cancelled", "cancelled"]


def test_before_days_are_called_off_each_choice_says_how_many_it_tells(desk: Desk) -> None:
    first, second, third, _last = plan_series(desk)
    desk.post(f"/manage/gatherings/{first.id}/publish", {"scope": "all"})
    for one in (first, third):
        form = {"name": f"Obi {one.slot}", "email": f"{one.slot}@families.test", "send": "1"}
        desk.post(f"/manage/gatherings/{one.id}/invite", form)
    desk.post(f"/manage/gatherings/{third.id}/invite", {"name": "Without address", "send": "1"})
    page = text_of(desk.get(f"/manage/gatherings/{second.id}/cancel"))
    assert "This one alone 1 day · 0 mails" in page
    assert "This one and those after it 3 days · 1 mail · 1 guest to ring" in page
    assert "All that are still to come 4 days · 2 mails · 1 guest to ring" in page


def test_for_which_days_a_change_is_stands_above_what_it_changes(desk: Desk) -> None:
    second = plan_series(desk)[1]
    page = desk.get(f"/manage/gatherings/{second.id}/edit")
    assert page.index('name="scope"') < page.index('name="title"')


def test_many_are_invited_to_this_day_to_those_after_it_or_to_all(desk: Desk) -> None:
    first, second, *_rest = plan_series(desk)
    desk.post(f"/manage/gatherings/{first.id}/publish", {"scope": "all"})
    path = f"/manage/gatherings/{second.id}/invite"
    page = desk.get(path)
    assert "This one and those after it 3 days" in text_of(page)
    form = {"kind": "household", "name": "Obi", "email": "obi@families.test", "scope": "all"}
    counted = desk.post(path, form | {"count": "yes"}, 200).text
    assert "1 household is asked now. For 4 days; one mail each names them all." in text_of(counted)
    assert "scope=all" in counted
    preview = f"/manage/gatherings/{second.id}/preview/invitation?scope=all"
    assert "4 days: on which will you come?" in desk.get(preview)
    # What the button was pressed for is not what would be done now.
    assert "The number is another one now" in desk.post(path, form | {"send": "1"}, 409).text
    desk.post(path, form | {"send": "1x4"})
    obi = invited_to(desk, first)[0].party_id
    assert [[one.party_id for one in invited_to(desk, day)] for day in days(desk, first.id)] == [[obi]] * 4
    again = form | {"count": "yes", "name": "", "email": "", "party": str(obi)}
    assert "1 is invited already" in text_of(desk.post(path, again, 200).text)


def test_who_has_one_day_may_be_asked_to_the_others(desk: Desk) -> None:
    first = plan_series(desk)[0]
    desk.post(f"/manage/gatherings/{first.id}/invite", {"name": "Obi", "email": "obi@families.test", "send": "1"})
    path = f"/manage/gatherings/{first.id}/invite"
    choice = {"party": str(invited_to(desk, first)[0].party_id), "scope": "following"}
    page = desk.post(path, choice | {"count": "yes"}, 200).text
    assert "Put 1 guest on the list" in text_of(page)
    assert "The invitations leave when you publish the event." in text_of(page)
    desk.post(path, choice | {"send": "1x4"})
    assert [len(invited_to(desk, day)) for day in days(desk, first.id)] == [1, 1, 1, 1]


def test_a_draft_without_guests_can_be_left_out_of_its_series(desk: Desk) -> None:
    first, second, *_rest = plan_series(desk)
    path = f"/manage/gatherings/{second.id}/cancel"
    assert f'href="{path}#leave-out"' in desk.get(f"/manage/gatherings/{second.id}")
    page = text_of(desk.get(path))
    assert "Leave this day out" in page
    assert "It is a draft: nobody has heard of it, and nobody is told." in page
    assert "are told, by a mail" not in page
    assert desk.post(path, {"leave_out": "yes"}).headers["location"].endswith("?done=left-out")
    assert [f"{one.local_start:%m-%d}" for one in days(desk, first.id)] == ["03-18", "04-01", "04-08"]
    assert "Every week (Thursday), 4 times; 1 day left out" in text_of(desk.get(f"/manage/gatherings/{first.id}"))
    desk.post(f"/manage/gatherings/{first.id}/publish", {"scope": "this"})
    for page in (f"/manage/gatherings/{first.id}/cancel", f"/manage/gatherings/{first.id}"):
        assert "Leave this day out" not in text_of(desk.get(page))
    third = days(desk, first.id)[1]
    page = text_of(desk.get(f"/manage/gatherings/{third.id}/cancel"))
    assert "nobody is told. Whoever is invited to other days that are called off with it" in page


def test_what_happened_to_days_of_a_series_names_the_day(desk: Desk) -> None:
    first = plan_series(desk)[0]
    form = {"name": "Obi", "email": "obi@families.test", "scope": "all", "send": "1x4"}
    desk.post(f"/manage/gatherings/{first.id}/invite", form)
    said = text_of(desk.get("/manage/history"))
    for day in ("Thu 18 Mar", "Thu 25 Mar", "Thu 1 Apr", "Thu 8 Apr"):
        assert f"invited 1 guest · Weekly reading, {day}" in said


def test_days_of_a_series_that_need_the_same_are_one_line_of_today(desk: Desk) -> None:
    first, second, *_rest = plan_series(desk)
    desk.post(f"/manage/gatherings/{second.id}/invite", {"name": "Obi", "email": "obi@families.test", "send": "1"})
    page = text_of(desk.get("/manage"))
    assert page.count("Weekly reading · Thu 18 Mar … and 2 more days") == 1
    assert "Weekly reading · Thu 1 Apr" not in page.split("Next events")[0]
    assert "Weekly reading is a draft: 1 invitation waits Look and publish" in page
    desk.post(f"/manage/gatherings/{first.id}/publish", {"scope": "this"})
    assert "Weekly reading · Thu 1 Apr … and 1 more day " in text_of(desk.get("/manage"))


def test_what_needs_somebody_and_is_not_shown_at_once_is_a_press_away(desk: Desk) -> None:
    for number in range(13):
        desk.post("/manage/gatherings/new", plan(title=f"Walk {number}", date=f"{YEAR}-07-{number + 10}"))
    page = desk.get("/manage")
    assert re.search(r"\d+ more things? needs? you", text_of(page))
    assert 'href="/manage?needs=all"' in page
    whole = desk.get("/manage?needs=all")
    assert {number for number in range(13) if f"Walk {number} · " in text_of(whole)} == set(range(13))
    assert 'hx-get="/manage/today/part?needs=all"' in whole
    assert "more things need you" not in text_of(whole)


def test_before_days_are_published_each_choice_says_how_many_invitations_leave(desk: Desk) -> None:
    first, second, *_rest = plan_series(desk)
    form = {"name": "Obi", "email": "obi@families.test"}
    desk.post(f"/manage/gatherings/{first.id}/invite", form | {"scope": "all", "send": "1x4"})
    desk.post(f"/manage/gatherings/{second.id}/invite", {"name": "Ito", "email": "ito@families.test", "send": "1"})
    page = text_of(desk.get(f"/manage/gatherings/{first.id}/publish"))
    assert "This one alone 1 day · 1 invitation" in page
    assert "All that are drafts, and those still to be made 4 days · 2 invitations" in page
