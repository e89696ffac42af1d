"""A coordinator brings a calendar in at the desk: sees what was understood, decides, finds the drafts."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from planner.gatherings import actions as gatherings
from planner.gatherings.fields import GatheringFields
from planner.gatherings.models import Gathering, Status
from planner.imports.models import ImportFile
from tests.calendar_files.files import CUSTOM_ZONE, calendar, event
from tests.pages.desk import Desk, text_of
from tests.running import wait_until

SOUP = event(
    *("SUMMARY:Soup <script>alert(1)</script>", "LOCATION:Kitchen", "DTSTART:20300318T163000Z", "DURATION:PT2H"),
    uid="soup",
)
CHOIR = event(
    *("SUMMARY:Choir", "DTSTART;TZID=Customized Time Zone:20300318T173000", "DURATION:PT1H"),
    *("RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=4", "EXDATE;VALUE=DATE:20300325"),
    uid="choir",
)
BAD = event("SUMMARY:When we like", "DTSTART:sometime", uid="bad")


def bring(desk: Desk, *parts: str, name: str = "year 2030.ics", status: int = 303) -> Any:
    """Chooses a file in the form."""
    desk.get("/manage/gatherings/import")
    token = desk.client.cookies["planner_csrf"]
    answer = desk.client.post(
        "/manage/gatherings/import",
        data={"_csrf_token": token},
        files={"file": (name, calendar(*parts), "text/calendar")},
        follow_redirects=False,
    )
    assert answer.status_code == status, answer.text[:2000]
    return answer


def preview(desk: Desk, *parts: str) -> tuple[str, str]:
    """Brings a file in; where its page is, and what it says."""
    path = bring(desk, *parts).headers["location"]
    return path, text_of(desk.get(path))


def taken_over(desk: Desk, *parts: str) -> str:
    """Brings a file in and presses the button; the page at the end."""
    path, _page = preview(desk, *parts)
    desk.post(path)
    assert wait_until(lambda: "They are among your drafts" in desk.get(path))
    return text_of(desk.get(path))


def called(desk: Desk, title: str) -> list[Gathering]:
    """The events of that title."""
    with desk.database.reading() as session:
        return list(session.scalars(sa.select(Gathering).where(Gathering.title == title)))


def test_the_list_of_events_leads_to_it(desk: Desk) -> None:
    assert 'href="/manage/gatherings/import"' in desk.get("/manage/gatherings")


def test_what_was_understood_stands_there_trouble_first(desk: Desk) -> None:
    path, page = preview(desk, CUSTOM_ZONE, SOUP, CHOIR, BAD)
    order = [
        "3 events in year 2030.ics. Nothing has been saved yet.",
        "“Customized Time Zone” is read as New York time",
        "1 event was not understood",
        "When we like Line 36: its start, “sometime”, is no date.",
        "2 events are new",
        "Every week (Monday), 4 times; 1 day left out",
        "Bring in 2 events",
    ]
    places = [page.index(words) for words in order]
    assert places == sorted(places)
    assert "<script>alert" not in desk.get(path)
    assert not called(desk, "Choir")


def test_they_become_drafts_and_the_page_leads_to_them(desk: Desk) -> None:
    page = taken_over(desk, CUSTOM_ZONE, SOUP, CHOIR, BAD)
    assert "Brought in: 2 new, 0 changed." in page
    assert {one.status for one in called(desk, "Choir")} == {Status.DRAFT}
    assert len(called(desk, "Choir")) == 3
    drafts = text_of(desk.get("/manage/gatherings?which=drafts"))
    assert "Soup <script>alert(1)</script>" in drafts
    with desk.database.reading() as session:
        assert session.scalars(sa.select(ImportFile.data)).all() == [b""]
    assert "brought in a calendar: 2 new, 0 changed" in text_of(desk.get("/manage"))


def test_the_same_file_again_has_nothing_new(desk: Desk) -> None:
    taken_over(desk, SOUP)
    path, page = preview(desk, SOUP)
    assert "Nothing of this file is new here." in page
    assert "1 event stays as it is" in text_of(desk.get(path + "?show=unchanged"))


def test_a_change_shows_what_is_now_and_what_would_be(desk: Desk) -> None:
    taken_over(desk, SOUP)
    _path, page = preview(desk, SOUP.replace("Kitchen", "Garden"))
    assert "1 draft would change" in page
    assert "Place Kitchen Garden" in page


def test_an_event_of_which_some_changes_and_some_stays_counts_once(desk: Desk) -> None:
    taken_over(desk, SOUP, CUSTOM_ZONE, CHOIR)
    (draft,) = called(desk, "Soup <script>alert(1)</script>")
    with desk.database.writing() as session:
        gatherings.change(session, session.get_one(Gathering, draft.id), GatheringFields(title="Our soup"))
    changed = SOUP.replace("Kitchen", "Garden").replace("Soup", "Broth")
    path, page = preview(desk, changed, CUSTOM_ZONE, CHOIR)
    assert "All events 2 Not understood 0 Stay as they are 0 Changed 1 New 0 Unchanged 1" in page
    assert "Our soup Place Kitchen Garden" in page
    assert "It was changed here by hand: that stays. In the file: Broth" in page
    assert "Bring in 1 event" in page
    assert "None." in text_of(desk.get(path + "?show=kept"))


def test_what_is_published_is_shown_and_stays(desk: Desk) -> None:
    taken_over(desk, SOUP.replace(" <script>alert(1)</script>", " day"))
    (draft,) = called(desk, "Soup day")
    desk.post(f"/manage/gatherings/{draft.id}/publish")
    path, page = preview(desk, SOUP.replace("T163000Z", "T173000Z").replace(" <script>alert(1)</script>", " day"))
    assert "1 event stays as it is here, though the file says otherwise" in page
    assert "It is published. Change it on its own page: there you see who is told." in page
    assert f'href="/manage/gatherings/{draft.id}"' in desk.get(path)
    assert (
        "Bring in" not in page.replace("Bring in nothing", "").split("Nothing of this file")[0].split("What we")[1]
    )


def test_what_was_published_meanwhile_is_named_at_the_end(desk: Desk) -> None:
    soup = SOUP.replace(" <script>alert(1)</script>", " day")
    taken_over(desk, soup)
    (draft,) = called(desk, "Soup day")
    path, page = preview(desk, soup.replace("Kitchen", "Garden"))
    assert "1 draft would change" in page
    desk.post(f"/manage/gatherings/{draft.id}/publish")
    desk.post(path)
    html = desk.get(path)
    page = text_of(html)
    assert "Nothing was brought in" in page
    assert "What was left as it is here Soup day Place. It is published." in page
    assert f'href="/manage/gatherings/{draft.id}"' in html
    assert "among your drafts" not in page
    assert "Nobody has heard" not in page


def test_what_the_file_calls_off_is_no_draft(desk: Desk) -> None:
    off = event("SUMMARY:No soup", "DTSTART:20300318T163000Z", "STATUS:CANCELLED", uid="off")
    page = taken_over(desk, SOUP, off)
    assert "1 of them is called off in the file: it stands among what is cancelled." in page
    path, _page = preview(desk, SOUP, off.replace("off", "too").replace("No soup", "No tea"))
    desk.post(path)
    assert wait_until(lambda: "They are on your list, as cancelled" in desk.get(path))
    assert {one.status for one in [*called(desk, "No soup"), *called(desk, "No tea")]} == {Status.CANCELLED}


def test_bringing_in_nothing_deletes_the_file(desk: Desk) -> None:
    path, _page = preview(desk, SOUP)
    answer = desk.post(path + "/drop")
    assert "Nothing was imported. The file is deleted." in text_of(desk.get(answer.headers["location"]))
    desk.get(path, status=404)
    assert not called(desk, "Soup <script>alert(1)</script>")


def test_a_file_that_is_none_is_refused_at_the_form(desk: Desk) -> None:
    assert "There is no event in this file." in bring(desk, status=422).text
    answer = desk.client.post(
        "/manage/gatherings/import",
        data={"_csrf_token": desk.client.cookies["planner_csrf"]},
        files={"file": ("list.csv", b"name,email\n", "text/csv")},
    )
    assert answer.status_code == 422
    assert "This is no calendar file." in answer.text


def test_a_list_of_people_is_no_calendar_by_its_address_either(desk: Desk) -> None:
    path, _page = preview(desk, SOUP)
    desk.get(path.replace("/gatherings/", "/people/"), status=404)
