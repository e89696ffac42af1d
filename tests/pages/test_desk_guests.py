"""A coordinator invites, answers for those who ring, and looks after the guest list."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import time_machine

from events.log import LogEntry
from planner.database import new_id, utc_now
from planner.gatherings.models import Gathering
from planner.invitations import letters
from planner.invitations.models import Invitation, Letter
from planner.parties.models import Party, StoppedAddress
from planner.rsvps.models import Rsvp
from tests.conftest import statements
from tests.pages.desk import Desk, form_fields, text_of

SOUP = "Soup & Stories"


def url_of(desk: Desk, title: str = SOUP) -> str:
    """Where the event's pages begin."""
    return f"/manage/gatherings/{desk.gathering(title).id}"


def facts(desk: Desk, kind: str) -> list[dict[str, Any]]:
    """What the log says of that kind."""
    with desk.database.reading() as session:
        query = sa.select(LogEntry.data).where(LogEntry.type == kind).order_by(LogEntry.id)
        return list(session.scalars(query))


def for_the_page(asked: list[str]) -> list[str]:
    """The statements without those of who looks at the log's end twice a second."""
    return [one for one in asked if not one.startswith("BEGIN") and "max(domain_event.sequence)" not in one]


def test_the_guest_list_shows_each_answer_and_how_it_came(desk: Desk) -> None:
    page = text_of(desk.get(f"{url_of(desk)}/guests"))
    assert "6 yes" in page
    assert "5 waiting" in page
    assert "of 24 seats taken" in page
    assert "Okafor-Lindqvist" in page
    assert "Just now, by link" in page
    assert "Answer for them: Ben Amor" in page


def test_answers_of_an_hour_ago_are_not_called_just_now(desk: Desk) -> None:
    with time_machine.travel(utc_now() + timedelta(hours=1), tick=False):
        assert "Just now" not in desk.get(f"{url_of(desk)}/guests")


def test_filters_and_a_name_narrow_the_list(desk: Desk) -> None:
    waiting = text_of(desk.get(f"{url_of(desk)}/guests?answer=waiting"))
    assert "García Molina" in waiting
    assert "Okafor-Lindqvist" not in waiting
    found = text_of(desk.get(f"{url_of(desk)}/guests?find=garcía"))
    assert "García Molina" in found
    assert "Haddad" not in found
    assert "Nobody is called like that here" in desk.get(f"{url_of(desk)}/guests?find=%25")
    desk.get(f"{url_of(desk)}/guests?answer=nonsense&page=-3")


def test_the_part_that_changes_by_itself_is_a_piece_of_the_page(desk: Desk) -> None:
    part = desk.get(f"{url_of(desk)}/guests/part?answer=waiting")
    assert "<html" not in part
    assert "García Molina" in part


def test_two_thousand_guests_cost_the_same_few_queries(desk: Desk) -> None:
    gathering = desk.gathering(SOUP)
    path = f"{url_of(desk)}/guests"
    with statements() as few:
        desk.get(path)
    with desk.database.writing() as session:
        parties = [
            {
                "id": new_id(),
                "organization_id": gathering.organization_id,
                "kind": "household",
                "name": f"Family {number}",
                "adults": 2,
                "children": 1,
            }
            for number in range(2000)
        ]
        session.execute(sa.insert(Party), parties)
        asked = [{"id": new_id(), "gathering_id": gathering.id, "party_id": row["id"]} for row in parties]
        session.execute(sa.insert(Invitation), asked)
        said = {"gathering_id": gathering.id, "answer": "tentative", "source": "link", "answered_at": utc_now()}
        session.execute(sa.insert(Rsvp), [{"invitation_id": row["id"], **said} for row in asked[:1000]])
    with statements() as many:
        page = desk.get(path)
    assert "1 to 50 of 2021" in text_of(page)
    assert len(for_the_page(many)) == len(for_the_page(few)) <= 7
    assert len(desk.get(f"{path}.csv").splitlines()) == 2022


def test_the_table_for_spreadsheets_runs_no_formula(desk: Desk) -> None:
    with desk.database.writing() as session:
        party = session.scalars(sa.select(Party).where(Party.name == "Haddad")).one()
        party.name = "=HYPERLINK(1)"
    table = desk.client.get(f"{url_of(desk)}/guests.csv")
    assert table.headers["content-type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert rows[0][:2] == ["Name", "Kind"]
    row = next(row for row in rows if "HYPERLINK" in row[0])
    assert row[0] == "'=HYPERLINK(1)"
    assert row[5:8] == ["Yes", "2", "4"]


def test_who_rings_is_answered_for_in_two_presses(helper: Desk) -> None:
    invitation = helper.invitation(helper.gathering(SOUP), "Weber")
    assert f"/manage/answer/{invitation.id}" in helper.get(f"{url_of(helper)}/guests")
    typed = form_fields(helper.get(f"/manage/answer/{invitation.id}"))
    helper.post(f"/manage/answer/{invitation.id}", {**typed, "answer": "tentative", "note": "Tom may be ill."})
    page = text_of(helper.get(f"{helper.link_of(invitation)}?done=answered"))
    assert "The answer is saved." in page
    assert "Maybe" in page
    assert "at the desk" in page
    assert "Tom may be ill." in page
    with helper.database.reading() as session:
        assert session.get_one(Rsvp, invitation.id).source == "desk"


def test_a_yes_with_nobody_is_refused_at_the_field(desk: Desk) -> None:
    invitation = desk.invitation(desk.gathering(SOUP), "Weber")
    typed = {"answer": "accepted", "adults": "0", "children": "0", "note": "Perhaps"}
    page = desk.post(f"/manage/answer/{invitation.id}", typed, 422).text
    assert "at least one person" in text_of(page)
    assert form_fields(page)["note"] == "Perhaps"
    desk.post(f"/manage/answer/{invitation.id}", {"adults": "two"}, 422)


def test_a_choice_is_counted_before_it_is_sent(desk: Desk) -> None:
    desk.post("/manage/gatherings/new", NEW)
    url = url_of(desk, "Tea")
    group = form_value(desk.get(f"{url}/invite"), "group")
    asked = desk.post(f"{url}/invite/asked", {"group": group}, 200).text
    assert "10 households are asked now." in text_of(asked)
    page = desk.post(f"{url}/invite", {"group": group, "send": "9"}, 409).text
    assert "The number is another one now" in text_of(page)
    desk.post(f"{url}/invite", {"group": group, "send": "10"})
    with desk.database.reading() as session:
        query = sa.select(sa.func.count()).where(Invitation.gathering_id == desk.gathering("Tea").id)
        assert session.scalar(query) == 10
    assert "All have been invited already" in text_of(desk.get(f"{url}/invite"))


NEW = {
    "title": "Tea",
    "date": "2027-05-04",
    "starts_at": "15:00",
    "ends_at": "17:00",
    "time_zone": "Europe/Berlin",
    "where": "place",
    "visibility": "invited",
}


def form_value(page: str, name: str) -> str:
    """The value of the first box of that name."""
    before = page.index(f'name="{name}" value="') + len(f'name="{name}" value="')
    return page[before : page.index('"', before)]


def test_who_is_invited_twice_gets_one_invitation(desk: Desk) -> None:
    gathering = desk.gathering(SOUP)
    party = desk.invitation(gathering, "Haddad").party_id
    before = len(facts(desk, "PartyInvited"))
    page = desk.post(f"{url_of(desk)}/invite", {"party": str(party), "count": "yes"}, 200).text
    assert "1 is invited already and gets no second mail." in text_of(page)
    desk.post(f"{url_of(desk)}/invite", {"everyone": "yes", "send": "0"})
    assert len(facts(desk, "PartyInvited")) == before


def test_one_more_household_without_an_address_gets_a_card(desk: Desk) -> None:
    new = {"kind": "household", "name": "Castillo", "email": "", "adults": "2", "children": "1"}
    answer = desk.post(f"{url_of(desk)}/invite", {**new, "send": "1"})
    assert answer.headers["location"].endswith("/guests?done=invited&n=1")
    assert "No mail address" in text_of(desk.get(f"{url_of(desk)}/guests?find=castillo"))
    cards = desk.get(f"{url_of(desk)}/cards")
    words = text_of(cards)
    assert "the Castillo household" in words
    assert "We need" not in words
    assert "cut here and give it to Hanna Brandt" in words
    assert 'class="qr"' in cards
    assert "Haddad" not in words


def test_a_card_keeps_the_lines_of_a_list(desk: Desk) -> None:
    invitation = desk.invitation(desk.gathering(SOUP), "Weber")
    with desk.database.writing() as session:
        session.get_one(Gathering, invitation.gathering_id).description = "We bring:\n\n- soup & bread\n- spoons"
    card = desk.get(f"{url_of(desk)}/cards?invitation={invitation.id}")
    assert "We bring:<br>soup &amp; bread<br>spoons" in card


def test_the_chosen_see_their_own_name_in_the_mail_before_it_goes(desk: Desk) -> None:
    desk.post(f"{url_of(desk)}/invite", {"name": "Castillo", "email": "c@castillo.test", "send": "1"})
    form = {"kind": "household", "name": "Aalto", "email": "a@aalto.test"}
    desk.post("/manage/people/new", form)
    with desk.database.reading() as session:
        aalto = session.scalars(sa.select(Party).where(Party.name == "Aalto")).one()
    for path in ("invite", "invite/asked"):
        page = desk.post(f"{url_of(desk)}/{path}", {"party": str(aalto.id), "words": "Come!"}, 200).text
        assert "As <bdi>Aalto</bdi> gets it" in page
        assert f"words=Come%21&amp;party={aalto.id}" in page.replace("&amp;amp;", "&amp;")


def test_one_more_with_a_wrong_address_is_told_so_and_nobody_is_invited(desk: Desk) -> None:
    new = {"kind": "household", "name": "Castillo", "email": "castillo@", "send": "1", "words": "Come!"}
    page = desk.post(f"{url_of(desk)}/invite", new, 422).text
    assert 'id="email-error"' in page
    assert form_fields(page)["name"] == "Castillo"
    assert form_fields(page)["words"] == "Come!"


def test_ticks_survive_looking_for_another_name(desk: Desk) -> None:
    desk.post("/manage/gatherings/new", NEW)
    party = desk.invitation(desk.gathering(SOUP), "Haddad").party_id
    page = desk.post(
        f"{url_of(desk, 'Tea')}/invite", {"party": str(party), "find": "Weber", "look": "yes"}, 200
    ).text
    assert "Weber" in text_of(page)
    assert form_fields(page)["party"] == str(party)
    assert "1 household is asked now." in text_of(page)


def test_nobody_chosen_is_said(desk: Desk) -> None:
    page = desk.post(f"{url_of(desk)}/invite", {"send": "0"}, 422).text
    assert "Choose at least one" in text_of(page)


def test_a_link_is_sent_again_renewed_and_withdrawn(desk: Desk) -> None:
    invitation = desk.invitation(desk.gathering(SOUP), "Haddad")
    page = desk.link_of(invitation)
    old = form_fields(desk.get(page))
    desk.post(page, {"do": "send-link"})
    assert len(facts(desk, "LinkSentAgain")) == 1
    desk.post(page, {"do": "renew-link"})
    assert desk.invitation(desk.gathering(SOUP), "Haddad").link_version == invitation.link_version + 1
    assert old is not None
    answer = desk.post(page, {"do": "withdraw"})
    assert "done=withdrawn" in answer.headers["location"]
    desk.get(page, 404)
    assert "Haddad" not in text_of(desk.get(f"{url_of(desk)}/guests"))
    desk.post(f"{url_of(desk)}/guests/{invitation.id}", {"do": "anything"}, 409)


def test_a_coordinator_decides_whether_who_is_uninvited_is_told(desk: Desk) -> None:
    invitation = desk.invitation(desk.gathering(SOUP), "Haddad")
    page = desk.link_of(invitation)
    assert "Withdraw quietly" in desk.get(page)
    answer = desk.post(page, {"do": "withdraw-and-tell"})
    assert "done=withdrawn-told" in answer.headers["location"]
    assert [fact["tell"] for fact in facts(desk, "InvitationWithdrawn")] == [True]


def test_helpers_do_not_withdraw(helper: Desk) -> None:
    invitation = helper.invitation(helper.gathering(SOUP), "Haddad")
    helper.get(helper.link_of(invitation))
    helper.post(helper.link_of(invitation), {"do": "withdraw"}, 403)


def test_an_address_that_came_back_is_found_and_mended(desk: Desk) -> None:
    invitation = desk.invitation(desk.gathering(SOUP), "Haddad")
    with desk.database.writing() as session:
        party = session.get_one(Party, invitation.party_id)
        address = party.email or ""
        stopped = {"email_key": party.email_key, "reason": "no such user"}
        session.add(StoppedAddress(organization_id=party.organization_id, **stopped))
    today = desk.get("/manage")
    assert "Mail to Haddad came back" in text_of(today)
    assert today.count("Mail to Haddad came back") == 1
    page = desk.link_of(invitation)
    assert "no such user" in desk.get(page)
    assert "Mail came back" in text_of(desk.get(f"{url_of(desk)}/guests"))

    wrong = {"do": "mend", "old": address, "at": "email-1", "email-1": "rania@"}
    assert 'id="email-1-error"' in desk.post(page, wrong, 422).text
    desk.post(page, {**wrong, "email-1": "rania.haddad@families.example"})
    assert "came back" not in text_of(desk.get("/manage"))
    assert str(invitation.id) in facts(desk, "AddressMended")[0]["invitation_ids"]


def test_a_message_is_shown_with_its_number_before_it_goes(desk: Desk) -> None:
    url = f"{url_of(desk)}/letters"
    typed = {"audience": ["accepted", "waiting"], "subject": "Slippers", "words": "Please bring **slippers**."}
    page = desk.post(url, typed, 200).text
    assert "This goes to 11 guests" in text_of(page)
    assert "<strong>slippers</strong>" in page
    with desk.database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Letter)) == 0
    assert form_fields(desk.post(url, {**typed, "change": "yes"}, 200).text)["subject"] == "Slippers"
    answer = desk.post(url, {**typed, "send": "yes"})
    assert answer.headers["location"].endswith("done=written&n=11")
    written = text_of(desk.get(url))
    assert "Slippers" in written
    assert "Hanna Brandt" in written


def test_a_message_needs_readers_a_subject_and_words(desk: Desk) -> None:
    page = desk.post(f"{url_of(desk)}/letters", {"subject": "", "words": ""}, 422).text
    for field in ("audience", "subject", "words"):
        assert f'href="#{field}"' in page


def test_a_guests_question_is_read_and_settled(desk: Desk) -> None:
    invitation = desk.invitation(desk.gathering(SOUP), "Weber")
    with desk.database.writing() as session:
        own = session.get_one(Invitation, invitation.id)
        question = letters.ask_question(session, own, "May grandmother come? <script>alert(1)</script>")
    assert "Weber asks about" in text_of(desk.get("/manage"))
    page = desk.get(f"{url_of(desk)}/letters")
    assert "May grandmother come?" in page
    assert "<script>alert" not in page
    desk.post(f"/manage/questions/{question.id}")
    assert "Weber asks about" not in text_of(desk.get("/manage"))
    assert "Settled" in text_of(desk.get(f"{url_of(desk)}/letters"))


def test_the_history_says_who_did_what(desk: Desk) -> None:
    words = text_of(desk.get(f"{url_of(desk)}/history"))
    assert "Hanna Brandt invited 21 guests" in words
    assert "Hanna Brandt published the event" in words
    assert "Haddad said yes: 2 adults and 4 children" in words
    assert "entered by Hanna Brandt" in words


def test_a_long_history_goes_on_without_gaps(desk: Desk) -> None:
    invitation = desk.invitation(desk.gathering(SOUP), "Weber")
    for number in range(60):
        answer = "tentative" if number % 2 else "declined"
        desk.post(f"/manage/answer/{invitation.id}", {"answer": answer, "adults": "1", "children": "0"})
    path, seen = f"{url_of(desk)}/history", ""
    for _page in range(3):
        page = desk.get(path)
        seen += text_of(page)
        if "?before=" not in page:
            break
        onward = page[page.index("?before=") :].split('"')[0]
        path = f"{url_of(desk)}/history{onward}"
    assert seen.count("Weber said") == 60
    assert seen.count("invited 21 guests") == 1
    assert "began a draft" in seen
