"""A coordinator types the running order of an event and what it is about; guests and calendars read it."""

from __future__ import annotations

from typing import Any

import pytest

from planner.gatherings.models import Gathering
from tests.pages.desk import Desk, form_fields, text_of
from tests.pages.test_desk_events import SOUP, plan

NEW = "/manage/gatherings/new"


def rows(*typed: tuple[str, ...]) -> dict[str, str]:
    """Rows as the form sends them: time, what, who leads it, and the day where it is not the first."""
    return {
        f"programme-{row}-{field}": words
        for row, one in enumerate(typed)
        for field, words in zip(("time", "title", "led_by", "day"), (*one, "", "", ""), strict=False)
    }


HELLO, SOUPS = ("17:30", "Hello", "Folake, parent of 2b"), ("18:15", "Soup")


def planned(desk: Desk, *typed: tuple[str, ...], **words: Any) -> Gathering:
    desk.post(NEW, plan(**words) | rows(*typed))
    return desk.gathering("Reading night")


def course(gathering: Gathering) -> list[str]:
    return [f"{line.time} {line.title}" for line in gathering.running_order]


def test_rows_become_the_running_order_whatever_their_order_and_empty_ones_are_left_out(desk: Desk) -> None:
    made = planned(desk, SOUPS, ("", " ", ""), HELLO)
    assert made.programme == [
        {"minutes": 0, "title": "Hello", "led_by": "Folake, parent of 2b"},
        {"minutes": 45, "title": "Soup", "led_by": ""},
    ]
    page = text_of(desk.get(f"/manage/gatherings/{made.id}"))
    assert "How the evening goes 17:30 Hello Folake, parent of 2b 18:15 Soup 19:30 End, on time" in page
    typed = form_fields(desk.get(f"/manage/gatherings/{made.id}/edit"))
    assert (typed["programme-1-time"], typed["programme-1-title"], typed["programme-1-day"]) == (
        "18:15",
        "Soup",
        "",
    )
    assert typed["programme-3-title"] == ""
    again = desk.post(f"/manage/gatherings/{made.id}/edit", typed)
    assert again.headers["location"].endswith("done=nothing")


@pytest.mark.parametrize(
    ("row", "field", "sentence"),
    [
        (("17:00", "Tables"), "time", "This is before the event starts."),
        (("19:45", "Dishes"), "time", "This is after the event has ended."),
        (("", "Dishes"), "time", "Please say when this begins."),
        (("late", "Dishes"), "time", "hours and minutes"),
        (("18:00", ""), "title", "Please fill this in."),
        (("18:00", "x" * 201), "title", "too long"),
        (("18:00", "Songs", "x" * 201), "led_by", "too long"),
        (("18:00", "Songs", "", "2"), "time", "This is after the event has ended."),
        (("18:00", "Songs", "", "0"), "day", "the first is 1"),
        (("18:00", "Songs", "", "two"), "day", "whole number"),
    ],
)
def test_what_cannot_stand_in_a_row_is_said_there_and_no_word_is_lost(
    desk: Desk, row: tuple[str, ...], field: str, sentence: str
) -> None:
    typed = plan(new_topics="Songs, Garden") | rows(HELLO, ("", "", ""), row)
    page = desk.post(NEW, typed, 422).text
    name = f"programme-2-{field}"
    assert f'href="#{name}"' in page and f'id="{name}-error"' in page
    assert sentence in text_of(page)
    again = form_fields(page)
    assert {name: again.get(name) for name in typed} == typed


def test_more_rows_keep_every_word_and_save_nothing(desk: Desk) -> None:
    typed = plan(description="Bring *slippers*.", repeat="week", repeat_times="3") | rows(HELLO, SOUPS)
    page = desk.post(NEW, {**typed, "rows": "more"}, 200).text
    again = form_fields(page)
    assert {name: again.get(name) for name in typed} == typed
    assert "programme-4-title" in again
    assert "Reading night" not in text_of(desk.get("/manage/gatherings?which=drafts"))
    more = form_fields(desk.post(NEW, {**again, "rows": "more"}, 200).text)
    assert "programme-7-title" in more
    soup = desk.gathering(SOUP)
    url = f"/manage/gatherings/{soup.id}/edit"
    opened = form_fields(desk.get(url)) | {"title": "Soup & Stories: new", "date": "2027-03-18"}
    again = form_fields(desk.post(url, {**opened, "rows": "more"}, 200).text)
    assert (again["title"], again["date"], again["revision"]) == (
        opened["title"],
        "2027-03-18",
        opened["revision"],
    )
    assert again["was-title"] == soup.title
    assert desk.gathering(SOUP).revision == soup.revision


def test_times_that_were_left_as_they_were_move_along_with_the_start(desk: Desk) -> None:
    made = planned(desk, HELLO, SOUPS, ("19:00", "Songs"))
    url = f"/manage/gatherings/{made.id}/edit"
    later = {"starts_at": "18:30", "ends_at": "20:30", "programme-2-time": "19:45", "programme-1-title": "Soups"}
    desk.post(url, form_fields(desk.get(url)) | later)
    assert course(desk.gathering("Reading night")) == [
        "18:30 Hello", "19:15 Soups", "19:45 Songs", "20:30 End, on time",
    ]  # fmt: skip


def test_times_move_along_through_the_question_whether_guests_are_told(desk: Desk) -> None:
    soup = desk.gathering(SOUP)
    url = f"/manage/gatherings/{soup.id}/edit"
    before = [line.time for line in soup.running_order]
    typed = form_fields(desk.get(url)) | {"starts_at": "18:30", "ends_at": "20:30"}
    asked = form_fields(desk.post(url, typed, 200).text)
    desk.post(url, asked)
    after = [line.time for line in desk.gathering(SOUP).running_order]
    assert (before[0], after[0]) == ("17:30", "18:30")
    assert len(after) == len(before)
    assert desk.gathering(SOUP).programme == soup.programme


def test_a_new_running_order_tells_nobody_and_is_one_line_of_the_history(desk: Desk) -> None:
    soup = desk.gathering(SOUP)
    url = f"/manage/gatherings/{soup.id}"
    typed = form_fields(desk.get(f"{url}/edit")) | {"programme-0-title": "Welcome", "new_topics": "Songs"}
    assert desk.post(f"{url}/edit", typed).headers["location"].endswith("done=saved")
    changed = desk.gathering(SOUP)
    assert (changed.sequence, changed.asked_sequence) == (soup.sequence + 1, soup.asked_sequence)
    assert "changed: running order, topics" in text_of(desk.get(f"{url}/history"))


def test_two_who_write_running_orders_at_once_are_told(desk: Desk) -> None:
    made = planned(desk, HELLO, SOUPS)
    url = f"/manage/gatherings/{made.id}/edit"
    opened = form_fields(desk.get(url))
    desk.post(url, opened | {"programme-1-title": "Bread", "new_topics": "Food"})
    page = desk.post(url, opened | {"title": "Reading nights"}, 409).text
    both = form_fields(page)
    assert (both["title"], both["programme-1-title"], both["topics"]) == ("Reading nights", "Bread", "Food")
    page = desk.post(url, opened | {"programme-1-title": "Cake", "new_topics": "Cake"}, 409).text
    said = text_of(page)
    assert "Running order 17:30 Hello Folake, parent of 2b · 18:15 Bread" in said
    assert "Topics Food Cake" in said
    assert form_fields(page)["programme-1-title"] == "Cake"


def test_an_evening_that_goes_on_after_midnight_has_parts_there_too(desk: Desk) -> None:
    night = {"starts_at": "22:00", "ends_at": "02:00", "last_day": "2027-03-19"}
    made = planned(desk, ("00:30", "Stars"), ("23:00", "Tea"), **night)
    assert course(made) == ["23:00 Tea", "00:30 Stars", "02:00 End, on time"]
    typed = form_fields(desk.get(f"/manage/gatherings/{made.id}/edit"))
    assert (typed["programme-1-time"], typed["programme-1-day"]) == ("00:30", "2")
    assert desk.post(f"/manage/gatherings/{made.id}/edit", typed).headers["location"].endswith("done=nothing")


def test_a_camp_names_its_days(desk: Desk) -> None:
    whole = {"all_day": "yes", "starts_at": "", "ends_at": "", "last_day": "2027-03-20"}
    made = planned(desk, ("10:00", "Tents", "", "1"), ("09:00", "Lake", "", "3"), **whole)
    assert course(made) == ["Day 1, 10:00 Tents", "Day 3, 09:00 Lake"]


def test_a_series_is_made_with_both_and_changed_for_all_days(desk: Desk) -> None:
    desk.post(NEW, plan(new_topics="Reading", repeat="week", repeat_times="3") | rows(HELLO, SOUPS))
    days = desk.gatherings("Reading night")
    assert [course(day) for day in days] == [["17:30 Hello", "18:15 Soup", "19:30 End, on time"]] * 3
    assert [day.topics for day in days] == [["Reading"]] * 3
    url = f"/manage/gatherings/{days[0].id}/edit"
    typed = form_fields(desk.get(url)) | {"programme-1-title": "", "programme-1-time": "", "scope": "all"}
    desk.post(url, typed)
    assert [course(day) for day in desk.gatherings("Reading night")] == [["17:30 Hello", "19:30 End, on time"]] * 3


def test_topics_used_before_are_offered_and_new_ones_are_written_beside_them(desk: Desk) -> None:
    page = desk.get(NEW)
    offered = [words for words in ("Food", "Garden", "Grandparents", "Reading") if f'value="{words}"' in page]
    assert offered == ["Food", "Garden", "Grandparents", "Reading"]
    desk.post(NEW, plan(topics=["Food", "Reading"], new_topics="New parents, reading; Songs"))
    made = desk.gathering("Reading night")
    assert made.topics == ["Food", "Reading", "New parents", "Songs"]
    typed = form_fields(desk.get(f"/manage/gatherings/{made.id}/edit"))
    assert typed["topics"] == made.topics
    assert desk.post(f"/manage/gatherings/{made.id}/edit", typed).headers["location"].endswith("done=nothing")
    del typed["topics"]
    desk.post(f"/manage/gatherings/{made.id}/edit", typed)
    assert desk.gathering("Reading night").topics == []
    page = desk.post(NEW, plan(topics=["Food"], new_topics="x" * 51, date="2027-03-23"), 422).text
    assert 'id="new_topics-error"' in page
    assert form_fields(page)["topics"] == "Food"


def test_a_copy_has_the_same_running_order_and_topics(desk: Desk) -> None:
    soup = desk.gathering(SOUP)
    typed = form_fields(desk.get(f"{NEW}?copy={soup.id}"))
    assert typed["topics"] == soup.topics
    desk.post(NEW, typed | {"title": "Reading night", "date": "2027-05-20"})
    assert desk.gathering("Reading night").programme == soup.programme
