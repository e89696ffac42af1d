"""A load in a process of its own: so many keep-alive connections that ask one after another, and how fast."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import time
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import uvloop

# Method, path, headers, body.
Request: TypeAlias = tuple[str, str, dict[str, str], str]


class Load(NamedTuple):
    """Answers a second, and milliseconds of the median and of the slowest hundredth; `refused` had 4xx or 5xx."""

    rate: float
    median: float
    p99: float
    refused: int


class _Client(asyncio.Protocol):
    """Sends the next request when the answer to the last has come whole."""

    def __init__(self, requests: Sequence[bytes], first: int, step: int, until: float, times: list[float]) -> None:
        self._requests, self._at, self._step, self._until, self._times = requests, first, step, until, times
        self._begun = 0.0
        self._head = b""
        self._missing = 0
        self.refused = 0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._send()

    def _send(self) -> None:
        self._begun = time.perf_counter()
        if self._begun > self._until:
            self._transport.close()
            return
        self._transport.write(self._requests[self._at % len(self._requests)])
        self._at += self._step

    def data_received(self, data: bytes) -> None:
        if not self._missing:
            self._head += data
            head, found, body = self._head.partition(b"\r\n\r\n")
            if not found:
                return
            self._head = b""
            self.refused += head[9:10] in (b"4", b"5")
            self._missing = _length(head)
            data = body
        # The body is counted, not kept: the load must cost less than what it measures.
        self._missing -= len(data)
        if not self._missing:
            self._times.append(time.perf_counter() - self._begun)
            self._send()

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


def _length(head: bytes) -> int:
    lower = head.lower()
    at = lower.find(b"content-length:")
    return int(lower[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 and b" 304 " not in head[:20] else 0


def load(port: int, requests: Sequence[Request], *, seconds: float = 3, clients: int = 16) -> Load:
    """Loads 127.0.0.1:port with the requests in turn, from another process."""
    raw = [_raw(*request) for request in requests]
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(theirs, port, raw, seconds, clients))
    process.start()
    figures = json.loads(ours.recv())
    process.join()
    return Load(*figures)


def _raw(method: str, path: str, headers: dict[str, str], body: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body or method == "POST":
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body.encode())}"]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def _run(pipe: Any, port: int, requests: list[bytes], seconds: float, clients: int) -> None:
    pipe.send(json.dumps(uvloop.run(_measure(port, requests, seconds, clients))))


async def _measure(port: int, requests: list[bytes], seconds: float, clients: int) -> tuple[float, ...]:
    times: list[float] = []
    loop = asyncio.get_running_loop()
    begun = time.perf_counter()
    made = [
        (
            await loop.create_connection(
                lambda i=i: _Client(requests, i, clients, begun + seconds, times), "127.0.0.1", port
            )
        )[1]
        for i in range(clients)
    ]
    await asyncio.gather(*(client.done for client in made))
    spent = time.perf_counter() - begun
    times.sort()
    refused = sum(client.refused for client in made)
    if not times:
        return 0.0, 0.0, 0.0, refused
    return len(times) / spent, times[len(times) // 2] * 1000, times[len(times) * 99 // 100] * 1000, refused
