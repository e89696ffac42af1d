"""Every address of the application and who may use it; two organisations behind the same door."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import sqlalchemy as sa
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy.orm import Session

from events.log import LogEntry
from notifications.models import Incoming, IncomingMail, Message
from notifications.outbox import Mail, owe
from planner.accounts import actions as accounts
from planner.accounts.models import Membership, Role
from planner.appreciation.models import Appreciation
from planner.calendars.actions import create_feed
from planner.calendars.models import Scope
from planner.database import Base, Database, new_id, utc_now
from planner.gatherings.actions import hold
from planner.gatherings.fields import GatheringFields
from planner.gatherings.models import Visibility
from planner.imports.models import FileKind, ImportFile
from planner.invitations import letters
from planner.invitations.models import Invitation
from planner.parties.actions import PartyFields
from planner.parties.groups import add_to_group, find_group, make_group
from planner.parties.models import Kind
from planner.security import LinkSigner
from planner.series import actions as series
from planner.web import SESSION_COOKIE
from tests.rules.conftest import House

# For everybody: nothing here shows more than an organisation tells the world.
OPEN: Final = """
GET /
GET /o/{slug}
GET /o/{slug}/calendar
GET /e/{slug}
GET /series/{file}
GET /privacy
GET /privacy/{slug}
GET /link
POST /link
GET /sign-in
POST /sign-in
GET /sign-in/{token}
POST /sign-in/{token}
GET /healthz
GET /readyz
GET /metrics
GET /static/{file_path}
GET /schema
GET /schema/openapi.json
GET /schema/{path}
ASGI /calendars
"""
# For who holds the party's link to one gathering.
BY_LINK: Final = """
GET /r/{token}
POST /r/{token}
GET /r/{token}/calendar
POST /r/{token}/calendar
GET /r/{token}/event.ics
GET /r/{token}/feedback
POST /r/{token}/feedback
GET /r/{token}/not-us
POST /r/{token}/not-us
GET /r/{token}/question
POST /r/{token}/question
GET /r/{token}/thanks
POST /r/{token}/thanks
POST /r/{token}/thanks/{note_id}
"""
# For who holds the party's link about mail.
BY_MAIL: Final = """
GET /preferences/{token}
POST /preferences/{token}
GET /unsubscribe/{token}
POST /unsubscribe/{token}
"""
# For all who sign in: helpers look, enter answers, and care for what is their own.
LOOKS: Final = """
GET /manage
GET /manage/dead-letters
GET /manage/incoming
GET /manage/answer/{invitation_id}
POST /manage/answer/{invitation_id}
GET /manage/gatherings
GET /manage/gatherings/{gathering_id}
GET /manage/gatherings/{gathering_id}/afterwards
GET /manage/gatherings/{gathering_id}/guests
GET /manage/gatherings/{gathering_id}/guests.csv
GET /manage/gatherings/{gathering_id}/guests/part
GET /manage/gatherings/{gathering_id}/guests/{invitation_id}
GET /manage/gatherings/{gathering_id}/history
GET /manage/gatherings/{gathering_id}/letters
GET /manage/gatherings/{gathering_id}/live
GET /manage/gatherings/{gathering_id}/part
GET /manage/gatherings/{gathering_id}/preview/{kind}
GET /manage/gatherings/{gathering_id}/sending
GET /manage/gatherings/{gathering_id}/thanks/{note_id}
GET /manage/gatherings/{gathering_id}/wall
GET /manage/history
GET /manage/live
GET /manage/mail
GET /manage/mail/{message_id}
GET /manage/mail/{message_id}/html
POST /manage/organization
GET /manage/parts
GET /manage/people
GET /manage/people/groups
GET /manage/people/groups/{group_id}
GET /manage/people/{party_id}
POST /manage/questions/{question_id}
GET /manage/settings
GET /manage/calendar
POST /manage/calendar
POST /manage/settings/me
POST /manage/sign-out
GET /manage/today/part
GET /api/v1/events
POST /api/v1/feeds
GET /api/v1/gatherings
GET /api/v1/gatherings/{gathering_id}
GET /api/v1/gatherings/{gathering_id}/appreciation
GET /api/v1/gatherings/{gathering_id}/feedback
GET /api/v1/gatherings/{gathering_id}/invitations
GET /api/v1/gatherings/{gathering_id}/rsvps
GET /api/v1/gatherings/{gathering_id}/waitlist
PUT /api/v1/invitations/{invitation_id}/rsvp
GET /api/v1/messages
GET /api/v1/organization
"""
# For coordinators and owners.
PLANS: Final = """
POST /manage/dead-letters/{event_id}
POST /manage/incoming/{mail_id}
POST /manage/gatherings/day
GET /manage/gatherings/new
POST /manage/gatherings/new
GET /manage/gatherings/{gathering_id}/cancel
POST /manage/gatherings/{gathering_id}/cancel
GET /manage/gatherings/{gathering_id}/cards
GET /manage/gatherings/{gathering_id}/edit
POST /manage/gatherings/{gathering_id}/edit
POST /manage/gatherings/{gathering_id}/guests/{invitation_id}
GET /manage/gatherings/{gathering_id}/held
POST /manage/gatherings/{gathering_id}/held
GET /manage/gatherings/{gathering_id}/invite
POST /manage/gatherings/{gathering_id}/invite
POST /manage/gatherings/{gathering_id}/invite/asked
POST /manage/gatherings/{gathering_id}/letters
GET /manage/gatherings/{gathering_id}/publish
POST /manage/gatherings/{gathering_id}/publish
POST /manage/gatherings/{gathering_id}/sending/resume
POST /manage/gatherings/{gathering_id}/sending/stop
GET /manage/gatherings/{gathering_id}/thanks
POST /manage/gatherings/{gathering_id}/thanks
POST /manage/gatherings/{gathering_id}/thanks/{note_id}/{what}
POST /manage/mail/{message_id}/again
POST /manage/people/groups
POST /manage/people/groups/{group_id}
GET /manage/gatherings/import
POST /manage/gatherings/import
GET /manage/gatherings/import/{file_id}
POST /manage/gatherings/import/{file_id}
POST /manage/gatherings/import/{file_id}/drop
POST /manage/gatherings/import/{file_id}/go-on
GET /manage/gatherings/import/{file_id}/part
GET /manage/people/import
POST /manage/people/import
GET /manage/people/import/{file_id}
POST /manage/people/import/{file_id}
POST /manage/people/import/{file_id}/drop
POST /manage/people/import/{file_id}/go-on
GET /manage/people/import/{file_id}/part
GET /manage/people/import/{file_id}/rows.csv
GET /manage/people/new
POST /manage/people/new
POST /manage/people/{party_id}
POST /manage/people/{party_id}/address
GET /manage/people/{party_id}/erase
POST /manage/people/{party_id}/erase
POST /manage/people/{party_id}/leave-group
DELETE /api/v1/feeds/{feed_id}
POST /api/v1/gatherings
PATCH /api/v1/gatherings/{gathering_id}
POST /api/v1/gatherings/{gathering_id}/cancel
POST /api/v1/gatherings/{gathering_id}/held
POST /api/v1/gatherings/{gathering_id}/invitations
POST /api/v1/gatherings/{gathering_id}/publish
POST /api/v1/series
POST /api/v1/series/{series_id}/publish
"""
# For owners alone.
OWNS: Final = """
POST /manage/settings
POST /manage/settings/colleagues
POST /manage/settings/colleagues/{account_id}
PATCH /api/v1/organization
"""
ENDLESS: Final = ("GET /manage/live", "GET /manage/gatherings/{gathering_id}/live")
# What these show is said to nobody else.
SECRETS: Final = re.compile("Haddad|haddad@|Hidden Soup|Draft Soup|Karla|Is there parking|For the bread|Class 3")
START: Final = utc_now() + timedelta(days=30)


def calls(*lists: str) -> list[str]:
    """The lines of those lists."""
    return [line for line in "\n".join(lists).split("\n") if line]


@dataclass
class Place:
    """Two organisations in one installation, and who comes to its door."""

    client: TestClient[Litestar]
    database: Database
    signer: LinkSigner
    owner: Membership
    ids: dict[str, str]
    held_ids: dict[str, str]
    their_ids: dict[str, str]
    sessions: dict[str, str]
    tokens: dict[str, str]
    csrf: str

    def knock(self, who: str, call: str, form: dict[str, Any] | None = None) -> httpx.Response:
        """A call of the lists above, or one whose path is filled in, as `who` would make it."""
        method, _space, path = call.partition(" ")
        ids = self.held_ids if "/thanks" in path else self.ids
        if "/gatherings/import" in path:
            ids = ids | {"file_id": ids["calendar_file_id"]}
        path = re.sub(r"\{(\w+)\}", lambda match: ids[match[1]], path)
        self.client.cookies.clear()
        headers = {"cookie": f"planner_csrf={self.csrf}"}
        sent: dict[str, Any] = {}
        if path.startswith("/api/"):
            headers["authorization"] = f"Bearer {self.tokens.get(who, 'nobody')}"
            sent = {"json": form or {}} if method not in ("GET", "DELETE") else {}
        else:
            headers["cookie"] += f"; {SESSION_COOKIE}={self.sessions.get(who, 'nobody')}"
            if method == "POST":
                headers["x-csrftoken"] = self.csrf
                sent = {"files": {"file": b""}} if path.endswith("/import") else {"data": form or {}}
        return self.client.request(method, path, headers=headers, follow_redirects=False, **sent)

    def rows(self) -> dict[str, list[Any]]:
        """All that is kept."""
        with self.database.reading() as session:
            tables = Base.metadata.sorted_tables
            return {table.name: list(map(tuple, session.execute(sa.select(table)))) for table in tables}

    def link(self, invitation_id: uuid.UUID | str, version: int = 1) -> str:
        """The token of a party's link."""
        return self.signer.token("invitation", uuid.UUID(str(invitation_id)), version)


def _member(database: Database, house: House, role: Role) -> Membership:
    with database.writing() as session:
        if role == Role.OWNER:
            return house.owner
        return accounts.add_colleague(session, house.owner, f"{role}@hill.test", role.capitalize(), role)


def furnish(path: Path) -> dict[str, Any]:
    """Puts something of everything into a migrated database; what a Place has to know of it."""
    database = Database(f"sqlite:///{path}")
    with database.writing() as session:
        house = House(database, accounts.found_organization(session, "Hill Centre", "owner@hill.test"))
        other = House(database, accounts.found_organization(session, "Other Place", "owner@other.test"))
    known: dict[str, Any] = {"owner": house.owner}
    members = {role.value: _member(database, house, role) for role in Role} | {"stranger": other.owner}
    with database.writing() as session:
        known["sessions"] = {who: accounts.open_session(session, one) for who, one in members.items()}
        known["tokens"] = {who: accounts.create_api_token(session, one) for who, one in members.items()}
    dates: dict[str, Any] = {"starts_at": START, "ends_at": START + timedelta(hours=2)}
    house.plan(publish=False, title="Draft Soup", **dates)
    one = _furnish(house, house.plan(title="Hidden Soup", visibility=Visibility.INVITED, **dates))
    held = _furnish(house, house.plan(title="Hidden Soup again", visibility=Visibility.INVITED, **dates))
    house.do(uuid.UUID(held["gathering_id"]), hold)
    series_ids = [str(_repeat(house, "Hidden Soup each week")), str(_repeat(other, "Their week"))]
    ours = {"account_id": str(members["helper"].account_id), "series_id": series_ids[0]}
    known |= {"ids": one | ours, "held_ids": held}
    with database.writing() as session:
        note = Appreciation(
            gathering_id=uuid.UUID(held["gathering_id"]),
            from_invitation_id=uuid.UUID(held["invitation_id"]),
            from_name="Haddad",
            to_name="Karla of the kitchen",
            words="For the bread",
            shared=True,
        )
        session.add(note)
        session.flush()
        held["note_id"] = str(note.id)
    other_id = other.plan(title="Their own", **dates)
    [theirs] = other.ask(other_id, [PartyFields(kind=Kind.HOUSEHOLD, name="Smith", email="s@x.test", adults=1)])
    with database.writing() as session:
        group_id = make_group(session, other.owner.organization_id, "Theirs")
    known["their_ids"] = {
        "gathering_id": str(other_id),
        "invitation_id": str(theirs.id),
        "party_id": str(theirs.party_id),
        "group_id": str(group_id),
        "series_id": series_ids[1],
    }
    database.close()
    return known


def _repeat(house: House, title: str) -> uuid.UUID:
    """Plans an evening that repeats; the series' id."""
    fields = GatheringFields(title=title, starts_at=START, ends_at=START + timedelta(hours=2), time_zone="UTC")
    with house.database.writing() as session:
        return series.create(session, house.owner.organization, fields, "FREQ=WEEKLY;COUNT=2").id


def owe_mail(session: Session, kind: str, name: str, *about: uuid.UUID) -> uuid.UUID:
    """A mail about an organisation and a gathering, or about neither; its id."""
    organization_id, gathering_id = about or (None, None)
    key = f"test:{uuid.uuid4()}"
    mail = Mail(
        key=key,
        kind=kind,
        organization_id=organization_id,
        gathering_id=gathering_id,
        to_name=name,
        to_address="haddad@families.test",
        language="en",
        subject="Hidden Soup",
        text=name,
        html=f"<p>{name}</p>",
        domain="hill.test",
    )
    owe(session, [mail])
    found: uuid.UUID = session.scalars(sa.select(Message.id).where(Message.key == key)).one()
    return found


def _furnish(house: House, gathering_id: uuid.UUID) -> dict[str, str]:
    """A guest who answered and asked, a mail, a group, a file, a feed; the ids of all of them."""
    asked = PartyFields(kind=Kind.HOUSEHOLD, name="Haddad", email="haddad@families.test", adults=2)
    [invited] = house.ask(gathering_id, [asked])
    house.say(invited.id, "accepted", note="Karla comes too")
    organization_id = house.owner.organization_id
    with house.database.writing() as session:
        invitation = session.get_one(Invitation, invited.id)
        question = letters.ask_question(session, invitation, "Is there parking?")
        name = f"Class 3 of {gathering_id}"
        group = find_group(session, organization_id, make_group(session, organization_id, name))
        add_to_group(session, group, [invited.party_id])
        file = ImportFile(
            id=new_id(), organization_id=organization_id, name="Class 3.csv", data=b"name,email\nKarla,k@x.test\n"
        )
        event = b"BEGIN:VEVENT\nUID:a\nSUMMARY:Hidden Soup\nDTSTART:20300318T163000Z\nEND:VEVENT\n"
        calendar = ImportFile(
            id=new_id(), organization_id=organization_id, kind=FileKind.CALENDAR, name="Class 3.ics", data=event
        )
        session.add_all([file, calendar])
        feed = create_feed(session, organization_id, Scope.PARTY, invited.party_id, house.owner.account_id)
        message_id = owe_mail(session, "invitation", "Haddad", organization_id, gathering_id)
        mail = IncomingMail(
            organization_id=organization_id,
            gathering_id=gathering_id,
            invitation_id=invited.id,
            key=f"counter of {gathering_id}",
            kind=Incoming.COUNTER,
            reason="counter",
            details={"words": "Karla could come at six"},
        )
        session.add(mail)
        session.flush()
        return {
            "mail_id": str(mail.id),
            "gathering_id": str(gathering_id),
            "invitation_id": str(invited.id),
            "party_id": str(invited.party_id),
            "question_id": str(question.id),
            "group_id": str(group.id),
            "file_id": str(file.id),
            "calendar_file_id": str(calendar.id),
            "feed_id": str(feed.id),
            "message_id": str(message_id),
            "event_id": str(session.scalar(sa.select(LogEntry.id).where(LogEntry.gathering_id == gathering_id))),
            "kind": "invitation",
            "what": "hide",
        }
