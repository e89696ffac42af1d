"""A family night that was held, and who was there."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from litestar import Litestar
from litestar.testing import TestClient

from planner.accounts import actions as accounts
from planner.accounts.models import Membership, Role
from planner.appreciation import actions
from planner.appreciation.actions import Said
from planner.appreciation.models import Appreciation
from planner.database import Database
from planner.feedback import actions as feedback
from planner.gatherings import actions as gatherings
from planner.gatherings.models import Gathering
from planner.invitations.models import Invitation
from planner.parties.actions import PartyFields
from planner.parties.models import Kind
from planner.security import LinkSigner
from planner.settings import Settings
from tests.calendars.reading import read_by_programs
from tests.conftest import application
from tests.rules.conftest import START, House

STEPS = {"welcome": 3, "on_time": 2, "heard": 1, "met_others": 0, "prepared": 3}


@pytest.fixture(autouse=True)
def the_day_before() -> Iterator[time_machine.Coordinates]:
    """The day before the family night."""
    with time_machine.travel(START - timedelta(days=1), tick=False) as traveller:
        yield traveller


@dataclass
class Evening:
    """A gathering that was held. The Okafors, a speech therapist and others came; the Silvas said no."""

    house: House
    gathering_id: uuid.UUID
    okafor: uuid.UUID
    kim: uuid.UUID
    silva: uuid.UUID
    others: list[uuid.UUID]

    @property
    def database(self) -> Database:
        return self.house.database

    @property
    def owner(self) -> Membership:
        return self.house.owner

    def gathering(self) -> Gathering:
        """The gathering as it is now."""
        with self.database.reading() as session:
            return session.get_one(Gathering, self.gathering_id)

    def note(self, note_id: uuid.UUID) -> Appreciation:
        """A thank-you as it is now."""
        with self.database.reading() as session:
            return session.get_one(Appreciation, note_id)

    def thank(self, by: uuid.UUID, to: str, words: str = "For the soup", **said: Any) -> uuid.UUID:
        """A party says thanks."""
        with self.database.writing() as session:
            invitation = session.get_one(Invitation, by)
            return actions.say_thanks(session, invitation, Said(to=to, words=words, **said)).id

    def answer(self, by: uuid.UUID, **said: Any) -> None:
        """A party fills in the form."""
        with self.database.writing() as session:
            invitation = session.get_one(Invitation, by)
            feedback.give(session, invitation, feedback.Said(**{"steps": STEPS, **said}))

    def decide(self, note_id: uuid.UUID, action: Any, *args: Any, **named: Any) -> None:
        """A coordinator does something with a thank-you: `action(session, gathering, note, …)`."""
        with self.database.writing() as session:
            gathering = session.get_one(Gathering, self.gathering_id)
            note = actions.find(session, gathering, note_id, self.owner.account_id)
            action(session, gathering, note, *args, **named)

    def agree(self, by: uuid.UUID, note_id: uuid.UUID, shown: bool = True) -> None:
        """The party that was thanked lets others read it, or not."""
        with self.database.writing() as session:
            invitation = session.get_one(Invitation, by)
            actions.agree(actions.given_to_party(session, invitation, note_id), shown)


def made(database: Database, *, held: bool = True) -> Evening:
    """The evening, in a new family centre."""
    with database.writing() as session:
        owner = accounts.found_organization(session, "Hill Centre", "owner@hill.test")
        owner.account.name, owner.profession = "Hanna Brandt", "Family coordinator"
        owner.organization.contact_name, owner.organization.contact_phone = "Hanna Brandt", "030 555 01 23"
    house = House(database, owner)
    gathering_id = house.plan()
    names = ["Okafor", "Silva", *(f"Household {number}" for number in range(5))]
    asked = [
        PartyFields(kind=Kind.HOUSEHOLD, name=name, email=f"{name.replace(' ', '')}@families.test")
        for name in names
    ]
    asked.append(
        PartyFields(
            kind=Kind.PROFESSIONAL, name="Ji-woo Kim", email="kim@clinic.test", profession="Speech therapist"
        )
    )
    okafor, silva, *others, kim = [one.id for one in house.ask(gathering_id, asked)]
    for one in (okafor, kim, *others):
        house.say(one, "accepted")
    house.say(silva, "declined")
    if held:
        house.do(gathering_id, gatherings.hold)
    return Evening(house, gathering_id, okafor, kim, silva, others)


@pytest.fixture
def evening(database: Database) -> Evening:
    """A family night that was held, on each kind of database."""
    return made(database)


class Pages:
    """Browsers in front of the whole application: of the parties, and of somebody at the desk."""

    def __init__(
        self, evening: Evening, settings: Settings, client: TestClient[Litestar], signer: LinkSigner
    ) -> None:
        self.evening, self.settings, self.client, self._signer = evening, settings, client, signer

    def link(self, invitation_id: uuid.UUID) -> str:
        """A party's own link."""
        return f"/r/{self._signer.token('invitation', invitation_id, 1)}"

    def get(self, path: str, status: int = 200) -> str:
        """A page."""
        answer = self.client.get(path)
        assert answer.status_code == status, answer.text[:1500]
        return answer.text

    def post(self, path: str, form: dict[str, Any], status: int = 303) -> str:
        """What is sent; the address that follows, or the page."""
        if path.startswith("/manage"):
            if "planner_csrf" not in self.client.cookies:
                self.get("/manage")
            form = {"_csrf_token": self.client.cookies["planner_csrf"], **form}
        answer = self.client.post(path, data=form)
        assert answer.status_code == status, answer.text[:1500]
        return answer.headers["location"] if status == 303 else answer.text

    def sign_in(self, role: Role = Role.OWNER) -> None:
        """The browser becomes a coordinator's."""
        with self.evening.database.writing() as session:
            membership = session.get_one(
                Membership, (self.evening.owner.organization_id, self.evening.owner.account_id)
            )
            membership.role = role
            token = accounts.new_sign_in_link(session, membership.account_id)
        page = self.client.get(f"/sign-in/{token}")
        assert page.status_code == 200
        form = {"_csrf_token": self.client.cookies["planner_csrf"]}
        assert self.client.post(f"/sign-in/{token}", data=form).status_code == 303

    @property
    def desk(self) -> str:
        """Where the gathering's pages at the desk begin."""
        return f"/manage/gatherings/{self.evening.gathering_id}"


@pytest.fixture
def pages(sqlite_database: Database, settings: Settings) -> Iterator[Pages]:
    """The evening, behind its pages."""
    with TestClient(application(settings, sqlite_database), base_url="http://127.0.0.1:8000") as client:
        client.follow_redirects = False
        client.event_hooks["response"].append(read_by_programs)
        yield Pages(made(sqlite_database), settings, client, LinkSigner(settings.secret_keys))
