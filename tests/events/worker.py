"""A process of its own that delivers: `python -m tests.events.worker URL deliver|hang`."""

from __future__ import annotations

import sys
import threading

from sqlalchemy.orm import Session

from events import Dispatcher, LoggedEvent, PartyInvited, Registry
from tests.events.database import Database, keep


def say(word: str) -> None:
    """A line in one piece: two threads speak."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def hang(session: Session, event: LoggedEvent) -> None:
    """Writes, says so, and never ends."""
    keep(session, event)
    say("holding")
    threading.Event().wait()


def main(url: str, what: str) -> None:
    """Delivers until the standard input ends."""
    database, registry = Database(url), Registry()
    registry.subscriber("mail", PartyInvited)(keep if what == "deliver" else hang)
    dispatcher = Dispatcher(database.transaction, registry=registry, listen=database.listen)
    dispatcher.start()
    say("started")
    sys.stdin.read()
    dispatcher.stop()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
