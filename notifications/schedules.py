"""What is due by the clock: settled edits, ended gatherings, things that expire."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from notifications.incoming.queue import forget_words
from notifications.settling import tell_settled
from planner.accounts.actions import forget_expired
from planner.database import Database, utc_now
from planner.gatherings.actions import hold_overdue
from planner.parties.models import PeopleFile
from planner.series.actions import extend

log = logging.getLogger("notifications.schedules")

EVERY: Final = 1.0  # seconds
SELDOM_EVERY: Final = timedelta(minutes=5)
PEOPLE_FILE_LASTS: Final = timedelta(days=1)


class Schedules:
    """A thread that looks at the clock once a second. Any number may run at once, in any number of processes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="schedules", daemon=True)
        self._seldom_due = utc_now()

    def start(self) -> None:
        """Begins to look."""
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> bool:
        """Finishes the step in hand; False if that took over `timeout` seconds."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def step(self, now: datetime) -> None:
        """Does all that is due by `now`, an instant; a step that fails holds back only itself."""
        self._try(lambda: tell_settled(self._database, now))
        if now >= self._seldom_due:
            self._seldom_due = now + SELDOM_EVERY
            self._try(lambda: hold_ended(self._database, now))
            self._try(lambda: extend_series(self._database, now))
            self._try(lambda: forget(self._database, now))

    def _try(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception:
            log.exception("a scheduled step failed and is tried again")

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.step(utc_now())
            self._stopping.wait(EVERY)


def hold_ended(database: Database, now: datetime) -> None:
    """Marks as held what ended an hour ago."""
    with database.writing() as session:
        hold_overdue(session, now)


def extend_series(database: Database, now: datetime) -> None:
    """Makes the occurrences of series that come within 18 months."""
    with database.writing() as session:
        extend(session, now)


def forget(database: Database, now: datetime) -> None:
    """Deletes expired links, sessions, files of contacts, remembered API answers, and the words of old mails."""
    with database.bookkeeping() as session:
        forget_expired(session, now)
        session.execute(sa.delete(PeopleFile).where(PeopleFile.created_at < now - PEOPLE_FILE_LASTS))
        forget_words(session, now)
