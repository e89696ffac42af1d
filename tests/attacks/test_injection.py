"""Words that would like to be more than words: in pages, mails, calendars and tables."""

from __future__ import annotations

import csv
import email
import email.policy
import io
import re
import uuid
from html.parser import HTMLParser
from typing import Any, Final

import icalendar
import pytest
import sqlalchemy as sa

from notifications.composing import BadHeader, compose
from notifications.models import Message
from notifications.worker import Worker
from planner.accounts.models import Account, Organization
from planner.appreciation.models import Appreciation
from planner.calendars.actions import create_feed
from planner.calendars.models import Scope
from planner.database import utc_now
from planner.gatherings.models import Gathering, Visibility
from planner.imports.models import FileKind, ImportFile
from planner.invitations.models import Invitation, Question
from planner.parties.models import Group, Party, Person
from planner.rsvps.models import Rsvp
from planner.settings import Settings
from tests.attacks.doors import BY_LINK, ENDLESS, LOOKS, PLANS, Place, calls

EVIL: Final = (
    "=1+1 \"'><script>alert(1)</script><img src=x onerror=alert(1)></textarea></title><base href=//evil.test>"
    "{{7*7}}{% raw %}%(name)s [x](javascript:alert(1)) ![y](//evil.test/y.png) <b onclick=alert(1)>"
)
TYPED: Final = {
    Organization: ("name", "address", "contact_name", "contact_phone"),
    Account: ("name",),
    Gathering: ("title", "venue", "description", "contact_name", "contact_phone", "cancel_reason", "move_reason"),
    Party: ("name", "profession"),
    Person: ("name", "phone"),
    Group: ("name",),
    ImportFile: ("name",),
    Invitation: ("words",),
    Question: ("words",),
    Rsvp: ("note",),
    Appreciation: ("from_name", "to_name", "words"),
}


class Page(HTMLParser):
    """What a browser would find in a page that people's words must not put there."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name.startswith("on") or (name in ("href", "src", "action") and _leads_away(value or "")):
                self.found.append(f"{tag} {name}={value}")
        source = dict(attrs).get("src") or ""
        if (tag == "script" and not source.startswith("/static/")) or (tag == "base" and dict(attrs).get("href")):
            self.found.append(f"{tag} {attrs}")


def _leads_away(address: str) -> bool:
    return bool(re.match(r"\s*(javascript|data|vbscript):|//|https?://evil", address, re.IGNORECASE))


def harm_in(page: str) -> list[str]:
    """What of the words has become part of the page."""
    reader = Page()
    reader.feed(page)
    return reader.found + re.findall(r"(?<!\w)49\{", page)


def spoil(place: Place, words: str) -> None:
    """Puts the words wherever people type."""
    with place.database.writing() as session:
        for table, names in TYPED.items():
            for row in session.scalars(sa.select(table)):
                for name in names:
                    if getattr(row, name):
                        setattr(row, name, words + getattr(row, name))
        for gathering in session.scalars(sa.select(Gathering)):
            gathering.venue = gathering.description = gathering.move_reason = words
            gathering.contact_name = gathering.contact_phone = words
            gathering.programme = [{"minutes": 0, "title": words, "led_by": words}]
            gathering.topics = [words]


def test_no_page_takes_words_for_more_than_words(place: Place) -> None:
    spoil(place, EVIL)
    opened = [("owner", call) for call in calls(LOOKS, PLANS) if "GET /manage" in call and call not in ENDLESS]
    preview = "GET /manage/gatherings/{gathering_id}/preview/"
    for kind in ("invitation", "moved", "cancelled", "letter"):
        opened.append(("owner", preview + kind + "?party={party_id}&words=%3Cscript%3Ealert(1)%3C/script%3E"))
    opened.append(("owner", preview + "moved?online_url=javascript:alert(1)"))
    for ids in (place.ids, place.held_ids):
        token = place.link(ids["invitation_id"])
        opened += [("nobody", call.replace("{token}", token)) for call in calls(BY_LINK) if "GET" in call]
    with place.database.writing() as session:
        session.execute(sa.update(Gathering).values(visibility=Visibility.PUBLIC))
        slugs = list(session.scalars(sa.select(Gathering.slug)))
    public = ["/", "/o/hill-centre", "/privacy", "/privacy/hill-centre", *(f"/e/{slug}" for slug in slugs)]
    opened += [("nobody", f"GET {path}") for path in public]
    answers = {call: place.knock(who, call) for who, call in opened}
    pages = {call: answer.text for call, answer in answers.items() if "html" in answer.headers["content-type"]}
    assert sum("&lt;script&gt;" in page for page in pages.values()) > 30
    assert {call: harm for call, page in pages.items() if (harm := harm_in(page))} == {}


def test_no_mail_takes_words_for_more_than_words(place: Place, settings: Settings) -> None:
    spoil(place, EVIL)
    Worker(place.database, settings).dispatcher.drain()
    with place.database.reading() as session:
        messages = list(session.scalars(sa.select(Message).options(sa.orm.undefer("*"))))
    assert {message.kind for message in messages} >= {"invitation", "confirmation"}
    for message in messages:
        assert harm_in(message.html) == [], message.kind
        mail = email.message_from_bytes(
            compose(message, "planner@hill.test", utc_now()), policy=email.policy.default
        )
        assert mail["To"].addresses[0].addr_spec == message.to_address
        assert not mail.defects, message.kind


@pytest.mark.parametrize("field", ["subject", "to_name", "to_address"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x00"])
def test_a_line_break_gets_into_no_header(place: Place, field: str, end: str) -> None:
    with place.database.writing() as session:
        message = session.scalars(sa.select(Message).options(sa.orm.undefer("*"))).first()
        assert message is not None
        setattr(message, field, f"x{end}Bcc: all@evil.test")
        with pytest.raises(BadHeader):
            compose(message, "planner@hill.test", utc_now())
        session.rollback()


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\x0b", "\x85"])
def test_a_calendar_has_no_line_that_somebody_typed(place: Place, end: str) -> None:
    spoil(place, f'x{end}END:VEVENT{end}BEGIN:VEVENT{end}SUMMARY:Evil;X="1"{end}ATTENDEE:mailto:a@evil.test{end}')
    with place.database.writing() as session:
        session.execute(sa.update(Gathering).values(visibility=Visibility.PUBLIC))
        party_id = uuid.UUID(place.ids["party_id"])
        feed = create_feed(session, place.owner.organization_id, Scope.PARTY, party_id)
        token = place.signer.token("feed", feed.id, feed.version)
        slug = session.get_one(Gathering, uuid.UUID(place.ids["gathering_id"])).slug
    paths = [
        "/calendars/public/hill-centre.ics",
        f"/calendars/{token}.ics?link=1",
        f"/e/{slug}.ics",
        f"/r/{place.link(place.ids['invitation_id'])}/event.ics",
    ]
    for path in paths:
        answer = place.knock("nobody", f"GET {path}")
        lines = answer.content.split(b"\r\n")
        assert not [line for line in lines if line.startswith((b"SUMMARY:Evil", b"ATTENDEE"))], path
        assert not re.search(rb"(?<!\r)\n|\r(?!\n)", answer.content), path
        events: list[Any] = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
        assert lines.count(b"BEGIN:VEVENT") == len(events) == (1 if path.startswith(("/e/", "/r/")) else 2), path
        assert all("END:VEVENT" in str(event["SUMMARY"]) for event in events), path


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t=", "\r="])
def test_a_table_program_finds_no_formula_in_a_cell(place: Place, first: str) -> None:
    spoil(place, f'{first}HYPERLINK("http://evil.test","x")')
    data = f'name,email\n"{first}cmd",not-an-address\n'.encode()
    with place.database.writing() as session:
        session.execute(sa.update(ImportFile).where(ImportFile.kind == FileKind.PEOPLE).values(data=data))
    for call in calls(LOOKS, PLANS):
        if call.endswith(".csv"):
            answer = place.knock("owner", call)
            rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
            assert len(rows) > 1, call
            assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_a_title_stands_in_no_header_of_a_file(place: Place) -> None:
    place.knock("owner", "PATCH /api/v1/gatherings/{gathering_id}", {"title": 'x"; filename="evil.exe'})
    title = 'Süß"; filename=evil.exe; x="..\\..\\'
    made = place.knock("owner", "POST /api/v1/gatherings", _fields(title)).json()
    answer = place.knock("owner", f"GET /manage/gatherings/{made['id']}/guests.csv")
    assert re.fullmatch(r'attachment; filename="[a-z0-9-]+-guests\.csv"', answer.headers["content-disposition"])
    place.knock("owner", f"POST /api/v1/gatherings/{made['id']}/publish")
    answer = place.knock("nobody", f"GET /e/{made['slug']}.ics")
    assert re.fullmatch(r'inline; filename="[a-z0-9-]+\.ics"', answer.headers["content-disposition"])


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//evil.test", "https://x\r\ny", "ftp://x"]
)
def test_a_meeting_is_held_at_a_web_address_alone(place: Place, url: str) -> None:
    answer = place.knock("owner", "POST /api/v1/gatherings", _fields("x") | {"online_url": url})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "online_url"


def _fields(title: str) -> dict[str, Any]:
    times = {"starts_at": "2030-03-18T17:30:00+01:00", "ends_at": "2030-03-18T19:30:00+01:00"}
    return {"title": title, "time_zone": "Europe/Berlin", "visibility": "public", **times}
