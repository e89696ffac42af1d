"""Sends what is queued: a thread of its own with an event loop that waits for the mail server."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import uuid
from collections.abc import Callable
from typing import Final, TypeVar

import aiosmtplib
from sqlalchemy.orm import Session

from notifications import outbox, queue
from notifications.composing import compose
from notifications.installation import Installation
from notifications.models import Message
from notifications.smtp import Outcome, connect, hand_over, outcome_of, words_of
from planner.database import Database, utc_now
from planner.settings import Settings, SmtpServer

try:
    import uvloop
except ImportError:  # Windows has none
    uvloop = None  # type: ignore[assignment]

log = logging.getLogger("notifications.sender")

CONNECTIONS: Final = 4
HELD_MOST: Final = 48
POLL: Final = 0.5  # seconds
RENEW_EVERY: Final = 2.5
MARKS_GATHER: Final = 0.003
IDLE_MOST: Final = 10.0
STOP_WITHIN: Final = 5.0

Result = TypeVar("Result")
Handed = tuple[Message, Outcome, "asyncio.Future[None]"]


class Sender:
    """Claims queued mails and hands them to the mail server over a few open connections.

    Each connection waits until its mail is marked before it takes the next one, so that a kill doubles at most the
    mails under way. Without a server all mail counts as sent and stays in the local mailbox.
    """

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._here = Installation(settings)
        self._server = SmtpServer.from_url(settings.smtp_url) if settings.smtp_url else None
        self._thread = threading.Thread(target=self._run, name="mail sender", daemon=True)
        self._stopping = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._look = asyncio.Event()

    def start(self) -> None:
        """Begins to send, first what an earlier process left."""
        outbox.wakers.add(self.wake)
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> bool:
        """Finishes the mails under way and gives back the others; False if that took over `timeout` seconds."""
        outbox.wakers.discard(self.wake)
        self._stopping.set()
        self.wake()
        if self._thread.is_alive():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def wake(self) -> None:
        """Says that something may be due. From any thread; returns at once."""
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(self._look.set)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=_new_loop) as runner:
            runner.run(self._send_until_stopped())

    async def _send_until_stopped(self) -> None:
        self._loop = asyncio.get_running_loop()
        if self._server is None:
            await self._keep_locally()
        else:
            await _Session(self, self._server).run()

    async def _keep_locally(self) -> None:
        while not self._stopping.is_set():
            self._look.clear()
            with _logged("mail could not be put into the local mailbox"):
                self.noting(lambda session: queue.keep_locally(session, utc_now()))
            await self.pause(POLL)

    @property
    def stopping(self) -> bool:
        """Whether no further mail is to be taken."""
        return self._stopping.is_set()

    @property
    def mail_from(self) -> str:
        """The sender that stands in every mail."""
        return self._here.mail_from

    def envelope_sender(self, message: Message) -> str:
        """The sender in the envelope, to whom it comes back if it cannot be delivered."""
        return self._here.envelope_sender(message.id)

    def look_again(self) -> None:
        """As `wake`, from the event loop itself."""
        self._look.set()

    def looking(self) -> None:
        """Forgets earlier wakes; what comes from now on counts."""
        self._look.clear()

    async def pause(self, seconds: float) -> None:
        """Waits, at most until woken."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._look.wait(), seconds)

    def noting(self, work: Callable[[Session], Result]) -> Result:
        """Does some bookkeeping in a transaction.

        This thread may wait for the database: handing a millisecond's work to another one takes longer.
        """
        with self._database.bookkeeping() as session:
            return work(session)


def _new_loop() -> asyncio.AbstractEventLoop:
    """uvloop's where there is one: less of the machine for each mail."""
    return uvloop.new_event_loop() if uvloop else asyncio.new_event_loop()


class _Session:
    """One run of the sender against a mail server."""

    def __init__(self, sender: Sender, server: SmtpServer) -> None:
        self._sender = sender
        self._server = server
        self._waiting: asyncio.Queue[Message] = asyncio.Queue()
        self._held: set[uuid.UUID] = set()
        self._tried: list[Handed] = []
        self._something_tried = asyncio.Event()
        self._trying = 0
        # How often in a row no connection could be opened, and until when none is tried (the loop's clock).
        self._refusals = 0
        self._rest_until = 0.0

    async def run(self) -> None:
        """Sends until the sender is stopped, then ends what is under way."""
        tasks = [asyncio.create_task(self._mark()), asyncio.create_task(self._renew())]
        tasks += [asyncio.create_task(self._connection()) for _ in range(CONNECTIONS)]
        while not self._sender.stopping:
            self._sender.looking()
            full = False
            with _logged("mail could not be taken from the queue"):
                full = await self._take()
            # A full hand is refilled once half of it is gone; otherwise there is nothing more at the moment.
            await self._sender.pause(60.0 if full else POLL)
        await self._end()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _take(self) -> bool:
        room = HELD_MOST - self._waiting.qsize()
        if self._resting() > 0 or room < HELD_MOST // 2:
            return self._resting() <= 0
        found = self._sender.noting(lambda session: queue.claim(session, utc_now(), room))
        for message in found:
            self._held.add(message.id)
            self._waiting.put_nowait(message)
        return len(found) == room

    async def _connection(self) -> None:
        connection: aiosmtplib.SMTP | None = None
        while True:
            if (rest := self._resting()) > 0:
                await asyncio.sleep(rest)
                continue
            next_one = asyncio.ensure_future(self._waiting.get())
            try:
                done, _pending = await asyncio.wait({next_one}, timeout=IDLE_MOST if connection else None)
                if not done and connection is not None:
                    await _quit(connection)
                    connection = None
                message = await next_one
            except asyncio.CancelledError:
                next_one.cancel()
                if connection is not None:
                    await _quit(connection)
                raise
            if self._waiting.qsize() == HELD_MOST // 2 or self._waiting.empty():
                self._sender.look_again()
            self._trying += 1
            outcome, connection = await self._try(message, connection)
            self._trying -= 1
            await self._marked(message, outcome)

    async def _try(
        self, message: Message, connection: aiosmtplib.SMTP | None
    ) -> tuple[Outcome, aiosmtplib.SMTP | None]:
        try:
            mail = compose(message, self._sender.mail_from, utc_now())
        except ValueError as error:
            return Outcome(failed=True, words=words_of(error)), connection
        try:
            if connection is None or not connection.is_connected:
                connection = await connect(self._server)
            self._refusals = 0
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            self._rest()
            return Outcome(words=words_of(error), unreachable=True), None
        try:
            await hand_over(connection, self._sender.envelope_sender(message), message.to_address, mail)
        except ValueError as error:
            return Outcome(failed=True, words=words_of(error)), connection
        except Exception as error:  # whatever it was, the mail is tried again and the sender goes on
            outcome = outcome_of(error)
            if outcome.connection_lost:
                connection.close()
            return outcome, None if outcome.connection_lost else connection
        return Outcome(sent=True), connection

    def _rest(self) -> None:
        now = asyncio.get_running_loop().time()
        # The connections that failed together count once.
        if now >= self._rest_until:
            self._refusals += 1
            seconds = queue.wait_after(self._refusals).total_seconds()
            self._rest_until = now + min(seconds, queue.UNREACHABLE_WAIT_MOST)

    def _resting(self) -> float:
        return self._rest_until - asyncio.get_running_loop().time()

    async def _marked(self, message: Message, outcome: Outcome) -> None:
        noted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._tried.append((message, outcome, noted))
        self._something_tried.set()
        await noted

    async def _mark(self) -> None:
        """Marks of several connections share a transaction."""
        while True:
            await self._something_tried.wait()
            if self._trying:
                # Another connection is about to be ready, and its mark comes along in the same transaction.
                await asyncio.sleep(MARKS_GATHER)
            self._something_tried.clear()
            tried, self._tried = self._tried, []
            pairs = [(message, outcome) for message, outcome, _noted in tried]
            while tried:
                with _logged("what became of mails could not be noted"):
                    self._sender.noting(lambda session, pairs=pairs: queue.mark(session, pairs, utc_now()))  # type: ignore[misc]
                    break
                await asyncio.sleep(1)
            for message, _outcome, noted in tried:
                self._held.discard(message.id)
                noted.set_result(None)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY)
            held = list(self._held)
            if held:
                with _logged("mails under way could not be kept"):
                    self._sender.noting(lambda session, held=held: queue.renew(session, held, utc_now()))  # type: ignore[misc]

    async def _end(self) -> None:
        """Gives back what was not begun, and waits a while for what is under way."""
        unbegun = []
        while not self._waiting.empty():
            unbegun.append(self._waiting.get_nowait().id)
        self._held.difference_update(unbegun)
        with _logged("mails could not be given back"):
            self._sender.noting(lambda session: queue.release(session, unbegun))
        for _turn in range(int(STOP_WITHIN / 0.05)):
            if not self._held:
                return
            await asyncio.sleep(0.05)


async def _quit(connection: aiosmtplib.SMTP) -> None:
    with contextlib.suppress(aiosmtplib.SMTPException, OSError, TimeoutError, asyncio.CancelledError):
        await asyncio.wait_for(connection.quit(), 2)
    connection.close()


class _logged(contextlib.AbstractContextManager[None]):
    """Logs what went wrong and lets the work be tried again."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> bool:
        if error is None or not isinstance(error, Exception):
            return False
        log.error("%s: %s", self._what, words_of(error))
        return True
