"""Live pages: a reader of the log in each web process tells open pages that their gathering changed.

It reads the numbered log, as other readers do, so that a page hears of what any process did. Litestar's channels
hand the news to each open page; the page then asks for the part that it shows.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import sqlalchemy as sa
from litestar import Litestar, get
from litestar.channels import ChannelsPlugin
from litestar.channels.backends.memory import MemoryChannelsBackend
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import ServerSentEvent, ServerSentEventMessage

from events.log import LogEntry
from planner.database import Database
from planner.dependencies import SignedIn, TheDatabase
from planner.gatherings import actions as gatherings

log = logging.getLogger("planner.live")

LOOKS_EVERY: Final = 0.5
BEATS_EVERY: Final = 15.0


def channels_plugin() -> ChannelsPlugin:
    """Channels of this process, one for each gathering that somebody looks at."""
    return ChannelsPlugin(
        MemoryChannelsBackend(history=0), arbitrary_channels_allowed=True, subscriber_max_backlog=100
    )


class LogReader:
    """Looks at the end of the numbered log twice a second; says which gatherings and organisations changed."""

    def __init__(self, database: Database, channels: ChannelsPlugin) -> None:
        self._database = database
        self._channels = channels
        self._seen: int | None = None

    @asynccontextmanager
    async def running(self, _app: Litestar) -> AsyncIterator[None]:
        """Reads for as long as the application runs, from where the log ends then."""
        self._seen = None
        task = asyncio.create_task(self._read())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _read(self) -> None:
        while True:
            try:
                for about in await asyncio.to_thread(self._news):
                    self._channels.publish("changed", _channel(about))
            except Exception:
                log.exception("the log could not be read; trying again")
            await asyncio.sleep(LOOKS_EVERY)

    def _news(self) -> set[uuid.UUID]:
        with self._database.reading() as session:
            last = session.scalar(sa.select(sa.func.max(LogEntry.sequence))) or 0
            if self._seen is None or last == self._seen:
                self._seen = last
                return set()
            changed = session.execute(
                sa.select(LogEntry.gathering_id, LogEntry.organization_id)
                .where(LogEntry.sequence > self._seen, LogEntry.sequence <= last)
                .distinct()
            )
            self._seen = last
            return {about for row in changed for about in row if about is not None}


def _channel(about: uuid.UUID) -> str:
    return f"about-{about}"


@get("/gatherings/{gathering_id:uuid}/live", sync_to_thread=True)
def gathering_news(
    gathering_id: FromPath[uuid.UUID],
    membership: SignedIn,
    database: TheDatabase,
    channels: NamedDependency[ChannelsPlugin],
) -> ServerSentEvent:
    """Server-sent events: `changed` each time something happened to the gathering."""
    with database.reading() as session:
        gatherings.find(session, membership.organization_id, gathering_id)
    return ServerSentEvent(_news(channels, gathering_id), headers={"x-accel-buffering": "no"})


@get("/live", sync_to_thread=False)
def organization_news(membership: SignedIn, channels: NamedDependency[ChannelsPlugin]) -> ServerSentEvent:
    """Server-sent events: `changed` each time something happened in the organisation."""
    return ServerSentEvent(_news(channels, membership.organization_id), headers={"x-accel-buffering": "no"})


async def _news(channels: ChannelsPlugin, about: uuid.UUID) -> AsyncIterator[Any]:
    async with channels.start_subscription(_channel(about)) as subscriber:
        events = subscriber.iter_events().__aiter__()
        while True:
            try:
                await asyncio.wait_for(anext(events), BEATS_EVERY)
            except TimeoutError:
                # A word now and then, so that a proxy keeps the connection and a closed one is noticed.
                events = subscriber.iter_events().__aiter__()
                yield ServerSentEventMessage(comment="still here")
                continue
            yield ServerSentEventMessage(event="changed", data="1")


routes: Final = [gathering_news, organization_news]
