"""The desk's pages about a file that is brought in: choosing it, what was understood, taking it over.

They are the same for each kind of file; what it holds, and how that is shown, is its subject's.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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

from planner.accounts.models import Membership, Organization
from planner.database import Database, new_id
from planner.dependencies import SignedIn, TheDatabase
from planner.desk import desk_page, planners_only
from planner.errors import NotFound, Refused
from planner.i18n import gettext as _
from planner.imports.models import FileKind, ImportFile
from planner.imports.outcomes import FILE_MOST
from planner.imports.runs import Work, begin, go_on, is_running
from planner.paging import Pages, page_number, with_query
from planner.text import one_line
from planner.web import AnyRequest, NotSignedIn, see, signed_in

BODY_MOST: Final = 12_000_000  # the file with the rest of its form
ROWS_A_PAGE: Final = 200

Upload = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)]


@dataclass(frozen=True)
class Subject:
    """What one kind of file is about.

    `path` is where its pages are, `here` the word of the menu, `templates` the folder of `import.html` and
    `progress.html`. `refuse` raises Refused, with a sentence, for a file that cannot be read; `show` is the page
    about what was understood; `too_large` says what to do about a large file; `dropped` is the page afterwards.
    """

    kind: FileKind
    path: str
    here: str
    templates: str
    work: Work
    refuse: Callable[[Organization, bytes], None]
    show: Callable[[AnyRequest, Membership, ImportFile, Any], Response[str]]
    too_large: Callable[[], str]
    dropped: str

    def url(self, file_id: uuid.UUID) -> str:
        """Where a file's pages are."""
        return f"/manage{self.path}/{file_id}"

    def find(
        self, database: Database, membership: Membership, file_id: uuid.UUID, whole: bool = True
    ) -> ImportFile:
        """The organisation's file; `whole` with its bytes. Raises NotFound."""
        query = sa.select(ImportFile).where(ImportFile.id == file_id, ImportFile.kind == self.kind)
        if whole:
            query = query.options(undefer(ImportFile.data))
        with database.reading() as session:
            file = session.scalar(query.where(ImportFile.organization_id == membership.organization_id))
        if file is None:
            raise NotFound(
                _("This file is not here any more: files are kept for one day. Please bring it in again.")
            )
        return file

    def upload_page(
        self, request: AnyRequest, membership: Membership, database: Database, error: str = "", status: int = 422
    ) -> Response[str]:
        """Asks for the file; names those that wait for a decision."""
        waiting = sa.select(ImportFile).where(
            ImportFile.organization_id == membership.organization_id,
            ImportFile.kind == self.kind,
            ImportFile.imported_at.is_(None),
        )
        with database.reading() as session:
            files = session.scalars(waiting.order_by(ImportFile.created_at.desc()).limit(5)).all()
        return desk_page(
            *(request, f"{self.templates}/import.html", membership, self.here, status if error else 200),
            errors={"file": error} if error else {},
            files=files,
        )

    def progress(
        self, request: AnyRequest, membership: Membership, file: ImportFile, template: str
    ) -> Response[str]:
        """How far it is; at the end, what came of it."""
        return desk_page(
            *(request, f"{self.templates}/{template}", membership, self.here),
            file=file,
            running=is_running(file),
            file_url=self.url(file.id),
        )


@dataclass(frozen=True)
class Parts:
    """The parts of a preview, each with all that is in it: `shown` are those of one page, `numbers` count all."""

    show: str
    numbers: dict[str, int]
    shown: dict[str, list[Any]]
    filters: list[tuple[str, str, int, bool, str]]
    pages: Pages | None


def parts_of(
    request: AnyRequest,
    url: str,
    parts: Mapping[str, list[Any]],
    words: Mapping[str, str],
    short: Mapping[str, int],
    count: int,
) -> Parts:
    """What a preview shows: all parts in short, or one of them (`?show=`) page by page.

    `words` names the parts, under "" all of them together, which are `count`; `short` is how many of each stand
    where all are.
    """
    show = request.query_params.get("show", "")
    show = show if show in parts else ""
    numbers = {name: len(rows) for name, rows in parts.items()}
    pages = Pages(page_number(request), ROWS_A_PAGE, numbers[show], url, {"show": show}) if show else None
    shown = {
        name: rows[: short[name]]
        if pages is None
        else rows[pages.offset : pages.offset + pages.size]
        if name == show
        else []
        for name, rows in parts.items()
    }
    filters = [
        (with_query(url, {"show": name}), said, numbers.get(name, count), name == show, "")
        for name, said in words.items()
    ]
    return Parts(show, numbers, shown, filters, pages)


def routes_of(subject: Subject) -> list[Any]:
    """The routes of one kind of file."""

    def too_large(request: AnyRequest, error: HTTPException) -> Response[Any]:
        """What is too large to be taken in at all: the form again, with the sentence."""
        database: Database = request.app.state.database
        try:
            membership = signed_in(request, database)
        except NotSignedIn:
            return see("/sign-in")
        return subject.upload_page(request, membership, database, subject.too_large(), 413)

    @get(subject.path, sync_to_thread=True)
    def upload_page(request: AnyRequest, membership: SignedIn, database: TheDatabase) -> Response[str]:
        """Asks for the file."""
        planners_only(membership)
        return subject.upload_page(request, membership, database)

    @post(
        subject.path,
        sync_to_thread=True,
        exception_handlers={RequestEntityTooLarge: too_large},
        request_max_body_size=BODY_MOST,
    )
    def upload(request: AnyRequest, data: Upload, membership: SignedIn, database: TheDatabase) -> Response[Any]:
        """Takes the file in and shows what was understood."""
        planners_only(membership)
        file = data.get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            return subject.upload_page(request, membership, database, _("Choose the file first."))
        content = file.file.read(FILE_MOST + 1)
        if len(content) > FILE_MOST:
            return subject.upload_page(request, membership, database, subject.too_large(), 413)
        try:
            subject.refuse(membership.organization, content)
        except Refused as refused:
            return subject.upload_page(request, membership, database, refused.detail)
        return see(subject.url(_keep(database, membership, subject.kind, file.filename, content)))

    @get(f"{subject.path}/{{file_id:uuid}}", sync_to_thread=True)
    def file_page(
        file_id: FromPath[uuid.UUID], request: AnyRequest, membership: SignedIn, database: TheDatabase
    ) -> Response[str]:
        """What was understood of a file; once it is begun, how far it is; at the end, what came of it."""
        planners_only(membership)
        file = subject.find(database, membership, file_id)
        if file.imported_at or file.total:
            return subject.progress(request, membership, file, "progress.html")
        with database.reading() as session:
            plan = subject.work.plan_file(session, file)
        return subject.show(request, membership, file, plan)

    @get(f"{subject.path}/{{file_id:uuid}}/part", sync_to_thread=True)
    def progress_part(
        file_id: FromPath[uuid.UUID], request: AnyRequest, membership: SignedIn, database: TheDatabase
    ) -> Response[str]:
        """How far it is, while one looks."""
        planners_only(membership)
        file = subject.find(database, membership, file_id, whole=False)
        answer = subject.progress(request, membership, file, "progress_part.html")
        if not is_running(file):
            # The whole page once more: it says what came of it.
            answer.headers["HX-Refresh"] = "true"
        return answer

    @post(f"{subject.path}/{{file_id:uuid}}", sync_to_thread=True)
    def take_over(file_id: FromPath[uuid.UUID], membership: SignedIn, database: TheDatabase) -> Response[Any]:
        """Begins to take it over."""
        planners_only(membership)
        file = subject.find(database, membership, file_id)
        if not file.imported_at:
            begin(database, subject.work, file, membership.actor)
        return see(subject.url(file_id))

    @post(f"{subject.path}/{{file_id:uuid}}/go-on", sync_to_thread=True)
    def take_over_again(
        file_id: FromPath[uuid.UUID], membership: SignedIn, database: TheDatabase
    ) -> Response[Any]:
        """Goes on where an import stopped."""
        planners_only(membership)
        file = subject.find(database, membership, file_id, whole=False)
        go_on(database, subject.work, file, membership.actor)
        return see(subject.url(file_id))

    @post(f"{subject.path}/{{file_id:uuid}}/drop", sync_to_thread=True)
    def drop(file_id: FromPath[uuid.UUID], membership: SignedIn, database: TheDatabase) -> Response[Any]:
        """Imports nothing: the file goes."""
        planners_only(membership)
        file = subject.find(database, membership, file_id, whole=False)
        with database.writing() as session:
            unused = sa.delete(ImportFile).where(ImportFile.id == file.id, ImportFile.total == 0)
            gone = session.execute(unused.returning(ImportFile.id)).all()
        if not gone:
            raise Refused(_("This file is being imported already."))
        return see(subject.dropped)

    return [upload_page, upload, file_page, progress_part, take_over, take_over_again, drop]


def _keep(database: Database, membership: Membership, kind: FileKind, name: str, content: bytes) -> uuid.UUID:
    """Keeps a file for a day; its id."""
    name = one_line(PurePath(name.replace("\\", "/")).name)[:200] or _("list")
    made = ImportFile(
        id=new_id(),
        organization_id=membership.organization_id,
        account_id=membership.account_id,
        kind=kind,
        name=name,
        data=content,
    )
    with database.writing() as session:
        session.add(made)
    return made.id
