"""What the calls of the JSON interface share: who calls, lists in pages, and repeats that do no harm."""

from __future__ import annotations

import base64
import binascii
import hashlib
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Generic, TypeAlias, TypeVar, cast

import anyio.to_thread
import msgspec
import sqlalchemy as sa
from litestar import MediaType, Request, Response, Router
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency, Provide
from litestar.exceptions import NotAuthorizedException
from litestar.handlers import BaseRouteHandler
from litestar.params import QueryParameter
from litestar.types import ControllerRouterHandler
from sqlalchemy.orm import Session

from planner.accounts.actions import KEY_LASTS
from planner.accounts.models import ApiToken, IdempotencyKey, Membership, Organization
from planner.bodies import JsonBody
from planner.database import Database, insert, utc_now
from planner.errors import Invalid, NotAllowed
from planner.i18n import gettext as _
from planner.security import hash_of

BODY_MOST: Final = 1_000_000
LIMIT_MOST: Final = 200
KEY_MOST: Final = 255

Said = TypeVar("Said")
AnyConnection = ASGIConnection[Any, Any, Any, Any]
AnyRequest = Request[Any, Any, Any]
AnySelect = sa.Select[*tuple[Any, ...]]


@dataclass(frozen=True)
class Caller:
    """The program that calls, and for whom: an account in one organisation.

    `key` is its `Idempotency-Key`, `request_hash` what it is good for.
    """

    membership: Membership
    token_id: uuid.UUID
    key: str | None = None
    request_hash: str = ""

    @property
    def organization(self) -> Organization:
        """Whose gatherings these are."""
        return self.membership.organization

    @property
    def organization_id(self) -> uuid.UUID:
        """Whose gatherings these are."""
        return self.membership.organization_id

    @property
    def account_id(self) -> uuid.UUID:
        """For whom the program acts."""
        return self.membership.account_id

    @property
    def actor(self) -> str:
        """Who did it, as the log says it."""
        return self.membership.actor

    def must_plan(self) -> None:
        """Raises NotAllowed for a helper, who may look and answer but neither plan nor invite."""
        if not self.membership.may_plan:
            raise NotAllowed(_("Helpers cannot do this. Ask a coordinator."))

    def once(self, database: Database, act: Callable[[Session], Said], status: int = 201) -> Response[Said]:
        """Does something in one transaction and answers with what `act` returns, a struct.

        With an `Idempotency-Key` that was used in the last 24 hours nothing is done: the first answer comes again.
        Raises Invalid at `Idempotency-Key` where it came with another body, and whatever `act` raises.
        """
        with database.writing() as session:
            kept = self._claim(session) if self.key else None
            if kept is not None:
                status, body = kept.status, kept.body
            else:
                body = msgspec.json.encode(act(session))
                if self.key:
                    session.execute(self._its_row(sa.update).values(status=status, body=body))
        return Response(cast(Said, body), status_code=status, media_type=MediaType.JSON)

    def _claim(self, session: Session) -> IdempotencyKey | None:
        """Takes the key, or gives what it was answered. A second call waits here until the first is done."""
        now = utc_now()
        session.execute(self._its_row(sa.delete).where(IdempotencyKey.created_at <= now - KEY_LASTS))
        row = {"token_id": self.token_id, "key": self.key, "request_hash": self.request_hash, "created_at": now}
        statement = insert(session, IdempotencyKey).values(**row, status=0, body=b"").on_conflict_do_nothing()
        if session.execute(statement.returning(IdempotencyKey.key)).one_or_none() is not None:
            return None
        kept = session.get_one(IdempotencyKey, (self.token_id, self.key))
        if kept.request_hash != self.request_hash:
            raise Invalid.field("Idempotency-Key", _("This key was used before, with another request."))
        return kept

    def _its_row(self, verb: Callable[[type[IdempotencyKey]], Any]) -> Any:
        return verb(IdempotencyKey).where(IdempotencyKey.token_id == self.token_id, IdempotencyKey.key == self.key)


async def authenticate(connection: AnyConnection, _handler: BaseRouteHandler) -> None:
    """Finds out who calls, before anything of the request is read. Raises NotAuthorizedException."""
    scheme, _space, token = connection.headers.get("authorization", "").partition(" ")
    found = None
    if scheme.lower() == "bearer" and token:
        found = await anyio.to_thread.run_sync(_caller, connection.app.state.database, token.strip())
    if found is None:
        raise NotAuthorizedException("This needs a token: Authorization: Bearer TOKEN")
    connection.state.caller = found


def _caller(database: Database, token: str) -> Caller | None:
    query = (
        sa.select(Membership, ApiToken.id)
        .join(
            ApiToken,
            sa.and_(
                ApiToken.account_id == Membership.account_id,
                ApiToken.organization_id == Membership.organization_id,
            ),
        )
        .where(ApiToken.token_hash == hash_of(token), ApiToken.revoked_at.is_(None))
    )
    with database.reading() as session:
        row = session.execute(query).one_or_none()
    return Caller(membership=row[0], token_id=row[1]) if row else None


async def give_caller(request: AnyRequest) -> Caller:
    """Who calls, with the `Idempotency-Key` of a POST. Raises Invalid for a key that cannot be one."""
    caller: Caller = request.state.caller
    key = request.headers.get("idempotency-key")
    if key is None or request.method != "POST":
        return caller
    if not (0 < len(key) <= KEY_MOST and key.isascii() and key.isprintable()):
        raise Invalid.field("Idempotency-Key", _("A key is 1 to 255 printable ASCII characters."))
    asked = f"{request.method} {request.url.path}?{request.url.query}\n".encode() + await request.body()
    return Caller(caller.membership, caller.token_id, key, hashlib.sha256(asked).hexdigest())


class Page(msgspec.Struct, Generic[Said], frozen=True):
    """A part of a list; `next_cursor` asks for the next one and is null at the end."""

    items: list[Said]
    next_cursor: str | None


@dataclass(frozen=True)
class Paging:
    """Which part of a list is asked for: so many, after the last one of the part before."""

    limit: int
    cursor: str | None

    @property
    def after(self) -> str | None:
        """What the part before ended with. Raises Invalid at `cursor` for one that we did not give."""
        if self.cursor is None:
            return None
        try:
            return base64.urlsafe_b64decode(self.cursor.encode("ascii") + b"=" * (-len(self.cursor) % 4)).decode()
        except (binascii.Error, ValueError):
            raise bad_cursor() from None

    @property
    def after_id(self) -> uuid.UUID | None:
        """The same, where lists go by an id."""
        after = self.after
        try:
            return uuid.UUID(after) if after is not None else None
        except ValueError:
            raise bad_cursor() from None

    def page(self, rows: Sequence[Any], view: Callable[[Any], Said], mark: Callable[[Any], object]) -> Page[Said]:
        """A page of rows, read one more than `limit` of them; `mark` says of a row what comes after it."""
        more = len(rows) > self.limit
        shown = rows[: self.limit]
        cursor = base64.urlsafe_b64encode(str(mark(shown[-1])).encode()).rstrip(b"=").decode() if more else None
        return Page([view(row) for row in shown], cursor)


TheCaller: TypeAlias = NamedDependency[Caller]
ThePaging: TypeAlias = NamedDependency[Paging]


def bad_cursor() -> Invalid:
    """A cursor that no list has given."""
    return Invalid.field("cursor", _("Use the next_cursor of the page before, as it is."))


def give_paging(
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MOST, description="How many items at most.")] = 100,
    cursor: Annotated[str | None, QueryParameter(description="The `next_cursor` of the page before.")] = None,
) -> Paging:
    """What a list's query parameters ask for."""
    return Paging(limit, cursor)


def page_by_id(
    session: Session,
    query: AnySelect,
    id_column: sa.SQLColumnExpression[uuid.UUID] | Any,
    paging: Paging,
    view: Callable[[Any], Said],
) -> Page[Said]:
    """A page of a query in order of a UUIDv7, thus of creation; `view` makes an item of a row."""
    if (after := paging.after_id) is not None:
        query = query.where(id_column > after)
    query = query.add_columns(id_column.label("page_id")).order_by(id_column).limit(paging.limit + 1)
    return paging.page(session.execute(query).all(), view, lambda row: row.page_id)


def renamed(invalid: Invalid, prefix: str, name: str) -> Invalid:
    """The same refusal where columns `prefix_…` are an object `name` here: `contact_phone` is `contact.phone`."""
    return Invalid([error._replace(field=error.field.replace(prefix, f"{name}.", 1)) for error in invalid.errors])


def router(routes: Iterable[ControllerRouterHandler]) -> Router:
    """The calls, mounted at `/api/v1`."""
    return Router(
        "/api/v1",
        route_handlers=list(routes),
        guards=[authenticate],
        dependencies={
            "caller": Provide(give_caller),
            "paging": Provide(give_paging, sync_to_thread=False),
        },
        dto=JsonBody,
        return_dto=None,
        request_max_body_size=BODY_MOST,
        security=[{"token": []}],
    )
