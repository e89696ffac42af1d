"""The pages after an evening: a party's thanks and answers, and what a coordinator sees of them."""

from __future__ import annotations

import re
import uuid
from typing import Any

import sqlalchemy as sa
import time_machine
from litestar.testing import TestClient

from events.log import LogEntry
from planner.accounts.models import Role
from planner.appreciation import actions
from planner.appreciation.models import Appreciation
from planner.database import Database
from planner.feedback.models import Feedback
from planner.gatherings import actions as gatherings
from planner.invitations.models import Invitation
from planner.security import LinkSigner
from planner.settings import Settings
from tests.afterwards.conftest import Pages, made
from tests.conftest import application
from tests.pages.conftest import words

FULL = {"welcome": "3", "on_time": "1", "heard": "2", "met_others": "3", "prepared": "0"}


def notes(pages: Pages) -> list[Appreciation]:
    with pages.evening.database.reading() as session:
        return list(session.scalars(sa.select(Appreciation).order_by(Appreciation.id)))


def given(pages: Pages) -> list[Feedback]:
    with pages.evening.database.reading() as session:
        return list(session.scalars(sa.select(Feedback)))


def number_of_events(pages: Pages) -> int:
    with pages.evening.database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(LogEntry)) or 0


# A party


def test_before_it_was_held_the_page_says_that_it_is_too_early(
    sqlite_database: Database, settings: Settings
) -> None:
    evening = made(sqlite_database, held=False)
    with TestClient(application(settings, sqlite_database)) as client:
        pages = Pages(evening, settings, client, LinkSigner(settings.secret_keys))
        for path in ("/thanks", "/feedback"):
            assert "Thanks come after the event" in pages.get(pages.link(evening.okafor) + path)
            pages.post(pages.link(evening.okafor) + path, {"to": "everyone", "words": "Early", **FULL}, 409)
        evening.house.do(evening.gathering_id, gatherings.cancel, "A burst pipe")
        assert "This event was cancelled" in pages.get(pages.link(evening.okafor) + "/thanks")
    assert (notes(pages), given(pages)) == ([], [])


def test_opening_the_pages_changes_nothing(pages: Pages) -> None:
    before = number_of_events(pages)
    for path in ("/thanks", "/feedback"):
        pages.get(pages.link(pages.evening.okafor) + path)
        assert pages.client.head(pages.link(pages.evening.okafor) + path).status_code == 200
    assert number_of_events(pages) == before


def test_a_party_thanks_the_team_and_reads_what_was_sent(pages: Pages) -> None:
    link = pages.link(pages.evening.okafor)
    page = words(pages.get(link + "/thanks"))
    assert "Hanna Brandt, Family coordinator" in page
    assert "Household 1" not in page
    form = {"to": f"account:{pages.evening.owner.account_id}", "words": "For the lantern", "from_name": "Ben, 6"}
    after = pages.post(link + "/thanks", form)
    assert after.startswith(link + "/thanks?said=")
    saved = words(pages.get(after))
    assert "Sent today" in saved
    assert "For the lantern To Hanna Brandt" in saved
    assert "to them alone" in saved
    assert notes(pages)[0].from_name == "Ben, 6"


def test_what_was_typed_stays_where_something_is_missing(pages: Pages) -> None:
    form = {"to": "other", "words": "For the <b>songs</b>", "shared": "yes"}
    page = pages.post(pages.link(pages.evening.okafor) + "/thanks", form, 422)
    assert "For the &lt;b&gt;songs&lt;/b&gt;</textarea>" in page
    assert 'value="other" selected' in page
    assert re.search(r'name="shared"[^>]* checked', page)
    assert 'id="to_name-error"' in page
    assert notes(pages) == []


def test_who_is_thanked_reads_it_and_may_show_it(pages: Pages) -> None:
    evening = pages.evening
    note = evening.thank(evening.okafor, f"invitation:{evening.kim}", "You listened", shared=True)
    private = evening.thank(evening.others[0], f"invitation:{evening.kim}", "Just for you")
    page = pages.get(pages.link(evening.kim) + "/thanks")
    assert "You were thanked" in page
    assert page.count('value="yes"') >= 1
    assert f"/thanks/{private}" not in page
    pages.post(f"{pages.link(evening.kim)}/thanks/{note}", {"wall": "yes"})
    for guest in (evening.silva, evening.okafor):
        assert "You listened" in pages.get(pages.link(guest))
        assert "Just for you" not in pages.get(pages.link(guest))
    pages.post(f"{pages.link(evening.kim)}/thanks/{note}", {"wall": "no"})
    assert "You listened" not in pages.get(pages.link(evening.silva))


def test_nobody_else_can_put_a_note_on_the_wall(pages: Pages) -> None:
    evening = pages.evening
    note = evening.thank(evening.okafor, f"invitation:{evening.kim}", "You listened", shared=True)
    pages.post(f"{pages.link(evening.others[0])}/thanks/{note}", {"wall": "yes"}, 404)
    pages.post(f"/r/nonsense/thanks/{note}", {"wall": "yes"}, 404)
    assert notes(pages)[0].agreed_at is None


def test_who_was_not_there_is_told_kindly(pages: Pages) -> None:
    link = pages.link(pages.evening.silva)
    assert "for those who were there" in pages.get(link + "/thanks")
    pages.post(link + "/thanks", {"to": "everyone", "words": "Hello"}, 409)
    pages.post(link + "/feedback", FULL, 409)
    assert (notes(pages), given(pages)) == ([], [])


def test_the_eleventh_thanks_are_refused_and_their_words_stay(pages: Pages) -> None:
    for number in range(10):
        pages.evening.thank(pages.evening.okafor, "everyone", f"Thanks {number}")
    link = pages.link(pages.evening.okafor)
    page = pages.post(link + "/thanks", {"to": "everyone", "words": "The eleventh"}, 429)
    assert "as much as fits here" in page
    assert "The eleventh</textarea>" in page


def test_a_party_answers_once_and_is_told_that_it_is_kept_without_a_name(pages: Pages) -> None:
    link = pages.link(pages.evening.okafor)
    form = {**FULL, "better": "A ramp", "could_help": "yes", "helper_name": "Ana"}
    assert pages.post(link + "/feedback", form) == link + "/feedback"
    saved = pages.get(link + "/feedback")
    assert "Your answers are saved" in saved
    assert 'name="welcome"' not in saved
    assert 'name="welcome"' not in pages.get(link + "/thanks")
    assert "Your answers are saved" in pages.post(link + "/feedback", FULL, 409)
    (row,) = given(pages)
    assert (row.welcome, row.on_time, row.prepared, row.better, row.helper_name) == (3, 1, 0, "A ramp", "Ana")


def test_questions_are_put_to_a_professional_in_other_words(pages: Pages) -> None:
    assert "about your children heard?" in pages.get(pages.link(pages.evening.okafor) + "/feedback")
    page = pages.get(pages.link(pages.evening.kim) + "/feedback")
    assert "from your work heard?" in page
    assert "about your children" not in page


def test_an_empty_form_comes_back(pages: Pages) -> None:
    for form in ({}, {"welcome": "9"}, {"welcome": "often"}, {"better": "x" * 2001}):
        assert 'role="alert"' in pages.post(pages.link(pages.evening.okafor) + "/feedback", form, 422)
    assert given(pages) == []


def test_the_language_that_was_chosen_stays(pages: Pages) -> None:
    link = pages.link(pages.evening.okafor)
    after = pages.post(link + "/thanks?lang=es", {"to": "everyone", "words": "Gracias"})
    assert after.endswith("lang=es")


# The desk


def fill(pages: Pages, number: int, **said: Any) -> None:
    for party in [pages.evening.okafor, pages.evening.kim, *pages.evening.others][:number]:
        pages.evening.answer(party, **said)


def test_below_five_answers_the_desk_reads_only_their_number(pages: Pages) -> None:
    fill(pages, 4, better="A ramp", went_well="The songs", could_help=True, helper_name="Ana")
    pages.sign_in()
    page = words(pages.get(pages.desk + "/afterwards"))
    assert "4 of 7 guests answered." in page
    for hidden in ("A ramp", "The songs", "Ana", "Mostly"):
        assert hidden not in page
    pages.evening.answer(pages.evening.others[4])
    page = words(pages.get(pages.desk + "/afterwards"))
    for shown in ("A ramp", "The songs", "Ana", "Mostly", "How welcome did you feel?", "A little over 5"):
        assert shown in page


def test_the_desk_thanks_a_professional_who_was_not_thanked(pages: Pages) -> None:
    pages.sign_in()
    page = pages.get(pages.desk + "/afterwards")
    assert "Ji-woo Kim" in page
    form = pages.get(f"{pages.desk}/thanks?to={pages.evening.kim}")
    assert f'value="{pages.evening.kim}" selected' in form
    sent = {"to": str(pages.evening.kim), "words": "For staying on"}
    assert pages.post(pages.desk + "/thanks", sent) == pages.desk + "/afterwards?done=thanked"
    after = pages.get(pages.desk + "/afterwards?done=thanked")
    assert "All professionals who came have been thanked." in after
    assert "For staying on" not in after
    assert "For staying on" in pages.get(pages.link(pages.evening.kim) + "/thanks")
    pages.post(pages.desk + "/thanks", {"to": str(pages.evening.kim), "words": ""}, 422)


def test_the_desk_hides_a_note_with_a_reason_and_shows_it_again(pages: Pages) -> None:
    evening = pages.evening
    note = evening.thank(evening.okafor, "everyone", "The soup of Ben's illness", shared=True)
    pages.sign_in()
    assert f"{pages.desk}/thanks/{note}" in pages.get(pages.desk + "/afterwards")
    pages.post(f"{pages.desk}/thanks/{note}/hide", {"reason": ""}, 422)
    pages.post(f"{pages.desk}/thanks/{note}/hide", {"reason": "It names an illness"})
    assert "illness" not in pages.get(pages.link(evening.silva))
    assert "It names an illness" in pages.get(pages.desk + "/afterwards")
    assert "soup" not in pages.get(pages.desk + "/wall")
    pages.post(f"{pages.desk}/thanks/{note}/show", {})
    assert "illness" in pages.get(pages.link(evening.silva))


def test_the_desk_passes_on_what_was_written_to_a_name(pages: Pages) -> None:
    evening = pages.evening
    note = evening.thank(evening.okafor, "other", "Your voice", to_name="Folake")
    pages.sign_in()
    assert "For Folake" in pages.get(pages.desk + "/afterwards")
    page = pages.get(f"{pages.desk}/thanks/{note}")
    assert "Household 1" in page
    assert "Silva" not in page
    pages.post(f"{pages.desk}/thanks/{note}/pass-on", {"to": ""}, 422)
    pages.post(f"{pages.desk}/thanks/{note}/pass-on", {"to": str(evening.others[0])})
    assert "Your voice" in pages.get(pages.link(evening.others[0]) + "/thanks")
    pages.get(f"{pages.desk}/thanks/{note}", 404)


def test_one_of_the_team_agrees_to_be_shown(pages: Pages) -> None:
    evening = pages.evening
    note = evening.thank(evening.okafor, f"account:{evening.owner.account_id}", "For the lantern", shared=True)
    pages.sign_in()
    assert "Thanks to you" in pages.get(pages.desk + "/afterwards")
    pages.post(f"{pages.desk}/thanks/{note}/wall", {"wall": "yes"})
    assert "For the lantern" in pages.get(pages.desk + "/wall")
    assert "For the lantern" in pages.get(pages.link(evening.silva))


def test_a_helper_reads_and_decides_nothing(pages: Pages) -> None:
    note = pages.evening.thank(pages.evening.okafor, "everyone", "The soup", shared=True)
    pages.sign_in(Role.HELPER)
    page = pages.get(pages.desk + "/afterwards")
    assert "The soup" in page
    assert f"/thanks/{note}" not in page
    pages.post(f"{pages.desk}/thanks/{note}/hide", {"reason": "Why not"}, 403)
    pages.get(pages.desk + "/thanks", 403)


def test_before_it_was_held_the_desk_says_what_will_be_there(
    sqlite_database: Database, settings: Settings
) -> None:
    evening = made(sqlite_database, held=False)
    with TestClient(application(settings, sqlite_database), base_url="http://127.0.0.1:8000") as client:
        client.follow_redirects = False
        pages = Pages(evening, settings, client, LinkSigner(settings.secret_keys))
        pages.sign_in()
        assert "Nothing to look back on yet" in pages.get(pages.desk + "/afterwards")
        pages.get(pages.desk + "/thanks", 409)


def test_another_organisation_sees_nothing_of_it(pages: Pages) -> None:
    note = pages.evening.thank(pages.evening.okafor, "everyone", "The soup", shared=True)
    pages.sign_in()
    other = uuid.uuid4()
    pages.get(f"/manage/gatherings/{other}/afterwards", 404)
    pages.get(f"/manage/gatherings/{other}/thanks/{note}", 404)


def test_a_dead_link_opens_neither_page(pages: Pages) -> None:
    with pages.evening.database.writing() as session:
        session.get_one(Invitation, pages.evening.okafor).link_version += 1
    for path in ("/thanks", "/feedback"):
        pages.get(pages.link(pages.evening.okafor) + path, 404)


def test_after_ninety_days_the_page_is_gone(pages: Pages, the_day_before: time_machine.Coordinates) -> None:
    assert actions.NOTES_MOST == 10
    the_day_before.shift(100 * 86_400)
    pages.get(pages.link(pages.evening.okafor) + "/thanks", 404)
