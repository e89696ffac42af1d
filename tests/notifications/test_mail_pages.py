"""The pages about mail, through the whole application."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from litestar import Litestar
from litestar.testing import TestClient

from notifications.installation import here
from planner.accounts import actions as accounts
from planner.accounts.models import Membership
from planner.database import Database, utc_now
from planner.gatherings import actions as gatherings
from planner.gatherings.fields import GatheringFields
from planner.gatherings.models import Gathering
from planner.invitations.models import Invitation
from planner.parties.models import Party
from planner.settings import Settings
from planner.web import SESSION_COOKIE
from tests.conftest import application
from tests.notifications.conftest import Centre, make_centre, okafor
from tests.notifications.telling import tell_settled

Browser = TestClient[Litestar]


@pytest.fixture
def centre(sqlite_database: Database, settings: Settings) -> Centre:
    return make_centre(sqlite_database, settings)


@pytest.fixture
def browser(centre: Centre, settings: Settings) -> Iterator[Browser]:
    """Hanna, signed in."""
    with centre.database.writing() as session:
        secret = accounts.open_session(
            session, session.get_one(Membership, (centre.organization_id, centre.owner.account_id))
        )
    with TestClient(application(settings, centre.database), base_url=settings.base_url) as client:
        client.cookies.set(SESSION_COOKIE, secret)
        yield client


@pytest.fixture
def invited(centre: Centre) -> Invitation:
    """A household whose invitation is written."""
    [invitation] = centre.invite(centre.plan())
    centre.deliver()
    return invitation


def press(browser: Browser, path: str, **fields: str) -> int:
    """Posts a form of the desk."""
    browser.get("/manage/mail")
    token = browser.cookies.get("planner_csrf", "")
    return browser.post(path, data={"_csrf_token": token, **fields}).status_code


def token_of(centre: Centre, party_id: UUID) -> str:
    with centre.database.reading() as session:
        return here().party_token(session.get_one(Party, party_id))


def unsubscribed(centre: Centre, party_id: UUID) -> bool:
    with centre.database.reading() as session:
        return session.get_one(Party, party_id).unsubscribed_at is not None


def test_the_mailbox_lists_mails_and_opens_one(browser: Browser, centre: Centre, invited: Invitation) -> None:
    [mail] = centre.mails()
    page = browser.get(f"/manage/mail?open={mail.id}")
    assert page.status_code == 200
    # It may be broken after a sign.
    assert "amina@example.org" in page.text.replace("<wbr>", "")
    assert f'src="/manage/mail/{mail.id}/html"' in page.text
    assert "BEGIN:VCALENDAR" in browser.get(f"/manage/mail?open={mail.id}&show=calendar").text
    assert "Message-ID: " in browser.get(f"/manage/mail?open={mail.id}&show=source").text
    assert "amina@" not in browser.get("/manage/mail?state=sent").text


def test_a_mail_in_its_frame_runs_nothing(browser: Browser, centre: Centre, invited: Invitation) -> None:
    framed = browser.get(f"/manage/mail/{centre.mails()[0].id}/html")
    policy = framed.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script" not in policy


def test_another_organisation_does_not_see_a_mail(browser: Browser, centre: Centre, settings: Settings) -> None:
    with centre.database.writing() as session:
        other = accounts.found_organization(session, "Elsewhere", "other@elsewhere.example")
        accounts.request_sign_in(session, "hanna@lindenhof.example")
    theirs = Centre(centre.database, settings, centre.worker, other.organization_id, other)
    theirs.invite(theirs.plan())
    theirs.deliver()
    assert {mail.kind for mail in centre.mails()} == {"invitation", "sign-in"}
    for mail in centre.mails():
        assert browser.get(f"/manage/mail/{mail.id}/html").status_code == 404
    assert "amina@example.org" not in browser.get("/manage/mail").text


def test_a_mail_that_was_sent_is_sent_again_as_a_new_one(
    browser: Browser, centre: Centre, invited: Invitation
) -> None:
    centre.worker.start()
    [first] = centre.mails()
    while centre.mails()[0].state != "sent":
        pass
    centre.worker.stop()
    assert press(browser, f"/manage/mail/{first.id}/again") == 200
    before, after = centre.mails()
    assert after.state == "queued"
    assert after.message_id != before.message_id
    assert (after.text, after.calendar, after.headers) == (before.text, before.calendar, before.headers)


def test_the_sending_is_stopped_and_goes_on(browser: Browser, centre: Centre) -> None:
    gathering = centre.plan()
    centre.invite(gathering, *[okafor(name=f"Family {n}", email=f"p{n}@example.org") for n in range(3)])
    page = browser.get(f"/manage/gatherings/{gathering}/sending")
    assert "The invitations are being written" in page.text
    assert 'class="bar"' in page.text.split("are being written")[1].split("</section>")[0]
    centre.deliver()
    page = browser.get(f"/manage/gatherings/{gathering}/sending")
    assert "Sending 3 invitations" in page.text
    assert "0 of 3 are kept here" in page.text
    press(browser, f"/manage/gatherings/{gathering}/sending/stop")
    assert {mail.state for mail in centre.mails()} == {"stopped"}
    assert "3 invitations are kept back." in browser.get(f"/manage/gatherings/{gathering}/sending").text
    press(browser, f"/manage/gatherings/{gathering}/sending/resume")
    assert {mail.state for mail in centre.mails()} == {"queued"}


def test_a_mail_that_was_kept_back_says_where_it_is_now_when_it_is_let_go(
    browser: Browser, centre: Centre, invited: Invitation
) -> None:
    sending = f"/manage/gatherings/{invited.gathering_id}/sending"
    press(browser, f"{sending}/stop")
    centre.act(invited.gathering_id, gatherings.change, GatheringFields(venue="Library"))
    centre.deliver()
    tell_settled(centre.database, utc_now() + timedelta(hours=1))
    assert centre.mails("moved") == []
    press(browser, f"{sending}/resume")
    [mail] = centre.mails("invitation")
    assert mail.state == "queued"
    assert "Library" in mail.text


def test_mails_that_were_kept_back_say_what_holds_when_they_are_let_go(browser: Browser, centre: Centre) -> None:
    days = centre.repeat()
    centre.invite_to_all(days)
    centre.deliver()
    assert "Sending 1 invitation" in browser.get(f"/manage/gatherings/{days[2].id}/sending").text
    press(browser, f"/manage/gatherings/{days[2].id}/sending/stop")
    centre.act(days[1].id, gatherings.cancel, "")
    centre.deliver()
    press(browser, f"/manage/gatherings/{days[2].id}/sending/resume")
    [mail] = centre.mails("invitation")
    assert mail.state == "queued"
    assert "18 March" in mail.text
    assert "25 March" not in mail.text


@pytest.mark.parametrize("kind", ["invitation", "moved", "cancelled", "letter"])
def test_a_mail_is_shown_before_it_is_sent_and_nothing_is_kept_of_it(
    browser: Browser, centre: Centre, invited: Invitation, kind: str
) -> None:
    query = "words=Hello+there&starts_at=2027-03-25T16:30:00%2B00:00&ends_at=2027-03-25T18:30:00%2B00:00"
    path = f"/manage/gatherings/{invited.gathering_id}/preview/{kind}"
    for party in ("", f"&party={invited.party_id}"):
        page = browser.get(f"{path}?{query}{party}")
        assert page.status_code == 200
        assert "Hello there" in page.text
        assert "/r/" not in page.text
        assert ("25 March" in page.text) == (kind == "moved")
    assert len(centre.mails()) == 1
    assert "18 March" in browser.get(f"/manage/gatherings/{invited.gathering_id}/preview/letter").text


def test_a_move_of_many_days_is_shown_as_the_mail_that_names_those_to_which_its_reader_is_invited(
    browser: Browser, centre: Centre
) -> None:
    days = centre.repeat()
    asked = centre.invite_to_all(days)
    centre.invite(days[0].id, okafor(name="Obi", email="obi@example.org"))
    query = "starts_at=2027-03-19T16:30:00%2B00:00&ends_at=2027-03-19T18:30:00%2B00:00&words=Choir"
    path = f"/manage/gatherings/{days[0].id}/preview/moved?{query}&party={asked[0].party_id}&scope="
    alone, following = (browser.get(f"{path}{scope}").text for scope in ("this", "following"))
    assert alone.count("<del>") == 1
    assert following.count("<del>") == 4
    assert following.index("Thursday 25 March") < following.index("Friday 26 March 2027")
    assert "Choir" in following
    with centre.database.reading() as session:
        obi = session.scalar(sa.select(Party.id).where(Party.name == "Obi"))
    assert browser.get(path.replace(str(asked[0].party_id), str(obi)) + "all").text.count("<del>") == 1
    with centre.database.reading() as session:
        assert session.get_one(Gathering, days[1].id).starts_at == days[1].starts_at


def test_the_mailbox_says_of_a_mail_about_many_days_which_they_are(browser: Browser, centre: Centre) -> None:
    days = centre.repeat()
    centre.invite_to_all(days)
    centre.deliver()
    [mail] = centre.mails()
    page = browser.get(f"/manage/mail?open={mail.id}").text
    assert all(f'<a href="/manage/gatherings/{day.id}">' in page for day in days)
    assert "Thu 8 Apr" in page
    centre.leave()
    centre.act(days[2].id, gatherings.cancel, "")
    assert press(browser, f"/manage/mail/{mail.id}/again") == 409


def test_a_preview_says_from_whom_and_of_what_in_the_reader_s_words(
    browser: Browser, centre: Centre, invited: Invitation
) -> None:
    path = f"/manage/gatherings/{invited.gathering_id}/preview/invitation?language=es"
    shown, other = (re.sub(r' style="[^"]*"', "", browser.get(one).text) for one in (path, f"{path}&lang=es"))
    assert '<html lang="es" dir="ltr">' in shown
    head, _quilt, _mail = shown.partition('class="band"')
    assert 'lang="en">From</span> <bdi>Lindenhof Family Centre</bdi>' in head
    subject = "¿Podemos contar con su presencia? Soup &amp; Stories, jueves 18 de marzo, 17:30"
    assert f'lang="en">Subject</span> <strong>{subject}</strong>' in head
    assert 'lang="es">Asunto</span>' in other
    assert ">Subject<" not in centre.mails()[0].html


def test_the_invitation_is_shown_to_a_guest_with_the_words_typed_for_them(
    browser: Browser, centre: Centre
) -> None:
    draft = centre.plan(publish=False)
    path = f"/manage/gatherings/{draft}"
    example = browser.get(f"{path}/preview/invitation").text
    assert "Dear (name)," in example
    assert "An example: nobody is chosen yet." in browser.get(f"{path}/invite").text
    [_first] = centre.invite(draft, okafor(name="Meyer", email="meyer@example.org"))
    [second] = centre.invite(draft, okafor(), words="Bring a spoon.")
    page = browser.get(f"{path}/publish").text
    assert "As <bdi>Okafor-Lindqvist</bdi> gets it" in page
    assert f"/preview/invitation?party={second.party_id}" in page
    shown = browser.get(f"{path}/preview/invitation?party={second.party_id}").text
    assert "Dear Okafor-Lindqvist," in shown
    assert "Bring a spoon." in shown
    assert "Bring a spoon." not in browser.get(f"{path}/preview/invitation?party={second.party_id}&words=").text


def test_opening_the_page_leaves_nothing_and_one_press_leaves(
    browser: Browser, centre: Centre, invited: Invitation
) -> None:
    path = f"/unsubscribe/{token_of(centre, invited.party_id)}"
    browser.cookies.clear()
    assert browser.get(path).status_code == browser.head(path).status_code == 200
    assert not unsubscribed(centre, invited.party_id)
    assert "No more invitations will come" in browser.post(path).text
    assert unsubscribed(centre, invited.party_id)
    browser.post(path, data={"action": "undo"})
    assert not unsubscribed(centre, invited.party_id)


@pytest.mark.parametrize("how", ["form", "multipart"])
def test_a_mail_program_leaves_by_itself(browser: Browser, centre: Centre, invited: Invitation, how: str) -> None:
    path = f"/unsubscribe/{token_of(centre, invited.party_id)}"
    browser.cookies.clear()
    said = {"List-Unsubscribe": "One-Click"}
    answer = (
        browser.post(path, data=said)
        if how == "form"
        else browser.post(path, files={name: (None, value) for name, value in said.items()})
    )
    assert answer.status_code == 200
    assert unsubscribed(centre, invited.party_id)


def test_without_a_mail_server_no_mail_is_called_sent(browser: Browser, invited: Invitation) -> None:
    page = browser.get("/manage/mail").text
    assert "Kept here" in page and ">Sent" not in page


def test_the_language_of_mails_is_chosen(browser: Browser, centre: Centre, invited: Invitation) -> None:
    path = f"/preferences/{token_of(centre, invited.party_id)}"
    assert browser.get(path).status_code == 200
    browser.post(path, data={"language": "en", "stop": "1"})
    with centre.database.reading() as session:
        assert session.get_one(Party, invited.party_id).language == "en"
    assert unsubscribed(centre, invited.party_id)


@pytest.mark.parametrize("page", ["unsubscribe", "preferences"])
def test_a_link_that_opens_nothing_looks_like_any_other(browser: Browser, page: str) -> None:
    for token in ("x", "A" * 43):
        assert browser.get(f"/{page}/{token}").status_code == 404
        assert browser.post(f"/{page}/{token}").status_code == 404


def test_programs_list_mails_by_state(browser: Browser, centre: Centre, invited: Invitation) -> None:
    with centre.database.writing() as session:
        token = accounts.create_api_token(
            session, session.get_one(Membership, (centre.organization_id, centre.owner.account_id))
        )
    headers = {"authorization": f"Bearer {token}"}
    [item] = browser.get("/api/v1/messages?state=queued", headers=headers).json()["items"]
    [mail] = centre.mails()
    assert item == {
        "id": str(mail.id),
        "to": "amina@example.org",
        "kind": "invitation",
        "state": "queued",
        "attempts": 0,
        "last_error": None,
    }
    assert browser.get("/api/v1/messages?state=sent", headers=headers).json()["items"] == []
    assert browser.get("/api/v1/messages?state=odd", headers=headers).status_code == 422
