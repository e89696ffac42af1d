"""What is kept in memory between requests, up to a number of bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Kept = TypeVar("Kept")

_OVERHEAD = 600


class Keeper(Generic[Kept]):
    """Values by key; the ones asked for least lately go first. Thread-safe. `most` is in bytes."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = 0
        self._values: OrderedDict[Hashable, tuple[Kept, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Kept | None:
        """The value, if it is still here."""
        with self._lock:
            found = self._values.get(key)
            if found is None:
                return None
            self._values.move_to_end(key)
            return found[0]

    def keep(self, key: Hashable, value: Kept, size: int) -> None:
        """Keeps a value of so many bytes, in place of what stood under its key."""
        size += _OVERHEAD
        with self._lock:
            self._drop(key)
            self._values[key] = (value, size)
            self._size += size
            while self._size > self._most:
                self._drop(next(iter(self._values)))

    def _drop(self, key: Hashable) -> None:
        if found := self._values.pop(key, None):
            self._size -= found[1]
