"""Being woken by the commits of other processes, through PostgreSQL's LISTEN."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from events.log import CHANNEL

WAIT_SECONDS = 0.5
AGAIN_SECONDS = 2.0

log = logging.getLogger("events")


class Listener:
    """A thread with a connection of its own that calls `wake` at each notification, and after each reconnect."""

    def __init__(self, engine: sa.Engine, wake: Callable[[], None]) -> None:
        self._engine = engine
        self._wake = wake
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)

    def start(self) -> None:
        """Begins to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Ends within a second, by itself: nobody needs to wait for it."""
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except Exception as error:
                if not self._stopping.wait(AGAIN_SECONDS):
                    # Nothing is lost meanwhile: the dispatcher also looks by itself.
                    log.warning("Stopped listening to PostgreSQL, trying again: %s", type(error).__name__)

    def _listen(self) -> None:
        pooled = self._engine.raw_connection()
        connection: Any = pooled.driver_connection
        pooled.detach()
        try:
            connection.rollback()
            connection.autocommit = True
            connection.execute(f"LISTEN {CHANNEL}")
            self._wake()
            while not self._stopping.is_set():
                for _ in connection.notifies(timeout=WAIT_SECONDS):
                    self._wake()
        finally:
            connection.close()
