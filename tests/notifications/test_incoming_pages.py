"""What came in and could not be used is settled at the desk."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from litestar import Litestar
from litestar.testing import TestClient

from notifications.models import IncomingMail
from planner.accounts.models import Role
from planner.database import Database
from planner.settings import Settings
from tests.conftest import application
from tests.notifications import incoming
from tests.notifications.conftest import make_centre
from tests.notifications.test_incoming import Post
from tests.pages.desk import signed_in


@pytest.fixture
def post(sqlite_database: Database, settings: Settings) -> Post:
    return Post(make_centre(sqlite_database, settings), settings)


@pytest.fixture
def desk(post: Post, settings: Settings) -> Iterator[TestClient[Litestar]]:
    database = post.centre.database
    app = application(settings, database)
    with signed_in(app, database, post.centre.owner.organization, Role.OWNER) as at_desk:
        at_desk.client.follow_redirects = False
        yield at_desk.client


def settle(desk: TestClient[Litestar], **form: str) -> int:
    page = desk.get("/manage/incoming").text
    action = re.findall(r'action="(/manage/incoming/[^"]+)"', page)[0]
    token = re.findall(r'name="_csrf_token" value="([^"]+)"', page)[0]
    return desk.post(
        action, headers={"origin": "http://127.0.0.1:8000"}, data={"_csrf_token": token, **form}
    ).status_code


def test_a_counter_proposal_is_shown_and_taken_as_a_maybe(post: Post, desk: TestClient[Litestar]) -> None:
    post.reply(change=("METHOD:REPLY", "METHOD:COUNTER"))
    assert "1 mail could not be used" in desk.get("/manage").text
    page = desk.get("/manage/incoming").text
    assert "They propose another time" in page
    assert "Proposed: Thursday 18 March 2027, 17:30 to 19:30, Berlin time" in page
    assert f"/manage/gatherings/{post.invitation.gathering_id}/edit" in page
    assert post.rsvp() is None
    assert settle(desk, answer="tentative") == 303
    assert post.rsvp() == ("tentative", 5, "desk")
    assert "Nothing waits" in desk.get("/manage/incoming").text
    assert "could not be used" not in desk.get("/manage").text


def test_an_answer_that_is_not_proved_leads_to_the_guest_it_names(post: Post, desk: TestClient[Litestar]) -> None:
    post.reply(to=f"hanna@{incoming.DOMAIN}")
    page = desk.get("/manage/incoming").text
    assert "It could not be proved" in page
    assert f"/guests/{post.invitation.id}" in page
    assert post.rsvp() is None
    assert settle(desk, answer="accepted") == 303
    assert post.rsvp() == ("accepted", 5, "desk")


def test_what_strangers_write_is_shown_as_words(post: Post, desk: TestClient[Litestar]) -> None:
    post.receive(incoming.letter(post.address, "<script>alert(1)</script>"))
    page = desk.get("/manage/incoming").text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    assert settle(desk) == 303
    with post.centre.database.reading() as session:
        [mail] = session.scalars(sa.select(IncomingMail))
        assert (mail.done, mail.raw) == (True, None)
        assert mail.settled_by is not None


def test_the_guests_page_names_the_other_address(post: Post, desk: TestClient[Litestar]) -> None:
    post.reply(who="amina.work@example.net")
    party = post.invitation.party_id
    assert "amina.work@example.net" in desk.get(f"/manage/people/{party}").text
