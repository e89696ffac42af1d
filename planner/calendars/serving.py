"""Feeds over HTTP: raw ASGI, since they are what families' calendars poll all day.

An unchanged feed costs one indexed read and a 304. On SQLite that read takes some microseconds and never waits for
a writer, so it stays in the event loop, on a connection of its own; PostgreSQL's waits for a socket, in a thread.
"""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
import time
import uuid
from collections.abc import Callable, Hashable
from datetime import UTC, date, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache, partial
from typing import Any, NamedTuple

import sqlalchemy as sa
from anyio import to_thread
from litestar.types import HTTPScope, Send
from prometheus_client import Counter
from sqlalchemy.dialects import sqlite

from planner.calendars.feeds import FeedWriter, Written
from planner.calendars.keeping import Keeper
from planner.calendars.models import Scope
from planner.calendars.options import Options, options_of
from planner.calendars.queries import FEED_STATE, PUBLIC_STATE
from planner.database import Database
from planner.errors import NotFound
from planner.security import LinkSigner, Purpose
from planner.settings import Settings

BODIES_MOST = 32 * 1024 * 1024
TOKENS_MOST = 4096
DAY_SECONDS = 86_400
_EPOCH = date(1970, 1, 1).toordinal()
SUFFIX = ".ics"

requests = Counter("planner_feed_requests", "Answers to requests for calendar feeds", ["status"])
_COUNTED = {status: requests.labels(str(status)) for status in (200, 304, 404, 405)}

Headers = list[tuple[bytes, bytes]]
State = tuple[Any, ...]

_GONE: Headers = [
    (b"content-type", b"text/plain; charset=utf-8"),
    (b"content-length", b"27"),
    (b"cache-control", b"no-store"),
    (b"x-robots-tag", b"noindex"),
]
_GONE_BODY = b"There is no such calendar.\n"
_NOT_ALLOWED: Headers = [(b"allow", b"GET, HEAD"), (b"content-length", b"0")]


class Kept(NamedTuple):
    """An answer that holds as long as the feed's state and the day (days since 1970, UTC) stay the same."""

    state: State
    day: int
    body: bytes
    etag: bytes
    modified_at: datetime
    unchanged: Headers
    whole: Headers


class FeedServer:
    """Answers for the feeds of one process."""

    def __init__(self, database: Database, settings: Settings, signer: LinkSigner) -> None:
        # What a token claims and proves never changes, so that a subscriber's is taken apart once.
        self._read = lru_cache(maxsize=TOKENS_MOST)(signer.read)
        self._holds = lru_cache(maxsize=TOKENS_MOST)(signer.holds)
        self._writer = FeedWriter(database, settings, signer)
        self._states = _SqliteStates(database) if database.is_sqlite else _ServerStates(database)
        self._bodies: Keeper[Kept] = Keeper(BODIES_MOST)
        self._being_written: dict[Hashable, asyncio.Task[Kept]] = {}

    def close(self) -> None:
        """Gives the connection back."""
        self._states.close()

    async def answer(self, scope: HTTPScope, send: Send) -> None:
        """A feed by its secret address, or an organisation's public one; unknown and revoked ones look alike."""
        if scope["method"] not in ("GET", "HEAD"):
            return await _sent(send, 405, _NOT_ALLOWED, b"")
        folder, _, file = scope["path"].strip("/").rpartition("/")
        kept = await self._found(folder, file, scope["query_string"])
        if kept is None:
            return await _sent(send, 404, _GONE, _GONE_BODY)
        if is_unchanged(scope["headers"], kept.etag, kept.modified_at):
            return await _sent(send, 304, kept.unchanged, b"")
        return await _sent(send, 200, kept.whole, kept.body if scope["method"] == "GET" else b"")

    async def _found(self, folder: str, file: str, query: bytes) -> Kept | None:
        name, dot, ending = file.rpartition(".")
        match folder, dot + ending:
            case "", ".ics":
                return await self._feed(name, options_of(query))
            case "", ".ifb":
                return await self._busy(name)
            case "public", ".ics":
                return await self._public(name, options_of(query))
        return None

    async def _held(self, purpose: Purpose, token: str) -> tuple[uuid.UUID, State] | None:
        sealed = self._read(token)
        state = await self._states.feed(sealed.id) if sealed else None
        if sealed is None or state is None or not self._holds(purpose, sealed, state[0]):
            return None
        return sealed.id, state

    async def _busy(self, token: str) -> Kept | None:
        held = await self._held("busy", token)
        if held is None:
            return None
        feed_id, state = held
        _version, scope, *_rest = state
        if scope != Scope.COORDINATOR:
            return None
        return await self._current((feed_id, "busy"), state, partial(self._writer.busy, feed_id), b"private")

    async def _feed(self, token: str, options: Options) -> Kept | None:
        held = await self._held("feed", token)
        if held is None:
            return None
        feed_id, state = held
        options = options._replace(topic="")
        write = partial(self._writer.feed, feed_id, options=options)
        return await self._current((feed_id, options), state, write, b"private")

    async def _public(self, slug: str, options: Options) -> Kept | None:
        state = await self._states.public(slug)
        if state is None:
            return None
        options = options._replace(link=False, only_accepted=False)
        write = partial(self._writer.public, slug, options=options)
        try:
            return await self._current((slug, options), state, write, b"public")
        except NotFound:
            return None

    async def _current(self, key: Hashable, state: State, write: Callable[..., Written], sharing: bytes) -> Kept:
        day = int(time.time()) // DAY_SECONDS
        kept = self._bodies.get(key)
        if kept is None or kept.state != state or kept.day != day:
            kept = await self._written(key, state, day, write, sharing)
        return kept

    async def _written(
        self, key: Hashable, state: State, day: int, write: Callable[..., Written], sharing: bytes
    ) -> Kept:
        """Written once, however many ask for it at the moment; a client that leaves doesn't stop it for others."""
        # PostgreSQL gives languages as a list, which is no key.
        now_wanted = (key, repr(state), day)
        task = self._being_written.get(now_wanted)
        if task is None:
            task = asyncio.create_task(self._write(key, state, day, write, sharing))
            self._being_written[now_wanted] = task
            task.add_done_callback(lambda _: self._being_written.pop(now_wanted, None))
        return await asyncio.shield(task)

    async def _write(
        self, key: Hashable, state: State, day: int, write: Callable[..., Written], sharing: bytes
    ) -> Kept:
        written = await to_thread.run_sync(partial(write, day=date.fromordinal(_EPOCH + day)))
        kept = _kept(state, day, written, sharing)
        self._bodies.keep(key, kept, len(kept.body))
        return kept


class _SqliteStates:
    """Reads what decides whether a feed has changed; without SQLAlchemy, which would take twice as long."""

    def __init__(self, database: Database) -> None:
        self._connection = sqlite3.connect(
            database.url.database or "", check_same_thread=False, isolation_level=None, timeout=1
        )
        self._connection.execute("PRAGMA query_only=ON")
        self._feed = str(FEED_STATE.compile(dialect=sqlite.dialect()))
        self._public = str(PUBLIC_STATE.compile(dialect=sqlite.dialect()))

    async def feed(self, feed_id: uuid.UUID) -> State | None:
        return self._connection.execute(self._feed, (feed_id.hex,)).fetchone()  # type: ignore[no-any-return]

    async def public(self, slug: str) -> State | None:
        return self._connection.execute(self._public, (slug,)).fetchone()  # type: ignore[no-any-return]

    def close(self) -> None:
        self._connection.close()


class _ServerStates:
    """The same from PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")

    async def feed(self, feed_id: uuid.UUID) -> State | None:
        return await to_thread.run_sync(partial(self._read, FEED_STATE, id=feed_id))

    async def public(self, slug: str) -> State | None:
        return await to_thread.run_sync(partial(self._read, PUBLIC_STATE, slug=slug))

    def _read(self, query: sa.Executable, **values: Any) -> State | None:
        with self._engine.connect() as connection:
            row = connection.execute(query, values).one_or_none()
        return None if row is None else tuple(row)

    def close(self) -> None:
        """Its connections are the database's."""


def is_unchanged(headers: Any, etag: bytes, modified_at: datetime) -> bool:
    """Whether the client already has it (RFC 9110 section 13.2.2: If-None-Match wins over If-Modified-Since)."""
    asked, since = False, b""
    for name, value in headers:
        if name == b"if-none-match":
            asked = True
            if value == etag or value.strip() == b"*" or _names(value, etag):
                return True
        elif name == b"if-modified-since":
            since = value
    return bool(since) and not asked and _not_modified_since(since, modified_at)


def entity_tag(body: bytes) -> bytes:
    """A strong ETag: the same bytes have the same one, in each process."""
    return b'"' + hashlib.sha256(body).hexdigest()[:32].encode() + b'"'


def http_date(moment: datetime) -> str:
    """An instant as HTTP writes it, in whole seconds."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _kept(state: State, day: int, written: Written, sharing: bytes) -> Kept:
    etag = entity_tag(written.body)
    # The window moves at midnight, so that for clients without ETags the feed is as new as the day.
    modified_at = max(written.touched_at, datetime.fromtimestamp(day * DAY_SECONDS, UTC)).replace(microsecond=0)
    unchanged: Headers = [
        (b"etag", etag),
        (b"last-modified", http_date(modified_at).encode()),
        (b"cache-control", sharing + b", max-age=900"),
        (b"x-robots-tag", b"noindex"),
    ]
    whole: Headers = [
        (b"content-type", b"text/calendar; charset=utf-8"),
        (b"content-length", str(len(written.body)).encode()),
        (b"x-content-type-options", b"nosniff"),
        *unchanged,
    ]
    return Kept(state, day, written.body, etag, modified_at, unchanged, whole)


def _names(header: bytes, etag: bytes) -> bool:
    return any(part.strip().removeprefix(b"W/") == etag for part in header.split(b","))


def _not_modified_since(header: bytes, modified_at: datetime) -> bool:
    try:
        since = parsedate_to_datetime(header.decode("latin-1"))
    except (ValueError, TypeError, OverflowError):
        return False
    since = since if since.tzinfo else since.replace(tzinfo=UTC)
    return modified_at <= since


async def _sent(send: Send, status: int, headers: Headers, body: bytes) -> None:
    _COUNTED[status].inc()
    # A new list each time: middleware adds its own headers to it.
    await send({"type": "http.response.start", "status": status, "headers": [*headers]})
    await send({"type": "http.response.body", "body": body, "more_body": False})
