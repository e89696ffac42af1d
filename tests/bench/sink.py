"""A mail server that takes everything and keeps nothing, in a process of its own."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller

from tests.running import free_port


@contextmanager
def mail_server() -> Iterator[str]:
    """Its address, for PLANNER_SMTP_URL."""
    context = multiprocessing.get_context("spawn")
    port, (ours, theirs) = free_port(), context.Pipe()
    process = context.Process(target=_serve, args=(theirs, port))
    process.start()
    ours.recv()
    try:
        yield f"smtp://127.0.0.1:{port}?starttls=never"
    finally:
        ours.send("stop")
        process.join()


def _serve(pipe: Any, port: int) -> None:
    controller = Controller(_Taker(), hostname="127.0.0.1", port=port)
    controller.start()
    pipe.send("ready")
    pipe.recv()
    controller.stop()


class _Taker:
    async def handle_DATA(self, _server: Any, _session: Any, _envelope: Any) -> str:
        """aiosmtpd calls this when a mail has come whole."""
        return "250 taken"
