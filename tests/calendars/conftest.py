"""An organisation, its gatherings and those invited, on both databases, and a browser without cookies."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.testing import TestClient
from sqlalchemy.orm import Session

from events.log import EventsBase
from planner import api, refusals
from planner.accounts.models import Account, Membership, Organization, Role
from planner.calendars import api as calendar_api
from planner.calendars import pages
from planner.calendars.links import feed_url
from planner.calendars.models import Feed
from planner.calendars.pages import feed_server
from planner.database import Base, Database, utc_now
from planner.gatherings.models import Gathering, Status, Visibility
from planner.invitations.models import Invitation
from planner.parties.models import Kind, Party
from planner.rsvps.models import Answer, Rsvp, Source
from planner.security import LinkSigner
from planner.settings import Settings
from tests.calendars.reading import read_by_programs

SETTINGS = Settings(secret_keys=("k" * 40,), base_url="https://plan.example.org")
SIGNER = LinkSigner(SETTINGS.secret_keys)
STARTS_AT = datetime(2027, 3, 18, 16, 30, tzinfo=UTC)


class House:
    """A family centre whose rows a test makes as it needs them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.organization = Organization(
            name="Lindenhof Family Centre",
            slug="lindenhof",
            contact_name="Hanna Brandt",
            contact_phone="030 555 01 23",
        )
        self.keep(self.organization)

    def keep(self, *rows: Any) -> None:
        with self.database.writing() as session:
            session.add_all(rows)

    def gathering(self, **facts: Any) -> Gathering:
        given: dict[str, Any] = {
            "title": "Soup & Stories",
            "starts_at": STARTS_AT,
            "ends_at": STARTS_AT + timedelta(hours=2),
            "time_zone": "Europe/Berlin",
            "venue": "Lindenhof, Garden room",
            "status": Status.PUBLISHED,
            "visibility": Visibility.PUBLIC,
            "slug": f"soup-{uuid.uuid4().hex[:10]}",
            "published_at": utc_now(),
            # Calling it off raises it.
            "sequence": int(facts.get("status") == Status.CANCELLED),
            **facts,
        }
        gathering = Gathering(organization_id=self.organization.id, **given)
        self.keep(gathering)
        with self.database.reading() as session:
            return session.get_one(Gathering, gathering.id)

    def party(self, name: str = "Okafor-Lindqvist", kind: Kind = Kind.HOUSEHOLD, **facts: Any) -> Party:
        party = Party(organization_id=self.organization.id, kind=kind, name=name, **facts)
        self.keep(party)
        return party

    def invite(self, party: Party, gathering: Gathering, **facts: Any) -> Invitation:
        invitation = Invitation(party_id=party.id, gathering_id=gathering.id, **facts)
        self.keep(invitation)
        return invitation

    def answer(
        self, invitation: Invitation, answer: Answer, adults: int = 0, children: int = 0, **facts: Any
    ) -> Rsvp:
        given = {"answered_at": utc_now(), "seats_held": adults + children, **facts}
        rsvp = Rsvp(
            invitation_id=invitation.id,
            gathering_id=invitation.gathering_id,
            answer=answer,
            adults=adults,
            children=children,
            source=Source.LINK,
            **given,
        )
        self.keep(rsvp)
        return rsvp

    def coordinator(self, role: Role = Role.COORDINATOR) -> Account:
        account = Account(email="mara@lindenhof.test", email_key=f"mara{uuid.uuid4().hex}@lindenhof.test")
        self.keep(account)
        self.keep(Membership(organization_id=self.organization.id, account_id=account.id, role=role))
        return account

    def member(self, session: Session, account: Account) -> Membership:
        return session.get_one(Membership, (self.organization.id, account.id))

    def feed(self, scope: str, **facts: Any) -> Feed:
        feed = Feed(organization_id=self.organization.id, scope=scope, **facts)
        self.keep(feed)
        return feed

    def path(self, feed: Feed) -> str:
        return feed_url(SETTINGS, SIGNER, feed).removeprefix(SETTINGS.base_url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """All tables, empty."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'planner.db'}")
    else:
        database = Database(str(request.getfixturevalue("postgresql_url").render_as_string(hide_password=False)))
    Base.metadata.create_all(database.engine)
    EventsBase.metadata.create_all(database.engine)
    yield database
    database.close()


@pytest.fixture
def house(database: Database) -> House:
    """Nothing planned, nobody invited yet."""
    return House(database)


@pytest.fixture
def client(database: Database) -> Iterator[TestClient[Litestar]]:
    """A calendar program."""
    app = Litestar(
        [*pages.routes, api.router(calendar_api.routes)],
        dependencies={
            "database": Provide(lambda: database, sync_to_thread=False),
            "settings": Provide(lambda: SETTINGS, sync_to_thread=False),
            "signer": Provide(lambda: SIGNER, sync_to_thread=False),
        },
        state=State({"database": database, "settings": SETTINGS, "signer": SIGNER}),
        exception_handlers=refusals.HANDLERS,
        openapi_config=None,
    )
    with TestClient(app, base_url="https://plan.example.org") as client:
        client.event_hooks["response"].append(read_by_programs)
        yield client
    feed_server(app).close()
