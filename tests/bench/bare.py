"""The ceiling of everything over HTTP: bare Litestar handlers under one uvicorn process."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from litestar import Litestar, Response, get, post

from tests.running import free_port, wait_until

_BODY = "BENCH_BODY"


@get("/unchanged")
async def unchanged() -> Response[None]:
    """An empty 304."""
    return Response(None, status_code=304)


@get("/bytes")
async def whole() -> Response[bytes]:
    """The bytes of the file that the environment names."""
    return Response(_body, media_type="text/calendar")


@post("/")
async def empty() -> None:
    """An empty POST."""


_body = Path(os.environ[_BODY]).read_bytes() if _BODY in os.environ else b""
app = Litestar([unchanged, whole, empty], openapi_config=None, logging_config=None)


@contextmanager
def bare_litestar(body: bytes = b"") -> Iterator[int]:
    """The bare application in a process of its own; its port."""
    port = free_port()
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "tests.bench.bare:app", "--port", str(port), "--no-access-log"]
            + ["--no-server-header", "--log-level", "warning"],
            env=os.environ | {_BODY: file.name},
        )
        try:
            if not wait_until(lambda: _answers(port)):
                raise RuntimeError("the bare application does not answer")
            yield port
        finally:
            process.terminate()
            process.wait()


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/bytes").status_code == 200
    except httpx.TransportError:
        return False
