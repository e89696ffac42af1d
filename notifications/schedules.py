"""What is due by the clock: settled edits, ended gatherings, things that expire."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar, TypeVarTuple

import sqlalchemy as sa

from notifications.incoming.queue import forget_words
from notifications.settling import settled, tell_settled
from planner.accounts.actions import forget_expired
from planner.database import Database, utc_now
from planner.gatherings.actions import hold_overdue
from planner.imports.models import ImportFile
from planner.series.making import due, extend

log = logging.getLogger("notifications.schedules")

EVERY: Final = 1.0  # seconds
SELDOM_EVERY: Final = timedelta(minutes=5)
IMPORT_FILE_LASTS: Final = timedelta(days=1)

_Given = TypeVarTuple("_Given")
_Result = TypeVar("_Result")


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
        """Does all that is due by `now`, an instant; what fails holds back only itself."""
        for gathering_id in self._try(settled, now) or ():
            self._try(tell_settled, gathering_id, now)
        if now >= self._seldom_due:
            self._seldom_due = now + SELDOM_EVERY
            self._try(hold_ended, now)
            for series_id in self._try(series_to_extend, now) or ():
                self._try(extend_series, series_id, now)
            self._try(forget, now)

    def _try(self, work: Callable[[Database, *_Given], _Result], *given: *_Given) -> _Result | None:
        try:
            return work(self._database, *given)
        except Exception:
            log.exception("a scheduled step failed and is tried again")
            return None

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.step(utc_now())
            self._stopping.wait(EVERY)


def hold_ended(database: Database, now: datetime) -> None:
    """Marks as held what ended an hour ago."""
    with database.writing() as session:
        hold_overdue(session, now)


def series_to_extend(database: Database, now: datetime) -> Sequence[uuid.UUID]:
    """The series that lack occurrences within 18 months."""
    with database.reading() as session:
        return due(session, now)


def extend_series(database: Database, series_id: uuid.UUID, now: datetime) -> None:
    """Makes the occurrences that one series lacks, so that nobody waits for all of them."""
    with database.writing() as session:
        extend(session, series_id, now)


def forget(database: Database, now: datetime) -> None:
    """Deletes expired links, sessions, files of contacts, remembered API answers, and the words of old mails."""
    with database.bookkeeping() as session:
        forget_expired(session, now)
        session.execute(sa.delete(ImportFile).where(ImportFile.created_at < now - IMPORT_FILE_LASTS))
        forget_words(session, now)
