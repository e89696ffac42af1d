"""Several dispatchers in several processes, and processes that end in the middle."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from events import (
    Dispatcher,
    LoggedEvent,
    PartyInvited,
    Registry,
)
from events.listening import Listener
from tests.events.database import Database, invite, keep, owed, wait_for

ROOT = Path(__file__).parents[2]


@contextmanager
def worker(database: Database, what: str) -> Iterator[subprocess.Popen[str]]:
    url = database.engine.url.render_as_string(hide_password=False)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.events.worker", url, what],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    try:
        yield process
    finally:
        process.communicate(timeout=20)


def test_a_commit_of_another_process_reaches_it_too(database: Database, registry: Registry) -> None:
    registry.subscriber("mail", PartyInvited)(keep)
    with worker(database, "deliver"):
        ids = invite(database, registry, 2)
        wait_for(lambda: not owed(database))
    assert database.handled() == ids


def test_a_commit_elsewhere_wakes_those_who_listen(postgresql: Database, registry: Registry) -> None:
    registry.subscriber("mail", PartyInvited)(keep)
    woken = threading.Event()
    listener = Listener(postgresql.engine, woken.set)
    listener.start()
    assert woken.wait(5)
    woken.clear()
    invite(postgresql, registry)
    assert woken.wait(5)
    listener.stop()


def test_four_dispatchers_in_several_processes_handle_each_event_once(
    database: Database, registry: Registry
) -> None:
    registry.subscriber("mail", PartyInvited)(keep)
    ids = invite(database, registry, 500)
    ours = [Dispatcher(database.transaction, registry=registry, listen=database.listen) for _ in range(2)]
    with worker(database, "deliver"), worker(database, "deliver"):
        for dispatcher in ours:
            dispatcher.start()
        ids += invite(database, registry, 500)
        wait_for(lambda: not owed(database), 30)
        assert all(dispatcher.stop() for dispatcher in ours)
    assert database.handled() == ids


def test_what_a_killed_process_held_is_delivered_by_another(database: Database, registry: Registry) -> None:
    registry.subscriber("mail", PartyInvited)(keep)
    ids = invite(database, registry, 5)
    dispatcher = Dispatcher(database.transaction, registry=registry)
    with worker(database, "hang") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "holding\n"
        process.kill()
        process.wait()
        dispatcher.start()
        wait_for(lambda: not owed(database))
    assert dispatcher.stop()
    # What it had written was never committed: nothing is there twice.
    assert database.handled() == ids


def test_what_a_killed_process_had_finished_is_not_done_twice(database: Database, registry: Registry) -> None:
    registry.subscriber("mail", PartyInvited)(keep)
    ids = invite(database, registry, 30)
    with worker(database, "deliver") as process:
        wait_for(lambda: bool(database.handled()))
        process.kill()
        process.wait()
    Dispatcher(database.transaction, registry=registry).drain()
    assert database.handled() == ids


def test_a_process_that_stands_still_loses_what_it_holds(
    postgresql: Database, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("events.dispatcher.HELD_SECONDS", 1)
    holding, lost = threading.Event(), threading.Event()

    def stand_still(session: Session, event: LoggedEvent) -> None:
        keep(session, event)
        holding.set()
        lost.wait(10)

    ids = invite(postgresql, _with(Registry(), keep))
    still = Dispatcher(postgresql.transaction, registry=_with(Registry(), stand_still))
    still.start()
    assert holding.wait(5)
    other = Dispatcher(postgresql.transaction, registry=_with(registry, keep))
    other.start()
    wait_for(lambda: postgresql.handled() == ids)
    lost.set()
    assert other.stop()
    assert still.stop()
    assert postgresql.handled() == ids


def _with(registry: Registry, handle: Callable[[Session, LoggedEvent], None]) -> Registry:
    registry.subscriber("mail", PartyInvited)(handle)
    return registry
