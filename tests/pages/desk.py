"""A coordinator's browser: signed in to an installation with the sample data, without a server."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
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
from planner.settings import Settings
from planner.web import SESSION_COOKIE


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

    def invitation(self, gathering: Gathering, name: str) -> Invitation:
        """A party's invitation."""
        query = sa.select(Invitation).join(Party).where(Party.name == name)
        with self.database.reading() as session:
            return session.scalars(query.where(Invitation.gathering_id == gathering.id)).one()

    def form(self, page: str, action: str = "") -> dict[str, Any]:
        """The fields of a page's form and their values, as a browser would send them unchanged."""
        return form_fields(page)


def form_fields(page: str) -> dict[str, Any]:
    """Names and values of a page's fields; of boxes and radios the checked ones."""
    from html.parser import HTMLParser

    found: dict[str, Any] = {}

    class Reader(HTMLParser):
        area: str | None = None
        select: str | None = None

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            at = dict(attrs)
            name = at.get("name") or ""
            if tag == "input" and name and (at.get("type") not in ("radio", "checkbox") or "checked" in at):
                found[name] = at.get("value") or ""
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
    import html

    page = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", page, flags=re.S)
    words = html.unescape(re.sub(r"<[^>]+>", " ", page))
    return re.sub(r"\s+([.,:;])", r"\1", " ".join(words.split()))


@contextmanager
def desk(app: Litestar, database: Database, role: Role = Role.OWNER, *, sample: bool = True) -> Iterator[Desk]:
    """Signed in with that role, in the sample organisation or in an empty one."""
    with database.writing() as session:
        if sample:
            organization = demo.make(session).organization
        else:
            organization = Organization(id=new_id(), name="New Place", slug="new-place", time_zone="Europe/Berlin")
            session.add(organization)
        account = Account(id=new_id(), name="Hanna Brandt", email="h@example.org", email_key=f"{uuid.uuid4()}@x")
        session.add(account)
        session.flush()
        membership = Membership(organization_id=organization.id, account_id=account.id, role=role)
        secret = uuid.uuid4().hex
        session.add(membership)
        session.add(
            WebSession(
                token_hash=hash_of(secret),
                account_id=account.id,
                organization_id=organization.id,
                expires_at=utc_now() + timedelta(days=30),
            )
        )
        session.flush()
        session.refresh(membership)
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        client.cookies.set(SESSION_COOKIE, secret)
        yield Desk(client, database, membership)


def small_app(settings: Settings, database: Database) -> Litestar:
    from litestar import Router
    from litestar.config.csrf import CSRFConfig
    from litestar.di import Provide
    from litestar.static_files import create_static_files_router

    from planner import live, refusals, web
    from planner.gatherings import pages as gathering_pages
    from planner.invitations import pages as invitation_pages
    from planner.rsvps import desk as rsvp_desk
    from planner.security import LinkSigner

    channels = live.channels_plugin()
    signer = LinkSigner(settings.secret_keys)
    from notifications import pages as mail_pages

    web.add_templates(mail_pages.TEMPLATES)
    modules = (live, gathering_pages, invitation_pages, rsvp_desk)
    return Litestar(
        route_handlers=[
            create_static_files_router("/static", [web.FOLDER / "static"]),
            Router(
                "/manage",
                route_handlers=[r for m in modules for r in m.routes] + list(mail_pages.desk_routes),
                dependencies={"membership": Provide(web.signed_in, sync_to_thread=True)},
            ),
        ],
        dependencies={
            "database": Provide(lambda: database, sync_to_thread=False),
            "settings": Provide(lambda: settings, sync_to_thread=False),
            "signer": Provide(lambda: signer, sync_to_thread=False),
        },
        csrf_config=CSRFConfig(secret=settings.secret_keys[0], cookie_name="planner_csrf"),
        exception_handlers=refusals.HANDLERS,
        lifespan=[live.LogReader(database, channels).running],
        plugins=[channels],
    )
