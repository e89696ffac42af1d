"""A coordinator's browser: signed in to an installation with the sample data, without a server."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import httpx
import sqlalchemy as sa
from litestar import Litestar
from litestar.testing import TestClient

from planner import demo
from planner.accounts.models import Account, Membership, Organization, Role, WebSession
from planner.database import Database, new_id, utc_now
from planner.gatherings.models import Gathering
from planner.invitations.models import Invitation
from planner.parties.models import Party
from planner.security import hash_of
from planner.web import SESSION_COOKIE
from tests.calendars.reading import read_by_programs


class Desk:
    """The browser of one who is signed in, and the rows behind the pages."""

    def __init__(self, client: TestClient[Litestar], database: Database, membership: Membership) -> None:
        self.client = client
        self.database = database
        self.membership = membership

    def get(self, path: str, status: int = 200) -> str:
        """A page."""
        answer = self.client.get(path, follow_redirects=False)
        assert answer.status_code == status, f"{path}: {answer.status_code}\n{answer.text[:2000]}"
        return answer.text

    def post(self, path: str, form: dict[str, Any] | None = None, status: int = 303) -> httpx.Response:
        """A form as its page sends it, with the token against foreign forms."""
        token = self.client.cookies.get("planner_csrf") or ""
        if not token:
            self.get("/manage/gatherings")
            token = self.client.cookies["planner_csrf"]
        answer = self.client.post(path, data={"_csrf_token": token, **(form or {})}, follow_redirects=False)
        assert answer.status_code == status, f"{path}: {answer.status_code}\n{answer.text[:3000]}"
        return answer

    def gathering(self, title: str) -> Gathering:
        """The event whose title begins so, as it is now."""
        with self.database.reading() as session:
            return session.scalars(sa.select(Gathering).where(Gathering.title.startswith(title))).one()

    def gatherings(self, title: str) -> list[Gathering]:
        """The events whose titles begin so, as they are now, in order of time."""
        query = sa.select(Gathering).where(Gathering.title.startswith(title)).order_by(Gathering.starts_at)
        with self.database.reading() as session:
            return list(session.scalars(query))

    def invitation(self, gathering: Gathering, name: str) -> Invitation:
        """A party's invitation."""
        query = sa.select(Invitation).join(Party).where(Party.name == name)
        with self.database.reading() as session:
            return session.scalars(query.where(Invitation.gathering_id == gathering.id)).one()

    def link_of(self, invitation: Invitation) -> str:
        """Where a guest's own page at the desk is."""
        return f"/manage/gatherings/{invitation.gathering_id}/guests/{invitation.id}"


def form_fields(page: str) -> dict[str, Any]:
    """Names and values of a page's fields; of boxes and radios the checked ones, several of a name as a list."""
    found: dict[str, Any] = {}

    class Reader(HTMLParser):
        area: str | None = None
        select: str | None = None

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            at = dict(attrs)
            name = at.get("name") or ""
            if tag == "input" and name and (at.get("type") not in ("radio", "checkbox") or "checked" in at):
                words: Any = at.get("value") or ""
                if at.get("type") == "checkbox" and name in found:
                    before = found[name]
                    words = [*before, words] if isinstance(before, list) else [before, words]
                found[name] = words
            elif tag == "textarea":
                self.area, found[name] = name, ""
            elif tag == "select":
                self.select = name
            elif tag == "option" and self.select and "selected" in at:
                found[self.select] = at.get("value")

        def handle_data(self, data: str) -> None:
            if self.area:
                found[self.area] += data

        def handle_endtag(self, tag: str) -> None:
            if tag == "textarea" and self.area:
                found[self.area] = found[self.area].removeprefix("\n")
                self.area = None
            if tag == "select":
                self.select = None

    Reader().feed(page)
    return found


def text_of(page: str) -> str:
    """A page's words, with single spaces."""
    page = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", page, flags=re.S)
    words = html.unescape(re.sub(r"<[^>]+>", " ", page))
    return re.sub(r"\s+([.,:;])", r"\1", " ".join(words.split()))


@contextmanager
def signed_in(app: Litestar, database: Database, organization: Organization, role: Role) -> Iterator[Desk]:
    """A new colleague of that role, at the desk."""
    account = Account(id=new_id(), name="Hanna Brandt", email="h@example.org", email_key=f"{uuid.uuid4()}@x")
    secret = uuid.uuid4().hex
    membership = Membership(organization_id=organization.id, account_id=account.id, role=role)
    opened = WebSession(
        token_hash=hash_of(secret),
        account_id=account.id,
        organization_id=organization.id,
        expires_at=utc_now() + timedelta(days=30),
    )
    with database.writing() as session:
        session.add(account)
        session.flush()
        session.add_all([membership, opened])
        session.flush()
        session.refresh(membership)
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        client.cookies.set(SESSION_COOKIE, secret)
        client.event_hooks["response"].append(read_by_programs)
        yield Desk(client, database, membership)


def sample_organization(database: Database) -> Organization:
    """The organisation of the sample data, which is made where it is missing."""
    with database.writing() as session:
        return demo.make(session).organization


def empty_organization(database: Database) -> Organization:
    """An organisation on its first day."""
    made = Organization(id=new_id(), name="New Place", slug="new-place", time_zone="Europe/Berlin")
    with database.writing() as session:
        session.add(made)
    return made
