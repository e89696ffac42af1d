"""Mail taken in over LMTP (RFC 2033): the server gets one answer for each recipient, after the mail is stored."""

from __future__ import annotations

import asyncio
import logging
import threading
from concurrent.futures import Future
from typing import Any, Final

import sqlalchemy as sa
from aiosmtpd.lmtp import LMTP

from notifications.incoming.receive import take_in
from notifications.installation import Installation
from planner.database import Database
from planner.invitations.addresses import is_ours
from planner.settings import BadSetting, Settings

# Bytes. What is above `reading.MAIL_MOST` is kept without its contents; above this it is not even listened to.
SIZE_MOST: Final = 16 * 1024 * 1024
_STOPPING: Final = 10.0  # seconds
_LOGGER = logging.getLogger(__name__)


class Handler:
    """Takes mail for the reply domain, and for nobody else."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._here = database, Installation(settings)

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        """Whether mail to this address is ours."""
        if not is_ours(self._here.settings, address):
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """A line for each recipient: 250 once it is stored, 451 where it could not be."""
        sender = "".join(str(envelope.mail_from or "").split())
        raw = b"Return-Path: <%s>\r\n" % sender.encode("utf-8", "replace") + envelope.content
        return "\r\n".join([await self._store(raw, recipient) for recipient in envelope.rcpt_tos])

    async def _store(self, raw: bytes, recipient: str) -> str:
        try:
            await asyncio.to_thread(take_in, self._database, self._here, raw, [recipient])
        except sa.exc.SQLAlchemyError as error:
            _LOGGER.warning("a mail could not be stored", extra={"error": type(error).__name__})
            return "451 4.3.0 It could not be stored now"
        except Exception:
            _LOGGER.exception("a mail could not be taken in")
            return "451 4.3.0 It could not be taken in now"
        return "250 2.0.0 OK"


class Listener:
    """Listens in a thread of its own; several processes may share the port."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._address = settings.inbound_lmtp
        self._handler = Handler(database, settings)
        self._thread = threading.Thread(target=self._run, name="lmtp", daemon=True)
        self._listening: Future[None] = Future()
        self._stopping = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Begins where an address is set. Raises BadSetting where it cannot be listened on."""
        if self._address is not None:
            self._thread.start()
            self._listening.result()

    def stop(self) -> bool:
        """Ends. A mail that is cut off is sent again by its server."""
        if self._loop is None:
            return True
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(_STOPPING)
        return not self._thread.is_alive()

    def _run(self) -> None:
        # A loop of its own: the web server's is running already.
        asyncio.run(self._listen())

    async def _listen(self) -> None:
        assert self._address is not None  # noqa: S101  (else the thread is not started)
        host, port = self._address
        loop = asyncio.get_running_loop()
        try:
            share = hasattr(asyncio, "unix_events") or None
            server = await loop.create_server(self._conversation, host, port, reuse_port=share)
        except OSError as error:
            words = f"PLANNER_INBOUND_LMTP: {host}:{port} cannot be listened on ({error.strerror or error})"
            self._listening.set_exception(BadSetting(words))
            return
        self._loop = loop
        self._listening.set_result(None)
        _LOGGER.info("listening for mail", extra={"host": host, "port": port})
        async with server:
            await self._stopping.wait()

    def _conversation(self) -> LMTP:
        return LMTP(
            self._handler,
            data_size_limit=SIZE_MOST,
            loop=asyncio.get_running_loop(),
            ident="Planner",
            hostname="planner",
        )
