"""The mail server: a connection to it, and what its answers mean."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Final

import aiosmtplib

from planner.settings import SmtpServer

TIMEOUT: Final = 30.0  # seconds until a server that says nothing is given up
# Answers to a login that is missing or wrong (RFC 4954): the server's matter, not the mail's.
_LOGIN: Final = (530, 534, 535, 538)


async def connect(server: SmtpServer) -> aiosmtplib.SMTP:
    """An open connection, signed in. Raises what aiosmtplib raises."""
    connection = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.tls,
        start_tls=server.starttls,
        username=server.user,
        password=server.password,
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
        words = words_of(error)
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
