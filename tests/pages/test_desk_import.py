"""A coordinator imports a list at the desk: sees what was understood, decides, sees how far it is."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from events.log import LogEntry
from planner.database import utc_now
from planner.imports.models import ImportFile
from planner.imports.runs import is_running, run
from planner.parties.import_pages import WORK
from planner.parties.importing import STEP
from planner.parties.models import Party, Person
from tests.pages.desk import Desk, text_of
from tests.running import wait_until

LIST = """Nachname;Vorname;Kinder;E-Mail
Moreau;Ida;3;ida.moreau@example.org
Nguyễn;Thị Lan;;lan.nguyen(at)example.org
Moreau;Jan;3;jan.moreau@example.org
;;;
O’Brien;Aoife;3;aoife@example.org;3
Haddad;Rania;5;rania.haddad@families.example
"""


def bring(desk: Desk, content: str | bytes, name: str = "klassenliste_2b_final(3).csv", status: int = 303) -> Any:
    """Chooses a file in the form."""
    desk.get("/manage/people/import")
    token = desk.client.cookies["planner_csrf"]
    data = content.encode() if isinstance(content, str) else content
    answer = desk.client.post(
        "/manage/people/import",
        data={"_csrf_token": token},
        files={"file": (name, data, "text/csv")},
        follow_redirects=False,
    )
    assert answer.status_code == status, answer.text[:2000]
    return answer


def taken_over(desk: Desk, path: str) -> str:
    """Presses Import and waits for the end; the page."""
    desk.post(path)
    assert wait_until(lambda: "They are on your list" in desk.get(path))
    return text_of(desk.get(path))


def test_what_was_understood_stands_there_trouble_first(desk: Desk) -> None:
    page = text_of(desk.get(bring(desk, LIST).headers["location"]))
    assert "6 rows in klassenliste_2b_final(3).csv. Nothing has been saved yet." in page
    order = ["3 rows were not understood", "Import 3 people", "Import nothing"]
    places = [page.index(words) for words in order]
    assert places == sorted(places)
    assert "Did you mean lan.nguyen@example.org" in page
    assert "The row is empty but for separators." in page
    assert "5 columns where the others have 4" in page
    assert "Download these 3 rows (CSV)" in page
    assert "The 3 rows stay out." in page
    with desk.database.reading() as session:
        assert not session.scalars(sa.select(Person).where(Person.name == "Ida Moreau")).all()


def test_each_kind_of_row_has_a_page_of_its_own(desk: Desk) -> None:
    many = "Name,Email\n" + "".join(f"Person Number{i},p{i}@new.example\n" for i in range(450))
    path = bring(desk, many).headers["location"]
    assert "Show the other 446" in text_of(desk.get(path))
    page = text_of(desk.get(path + "?show=new"))
    assert "1 to 200 of 450" in page
    assert "Person Number449" in text_of(desk.get(path + "?show=new&page=3"))
    assert "None." in text_of(desk.get(path + "?show=not-understood"))


def test_the_rows_to_mend_come_as_a_file_that_can_be_imported(desk: Desk) -> None:
    path = bring(desk, LIST).headers["location"]
    answer = desk.client.get(path + "/rows.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="not-understood.csv"'
    mended = answer.text.replace("lan.nguyen(at)example.org", "lan.nguyen@example.org")
    assert "2 people are new" in text_of(desk.get(bring(desk, mended).headers["location"]))


def test_people_are_taken_over_once_and_the_page_says_what_came_of_it(desk: Desk) -> None:
    path = bring(desk, LIST).headers["location"]
    page = taken_over(desk, path)
    assert "Imported: 3 new, 0 changed." in page or "Imported: 2 new, 1 changed." in page
    assert "Invite them to an event" in page
    desk.post(path)
    with desk.database.reading() as session:
        assert len(session.scalars(sa.select(LogEntry).where(LogEntry.type == "PeopleImported")).all()) == 1
        file = session.get_one(ImportFile, uuid.UUID(path.rsplit("/", 1)[1]))
        assert (file.data, file.done) == (b"", file.total)
    again = text_of(desk.get(bring(desk, LIST).headers["location"]))
    assert "There is nothing to import." in again


def test_changes_show_what_is_now_and_what_would_be(desk: Desk) -> None:
    taken_over(
        desk, bring(desk, "Name,Email,Language,Children\nIda Moreau,ida@new.example,,2\n").headers["location"]
    )
    page = desk.get(
        bring(desk, "Name,Email,Language,Children\nIda Moreau,ida@new.example,Arabisch,3\n").headers["location"]
    )
    words = text_of(page)
    assert "1 person would change" in words
    assert "Language not known Arabic" in words
    assert "Children 2 3" in words
    assert "Import 1 person" in words


def test_importing_nothing_deletes_the_file(desk: Desk) -> None:
    path = bring(desk, LIST).headers["location"]
    answer = desk.post(path + "/drop")
    assert "Nothing was imported." in text_of(desk.get(answer.headers["location"]))
    desk.get(path, status=404)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"PK\x03\x04\x14\x00\x06\x00", "Excel"),
        (b"", "The file is empty."),
        (b"Name,Email\n", "There are no rows"),
        (b"%PDF-1.7", "PDF"),
    ],
)
def test_what_is_no_list_is_said_at_the_form(desk: Desk, content: bytes, sentence: str) -> None:
    assert sentence in text_of(bring(desk, content, status=422).text)


@pytest.mark.parametrize("size", [10_000_001, 12_500_000])
def test_a_file_that_is_too_large_is_refused_in_plain_words(desk: Desk, size: int) -> None:
    page = bring(desk, b"a" * size, status=413).text
    assert "larger than 10 MB" in text_of(page)


def test_without_a_file_the_form_asks_for_one(desk: Desk) -> None:
    desk.get("/manage/people/import")
    token = desk.client.cookies["planner_csrf"]
    answer: httpx.Response = desk.client.post(
        "/manage/people/import", data={"_csrf_token": token}, files={"file": ("", b"", "text/csv")}
    )
    assert answer.status_code == 422
    assert "Choose the file first." in text_of(answer.text)


def test_after_a_kill_the_page_says_where_it_stopped_and_goes_on(desk: Desk) -> None:
    many = "Name,Email\n" + "".join(f"Person Number{i},p{i}@new.example\n" for i in range(STEP * 2))
    path = bring(desk, many).headers["location"]
    file_id = uuid.UUID(path.rsplit("/", 1)[1])
    # As a process leaves it that is killed after the first of two steps.
    with desk.database.writing() as session:
        file = session.get_one(ImportFile, file_id)
        file.new, file.total, file.done = STEP * 2, STEP * 2, STEP
        file.stepped_at = utc_now() - timedelta(minutes=1)
        first = many.encode().split(b"\n")[: STEP + 1]
    taken_over(desk, bring(desk, b"\n".join(first)).headers["location"])
    page = text_of(desk.get(path))
    assert "The import stopped" in page
    assert f"{STEP} of {STEP * 2} people are on your list." in page
    desk.post(path + "/go-on")
    assert wait_until(lambda: "They are on your list" in desk.get(path))
    assert f"Imported: {STEP * 2} new, 0 changed." in text_of(desk.get(path))
    with desk.database.reading() as session:
        held = session.scalars(sa.select(sa.func.count()).where(Person.email.like("%@new.example"))).one()
    assert held == STEP * 2


def test_while_it_runs_the_page_shows_how_far_it_is(desk: Desk) -> None:
    path = bring(desk, LIST).headers["location"]
    with desk.database.writing() as session:
        file = session.get_one(ImportFile, uuid.UUID(path.rsplit("/", 1)[1]))
        file.new = file.total = 3
        file.done, file.stepped_at = 1, utc_now()
    assert is_running(file)
    page = desk.get(path)
    assert "1 of 3 are on your list" in text_of(page)
    assert 'http-equiv="refresh"' in page
    assert "HX-Refresh" not in desk.client.get(path + "/part").headers
    run(desk.database, WORK, file.id, "account:x")
    assert desk.client.get(path + "/part").headers["HX-Refresh"] == "true"


def test_a_file_of_another_organisation_is_not_there(desk: Desk, helper: Desk) -> None:
    path = bring(desk, LIST).headers["location"]
    helper.get(path, status=403)
    helper.post(path, status=403)
    with desk.database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Party)) == 21
