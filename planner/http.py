"""What holds for every answer over HTTP: headers that protect it, whose POSTs are taken, what is logged."""

from __future__ import annotations

import ipaddress
import logging
import re
import time
from functools import cache
from typing import Any, Final
from urllib.parse import unquote

from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from prometheus_client import Histogram

from planner.settings import Settings

log = logging.getLogger("planner.http")

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
# As ASGI has them, since this is done for every answer, calendar programs' polls included.
_HEADERS: Final = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    # Not `no-referrer`: under it browsers post `Origin: null`, and a foreign form could not be told from ours.
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
_PRIVATE: Final = ("/r/", "/manage", "/sign-in", "/preferences", "/unsubscribe", "/me/", "/calendars/")
_SECRET: Final = re.compile(
    r"^/+(r|calendars|sign-in|preferences|unsubscribe|me)/+(?!public/)[^/.]+", re.IGNORECASE
)
_SAFE: Final = ("GET", "HEAD", "OPTIONS")
_FOREIGN: Final = b"This form was sent from another site. Open the page here and try again."
_NO_SUCH_ADDRESS: Final = b"There is no page at this address."
_METHODS: Final = (*_SAFE, "POST", "PUT", "PATCH", "DELETE")

_duration = Histogram("planner_http_request_duration_seconds", "From request to answer", ["method", "status"])


def masked(path: str) -> str:
    """A path as it may be logged: without the token that it bears."""
    return _SECRET.sub(r"/\1/…", path)


class Surroundings:
    """Outermost ASGI middleware: believes trusted proxies, refuses foreign POSTs, sets headers, measures, logs."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI (3.0)."""
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        request = scope
        if self._settings.trusted_proxies:
            self._believe_proxy(scope)
        begun = time.perf_counter()
        # As it was asked for: of what lies under a mount (feeds) Litestar leaves only the rest in `path`.
        path = unquote(scope["raw_path"].partition(b"?")[0])
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _protect(path, message)
            await send(message)

        try:
            if self._is_foreign(request):
                await _refuse(sending, 403, _FOREIGN)
            elif _holds_nul(request):
                await _refuse(sending, 404, _NO_SUCH_ADDRESS)
            else:
                await self.app(scope, receive, sending)
        finally:
            seconds = time.perf_counter() - begun
            _observer(request["method"], status).observe(seconds)
            if log.isEnabledFor(logging.INFO):
                log.info("%s %s %d %.1f ms", request["method"], masked(path), status, seconds * 1000)

    def _believe_proxy(self, scope: Any) -> None:
        client = scope.get("client")
        try:
            near = ipaddress.ip_address(client[0]) if client else None
        except ValueError:
            return
        if near is None or not any(near in network for network in self._settings.trusted_proxies):
            return
        headers = Headers.from_scope(scope)
        if proto := headers.get("x-forwarded-proto"):
            scope["scheme"] = "https" if proto.strip().lower() == "https" else "http"
        if forwarded := headers.get("x-forwarded-for"):
            scope["client"] = (self._farthest_untrusted(forwarded), 0)

    def _farthest_untrusted(self, forwarded: str) -> str:
        # Read from the right: each proxy appends whom it saw, and what stands to the left may be made up.
        hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
        for hop in reversed(hops):
            try:
                address = ipaddress.ip_address(hop)
            except ValueError:
                return hop[:45]
            if not any(address in network for network in self._settings.trusted_proxies):
                return hop
        return hops[0][:45] if hops else ""

    def _is_foreign(self, scope: HTTPScope) -> bool:
        """Whether another site's page posts here (a browser says so by Origin or Sec-Fetch-Site)."""
        if scope["method"] in _SAFE or scope["path"].startswith("/api/"):
            return False
        headers = Headers.from_scope(scope)
        origin = headers.get("origin")
        if origin is not None:
            return origin.lower() != self._settings.origin and origin.lower() != _own_origin(scope, headers)
        return headers.get("sec-fetch-site") in ("cross-site", "same-site")


def _own_origin(scope: Any, headers: Headers) -> str:
    return f"{scope['scheme']}://{headers.get('host', '')}".lower()


def _protect(path: str, message: Any) -> None:
    """Adds the headers that the page has not set itself."""
    headers: list[tuple[bytes, bytes]] = list(message.get("headers", ()))
    there = {name for name, _value in headers}
    headers += [pair for pair in _HEADERS if pair[0] not in there]
    private = path.startswith(_PRIVATE)
    if private and b"x-robots-tag" not in there:
        headers.append((b"x-robots-tag", b"noindex, nofollow"))
    if b"cache-control" not in there and not path.startswith("/static/"):
        headers.append((b"cache-control", b"no-store" if private else b"no-cache"))
    message["headers"] = headers


@cache
def _observer(method: str, status: int) -> Histogram:
    return _duration.labels(method if method in _METHODS else "other", status)


def _holds_nul(scope: HTTPScope) -> bool:
    """Whether the address of a page holds a NUL, which no file system and no PostgreSQL takes.

    From its query NULs are dropped, as other control characters are.
    """
    if scope["path"].startswith("/api/"):
        return False
    while b"%00" in scope["query_string"]:
        scope["query_string"] = scope["query_string"].replace(b"%00", b"")
    return "\x00" in scope["path"]


async def _refuse(send: Send, status: int, body: bytes) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", b"text/plain; charset=utf-8"),
                (b"content-length", str(len(body)).encode()),
            ],
        }
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})
