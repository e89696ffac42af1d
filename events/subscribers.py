"""Who wants to hear of which events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Final, TypeAlias, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from events.catalogue import DomainEvent


class LoggedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A domain event as it stands in the log: `occurred_at` in UTC, `sequence` None until it is numbered."""

    id: UUID
    sequence: int | None
    occurred_at: datetime
    organization_id: UUID
    gathering_id: UUID | None
    actor: str | None
    payload: DomainEvent


class Unfinished(Enum):
    """What a subscriber returns that has done a piece and is to be called again for the rest."""

    UNFINISHED = "unfinished"


UNFINISHED: Final = Unfinished.UNFINISHED
Handler: TypeAlias = Callable[[Session, LoggedEvent], Unfinished | None]
AnyHandler = TypeVar("AnyHandler", bound=Handler)


class Registry:
    """Subscribers by name, and the types of events that each wants."""

    def __init__(self) -> None:
        self.handlers: dict[str, Handler] = {}
        self._names: defaultdict[type, list[str]] = defaultdict(list)

    def subscriber(self, name: str, *types: type) -> Callable[[AnyHandler], AnyHandler]:
        """Registers `handle(session, event)` under a name that is kept for ever: deliveries carry it.

        It runs in a transaction in which its delivery is also marked done: what it wrote and the mark
        stand or fall together. It must not commit, and must not wait for the network. Order is not
        promised. For long work it writes a piece and returns UNFINISHED; it is then called again, in a new
        transaction.
        """

        def register(handle: AnyHandler) -> AnyHandler:
            if name in self.handlers:
                raise ValueError(f"two subscribers are called {name}")
            self.handlers[name] = handle
            for kind in types:
                self._names[kind].append(name)
            return handle

        return register

    def names_for(self, kind: type) -> list[str]:
        """The subscribers to whom an event of this type is delivered."""
        return self._names.get(kind, [])


REGISTRY = Registry()
subscriber = REGISTRY.subscriber
