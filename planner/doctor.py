"""Looks an installation over and says in plain words what to mend."""

from __future__ import annotations

import smtplib
import ssl
import time
from collections.abc import Callable
from contextlib import closing
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import sqlalchemy as sa

from planner import schema
from planner.database import Database
from planner.settings import BadSetting, Settings, SmtpServer

_PATIENCE: Final = 10
# In seconds since 1970. No clock that was ever set shows less: this version is younger.
_NEW_YEAR_2026: Final = 1_767_225_600


class Finding(NamedTuple):
    """One thing that was looked at."""

    what: str
    well: bool
    sentence: str


def examine(settings: Settings) -> list[Finding]:
    """Looks at database, clock, mail and base address."""
    looks: list[tuple[str, Callable[[Settings], tuple[bool, str]]]] = [
        ("Database", _database),
        ("Clock", _clock),
        ("Mail", _mail),
        ("Mail that comes in", _mail_in),
        ("Base address", _base_address),
    ]
    return [Finding(what, *look(settings)) for what, look in looks]


def _database(settings: Settings) -> tuple[bool, str]:
    try:
        with closing(Database(settings.database_url)) as database:
            if not schema.is_current(database):
                return False, "its tables are missing or old: run `planner migrate`."
            if lacking := schema.missing(database):
                return False, f"it lacks {lacking[0]}, though it says that it is current: restore a whole copy."
            kind = "SQLite" if database.is_sqlite else "PostgreSQL"
    except (sa.exc.SQLAlchemyError, OSError) as error:
        return False, f"it does not answer ({type(error).__name__}): check PLANNER_DATABASE_URL."
    return True, f"{kind} answers and has its tables."


def _clock(settings: Settings) -> tuple[bool, str]:
    if settings.database_url.startswith("sqlite"):
        return (True, "it runs.") if time.time() > _NEW_YEAR_2026 else (False, "it is years behind: set it.")
    database = Database(settings.database_url)
    try:
        with database.engine.connect() as connection:
            there = connection.execute(sa.text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one()
    except sa.exc.SQLAlchemyError:
        return False, "it cannot be compared, since the database does not answer."
    finally:
        database.close()
    apart = abs(float(there) - time.time())
    if apart > 2:
        return False, f"it is {apart:.0f} seconds away from the database's: use a time server on both machines."
    return True, "it agrees with the database's."


def _mail(settings: Settings) -> tuple[bool, str]:
    if not settings.smtp_url:
        return True, "no server is set, so mail stays in the local mailbox and reaches nobody (PLANNER_SMTP_URL)."
    try:
        server = SmtpServer.from_url(settings.smtp_url)
    except BadSetting as bad:
        return False, f"it cannot leave: {bad}."
    try:
        with _connected(server) as connection:
            if server.starttls:
                connection.starttls(context=ssl.create_default_context())
            if server.user:
                connection.login(server.user, server.password or "")
    except (OSError, smtplib.SMTPException) as error:
        what = f"{server.host}:{server.port} cannot be used ({type(error).__name__})"
        return False, f"{what}: check PLANNER_SMTP_URL."
    return True, f"{server.host}:{server.port} takes mail."


def _mail_in(settings: Settings) -> tuple[bool, str]:
    domain, lmtp = settings.reply_domain, settings.inbound_lmtp
    if not domain and not lmtp:
        return True, "no domain is set for it, so calendars in mail ask for no answer (PLANNER_REPLY_DOMAIN)."
    if not domain:
        return False, "PLANNER_INBOUND_LMTP listens, but no mail asks for an answer: set PLANNER_REPLY_DOMAIN."
    if lmtp:
        host, port = lmtp
        return True, f"mail to {domain} is expected over LMTP at {host}:{port}."
    return True, (
        f"your mail server must hand what comes to {domain} to `planner receive`, or over LMTP "
        "(PLANNER_INBOUND_LMTP), as the README shows: otherwise answers from calendar programs reach nobody."
    )


def _connected(server: SmtpServer) -> smtplib.SMTP:
    if server.tls:
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(server.host, server.port, timeout=_PATIENCE, context=context)
    return smtplib.SMTP(server.host, server.port, timeout=_PATIENCE)


def _base_address(settings: Settings) -> tuple[bool, str]:
    if settings.base_url.startswith("http://") and not _is_here(settings.base_url):
        return False, f"{settings.base_url} is not encrypted: put it behind a proxy with https."
    if _is_here(settings.base_url) and settings.smtp_url:
        return False, f"links in mail lead to {settings.base_url}, which only this machine can open."
    return True, f"links lead to {settings.base_url}."


def _is_here(url: str) -> bool:
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")
