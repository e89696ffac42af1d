"""From planning to looking back over the JSON interface, with the mail that really leaves and the links in it."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import Any, NamedTuple

import httpx
import icalendar

from tests.running import Installation, MailSink, wait_until
from tests.whole import mails

INVITES = "Will you come?"
_numbers = itertools.count(1)


class Guests(NamedTuple):
    """A household and a professional of one test alone: their addresses and invitations."""

    okafor: str
    kim: str
    okafors: dict[str, Any]
    kims: dict[str, Any]


def planned(planner: Installation, **fields: Any) -> tuple[dict[str, Any], Guests]:
    """A published event with two guests."""
    planner.api("PATCH", "/organization", {"settle_minutes": 0, "calendar_parts": True})
    event = planner.gathering(capacity=12, visibility="public", **fields)
    number = next(_numbers)
    okafor, kim = f"amina{number}@okafor.test", f"kim{number}@clinic.test"
    parties = [
        {"kind": "household", "name": "Okafor", "email": okafor, "adults": 2, "children": 3},
        {"kind": "professional", "name": "Ji-woo Kim", "email": kim},
    ]
    made = planner.api("POST", f"/gatherings/{event['id']}/invitations", {"parties": parties})["invitations"]
    return event, Guests(okafor, kim, *made)


def types_of(planner: Installation, event: dict[str, Any]) -> list[str]:
    """The kinds of what the log says about an event, in order."""
    log = planner.everything("/events?after=0")
    return [one["type"] for one in log if one["gathering_id"] == event["id"]]


def test_an_invitation_is_what_mail_and_calendar_programs_expect(planner: Installation, sink: MailSink) -> None:
    event, guests = planned(planner, title="Soup & Stories: für alle")
    mail = sink.saying(guests.okafor, INVITES)

    assert mails.shape(mail) == "mixed(alternative(text/plain text/html text/calendar) application/ics)"
    calendar = mails.part(mail, "text/calendar")
    assert calendar.get_param("method") == "PUBLISH" and calendar["Content-Disposition"] is None
    assert mails.part(mail, "application/ics").get_payload(decode=True) == mails.calendar_bytes(mail)
    assert b"\r\nMETHOD:PUBLISH\r\n" in mails.calendar_bytes(mail)
    entry = mails.calendar(mail)
    assert (entry["UID"], entry["SUMMARY"]) == (event["id"], "Soup & Stories: für alle")
    assert "ATTENDEE" not in entry and "planner@hill.test" in entry["ORGANIZER"]

    link = guests.okafors["rsvp_url"]
    assert mails.own_link(mail) == link
    for answer in mails.ANSWERS:
        assert f"{link}?answer={answer}" in mails.links(mails.html(mail))
        assert f"{link}?answer={answer}" in mails.links(mails.text(mail))
    assert all(
        one.startswith(planner.base) for one in mails.links(mails.html(mail)) if "://www.w3.org/" not in one
    )


def test_each_mail_says_who_wrote_it_and_how_to_leave_with_one_press(
    planner: Installation, sink: MailSink
) -> None:
    _event, guests = planned(planner)
    mail = sink.saying(guests.kim, INVITES)
    assert mail["To"].addresses[0].addr_spec == guests.kim
    assert mail["From"].addresses[0].addr_spec == "planner@hill.test"
    assert mail["Message-ID"] and mail["Date"] and mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    leave = mails.links(str(mail["List-Unsubscribe"]))[0].rstrip(">")
    shown = planner.families.get(leave)
    assert shown.status_code == 200 and "Ji-woo Kim" in shown.text
    pressed = planner.families.post(leave, data={"List-Unsubscribe": "One-Click"})
    assert pressed.status_code == 200
    assert planner.families.post(leave, data={"action": "undo"}).status_code in (200, 303)


def test_every_link_in_a_mail_opens_and_changes_nothing(planner: Installation, sink: MailSink) -> None:
    event, guests = planned(planner)
    for address in (guests.okafor, guests.kim):
        mail = sink.saying(address, INVITES)
        for link in {*mails.links(mails.html(mail)), *mails.links(mails.text(mail))}:
            if link.startswith(planner.base):
                assert planner.families.get(link.rstrip(".,>)"), follow_redirects=True).status_code == 200, link
    counts = planner.api("GET", f"/gatherings/{event['id']}")["counts"]
    assert (counts["invited"], counts["accepted"], counts["declined"], counts["tentative"]) == (2, 0, 0, 0)


def test_an_answer_by_link_is_confirmed_and_counted(planner: Installation, sink: MailSink) -> None:
    event, guests = planned(planner)
    invitation = sink.saying(guests.okafor, INVITES)
    link = mails.own_link(invitation)
    answered = planner.families.post(link, data={"answer": "accepted", "adults": 2, "children": 3, "note": "Hi"})
    assert answered.status_code == 303

    confirmation = sink.saying(guests.okafor, "We have saved your answer")
    assert confirmation["In-Reply-To"] == invitation["Message-ID"] in str(confirmation["References"])
    assert mails.calendar(confirmation)["UID"] == event["id"]
    assert "2 adults" in mails.text(confirmation) and "3 children" in mails.text(confirmation)
    [row] = planner.everything(f"/gatherings/{event['id']}/rsvps")
    assert (row["party_id"], row["source"], row["seats_held"]) == (guests.okafors["party_id"], "link", 5)
    assert datetime.fromisoformat(row["answered_at"]).tzinfo


def test_a_partys_feed_follows_its_answer_and_is_not_sent_twice(planner: Installation, sink: MailSink) -> None:
    event, guests = planned(planner)
    party = guests.okafors
    feed = planner.api("POST", "/feeds", {"scope": "party", "party_id": party["party_id"]})
    for url in (feed["url"], f"{planner.base}/calendars/public/{event['organization']}.ics"):
        first = planner.families.get(url)
        assert first.headers["content-type"] == "text/calendar; charset=utf-8" and event["id"] in first.text
        again = planner.families.get(url, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert planner.families.head(url).headers["etag"] == first.headers["etag"]
    before = planner.families.get(feed["url"])
    assert planner.say(party, answer="accepted", adults=2, children=3) == 303
    after = planner.families.get(feed["url"], headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    [entry] = [
        one for one in icalendar.Calendar.from_ical(after.content).walk("VEVENT") if one["UID"] == event["id"]
    ]
    assert "2 adults" in entry["DESCRIPTION"] and "ATTENDEE" not in entry


def test_a_move_asks_those_again_who_said_yes_and_the_calendar_follows(
    planner: Installation, sink: MailSink
) -> None:
    event, guests = planned(planner)
    assert planner.say(guests.okafors, answer="accepted", adults=2, children=0) == 303
    assert planner.say(guests.kims, answer="declined") == 303
    sink.to(guests.kim, 2)
    day = event["starts_at"][:10]
    moved = planner.api("PATCH", f"/gatherings/{event['id']}", {"ends_at": f"{day}T20:15:00+01:00"})
    assert moved["sequence"] > event["sequence"]

    mail = sink.saying(guests.okafor, "17:30 to 20:15")
    assert "17:30 to 19:30" in mails.text(mail)
    entry = mails.calendar(mail)
    assert (entry["UID"], int(entry["SEQUENCE"])) == (event["id"], moved["sequence"])
    assert entry.decoded("DTEND") == datetime.fromisoformat(moved["ends_at"])
    page = planner.families.get(guests.okafors["rsvp_url"]).text
    assert "The time has changed." in page
    assert len(sink.to(guests.kim, 3, seconds=1)) == 2


def test_a_cancellation_tells_all_but_those_who_said_no(planner: Installation, sink: MailSink) -> None:
    event, guests = planned(planner)
    assert planner.say(guests.kims, answer="declined") == 303
    sink.to(guests.kim, 2)
    planner.api("POST", f"/gatherings/{event['id']}/cancel", {"reason": "The heating has failed. I am sorry."})
    mail = sink.saying(guests.okafor, "The heating has failed")
    assert (mails.calendar(mail)["STATUS"], mails.calendar(mail)["UID"]) == ("CANCELLED", event["id"])
    assert planner.say(guests.okafors, answer="accepted") == 409
    assert len(sink.to(guests.kim, 3, seconds=1)) == 2


def test_afterwards_thanks_and_feedback_are_given_and_the_log_tells_it_all(
    planner: Installation, sink: MailSink
) -> None:
    event, guests = planned(planner, days=-1)
    link = guests.okafors["rsvp_url"]
    planner.api(
        "PUT", f"/invitations/{guests.okafors['id']}/rsvp", {"answer": "accepted", "adults": 2, "children": 1}
    )
    planner.api("POST", f"/gatherings/{event['id']}/held")
    sink.saying(guests.okafor, f"{link}/thanks")

    thanks = {
        "to": "everyone",
        "words": "You stayed until the last chair stood.",
        "from_name": "Amina",
        "shared": "yes",
    }
    assert planner.families.get(f"{link}/thanks").status_code == 200
    assert planner.families.post(f"{link}/thanks", data=thanks).status_code == 303
    assert (
        planner.families.post(f"{link}/feedback", data={"welcome": 3, "better": "More bread"}).status_code == 303
    )
    [note] = planner.everything(f"/gatherings/{event['id']}/appreciation")
    assert note["words"] == thanks["words"]
    summary = planner.api("GET", f"/gatherings/{event['id']}/feedback")
    assert (summary["answers"], summary["counts"]) == (1, None)

    expected = [
        *("GatheringPublished", "PartyInvited", "PartyInvited", "RsvpRecorded"),
        *("GatheringHeld", "AppreciationGiven", "FeedbackGiven"),
    ]
    assert wait_until(lambda: [one for one in types_of(planner, event) if one in expected] == expected, 5)


def test_pages_and_files_of_an_event_need_no_sign_in(planner: Installation) -> None:
    event, guests = planned(planner, title="Planting day")
    link = guests.okafors["rsvp_url"]
    for url, kind in [
        (planner.base + "/", "text/html"),
        (event["url"], "text/html"),
        (event["ics_url"], "text/calendar"),
        (link, "text/html"),
        (f"{link}/event.ics", "text/calendar"),
    ]:
        answer = planner.families.get(url)
        assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, kind), url
    assert planner.families.get(f"{planner.base}/manage", follow_redirects=False).status_code in (302, 303)


def test_no_mail_came_twice(planner: Installation, sink: MailSink) -> None:
    _event, guests = planned(planner)
    assert sink.to(guests.okafor) and sink.to(guests.kim)
    assert wait_until(lambda: not planner.everything("/messages?state=queued"))
    ids = [f"{to} {mail['Message-ID']}" for to, mail in sink.mails]
    assert len(ids) == len(set(ids))


def test_a_program_that_repeats_itself_makes_one_event(planner: Installation) -> None:
    fields = {"title": "Once", "starts_at": "2030-05-01T10:00:00Z", "ends_at": "2030-05-01T11:00:00Z"}
    headers = {"Authorization": f"Bearer {planner.token}", "Idempotency-Key": "once"}
    url = f"{planner.base}/api/v1/gatherings"
    answers = [httpx.post(url, json={**fields, "time_zone": "UTC"}, headers=headers) for _try in range(2)]
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].json()["id"] == answers[1].json()["id"]
