"""Whoever sets a date is asked about what else is that day, once and kindly."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from planner.gatherings.models import Gathering
from tests.pages.desk import Desk, form_fields, text_of
from tests.pages.test_desk_events import SOUP, plan
from tests.pages.test_desk_series import days

NEW = "/manage/gatherings/new"
# The sample organisation is in Berlin, with Muslim and Orthodox families.
GOOD_FRIDAY, WEEK_AFTER, ORTHODOX = "2060-04-16", "2060-05-07", "2060-04-23"


def asked(desk: Desk, url: str = NEW, **words: str) -> str:
    """The form as it comes back with a question."""
    page = desk.post(url, plan(**words) if url == NEW else words, 200).text
    assert 'id="question"' in page, text_of(page)
    return page


def test_a_holiday_is_asked_about_and_kept_with_a_second_press_and_no_word_is_lost(desk: Desk) -> None:
    page = asked(desk, date=GOOD_FRIDAY, venue="Hall of mirrors", capacity="12", description="Bring a *spoon*")
    assert "Good Friday is a public holiday (Friday 16 April 2060). Many families are away" in text_of(page)
    assert "Keep Friday 16 April" in text_of(page)
    again = form_fields(page)
    assert (again["venue"], again["capacity"], again["description"]) == (
        "Hall of mirrors",
        "12",
        "Bring a *spoon*",
    )
    assert "done=saved" in desk.post(NEW, again).headers["location"]
    made = desk.gathering("Reading night")
    assert made.local_start.date().isoformat() == GOOD_FRIDAY


def test_the_free_day_that_is_offered_is_taken_with_one_press(desk: Desk) -> None:
    page = asked(desk, date=GOOD_FRIDAY)
    # The Friday after is Orthodox Good Friday; the one after that is free.
    assert 'name="instead" value="2060-04-30"' in page
    assert "Friday 30 April instead" in text_of(page)
    other = desk.post(NEW, form_fields(page) | {"instead": "2060-04-30", "last_day": "2060-04-17"}, 200).text
    typed = form_fields(other)
    assert (typed["date"], typed["last_day"], typed["title"]) == ("2060-04-30", "2060-05-01", "Reading night")
    assert 'id="question"' not in other
    assert desk.post(NEW, typed | {"last_day": ""}).status_code == 303


@pytest.mark.parametrize("day", ["soon", "", "9999-12-31"])
def test_a_day_that_cannot_be_taken_changes_nothing(desk: Desk, day: str) -> None:
    typed = plan(date=GOOD_FRIDAY, last_day="9999-12-30")
    page = desk.post(NEW, typed | {"instead": day or "tomorrow"}, 200).text
    assert form_fields(page)["date"] == GOOD_FRIDAY


def test_what_one_wanted_to_do_next_is_still_done_after_keeping_the_day(desk: Desk) -> None:
    page = asked(desk, date=GOOD_FRIDAY, then="invite")
    assert '<button class="button outlined compact" type="submit" name="then" value="invite">' in page
    kept = desk.post(NEW, form_fields(page) | {"then": "invite"})
    assert kept.headers["location"].endswith("/invite")


def test_what_is_wrong_is_said_before_a_question_is_asked(desk: Desk) -> None:
    page = desk.post(NEW, plan(date=GOOD_FRIDAY, title=""), 422).text
    assert 'id="question"' not in page


def test_another_event_at_the_same_time_is_named_and_each_new_one_is_asked_about(desk: Desk) -> None:
    desk.post(NEW, plan(date=WEEK_AFTER, title="Choir"))
    page = asked(desk, date=WEEK_AFTER)
    assert "“Choir” is at the same time (Friday 7 May 2060, 17:30 to 19:30, Berlin time)" in text_of(page)
    desk.post(NEW, plan(date=WEEK_AFTER, title="Chess") | {"kept": form_fields(page)["kept"]})
    both = text_of(asked(desk, date=WEEK_AFTER, kept=form_fields(page)["kept"]))
    assert "“Chess” is at the same time" in both and "“Choir” is at the same time" in both


def test_of_a_series_the_days_that_meet_something_are_said_and_left_out_with_one_press(desk: Desk) -> None:
    words = {"date": GOOD_FRIDAY, "repeat": "week", "repeat_times": "5", "repeat_except": "2060-05-14"}
    page = asked(desk, **words)
    said = text_of(page)
    assert "2 of 4 days meet something else" in said
    assert "Friday 16 April 2060: Good Friday Friday 23 April 2060: Orthodox Good Friday" in said
    left = desk.post(NEW, form_fields(page) | {"leave_out": f"{GOOD_FRIDAY}, {ORTHODOX}"}, 200).text
    assert 'id="question"' not in left
    typed = form_fields(left)
    assert typed["repeat_except"] == "2060-05-14, 2060-04-16, 2060-04-23"
    made = desk.post(NEW, typed).headers["location"].split("/")[3].split("?")[0]
    assert [f"{one.local_start:%m-%d}" for one in days(desk, made)] == ["04-30", "05-07"]


def test_a_long_series_names_some_of_its_days_and_counts_the_rest(desk: Desk) -> None:
    desk.post(NEW, plan(date=WEEK_AFTER, title="Choir", repeat="week", repeat_times="8"))
    page = asked(desk, date=WEEK_AFTER, repeat="week", repeat_times="8")
    assert "8 of 8 days meet something else" in text_of(page)
    assert "and 2 more" in text_of(page)
    # Nothing would remain.
    assert "leave_out" not in page


def test_a_rule_that_cannot_be_followed_is_said_at_its_field(desk: Desk) -> None:
    page = desk.post(NEW, plan(date=GOOD_FRIDAY, repeat="week", repeat_times="999"), 422).text
    assert 'id="repeat-error"' in page


def planned(desk: Desk, **words: str) -> Gathering:
    desk.post(NEW, plan(**({"date": WEEK_AFTER} | words)))
    return desk.gathering(words.get("title", "Reading night"))


def edit_of(gathering: Gathering) -> str:
    return f"/manage/gatherings/{gathering.id}/edit"


def test_an_event_that_keeps_its_day_is_not_asked_about_again(desk: Desk) -> None:
    page = asked(desk, date=GOOD_FRIDAY)
    desk.post(NEW, form_fields(page))
    made = desk.gathering("Reading night")
    form = desk.get(edit_of(made))
    assert 'id="question"' not in form
    saved = desk.post(edit_of(made), form_fields(form) | {"title": "Reading night, with soup"})
    assert "done=saved" in saved.headers["location"]
    # An hour later it is Good Friday still.
    form = desk.get(edit_of(made))
    later = {"starts_at": "18:30", "ends_at": "20:30"}
    assert "done=saved" in desk.post(edit_of(made), form_fields(form) | later).headers["location"]


def test_a_move_to_a_holiday_is_asked_about_before_the_question_whom_it_tells(desk: Desk) -> None:
    soup = desk.gathering(SOUP)
    typed = form_fields(desk.get(edit_of(soup))) | {"date": GOOD_FRIDAY, "description": "New words"}
    page = asked(desk, edit_of(soup), **typed)
    assert form_fields(page)["was-date"] == soup.local_start.date().isoformat()
    move = desk.post(edit_of(soup), form_fields(page), 200).text
    assert "Move it to Friday 16 April 2060?" in text_of(move)
    assert "done=moved" in desk.post(edit_of(soup), form_fields(move)).headers["location"]
    moved = desk.gathering(SOUP)
    assert (moved.local_start.date().isoformat(), moved.description) == (GOOD_FRIDAY, "New words")


def test_the_day_offered_instead_of_a_move_comes_into_the_form_and_nothing_is_saved(desk: Desk) -> None:
    made = planned(desk)
    page = asked(desk, edit_of(made), **form_fields(desk.get(edit_of(made))) | {"date": ORTHODOX})
    other = desk.post(edit_of(made), form_fields(page) | {"instead": "2060-04-30"}, 200).text
    assert form_fields(other)["date"] == "2060-04-30"
    assert desk.gathering("Reading night").revision == made.revision
    desk.post(edit_of(made), form_fields(other))
    assert desk.gathering("Reading night").local_start.date().isoformat() == "2060-04-30"


def test_days_of_a_series_that_move_along_are_counted(desk: Desk) -> None:
    desk.post(NEW, plan(date="2060-04-08", repeat="week", repeat_times="4", title="Weekly"))
    with desk.database.reading() as session:
        query = sa.select(Gathering).where(Gathering.title == "Weekly").order_by(Gathering.starts_at)
        first = session.scalars(query.limit(1)).one()
    typed = form_fields(desk.get(edit_of(first))) | {"date": "2060-04-09"}
    assert "2 of 4 days meet something else" in text_of(asked(desk, edit_of(first), **typed | {"scope": "all"}))
    # That day alone is free.
    assert "done=saved" in desk.post(edit_of(first), typed | {"scope": "this"}).headers["location"]


def test_the_question_comes_while_the_date_is_chosen(desk: Desk) -> None:
    part = desk.post("/manage/gatherings/day", plan(date=GOOD_FRIDAY, title=""), 200).text
    assert "Friday 16 April 2060, 17:30 to 19:30, Berlin time: 2 hours" in part
    assert "Good Friday is a public holiday" in part
    assert "or keep it" in part and "Keep Friday" not in part
    assert part.lstrip().startswith("<input")
    # What was said while choosing is not asked again on saving.
    assert desk.post(NEW, plan(date=GOOD_FRIDAY, kept=form_fields(part)["kept"])).status_code == 303


@pytest.mark.parametrize(
    "words",
    [
        {"date": ""},
        {"date": "9999-12-31"},
        {"ends_at": "16:00"},
        {"time_zone": "Mars"},
        {"repeat": "week"},
        {"last_day": "2061-04-16"},
    ],
)
def test_what_cannot_be_read_yet_asks_nothing(desk: Desk, words: dict[str, str]) -> None:
    part = desk.post("/manage/gatherings/day", plan(date=GOOD_FRIDAY) | words, 200).text
    assert 'id="question"' not in part
    assert form_fields(part)["kept"] == ""


def test_while_a_move_is_chosen_the_event_is_not_in_its_own_way(desk: Desk) -> None:
    made = planned(desk)
    typed = form_fields(desk.get(edit_of(made)))
    assert typed["itself"] == str(made.id)
    assert 'id="question"' not in desk.post("/manage/gatherings/day", typed | {"starts_at": "18:00"}, 200).text
    moved = desk.post("/manage/gatherings/day", typed | {"date": GOOD_FRIDAY}, 200).text
    assert f'formaction="{edit_of(made)}#day"' in moved


def test_helpers_set_no_dates(helper: Desk) -> None:
    helper.post("/manage/gatherings/day", plan(date=GOOD_FRIDAY), 403)


def test_an_event_and_its_publishing_say_quietly_what_else_is_that_day(desk: Desk) -> None:
    quiet = planned(desk, title="Quiet")
    desk.post(NEW, form_fields(asked(desk, date=GOOD_FRIDAY)))
    made = desk.gathering("Reading night")
    for page in ("", "/publish"):
        assert "Good Friday is a public holiday" in text_of(desk.get(f"/manage/gatherings/{made.id}{page}"))
        assert "public holiday" not in text_of(desk.get(f"/manage/gatherings/{quiet.id}{page}"))
    desk.post(f"/manage/gatherings/{made.id}/cancel", {"reason": "Rain"})
    assert "public holiday" not in text_of(desk.get(f"/manage/gatherings/{made.id}"))


def test_the_question_is_asked_in_spanish_too(desk: Desk) -> None:
    desk.client.headers["accept-language"] = "es"
    page = text_of(asked(desk, date=GOOD_FRIDAY))
    assert "Viernes Santo es día festivo (viernes 16 de abril de 2060)" in page
    assert "Mejor el viernes 30 de abril" in page
