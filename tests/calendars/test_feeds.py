"""What a subscriber fetches."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from zoneinfo import ZoneInfo

import icalendar
import pytest
import time_machine
from litestar import Litestar
from litestar.testing import TestClient

from planner.accounts.models import Membership, Organization, Role
from planner.calendars.actions import (
    create_feed,
    find_party_feed,
    party_feed,
    prepare_party_feed,
    revoke_feed,
    rotate_feed,
    stop_party_feed,
)
from planner.calendars.links import subscription
from planner.calendars.models import Feed, Scope
from planner.calendars.serving import FeedServer
from planner.calendars.versions import raise_organization_versions, raise_party_version, raise_versions
from planner.errors import Invalid, NotFound
from planner.gatherings.models import Gathering, Status, Visibility
from planner.http import masked
from planner.parties.models import Kind, Party
from planner.rsvps.models import Answer, Rsvp
from tests.calendars.conftest import SETTINGS, SIGNER, STARTS_AT, House
from tests.calendars.reading import assert_bytes_are_sound, assert_libical_takes_it, event, unfolded, value
from tests.conftest import statements

Client = TestClient[Litestar]
PUBLIC = "/calendars/public/lindenhof.ics"
NOW = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """Monday morning, standing still."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def titles(calendar: bytes) -> list[str]:
    assert_bytes_are_sound(calendar)
    assert_libical_takes_it(calendar)
    return [str(found["SUMMARY"]) for found in icalendar.Calendar.from_ical(calendar).events]


def change(house: House, gathering: Gathering, **facts: object) -> None:
    with house.database.writing() as session:
        row = session.get_one(Gathering, gathering.id)
        for name, fact in facts.items():
            setattr(row, name, fact)
        row.revision += 1
        session.flush()
        raise_versions(session, row)


def test_the_public_feed_shows_what_is_public_and_published_in_order(client: Client, house: House) -> None:
    house.gathering(title="Second", starts_at=STARTS_AT + timedelta(minutes=1))
    house.gathering(title="First")
    house.gathering(title="Draft", status=Status.DRAFT, published_at=None)
    house.gathering(title="Unlisted", visibility=Visibility.UNLISTED)
    house.gathering(title="Invited", visibility=Visibility.INVITED)
    house.gathering(title="Dropped draft", status=Status.CANCELLED, published_at=None, cancelled_at=NOW)
    assert titles(client.get(PUBLIC).content) == ["First", "Second"]


def test_an_organisation_without_events_has_a_feed_and_an_unknown_one_has_none(
    client: Client, house: House
) -> None:
    assert titles(client.get(PUBLIC).content) == []
    assert client.get("/calendars/public/elsewhere.ics").status_code == 404
    assert client.get("/calendars/public/lindenhof").status_code == 404


def test_a_feed_reaches_90_days_back_and_two_years_on(client: Client, house: House) -> None:
    for title, days in (("Long ago", -91), ("Just in", -89), ("In two years", 729), ("Later", 733)):
        starts_at = NOW + timedelta(days=days)
        house.gathering(title=title, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1))
    assert titles(client.get(PUBLIC).content) == ["Just in", "In two years"]


def test_a_cancelled_gathering_stays_for_30_days(
    client: Client, house: House, clock: time_machine.Traveller
) -> None:
    house.gathering(status=Status.CANCELLED, cancelled_at=NOW)
    clock.shift(timedelta(days=30))
    assert value(client.get(PUBLIC).content, "STATUS") == "CANCELLED"
    clock.shift(timedelta(days=1))
    assert titles(client.get(PUBLIC).content) == []


def test_a_feed_answers_with_all_that_a_calendar_program_needs(client: Client, house: House) -> None:
    house.gathering()
    answer = client.get(PUBLIC)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["content-length"] == str(len(answer.content))
    assert answer.headers["cache-control"] == "public, max-age=900"
    assert answer.headers["x-robots-tag"] == "noindex"
    assert answer.headers["etag"].startswith('"')
    assert answer.headers["last-modified"] == "Mon, 01 Mar 2027 09:30:00 GMT"
    assert "set-cookie" not in answer.headers
    party = house.party()
    own = client.get(house.path(house.feed(Scope.PARTY, party_id=party.id)), follow_redirects=False)
    assert (own.status_code, own.headers["cache-control"]) == (200, "private, max-age=900")


def test_a_head_sends_no_body_over_the_wire(client: Client, house: House) -> None:
    house.gathering()
    sent: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    # The server's own words: clients, and servers before them, would hide a body.
    asked = {"method": "HEAD", "path": "/public/lindenhof.ics", "query_string": b"", "headers": []}
    asyncio.run(FeedServer(house.database, SETTINGS, SIGNER).answer(asked, send))  # type: ignore[arg-type]
    assert [(message.get("status"), message.get("body")) for message in sent] == [(200, None), (None, b"")]
    assert (b"content-length", str(len(client.get(PUBLIC).content)).encode()) in sent[0]["headers"]  # type: ignore[operator]


def test_head_says_what_get_would_without_the_body(client: Client, house: House) -> None:
    house.gathering()
    whole, head = client.get(PUBLIC), client.head(PUBLIC)
    assert (head.status_code, head.content) == (200, b"")
    assert dict(head.headers) == dict(whole.headers)
    assert client.post(PUBLIC).status_code == 405


def test_an_unchanged_feed_is_a_304_and_the_tag_wins_over_the_date(client: Client, house: House) -> None:
    house.gathering()
    first = client.get(PUBLIC)
    tag, modified = first.headers["etag"], first.headers["last-modified"]
    unchanged = client.get(PUBLIC, headers={"If-None-Match": tag})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged.headers["etag"] == tag
    assert "content-type" not in unchanged.headers

    def status(**headers: str) -> int:
        return client.get(PUBLIC, headers={k.replace("_", "-"): v for k, v in headers.items()}).status_code

    assert status(If_None_Match=f'"other", W/{tag}') == 304
    assert status(If_None_Match="*") == 304
    assert status(If_None_Match='"other"') == 200
    assert status(If_Modified_Since=modified) == 304
    assert status(If_Modified_Since=format_datetime(NOW - timedelta(seconds=1), usegmt=True)) == 200
    assert status(If_Modified_Since="yesterday") == 200
    assert status(If_None_Match='"other"', If_Modified_Since=modified) == 200
    assert status(If_None_Match=tag, If_Modified_Since="Mon, 01 Mar 1990 09:30:00 GMT") == 304


def test_an_edit_is_in_the_next_answer(client: Client, house: House) -> None:
    gathering = house.gathering()
    first = client.get(PUBLIC)
    change(house, gathering, title="Soup, moved", sequence=1, changed_at=NOW + timedelta(minutes=1))
    later = client.get(PUBLIC, headers={"If-None-Match": first.headers["etag"]})
    assert later.status_code == 200
    assert value(later.content, "SUMMARY") == "Soup\\, moved"
    assert value(later.content, "UID") == value(first.content, "UID")


def test_what_is_no_longer_public_leaves_the_feed_for_those_who_ask_by_date_too(
    client: Client, house: House
) -> None:
    gathering = house.gathering()
    modified = client.get(PUBLIC).headers["last-modified"]
    with house.database.writing() as session:
        row = session.get_one(Gathering, gathering.id)
        row.visibility, row.changed_at = Visibility.INVITED, NOW + timedelta(minutes=1)
        session.flush()
        raise_versions(session, row, also_public=True)
    later = client.get(PUBLIC, headers={"If-Modified-Since": modified})
    assert later.status_code == 200
    assert titles(later.content) == []


def test_a_party_sees_all_that_it_is_invited_to_with_its_answers_and_no_names(
    client: Client, house: House
) -> None:
    party = house.party()
    for number, (title, answer) in enumerate(
        [("Yes", Answer.ACCEPTED), ("No", Answer.DECLINED), ("Maybe", Answer.TENTATIVE), ("Open", None)]
    ):
        starts_at = STARTS_AT + timedelta(days=number)
        gathering = house.gathering(
            title=title,
            visibility=Visibility.INVITED,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=2),
        )
        invitation = house.invite(party, gathering)
        if answer:
            house.answer(invitation, answer, 2, 3, note="Amara needs a ramp")
    house.invite(party, house.gathering(title="Withdrawn"), withdrawn_at=NOW)
    house.gathering(title="Not invited")
    path = house.path(house.feed(Scope.PARTY, party_id=party.id))
    calendar = client.get(path).content
    assert titles(calendar) == ["Yes", "No", "Maybe", "Open"]
    found = icalendar.Calendar.from_ical(calendar).events
    assert [(str(each["STATUS"]), str(each["TRANSP"])) for each in found] == [
        ("CONFIRMED", "OPAQUE"),
        ("CONFIRMED", "TRANSPARENT"),
        ("TENTATIVE", "OPAQUE"),
        ("TENTATIVE", "TRANSPARENT"),
    ]
    text = "\n".join(unfolded(calendar))
    assert "You said yes for 2 adults and 3 children." in text
    assert "Amara" not in text
    assert "Okafor" not in text
    assert "/r/" not in text
    assert not {"METHOD", "ATTENDEE", "ORGANIZER"} & {line.split(":")[0] for line in unfolded(calendar)}


def test_an_answer_is_in_the_partys_next_feed_and_in_nobody_elses(client: Client, house: House) -> None:
    gathering = house.gathering()
    parties = [house.party(), house.party("Weber")]
    invitations = [house.invite(party, gathering) for party in parties]
    paths = [house.path(house.feed(Scope.PARTY, party_id=party.id)) for party in parties]
    tags = [client.get(path).headers["etag"] for path in paths]
    with house.database.writing() as session:
        session.add(
            Rsvp(
                invitation_id=invitations[0].id,
                gathering_id=gathering.id,
                answer=Answer.ACCEPTED,
                adults=1,
                source="link",
                answered_at=NOW + timedelta(hours=1),
            )
        )
        raise_party_version(session, parties[0].id)
    answers = [client.get(path, headers={"If-None-Match": tag}) for path, tag in zip(paths, tags, strict=True)]
    assert [answer.status_code for answer in answers] == [200, 304]
    assert value(answers[0].content, "DTSTAMP") == "20270301T103000Z"
    assert value(answers[0].content, "LAST-MODIFIED") == "20270301T103000Z"


def test_a_professional_reads_no_numbers(client: Client, house: House) -> None:
    party = house.party("Dr Weber", Kind.PROFESSIONAL)
    house.answer(house.invite(party, house.gathering()), Answer.ACCEPTED, 1)
    calendar = client.get(house.path(house.feed(Scope.PARTY, party_id=party.id))).content
    assert str(event(calendar)["DESCRIPTION"]).startswith("You said yes.\n")


def test_a_subscriber_may_ask_for_its_own_links_and_an_alarm(client: Client, house: House) -> None:
    party = house.party()
    invitation = house.invite(party, house.gathering())
    path = house.path(house.feed(Scope.PARTY, party_id=party.id))
    chosen = client.get(f"{path}?link=1&alarm=30")
    token = SIGNER.token("invitation", invitation.id, invitation.link_version)
    assert f"https://plan.example.org/r/{token}" in str(event(chosen.content)["DESCRIPTION"])
    assert value(chosen.content, "TRIGGER") == "-PT30M"
    again = client.get(f"{path}?link=1&alarm=30", headers={"If-None-Match": chosen.headers["etag"]})
    assert again.status_code == 304
    assert b"/r/" not in client.get(f"{PUBLIC}?link=1").content


@pytest.mark.parametrize(
    "odd",
    [
        *(
            "alarm=-30",
            "alarm=45",
            "alarm=030",
            "alarm=99999999",
            "alarm=x",
            "alarm=%00",
            "alarm=60&alarm=",
            "alarm",
        ),
        *("lang=xx", "lang=", "lang=en", "lang=ES", "lang=../es", "lang=es&lang=xx", "link=no", "only=all"),
        *("%ff", "&&;;==", "=" * 3000, "&".join(f"a{n}={n}" for n in range(2000))),
    ],
)
def test_what_is_no_choice_changes_nothing(client: Client, house: House, odd: str) -> None:
    party = house.party()
    house.invite(party, house.gathering())
    for path in (PUBLIC, house.path(house.feed(Scope.PARTY, party_id=party.id))):
        answer = client.get(f"{path}?{odd}")
        assert (answer.status_code, answer.content) == (200, client.get(path).content)


def test_a_feed_comes_in_the_partys_language_or_in_the_one_asked_for(client: Client, house: House) -> None:
    party = house.party(language="es")
    house.invite(party, house.gathering())
    path = house.path(house.feed(Scope.PARTY, party_id=party.id))
    usual, english = client.get(path), client.get(f"{path}?lang=en")
    assert "Todavía no hay respuesta." in str(event(usual.content)["DESCRIPTION"])
    assert "You have not answered yet." in str(event(english.content)["DESCRIPTION"])
    assert value(english.content, "X-WR-CALDESC") == "What you are invited to\\, with your answers."
    assert usual.headers["etag"] != english.headers["etag"]
    # Each is kept by itself.
    assert client.get(f"{path}?lang=es").content == client.get(path).content == usual.content
    tag = {"If-None-Match": english.headers["etag"]}
    assert client.get(f"{path}?lang=en", headers=tag).status_code == 304
    assert client.get(path, headers=tag).status_code == 200


def test_the_public_and_the_coordinators_feed_come_in_the_language_asked_for(client: Client, house: House) -> None:
    house.gathering()
    account = house.coordinator()
    for path in (PUBLIC, house.path(house.feed(Scope.COORDINATOR, account_id=account.id))):
        assert "Where: Lindenhof" in str(event(client.get(path).content)["DESCRIPTION"])
        assert "Dónde: Lindenhof" in str(event(client.get(f"{path}?lang=es").content)["DESCRIPTION"])


@pytest.mark.parametrize(
    ("chosen", "before_midnight"), [(30, 6), (60, 6), (180, 6), (1440, 6), (2880, 30)], ids=str
)
def test_nobody_is_woken_at_midnight_by_a_whole_day(
    client: Client, house: House, chosen: int, before_midnight: int
) -> None:
    day = datetime(2027, 3, 20, tzinfo=ZoneInfo("Europe/Berlin"))
    house.gathering(all_day=True, starts_at=day, ends_at=day + timedelta(days=1))
    found = event(client.get(f"{PUBLIC}?alarm={chosen}").content)
    assert found.start == day.date()
    (alarm,) = found.walk("VALARM")
    assert -timedelta(hours=before_midnight) == alarm.TRIGGER
    assert (day + alarm.TRIGGER).hour == 18


def test_a_subscriber_may_ask_for_only_what_was_accepted(client: Client, house: House) -> None:
    party = house.party()
    house.invite(party, house.gathering(title="Unanswered"))
    for answer in (Answer.ACCEPTED, Answer.TENTATIVE, Answer.DECLINED):
        house.answer(house.invite(party, house.gathering(title=answer)), answer, 1)
    cancelled = house.gathering(title="Cancelled", status=Status.CANCELLED, cancelled_at=NOW)
    house.answer(house.invite(party, cancelled), Answer.ACCEPTED, 1)
    waiting = house.invite(party, house.gathering(title="Waiting"))
    house.answer(waiting, Answer.ACCEPTED, 1, waiting_since=NOW, seats_held=0)
    path = house.path(house.feed(Scope.PARTY, party_id=party.id))
    chosen = client.get(f"{path}?only=accepted")
    shown = {str(found["SUMMARY"]): found for found in icalendar.Calendar.from_ical(chosen.content).events}
    assert len(shown) == 3
    assert sorted(str(found["STATUS"]) for found in shown.values()) == ["CANCELLED", "CONFIRMED", "TENTATIVE"]
    assert len(titles(client.get(path).content)) == 6
    again = client.get(f"{path}?only=accepted", headers={"If-None-Match": chosen.headers["etag"]})
    assert again.status_code == 304
    assert client.get(f"{path}?only=all").content == client.get(path).content


def test_a_coordinator_sees_all_that_is_published_until_leaving(client: Client, house: House) -> None:
    house.gathering(title="Open")
    house.gathering(title="Closed", visibility=Visibility.INVITED)
    account = house.coordinator()
    path = house.path(house.feed(Scope.COORDINATOR, account_id=account.id))
    assert sorted(titles(client.get(path).content)) == ["Closed", "Open"]
    with house.database.writing() as session:
        session.delete(session.get_one(Membership, (house.organization.id, account.id)))
    assert client.get(path).status_code == 404


def test_an_organisations_secret_feed_shows_what_its_public_one_does(client: Client, house: House) -> None:
    house.gathering(title="Open")
    house.gathering(title="Closed", visibility=Visibility.INVITED)
    assert titles(client.get(house.path(house.feed(Scope.ORGANIZATION))).content) == ["Open"]


def test_unknown_changed_and_revoked_addresses_look_the_same(client: Client, house: House) -> None:
    house.gathering()
    feeds = [house.feed(Scope.ORGANIZATION) for _ in range(2)]
    paths = [house.path(feed) for feed in feeds]
    assert [client.get(path).status_code for path in paths] == [200, 200]
    account = house.coordinator()
    with house.database.writing() as session:
        revoke_feed(session, house.member(session, account), feeds[0].id)
        rotated = house.path(rotate_feed(session, session.get_one(Feed, feeds[1].id)))
    forged = paths[1][:-6] + ("aa" if paths[1][-6:-4] != "aa" else "bb") + ".ics"
    odd = ["/calendars/x.ics", "/calendars/" + "a" * 5000 + ".ics", "/calendars/" + "é" * 43 + ".ics", forged]
    refused = [client.get(path) for path in [*paths, rotated.removesuffix(".ics"), *odd]]
    assert {(answer.status_code, answer.content) for answer in refused} == {(404, b"There is no such calendar.\n")}
    assert len({str(sorted(answer.headers.items())) for answer in refused}) == 1
    assert client.get(rotated).status_code == 200


def test_a_renamed_organisation_renames_its_calendars(client: Client, house: House) -> None:
    party = house.party()
    house.invite(party, house.gathering())
    paths = [PUBLIC, house.path(house.feed(Scope.PARTY, party_id=party.id))]
    before = [client.get(path).content for path in paths]
    with house.database.writing() as session:
        session.get_one(Organization, house.organization.id).name = "Linden"
        session.get_one(Organization, house.organization.id).contact_name = "Yusuf"
        session.flush()
        raise_organization_versions(session, house.organization.id)
    after = [client.get(path).content for path in paths]
    assert {value(calendar, "NAME") for calendar in before} == {"Lindenhof Family Centre"}
    assert {value(calendar, "X-WR-CALNAME") for calendar in after} == {"Linden"}
    assert all("Ask Yusuf" in "".join(unfolded(calendar)) for calendar in after)


def test_a_party_has_one_feed_of_its_own_made_when_first_needed(house: House) -> None:
    party = house.party()
    with house.database.writing() as session:
        first = party_feed(session, session.get_one(Party, party.id))
        again = party_feed(session, session.get_one(Party, party.id))
        assert first.id == again.id
        stop_party_feed(session, session.get_one(Party, party.id))
        assert find_party_feed(session, party.id) is None
        prepare_party_feed(session, session.get_one(Party, party.id))
        assert find_party_feed(session, party.id) is None, "stopped, it is made again only when asked for"
        assert party_feed(session, session.get_one(Party, party.id)).id != first.id


def test_a_feed_is_made_only_of_what_is_the_organisations_own(house: House) -> None:
    other = Organization(name="Elsewhere", slug="elsewhere")
    house.keep(other)
    stranger = Party(organization_id=other.id, kind=Kind.HOUSEHOLD, name="Stranger")
    house.keep(stranger)
    account = house.coordinator()
    with house.database.writing() as session:
        for wrong in (None, stranger.id):
            with pytest.raises(Invalid):
                create_feed(session, house.organization.id, Scope.PARTY, party_id=wrong)
        with pytest.raises(Invalid):
            create_feed(session, house.organization.id, Scope.ORGANIZATION, party_id=stranger.id)
        with pytest.raises(NotFound):
            create_feed(session, other.id, Scope.COORDINATOR, account_id=account.id)
        feed = create_feed(session, house.organization.id, Scope.COORDINATOR, account_id=account.id)
        stranger = Membership(organization_id=other.id, account_id=account.id, role=Role.OWNER)
        with pytest.raises(NotFound):
            revoke_feed(session, stranger, feed.id)


def test_the_partys_own_file_has_its_answer_and_stays_closed_to_others(client: Client, house: House) -> None:
    gathering = house.gathering(visibility=Visibility.INVITED)
    invitation = house.invite(house.party(), gathering)
    house.answer(invitation, Answer.ACCEPTED, 2, 3, answered_at=NOW + timedelta(minutes=5))
    token = SIGNER.token("invitation", invitation.id, 1)
    path = f"/r/{token}/event.ics"
    file = client.get(path)
    assert file.headers["content-type"] == "text/calendar; charset=utf-8"
    assert_bytes_are_sound(file.content)
    assert_libical_takes_it(file.content)
    assert b"METHOD" not in file.content
    assert str(event(file.content)["DESCRIPTION"]).startswith("You said yes for 2 adults and 3 children.\n")
    assert client.head(path).content == b""
    assert client.head(path).headers["content-length"] == str(len(file.content))
    assert client.get(path, headers={"If-None-Match": file.headers["etag"]}).status_code == 304
    assert client.get(f"/r/{SIGNER.token('invitation', invitation.id, 2)}/event.ics").status_code == 404
    with time_machine.travel(gathering.ends_at + timedelta(days=90)):
        assert client.get(path).status_code == 404


def test_a_calendar_can_be_taken_by_any_program() -> None:
    ways = subscription("https://plan.example.org/calendars/secret.ics")
    assert ways.webcal == "webcal://plan.example.org/calendars/secret.ics"
    assert ways.google == (
        "https://calendar.google.com/calendar/render?cid=webcal%3A%2F%2Fplan.example.org%2Fcalendars%2Fsecret.ics"
    )
    assert ways.qr.startswith("<svg")
    assert "style" not in ways.qr
    assert 'fill="#fff"' in ways.qr


def test_a_feeds_token_never_reaches_a_log(house: House) -> None:
    path = house.path(house.feed(Scope.ORGANIZATION))
    assert path.removeprefix("/calendars/")[:43] not in masked(path)
    assert masked(PUBLIC) == PUBLIC


# By topic


def test_a_topic_of_the_public_feed_has_a_calendar_of_its_own(client: Client, house: House) -> None:
    house.gathering(title="Planting", topics=["Garden", "New parents"])
    house.gathering(title="Weeds", topics=["garden"], starts_at=STARTS_AT + timedelta(minutes=1))
    house.gathering(title="Stories", topics=["Reading"])
    house.gathering(title="Guests", topics=["Garden"], visibility=Visibility.INVITED)
    answer = client.get(PUBLIC, params={"topic": " GARDEN "})
    assert titles(answer.content) == ["Planting", "Weeds"]
    assert (
        value(answer.content, "NAME") == value(answer.content, "X-WR-CALNAME") == "Lindenhof Family Centre: garden"
    )
    assert value(answer.content, "DESCRIPTION").endswith(": garden")
    assert titles(client.get(PUBLIC).content) == ["Planting", "Stories", "Weeds"]
    assert answer.headers["etag"] != client.get(PUBLIC).headers["etag"]
    assert answer.headers["cache-control"] == "public, max-age=900"


def test_a_topics_calendar_is_unchanged_where_another_topic_changes(client: Client, house: House) -> None:
    planting = house.gathering(title="Planting", topics=["Garden"])
    stories = house.gathering(title="Stories", topics=["Reading"])
    garden = {"params": {"topic": "Garden"}}
    tag = {"If-None-Match": client.get(PUBLIC, **garden).headers["etag"]}
    assert client.get(PUBLIC, headers=tag, **garden).status_code == 304
    change(house, stories, title="Stories in four languages")
    assert client.get(PUBLIC, headers=tag, **garden).status_code == 304
    change(house, planting, topics=["Reading"])
    answer = client.get(PUBLIC, headers=tag, **garden)
    assert answer.status_code == 404


def test_a_topic_without_events_now_has_an_empty_calendar_and_an_unknown_one_none(
    client: Client, house: House
) -> None:
    house.gathering(topics=["Garden"], starts_at=NOW - timedelta(days=200), ends_at=NOW - timedelta(days=199))
    house.gathering(topics=["Secret"], visibility=Visibility.UNLISTED)
    house.gathering(topics=["Draft"], status=Status.DRAFT, published_at=None)
    empty = client.get(PUBLIC, params={"topic": "Garden"})
    assert (empty.status_code, titles(empty.content)) == (200, [])
    for unknown in ("Gardening", "Secret", "Draft", "x" * 3000, "%ff"):
        assert client.get(PUBLIC, params={"topic": unknown}).status_code == 404


def test_an_unchanged_calendar_of_a_topic_costs_one_read(client: Client, house: House) -> None:
    house.gathering(topics=["Garden"])
    client.get(PUBLIC, params={"topic": "Garden"})
    with statements() as read:
        assert client.get(PUBLIC, params={"topic": "garden"}).status_code == 200
    # On SQLite it goes past SQLAlchemy, on a connection of its own.
    assert len(read) == (0 if house.database.is_sqlite else 1)


def test_a_partys_calendar_knows_no_topics(client: Client, house: House) -> None:
    party = house.party()
    house.invite(party, house.gathering(topics=["Garden"]))
    path = house.path(house.feed(Scope.PARTY, party_id=party.id))
    assert len(titles(client.get(path, params={"topic": "Reading"}).content)) == 1
