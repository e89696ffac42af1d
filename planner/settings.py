"""What the environment says: read once, at the start of a process."""

from __future__ import annotations

import ipaddress
import os
import re
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

DEFAULT_DATABASE = "sqlite:///var/planner.db"
SECRET_KEY_FILE = Path("var/secret-key")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class BadSetting(Exception):
    """An environment variable cannot be used; the message names it and says why."""


@dataclass(frozen=True)
class Settings:
    """The environment's variables, checked.

    `secret_keys` sign links: the first writes, all are accepted, so that a key can be rotated.
    """

    secret_keys: tuple[str, ...] = field(repr=False)
    database_url: str = DEFAULT_DATABASE
    base_url: str = "http://127.0.0.1:8000"
    smtp_url: str | None = field(default=None, repr=False)
    mail_from: str = "planner@localhost"
    # Whose reply+…@, bounce+…@ and unsubscribe+…@ mail comes back to this installation.
    reply_domain: str | None = None
    # Host and port on which mail is taken in over LMTP (RFC 2033).
    inbound_lmtp: tuple[str, int] | None = None
    # Networks; said loosely, since handlers are given this class through msgspec, which takes no union of classes.
    trusted_proxies: tuple[Any, ...] = ()
    metrics_token: str | None = field(default=None, repr=False)
    log_format: str = "text"

    @property
    def secure(self) -> bool:
        """Whether pages are served over https, so that cookies may demand it."""
        return self.base_url.startswith("https://")

    @property
    def origin(self) -> str:
        """Scheme and host of the base address, as browsers write it into `Origin`."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}".lower()

    def url(self, path: str) -> str:
        """The full address of a page of this installation."""
        return self.base_url + path


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this process; a secret key is made once if none is set.

    Raises BadSetting where a value cannot be used.
    """

    def value(name: str, default: str = "") -> str:
        return environment.get(f"PLANNER_{name}", "").strip() or default

    return Settings(
        secret_keys=_secret_keys(value("SECRET_KEY")),
        database_url=_database_url(value("DATABASE_URL", DEFAULT_DATABASE)),
        base_url=_base_url(value("BASE_URL", Settings.base_url)),
        smtp_url=value("SMTP_URL") or None,
        mail_from=value("MAIL_FROM", Settings.mail_from),
        reply_domain=_reply_domain(value("REPLY_DOMAIN")),
        inbound_lmtp=_host_and_port("INBOUND_LMTP", value("INBOUND_LMTP")),
        trusted_proxies=_networks("TRUSTED_PROXIES", value("TRUSTED_PROXIES")),
        metrics_token=value("METRICS_TOKEN") or None,
        log_format=value("LOG", "text" if sys.stderr.isatty() else "json"),
    )


def _database_url(text: str) -> str:
    if not text.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise BadSetting("PLANNER_DATABASE_URL must begin with sqlite:/// or postgresql+psycopg://")
    return text


def _base_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise BadSetting(f"PLANNER_BASE_URL must be an address like https://plan.example.org, not {text!r}")
    return text.rstrip("/")


def _reply_domain(text: str) -> str | None:
    domain = text.lower().rstrip(".")
    if not domain:
        return None
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", domain):
        raise BadSetting(f"PLANNER_REPLY_DOMAIN must be a domain like reply.example.org, not {text!r}")
    return domain


def _host_and_port(name: str, text: str) -> tuple[str, int] | None:
    if not text:
        return None
    parts = urlsplit(f"//{text}")
    try:
        port = parts.port
    except ValueError:
        port = None
    if not parts.hostname or not port or parts.path:
        raise BadSetting(f"PLANNER_{name} must be a host and a port like 127.0.0.1:8024, not {text!r}")
    return parts.hostname, port


def _networks(name: str, text: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise BadSetting(f"PLANNER_{name}: {error}") from error


def _secret_keys(text: str) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in text.split(",") if key.strip())
    if any(len(key) < 32 for key in keys):
        raise BadSetting("PLANNER_SECRET_KEY: each key needs 32 characters or more")
    return keys or (_kept_secret_key(),)


def _kept_secret_key() -> str:
    SECRET_KEY_FILE.parent.mkdir(parents=True, exist_ok=True)
    try:
        # Made with its mode in one step, so that nobody else can read it for even a moment.
        handle = os.open(SECRET_KEY_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = SECRET_KEY_FILE.read_text().strip()
        if len(key) < 32:
            raise BadSetting(f"{SECRET_KEY_FILE} is damaged: remove it and a new key is made") from None
        return key
    key = secrets.token_urlsafe(48)
    with os.fdopen(handle, "w") as file:
        file.write(key + "\n")
    return key


@dataclass(frozen=True)
class SmtpServer:
    """Where mail is handed over, from `PLANNER_SMTP_URL`."""

    host: str
    port: int
    tls: bool
    starttls: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def from_url(cls, url: str) -> SmtpServer:
        """Reads smtp://user:password@host:587 (STARTTLS demanded unless ?starttls=never) or smtps://.

        Raises BadSetting.
        """
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError as error:
            raise BadSetting("PLANNER_SMTP_URL: the port is no number") from error
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise BadSetting("PLANNER_SMTP_URL must look like smtp://host:587 or smtps://host")
        wanted = parse_qs(parts.query).get("starttls", ["always"])[-1]
        if wanted not in ("always", "never"):
            raise BadSetting("PLANNER_SMTP_URL: starttls is never or left out")
        tls = parts.scheme == "smtps"
        starttls = not tls and wanted != "never"
        if parts.password and not (tls or starttls or _is_loopback(parts.hostname)):
            raise BadSetting("PLANNER_SMTP_URL: a password needs TLS; starttls=never is for loopback")
        return cls(
            host=parts.hostname,
            port=port or (465 if tls else 587 if parts.username else 25),
            tls=tls,
            starttls=starttls,
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
