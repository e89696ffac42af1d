"""Buttons that are pressed twice, and two who act at once."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Thread
from typing import Any

import sqlalchemy as sa

from planner.appreciation.models import Appreciation
from planner.database import Database
from planner.errors import NotFound
from planner.gatherings.actions import hold
from planner.invitations import actions as invitations
from planner.invitations.models import Invitation, Letter, Question
from planner.parties.actions import PartyFields
from planner.parties.models import Kind
from planner.security import LinkSigner
from planner.settings import Settings
from tests.pages.desk import Desk
from tests.rules.conftest import House


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(len(acts)) as threads:
        return [future.result() for future in [threads.submit(act) for act in acts]]


def number(database: Database, table: type[Any]) -> int:
    with database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_a_letter_sent_twice_leaves_once(house: House, desk: Desk) -> None:
    gathering_id = house.plan()
    house.invite(gathering_id, (2, 1))
    path = f"/manage/gatherings/{gathering_id}/letters"
    form = {"audience": "unanswered", "subject": "Bring bowls", "words": "And spoons.", "send": "1"}
    for _press in range(2):
        desk.post(path, form)
    desk.post(path, form | {"words": "And forks."})
    assert number(house.database, Letter) == 2


def test_a_question_sent_twice_is_asked_once(house: House, desk: Desk, settings: Settings) -> None:
    [invitation_id] = house.invite(house.plan(), (2, 1))
    path = f"/r/{LinkSigner(settings.secret_keys).token('invitation', invitation_id, 1)}/question"
    said = at_once(*(lambda: desk.client.post(path, data={"words": "Is there parking?"}),) * 4)
    assert {answer.status_code for answer in said} == {200}
    assert number(house.database, Question) == 1


def test_thanks_from_the_desk_sent_twice_are_given_once(house: House, desk: Desk) -> None:
    gathering_id = house.plan()
    [invitation_id] = house.invite(gathering_id, (2, 1))
    house.say(invitation_id, "accepted")
    house.do(gathering_id, hold)
    for _press in range(2):
        desk.post(f"/manage/gatherings/{gathering_id}/thanks", {"to": str(invitation_id), "words": "For the soup"})
    assert number(house.database, Appreciation) == 1


def test_a_link_that_died_stays_dead_when_two_withdraw_and_renew_at_once(house: House) -> None:
    gathering_id = house.plan()
    [invitation_id] = house.invite(gathering_id, (2, 1))

    def act(what: Callable[..., None]) -> None:
        with house.database.writing() as session:
            what(session, invitations.find(session, house.owner.organization_id, invitation_id, lock=True))

    at_once(*(lambda: act(invitations.renew_link),) * 6)
    at_once(*(lambda: act(invitations.withdraw),) * 4)
    with house.database.reading() as session:
        assert session.get_one(Invitation, invitation_id).link_version == 8
    assert len(house.log("InvitationWithdrawn")) == 1


def test_two_who_invite_the_same_people_in_another_order_never_stop_each_other(house: House) -> None:
    parties = [
        PartyFields(kind=Kind.HOUSEHOLD, name=f"P{i}", email=f"p{i}@families.test", adults=1) for i in range(60)
    ]
    gathering_ids = [house.plan() for _gathering in range(4)]

    def invite(gathering_id: uuid.UUID, turned: bool) -> int:
        return len(house.ask(gathering_id, parties[::-1] if turned else parties))

    assert at_once(*(lambda i=i: invite(gathering_ids[i], bool(i % 2)) for i in range(4))) == [60] * 4
    at_once(*(lambda i=i: invite(gathering_ids[i], not i % 2) for i in range(4)))
    with house.database.reading() as session:
        assert session.scalar(sa.select(sa.func.count(sa.distinct(Invitation.party_id)))) == 60


def test_no_answer_gets_through_while_its_invitation_is_withdrawn(house: House) -> None:
    gathering_id = house.plan(capacity=4)
    [invitation_id] = house.invite(gathering_id, (2, 0))

    def withdraw() -> None:
        with house.database.writing() as session:
            found = invitations.find(session, house.owner.organization_id, invitation_id, lock=True)
            waiting.start()
            # Long enough for the answer to come to the lock.
            time.sleep(0.3)
            invitations.withdraw(session, found)

    refused: list[type[Exception]] = []

    def answer() -> None:
        try:
            house.say(invitation_id, "accepted")
        except NotFound as error:
            refused.append(type(error))

    waiting = Thread(target=answer)
    withdraw()
    waiting.join()
    assert refused == [NotFound]
