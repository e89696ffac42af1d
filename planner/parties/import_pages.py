"""The desk's pages about a file of contacts: what was understood of it, and what is to be mended."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any, Final

from litestar import Response, get
from litestar.params import FromPath
from sqlalchemy.orm import Session

from planner.accounts.models import Membership, Organization
from planner.database import Database
from planner.dependencies import SignedIn, TheDatabase
from planner.desk import desk_page, planners_only
from planner.errors import NotFound, Refused
from planner.i18n import gettext as _
from planner.imports.models import FileKind, ImportFile
from planner.imports.pages import Subject, parts_of, routes_of
from planner.imports.runs import Work
from planner.parties.importing import record_import, take_over
from planner.parties.languages import say_language
from planner.parties.planning import Plan, PlannedParty, PlannedPerson, plan_import
from planner.parties.reading import mend_file, read_people
from planner.web import AnyRequest

# How many rows of each kind are shown where all kinds are.
SHORT: Final = {"not-understood": 20, "changed": 3, "new": 4, "unchanged": 0}


def _plan(session: Session, organization: Organization, data: bytes) -> Plan:
    return plan_import(session, organization.id, read_people(data))


def _take_over(database: Database, file: ImportFile, plan: Plan, actor: str) -> Iterator[int]:
    return take_over(database, file.organization_id, plan, actor=actor)


def _refuse(organization: Organization, data: bytes) -> None:
    """Raises NotAList for what cannot be read, Refused where nobody is in it."""
    reading = read_people(data)
    if not reading.parties and not reading.not_understood:
        raise Refused(" ".join(reading.notes) or _("The file is empty."))


def _too_large() -> str:
    return _("This file is larger than 10 MB. Save only the list itself as CSV, or split it into several files.")


def _preview(request: AnyRequest, membership: Membership, file: ImportFile, plan: Plan) -> Response[str]:
    words = {
        "": _("All rows"),
        "not-understood": _("Not understood"),
        "changed": _("Changed"),
        "new": _("New"),
        "unchanged": _("Unchanged"),
    }
    rows: dict[str, list[Any]] = {"not-understood": list(plan.reading.not_understood), **_by_state(plan)}
    return desk_page(
        *(request, "people/preview.html", membership, "people"),
        file=file,
        file_url=PEOPLE.url(file.id),
        reading=plan.reading,
        parts=parts_of(request, PEOPLE.url(file.id), rows, words, SHORT, plan.reading.rows),
        say_language=say_language,
    )


def _by_state(plan: Plan) -> dict[str, list[tuple[PlannedParty, PlannedPerson]]]:
    found: dict[str, list[tuple[PlannedParty, PlannedPerson]]] = {"changed": [], "new": [], "unchanged": []}
    for party, person in plan.people:
        found[person.state].append((party, person))
    return {state: sorted(people, key=lambda pair: pair[1].read.row) for state, people in found.items()}


WORK: Final = Work(_plan, _take_over, record_import)
PEOPLE: Final = Subject(
    kind=FileKind.PEOPLE,
    path="/people/import",
    here="people",
    templates="people",
    work=WORK,
    refuse=_refuse,
    show=_preview,
    too_large=_too_large,
    dropped="/manage/people?did=dropped",
)


@get("/people/import/{file_id:uuid}/rows.csv", sync_to_thread=True)
def rows_to_mend(file_id: FromPath[uuid.UUID], membership: SignedIn, database: TheDatabase) -> Response[bytes]:
    """The rows that were not understood, to be mended in a table program and imported by themselves."""
    planners_only(membership)
    file = PEOPLE.find(database, membership, file_id)
    if not file.data:
        raise NotFound(_("This file was imported; nothing of it is kept here."))
    return Response(
        mend_file(read_people(file.data)),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="not-understood.csv"'},
    )


routes: Final[list[Any]] = [*routes_of(PEOPLE), rows_to_mend]
