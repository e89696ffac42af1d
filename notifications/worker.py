"""Delivers events, sends and takes in mail, watches the clock: inside `planner serve`, or as `planner worker`."""

from __future__ import annotations

import signal
import threading

from events.dispatcher import Dispatcher
from notifications import figures, installation, subscribers
from notifications.incoming.listening import Listener
from notifications.schedules import Schedules
from notifications.sender import Sender
from planner.database import Database
from planner.metrics import observe_lag
from planner.settings import Settings

# Imported for what they register: the subscribers and the figures.
__all__ = ["Worker", "figures", "run_until_stopped", "subscribers"]


class Worker:
    """All that runs beside the pages. Any number of processes may have one."""

    def __init__(self, database: Database, settings: Settings) -> None:
        installation.use(settings)
        self.dispatcher = Dispatcher(
            database.bookkeeping,
            listen=None if database.is_sqlite else database.engine,
            on_delivered=observe_lag,
        )
        self.sender = Sender(database, settings)
        self.schedules = Schedules(database)
        self.listener = Listener(database, settings)

    def start(self) -> None:
        """Begins, first with what an earlier process left."""
        self.sender.start()
        self.dispatcher.start()
        self.schedules.start()
        self.listener.start()

    def stop(self) -> bool:
        """Ends what is in hand; False if something took too long."""
        return all([self.listener.stop(), self.schedules.stop(), self.dispatcher.stop(), self.sender.stop()])


def run_until_stopped(worker: Worker) -> None:
    """Runs in the foreground until the process is asked to end (SIGTERM, SIGINT)."""
    asked = threading.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda _number, _frame: asked.set())
    worker.start()
    asked.wait()
    worker.stop()
