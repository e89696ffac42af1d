"""The mail server: its address, a connection to it, and what its answers mean."""

from __future__ import annotations

import contextlib
import ipaddress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from planner.settings import BadSetting

TIMEOUT: Final = 30.0  # seconds until a server that says nothing is given up
# Answers to a login that is missing or wrong (RFC 4954): the server's matter, not the mail's.
_LOGIN: Final = (530, 534, 535, 538)


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

    async def connect(self) -> aiosmtplib.SMTP:
        """An open connection, signed in. Raises what aiosmtplib raises."""
        connection = aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            use_tls=self.tls,
            start_tls=self.starttls,
            username=self.user,
            password=self.password,
            timeout=TIMEOUT,
        )
        await connection.connect()
        return connection


async def hand_over(connection: aiosmtplib.SMTP, sender: str, recipient: str, mail: bytes) -> None:
    """One mail in an open session. Raises what aiosmtplib raises; after a refusal the session can go on."""
    try:
        await connection.mail(sender)
        await connection.rcpt(recipient)
        await connection.data(mail)
    except aiosmtplib.SMTPResponseException:
        with contextlib.suppress(aiosmtplib.SMTPException, OSError):
            await connection.rset()
        raise


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True)
class Outcome:
    """What became of one try: sent, failed for good, or to be tried again.

    `connection_lost`: the connection cannot be used any more. `unreachable`: none could be opened.
    """

    sent: bool = False
    failed: bool = False
    words: str = ""
    connection_lost: bool = False
    unreachable: bool = False


def outcome_of(error: BaseException) -> Outcome:
    """What an error of one mail's session means: a 5xx is for good, all else is tried again."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        words = f"{error.code} {error.message}".strip()
        if error.code >= 500 and error.code not in _LOGIN:
            return Outcome(failed=True, words=words)
        return Outcome(words=words, connection_lost=error.code == 421 or error.code in _LOGIN)
    return Outcome(words=words_of(error), connection_lost=True)


def words_of(error: BaseException) -> str:
    """An error in one line, for the list of mails."""
    if isinstance(error, TimeoutError):
        return "the mail server said nothing for too long"
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"{error.code} {error.message}".strip()
    return " ".join(str(error).split()) or type(error).__name__
