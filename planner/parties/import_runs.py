"""Taking a file of contacts over beside the pages, in a thread of this process; any process can go on with it."""

from __future__ import annotations

import logging
import threading
import uuid
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from planner.database import Database, utc_now
from planner.parties.importing import record_import, take_over
from planner.parties.models import PeopleFile
from planner.parties.planning import Plan, plan_import
from planner.parties.reading import read_people

log = logging.getLogger("planner.imports")

# Far longer than a step takes. Where one only had to wait, a second run beside it does no harm.
SILENT_AFTER: Final = timedelta(seconds=10)


def is_running(file: PeopleFile) -> bool:
    """Whether a process works on it, or did a moment ago."""
    return file.imported_at is None and file.stepped_at is not None and file.stepped_at > utc_now() - SILENT_AFTER


def begin(database: Database, file: PeopleFile, actor: str) -> None:
    """Takes the file over, unless that has begun."""
    with database.reading() as session:
        plan = plan_import(session, file.organization_id, read_people(file.data))
    new, changed = plan.count("new"), plan.count("changed")
    with database.writing() as session:
        begun = session.execute(
            sa.update(PeopleFile)
            .where(PeopleFile.id == file.id, PeopleFile.total == 0, PeopleFile.imported_at.is_(None))
            .values(new=new, changed=changed, total=new + changed, stepped_at=utc_now())
            .returning(PeopleFile.id)
        ).all()
    if begun and new + changed:
        _start(database, file.id, actor, plan)
    elif begun:
        run(database, file.id, actor, plan)


def go_on(database: Database, file: PeopleFile, actor: str) -> None:
    """Takes over what is left of a file whose import stopped."""
    with database.writing() as session:
        stopped = session.execute(
            sa.update(PeopleFile)
            .where(
                PeopleFile.id == file.id,
                PeopleFile.imported_at.is_(None),
                PeopleFile.total > 0,
                sa.or_(PeopleFile.stepped_at.is_(None), PeopleFile.stepped_at <= utc_now() - SILENT_AFTER),
            )
            .values(stepped_at=utc_now())
            .returning(PeopleFile.id)
        ).all()
    if stopped:
        _start(database, file.id, actor)


def _start(database: Database, file_id: uuid.UUID, actor: str, plan: Plan | None = None) -> None:
    threading.Thread(target=_run, args=(database, file_id, actor, plan), name="import", daemon=True).start()


def _run(database: Database, file_id: uuid.UUID, actor: str, plan: Plan | None) -> None:
    try:
        run(database, file_id, actor, plan)
    except Exception:
        log.exception("an import stopped; it can go on from its page")
        _note(database, file_id, stepped_at=None)


def run(database: Database, file_id: uuid.UUID, actor: str, plan: Plan | None = None) -> None:
    """Takes over what is not yet known of a file, step by step, and says in the log what came of all of it.

    `plan` is the file beside what was known a moment ago, where that was laid out already.
    """
    with database.reading() as session:
        file = session.get_one(PeopleFile, file_id)
        plan = plan or plan_import(session, file.organization_id, read_people(file.data))
    before = max(file.total - plan.count("new") - plan.count("changed"), 0)
    for done in take_over(database, file.organization_id, plan, actor=actor):
        _note(database, file_id, done=min(before + done, file.total), stepped_at=utc_now())
    with database.writing() as session:
        ended = session.execute(
            sa.update(PeopleFile)
            .where(PeopleFile.id == file_id, PeopleFile.imported_at.is_(None))
            .values(imported_at=utc_now(), done=PeopleFile.total, data=b"")
            .returning(PeopleFile.id)
        ).all()
        if ended and file.new + file.changed:
            record_import(session, file.organization_id, file.new, file.changed, actor)


def _note(database: Database, file_id: uuid.UUID, **values: int | datetime | None) -> None:
    with database.bookkeeping() as session:
        session.execute(sa.update(PeopleFile).where(PeopleFile.id == file_id).values(**values))
