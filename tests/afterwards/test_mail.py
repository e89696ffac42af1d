"""Whom a thank-you reaches by mail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from notifications.models import Message
from notifications.worker import Worker
from planner.appreciation import actions
from planner.settings import Settings
from tests.afterwards.conftest import Evening


@pytest.fixture
def worker(evening: Evening, settings: Settings) -> Iterator[Worker]:
    """Delivers what happened; its threads are not started."""
    yield Worker(evening.database, settings)


def thanks(evening: Evening, worker: Worker) -> list[tuple[str, str]]:
    """To whom mails of thanks are written, and their subjects."""
    worker.dispatcher.drain()
    with evening.database.reading() as session:
        query = sa.select(Message.to_address, Message.subject).where(Message.kind == "thanks").order_by(Message.id)
        return [(row[0], row[1]) for row in session.execute(query)]


def test_a_written_name_reaches_the_coordinator_and_passed_on_the_party(evening: Evening, worker: Worker) -> None:
    note = evening.thank(evening.okafor, "other", to_name="Folake")
    assert thanks(evening, worker) == [("owner@hill.test", "Please pass on: Okafor thanks Folake")]
    evening.decide(note, actions.pass_on, str(evening.others[0]), actor=evening.owner.actor)
    assert thanks(evening, worker)[1:] == [("Household0@families.test", "Okafor thanks you: Soup & Stories")]


def test_who_is_thanked_by_name_gets_it_at_once_and_everyone_gets_no_mail(
    evening: Evening, worker: Worker
) -> None:
    evening.thank(evening.okafor, f"invitation:{evening.kim}")
    evening.thank(evening.okafor, f"account:{evening.owner.account_id}")
    evening.thank(evening.okafor, "everyone", shared=True)
    assert [to for to, _subject in thanks(evening, worker)] == ["kim@clinic.test", "owner@hill.test"]


def test_what_was_hidden_before_it_left_is_not_mailed(evening: Evening, worker: Worker) -> None:
    note = evening.thank(evening.okafor, "other", to_name="Folake")
    evening.decide(note, actions.hide, "Unkind", evening.owner)
    assert thanks(evening, worker) == []
