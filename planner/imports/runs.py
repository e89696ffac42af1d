"""Taking a file over beside the pages, in a thread of this process; any process can go on with it."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from planner.accounts.models import Organization
from planner.database import Database, utc_now
from planner.imports.models import ImportFile

log = logging.getLogger("planner.imports")

# Far longer than a step takes. Where one only had to wait, a second run beside it does no harm.
SILENT_AFTER: Final = timedelta(seconds=10)


class Planned(Protocol):
    """What bringing a file in would do."""

    def count(self, state: str) -> int:
        """How many are "new", "changed" or "unchanged"."""


class Work(NamedTuple):
    """How files of one kind are taken over.

    `plan` lays a file beside what is known; `take_over` carries a plan out in steps that can be done again and
    yields how many are done; `record` says in the log how many were new and changed; `besides` are further
    columns of the file in which a plan is told at the end.
    """

    plan: Callable[[Session, Organization, bytes], Any]
    take_over: Callable[[Database, ImportFile, Any, str], Iterator[int]]
    record: Callable[[Session, uuid.UUID, int, int, str | None], None]
    besides: Callable[[Any], dict[str, Any]] = lambda plan: {}

    def plan_file(self, session: Session, file: ImportFile) -> Any:
        """What taking a file over would do."""
        return self.plan(session, session.get_one(Organization, file.organization_id), file.data)


def is_running(file: ImportFile) -> bool:
    """Whether a process works on it, or did a moment ago."""
    return file.imported_at is None and file.stepped_at is not None and file.stepped_at > utc_now() - SILENT_AFTER


def begin(database: Database, work: Work, file: ImportFile, actor: str) -> None:
    """Takes the file over, unless that has begun."""
    with database.reading() as session:
        plan: Planned = work.plan_file(session, file)
    new, changed = plan.count("new"), plan.count("changed")
    with database.writing() as session:
        begun = session.execute(
            sa.update(ImportFile)
            .where(ImportFile.id == file.id, ImportFile.total == 0, ImportFile.imported_at.is_(None))
            .values(new=new, changed=changed, total=new + changed, stepped_at=utc_now(), **work.besides(plan))
            .returning(ImportFile.id)
        ).all()
    if begun and new + changed:
        _start(database, work, file.id, actor, plan)
    elif begun:
        run(database, work, file.id, actor, plan)


def go_on(database: Database, work: Work, file: ImportFile, actor: str) -> None:
    """Takes over what is left of a file whose import stopped."""
    with database.writing() as session:
        stopped = session.execute(
            sa.update(ImportFile)
            .where(
                ImportFile.id == file.id,
                ImportFile.imported_at.is_(None),
                ImportFile.total > 0,
                sa.or_(ImportFile.stepped_at.is_(None), ImportFile.stepped_at <= utc_now() - SILENT_AFTER),
            )
            .values(stepped_at=utc_now())
            .returning(ImportFile.id)
        ).all()
    if stopped:
        _start(database, work, file.id, actor)


def _start(database: Database, work: Work, file_id: uuid.UUID, actor: str, plan: Planned | None = None) -> None:
    threading.Thread(target=_run, args=(database, work, file_id, actor, plan), name="import", daemon=True).start()


def _run(database: Database, work: Work, file_id: uuid.UUID, actor: str, plan: Planned | None) -> None:
    try:
        run(database, work, file_id, actor, plan)
    except Exception:
        log.exception("an import stopped; it can go on from its page")
        _note(database, file_id, stepped_at=None)


def run(database: Database, work: Work, file_id: uuid.UUID, actor: str, plan: Planned | None = None) -> None:
    """Takes over what is not yet known of a file, step by step, and says in the log what came of all of it.

    `plan` is the file beside what was known a moment ago, where that was laid out already.
    """
    with database.reading() as session:
        file = session.get_one(ImportFile, file_id)
        plan = plan or work.plan_file(session, file)
    before = max(file.total - plan.count("new") - plan.count("changed"), 0)
    for done in work.take_over(database, file, plan, actor):
        _note(database, file_id, done=min(before + done, file.total), stepped_at=utc_now())
    with database.writing() as session:
        ended = session.execute(
            sa.update(ImportFile)
            .where(ImportFile.id == file_id, ImportFile.imported_at.is_(None))
            .values(imported_at=utc_now(), done=ImportFile.total, data=b"")
            .returning(ImportFile.id)
        ).all()
        if ended and file.new + file.changed:
            work.record(session, file.organization_id, file.new, file.changed, actor)


def _note(database: Database, file_id: uuid.UUID, **values: int | datetime | None) -> None:
    with database.bookkeeping() as session:
        session.execute(sa.update(ImportFile).where(ImportFile.id == file_id).values(**values))
