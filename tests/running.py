"""A whole installation in processes of its own, and a real SMTP peer: for tests, benchmarks and pictures."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import email
import email.policy
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from aiosmtpd.controller import Controller

from tests.calendars.mailed import assert_mail_is_sound
from tests.calendars.reading import read_by_programs

PLANNER = Path(sys.executable).with_name("planner")
LINK = re.compile(r"http://\S+/sign-in/\S+")


# Below those that systems hand out by themselves, so that no connection takes one between asking and listening.
_PORTS = range(12_000, 30_000)
# Each process looks elsewhere; tests may seed `random` itself.
_chance = random.Random(os.getpid())


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    while True:
        port = _chance.choice(_PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_until(true: Callable[[], Any], seconds: float = 20, step: float = 0.05) -> bool:
    """Asks again until it is true or so many seconds have passed; whether it became true."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(step)
    return True


class MailSink:
    """Keeps the mail that it takes. `trouble` is a reply to give instead, "drop" or "stall"; `delay` is seconds.

    A stalled mail's connection is dropped once the trouble is over.
    """

    def __init__(self) -> None:
        self.mails: list[tuple[str, EmailMessage]] = []
        self.trouble: str | None = None
        self.troubled = 0
        self.delay = 0.0
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        """aiosmtpd calls this when a mail has come whole."""
        if self.trouble:
            return await self._refuse(server)
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails += [(recipient.lower(), mail) for recipient in envelope.rcpt_tos]
        await asyncio.sleep(self.delay)
        return "250 taken"

    async def _refuse(self, server: Any) -> str:
        self.troubled += 1
        trouble = self.trouble or ""
        while self.trouble == "stall":
            await asyncio.sleep(0.1)
        if trouble in ("drop", "stall"):
            server.transport.abort()
            return "421 gone"
        return trouble

    @property
    def url(self) -> str:
        """For PLANNER_SMTP_URL."""
        return f"smtp://127.0.0.1:{self.port}?starttls=never"

    def to(self, address: str, at_least: int = 1, seconds: float = 20) -> list[EmailMessage]:
        """What came for an address, once there is so much of it or the time is over."""
        wait_until(lambda: len(self._all_to(address)) >= at_least, seconds)
        return self._all_to(address)

    def saying(self, address: str, words: str, seconds: float = 20) -> EmailMessage:
        """The first mail to an address whose plain part says these words, once it has come."""

        def found() -> list[EmailMessage]:
            return [mail for mail in self._all_to(address) if words in _plain(mail)]

        assert wait_until(found, seconds), (words, [_plain(mail) for mail in self._all_to(address)])
        return found()[0]

    def _all_to(self, address: str) -> list[EmailMessage]:
        found = [mail for to, mail in self.mails if to == address.lower()]
        for mail in found:
            assert_mail_is_sound(mail)
        return found

    def close(self) -> None:
        """Stops listening; a second time it does nothing."""
        if not self._controller.loop.is_closed():
            self._controller.stop()


def _plain(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return str(body.get_content()).replace("\r\n", "\n") if body else ""


class Installation:
    """One planner in a folder of its own, driven through its command line and HTTP."""

    owner = "owner@hill.test"

    def __init__(self, folder: Path, *, database: str | None = None, smtp: str | None = None) -> None:
        self.folder = folder
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PLANNER_")}
        self.environment = clean | {
            "PLANNER_BASE_URL": self.base,
            "PLANNER_DATABASE_URL": database or f"sqlite:///{folder}/planner.db",
            "PLANNER_SECRET_KEY": "k" * 40,
            "PLANNER_MAIL_FROM": "planner@hill.test",
            **({"PLANNER_SMTP_URL": smtp} if smtp else {}),
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.http = httpx.Client(base_url=self.base, timeout=30)
        # Families' programs; reading the machine's certificates for each of them would cost more than the answers.
        self.families = httpx.Client(timeout=30, verify=False)  # noqa: S501
        for client in (self.http, self.families):
            client.event_hooks["response"].append(read_by_programs)
        self.token = ""

    def cli(self, *args: str, check: bool = True, given: str | None = None) -> str:
        """Runs `planner ARGS` with `given` as its standard input; its standard output."""
        done = subprocess.run(
            [PLANNER, *args],
            cwd=self.folder,
            env=self.environment,
            input=given,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if check and done.returncode:
            raise AssertionError(f"planner {args} exits {done.returncode}: {done.stderr[-800:]}")
        return done.stdout

    def set_up(self, organization: str = "Hill Centre") -> str:
        """Makes the organisation and an API token; the owner's sign-in link."""
        said = self.cli("init", "--organization", organization, "--email", self.owner)
        self.token = self.cli("api-token", "create", "--email", self.owner).strip().splitlines()[-1]
        found = LINK.search(said)
        assert found, said
        return found[0]

    def start(self, *args: str, command: str = "serve") -> None:
        """Starts a server and waits until it answers."""
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [PLANNER, command, "--port", str(self.port), *args],
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        if not wait_until(self._answers, 30):
            raise AssertionError("no answer: " + self.log()[-1500:])

    def _answers(self) -> bool:
        if self.process and self.process.poll() is not None:
            raise AssertionError("the server ended: " + self.log()[-1500:])
        try:
            return self.http.get("/healthz").status_code == 200
        except httpx.TransportError:
            return False

    def log(self) -> str:
        """What the server has written down."""
        return (self.folder / "server.log").read_text(errors="replace")

    def end(self, how: int = signal.SIGTERM) -> int | None:
        """Signals the server and all that it started, and waits; its exit code. What does not end is killed."""
        if self.process is None:
            return None
        process, self.process = self.process, None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        try:
            return process.wait(timeout=20)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def close(self) -> None:
        """Ends the server and lets go of all connections."""
        try:
            self.end()
        finally:
            self.http.close()
            self.families.close()

    def api(self, method: str, path: str, body: Any = None, want: tuple[int, ...] = (200, 201, 202, 204)) -> Any:
        """A call of the JSON interface that must succeed; its JSON."""
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = self.http.request(method, "/api/v1" + path, json=body, headers=headers)
        assert answer.status_code in want, (method, path, answer.status_code, answer.text[:500])
        return answer.json() if answer.content else None

    def everything(self, path: str) -> list[dict[str, Any]]:
        """All items of a list, page after page."""
        items: list[dict[str, Any]] = []
        cursor = None
        while True:
            joint = "&" if "?" in path else "?"
            page = self.api("GET", f"{path}{joint}limit=200" + (f"&cursor={cursor}" if cursor else ""))
            items += page["items"]
            cursor = page["next_cursor"]
            if not cursor:
                return items

    def gathering(self, *, publish: bool = True, days: int = 20, **fields: Any) -> dict[str, Any]:
        """A gathering in three weeks."""
        day = time.strftime("%Y-%m-%d", time.gmtime(time.time() + days * 86400))
        made: dict[str, Any] = self.api(
            "POST",
            "/gatherings",
            {
                "title": "Soup & Stories",
                "starts_at": f"{day}T17:30:00+01:00",
                "ends_at": f"{day}T19:30:00+01:00",
                "time_zone": "Europe/Berlin",
                "venue": "Garden Room",
                **fields,
            },
        )
        if publish:
            self.api("POST", f"/gatherings/{made['id']}/publish")
        return made

    def invite(self, gathering: dict[str, Any], count: int, start: int = 0) -> list[dict[str, Any]]:
        """Invites households p0@party.test, p1@party.test, …; their invitations in that order."""
        made: list[dict[str, Any]] = []
        for first in range(start, start + count, 100):
            parties = [
                {
                    "kind": "household",
                    "name": f"Party {i}",
                    "email": f"p{i}@party.test",
                    "adults": 2,
                    "children": 1,
                }
                for i in range(first, min(first + 100, start + count))
            ]
            made += self.api("POST", f"/gatherings/{gathering['id']}/invitations", {"parties": parties})[
                "invitations"
            ]
        return made

    def say(self, invitation: dict[str, Any], **fields: Any) -> int:
        """A party answers by its link, as the simplest program would; the status."""
        return self.families.post(invitation["rsvp_url"], data=fields).status_code


@cache
def _set_up_once() -> tuple[Path, str]:
    """An SQLite database with an organisation, to be copied, and the API token in it."""
    folder = Path(tempfile.mkdtemp(prefix="planner-set-up-"))
    atexit.register(shutil.rmtree, folder)
    made = Installation(folder)
    made.set_up()
    made.close()
    return folder / "planner.db", made.token


@contextmanager
def running(folder: Path, *serve: str, **settings: Any) -> Iterator[Installation]:
    """An installation that is set up and serves."""
    made = Installation(folder, **settings)
    if settings.get("database"):
        made.set_up()
    else:
        template, made.token = _set_up_once()
        shutil.copy(template, folder)
    made.start(*serve)
    try:
        yield made
    finally:
        made.close()
