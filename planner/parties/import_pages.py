"""The desk's pages about a file of contacts: bringing it in, what was understood, taking it over."""

from __future__ import annotations

import uuid
from pathlib import PurePath
from typing import Annotated, Any, Final

import sqlalchemy as sa
from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.exceptions import HTTPException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.params import Body, FromPath
from sqlalchemy.orm import undefer

from planner.accounts.models import Membership
from planner.database import Database, new_id
from planner.dependencies import SignedIn, TheDatabase
from planner.desk import Pages, desk_page, page_number, planners_only, with_query
from planner.errors import NotFound, Refused
from planner.i18n import gettext as _
from planner.parties.import_runs import begin, go_on, is_running
from planner.parties.languages import say_language
from planner.parties.models import PeopleFile
from planner.parties.planning import Plan, PlannedParty, PlannedPerson, plan_import
from planner.parties.reading import NotAList, mend_file, read_people
from planner.text import one_line
from planner.web import AnyRequest, NotSignedIn, see, signed_in

FILE_MOST: Final = 10_000_000  # bytes
BODY_MOST: Final = 12_000_000  # the file with the rest of its form
ROWS_A_PAGE: Final = 200
# How many rows of each kind are shown where all kinds are.
SHORT: Final = {"not-understood": 20, "changed": 3, "new": 4, "unchanged": 0}

Upload = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)]


@get("/people/import", sync_to_thread=True)
def upload_page(request: AnyRequest, membership: SignedIn, database: TheDatabase) -> Response[str]:
    """Asks for the file; names those that wait for a decision."""
    planners_only(membership)
    return _upload(request, membership, database)


def _upload(
    request: AnyRequest, membership: Membership, database: Database, error: str = "", status: int = 422
) -> Response[str]:
    waiting = (
        sa.select(PeopleFile)
        .where(PeopleFile.organization_id == membership.organization_id, PeopleFile.imported_at.is_(None))
        .order_by(PeopleFile.created_at.desc())
    )
    with database.reading() as session:
        files = session.scalars(waiting.limit(5)).all()
    return desk_page(
        *(request, "people/import.html", membership, "people", status if error else 200),
        errors={"file": error} if error else {},
        files=files,
    )


def too_large(request: AnyRequest, error: HTTPException) -> Response[Any]:
    """What is too large to be taken in at all: the form again, with the sentence."""
    database: Database = request.app.state.database
    try:
        membership = signed_in(request, database)
    except NotSignedIn:
        return see("/sign-in")
    return _upload(request, membership, database, _too_large(), 413)


def _too_large() -> str:
    return _("This file is larger than 10 MB. Save only the list itself as CSV, or split it into several files.")


@post(
    "/people/import",
    sync_to_thread=True,
    exception_handlers={RequestEntityTooLarge: too_large},
    request_max_body_size=BODY_MOST,
)
def upload(request: AnyRequest, data: Upload, membership: SignedIn, database: TheDatabase) -> Response[Any]:
    """Takes the file in and shows what was understood."""
    planners_only(membership)
    file = data.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        return _upload(request, membership, database, _("Choose the file first."))
    content = file.file.read(FILE_MOST + 1)
    if len(content) > FILE_MOST:
        return _upload(request, membership, database, _too_large(), 413)
    try:
        reading = read_people(content)
    except NotAList as not_a_list:
        return _upload(request, membership, database, not_a_list.detail)
    if not reading.parties and not reading.not_understood:
        return _upload(request, membership, database, " ".join(reading.notes) or _("The file is empty."))
    name = one_line(PurePath(file.filename.replace("\\", "/")).name)[:200] or _("list")
    made = PeopleFile(
        id=new_id(),
        organization_id=membership.organization_id,
        account_id=membership.account_id,
        name=name,
        data=content,
    )
    with database.writing() as session:
        session.add(made)
    return see(_path(made.id))


def _path(file_id: uuid.UUID) -> str:
    return f"/manage/people/import/{file_id}"


def _find(database: Database, membership: Membership, file_id: uuid.UUID, whole: bool = True) -> PeopleFile:
    query = sa.select(PeopleFile).where(PeopleFile.id == file_id)
    if whole:
        query = query.options(undefer(PeopleFile.data))
    with database.reading() as session:
        file = session.scalar(query.where(PeopleFile.organization_id == membership.organization_id))
    if file is None:
        raise NotFound(_("This file is not here any more: files are kept for one day. Please bring it in again."))
    return file


@get("/people/import/{file_id:uuid}", sync_to_thread=True)
def file_page(
    file_id: FromPath[uuid.UUID], request: AnyRequest, membership: SignedIn, database: TheDatabase
) -> Response[str]:
    """What was understood of a file; once it is begun, how far it is; at the end, what came of it."""
    planners_only(membership)
    file = _find(database, membership, file_id)
    if file.imported_at or file.total:
        return _progress(request, membership, file, "people/progress.html")
    with database.reading() as session:
        plan = plan_import(session, membership.organization_id, read_people(file.data))
    return _preview(request, membership, file, plan)


@get("/people/import/{file_id:uuid}/part", sync_to_thread=True)
def progress_part(
    file_id: FromPath[uuid.UUID], request: AnyRequest, membership: SignedIn, database: TheDatabase
) -> Response[str]:
    """How far it is, while one looks."""
    planners_only(membership)
    file = _find(database, membership, file_id, whole=False)
    answer = _progress(request, membership, file, "people/progress_part.html")
    if not is_running(file):
        # The whole page once more: it says what came of it.
        answer.headers["HX-Refresh"] = "true"
    return answer


def _progress(request: AnyRequest, membership: Membership, file: PeopleFile, template: str) -> Response[str]:
    return desk_page(
        *(request, template, membership, "people"), file=file, running=is_running(file), file_url=_path(file.id)
    )


def _preview(request: AnyRequest, membership: Membership, file: PeopleFile, plan: Plan) -> Response[str]:
    left = plan.reading.not_understood
    people = _by_state(plan)
    numbers: dict[str, int] = {"not-understood": len(left), **{name: len(found) for name, found in people.items()}}
    words = {
        "": _("All rows"),
        "not-understood": _("Not understood"),
        "changed": _("Changed"),
        "new": _("New"),
        "unchanged": _("Unchanged"),
    }
    show = request.query_params.get("show", "")
    show = show if show in words else ""
    here = _path(file.id)
    filters = [
        (
            with_query(here, {"show": name}),
            words[name],
            numbers[name] if name else plan.reading.rows,
            name == show,
            "",
        )
        for name in words
    ]
    pages = Pages(page_number(request), ROWS_A_PAGE, numbers[show], here, {"show": show}) if show else None
    parts: dict[str, list[Any]] = {"not-understood": list(left), **people}
    shown = {name: _shown(found, name, show, pages) for name, found in parts.items()}
    return desk_page(
        *(request, "people/preview.html", membership, "people"),
        file=file,
        file_url=here,
        reading=plan.reading,
        numbers=numbers,
        filters=filters,
        show=show,
        shown=shown,
        pages=pages,
        say_language=say_language,
    )


def _by_state(plan: Plan) -> dict[str, list[tuple[PlannedParty, PlannedPerson]]]:
    found: dict[str, list[tuple[PlannedParty, PlannedPerson]]] = {"changed": [], "new": [], "unchanged": []}
    for party, person in plan.people:
        found[person.state].append((party, person))
    return {state: sorted(people, key=lambda pair: pair[1].read.row) for state, people in found.items()}


def _shown(rows: list[Any], name: str, show: str, pages: Pages | None) -> list[Any]:
    if pages is None:
        return rows[: SHORT[name]]
    return rows[pages.offset : pages.offset + pages.size] if name == show else []


@get("/people/import/{file_id:uuid}/rows.csv", sync_to_thread=True)
def rows_to_mend(file_id: FromPath[uuid.UUID], membership: SignedIn, database: TheDatabase) -> Response[bytes]:
    """The rows that were not understood, to be mended in a table program and imported by themselves."""
    planners_only(membership)
    file = _find(database, membership, file_id)
    if not file.data:
        raise NotFound(_("This file was imported; nothing of it is kept here."))
    return Response(
        mend_file(read_people(file.data)),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="not-understood.csv"'},
    )


@post("/people/import/{file_id:uuid}", sync_to_thread=True)
def take_file_over(file_id: FromPath[uuid.UUID], membership: SignedIn, database: TheDatabase) -> Response[Any]:
    """Begins to take the people over."""
    planners_only(membership)
    file = _find(database, membership, file_id)
    if not file.imported_at:
        begin(database, file, membership.actor)
    return see(_path(file_id))


@post("/people/import/{file_id:uuid}/go-on", sync_to_thread=True)
def take_file_over_again(
    file_id: FromPath[uuid.UUID], membership: SignedIn, database: TheDatabase
) -> Response[Any]:
    """Goes on where an import stopped."""
    planners_only(membership)
    go_on(database, _find(database, membership, file_id, whole=False), membership.actor)
    return see(_path(file_id))


@post("/people/import/{file_id:uuid}/drop", sync_to_thread=True)
def drop_file(file_id: FromPath[uuid.UUID], membership: SignedIn, database: TheDatabase) -> Response[Any]:
    """Imports nothing: the file goes."""
    planners_only(membership)
    file = _find(database, membership, file_id)
    with database.writing() as session:
        unused = sa.delete(PeopleFile).where(PeopleFile.id == file.id, PeopleFile.total == 0)
        gone = session.execute(unused.returning(PeopleFile.id)).all()
    if not gone:
        raise Refused(_("This file is being imported already."))
    return see("/manage/people?did=dropped")


routes: Final[list[Any]] = [
    *(upload_page, upload, file_page, progress_part, rows_to_mend),
    *(take_file_over, take_file_over_again, drop_file),
]
