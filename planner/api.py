"""What every call of the JSON interface needs: who asks, bodies read kindly, lists in pages, repeats without harm."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Annotated, Any, Final, Generic, TypeVar

import anyio.to_thread
import msgspec
import sqlalchemy as sa
from litestar import Request, Response, Router
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import ClientException, NotAuthorizedException
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult, DefineMiddleware
from litestar.params import Parameter
from litestar.types import ControllerRouterHandler
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from planner.accounts.models import Account, ApiToken, IdempotencyKey, Membership, Organization
from planner.database import Database, utc_now
from planner.errors import Invalid, NotAllowed
from planner.i18n import gettext as _
from planner.security import hash_of

BODY_MOST: Final = 1_000_000
LIST_MOST: Final = 200
LIST_USUAL: Final = 50
KEPT: Final = timedelta(hours=24)

Item = TypeVar("Item")


class Caller:
    """Who asks: a program with a token, acting for a person in one organisation."""

    def __init__(self, token_id: uuid.UUID, membership: Membership) -> None:
        self.token_id = token_id
        self.membership = membership

    @property
    def account(self) -> Account:
        """The person."""
        return self.membership.account

    @property
    def organization(self) -> Organization:
        """The organisation."""
        return self.membership.organization

    @property
    def organization_id(self) -> uuid.UUID:
        """The organisation's id."""
        return self.membership.organization_id

    @property
    def actor(self) -> str:
        """Who did it, as the log says it."""
        return self.membership.actor

    def must_plan(self) -> None:
        """Raises NotAllowed for a helper, who looks and answers for parties but doesn't plan."""
        if not self.membership.may_plan:
            raise NotAllowed(_("Helpers may look and enter answers, not plan."))


class TokenAuthentication(AbstractAuthenticationMiddleware):
    """Reads `Authorization: Bearer TOKEN`."""

    async def authenticate_request(self, connection: ASGIConnection[Any, Any, Any, State]) -> AuthenticationResult:
        """The caller. Raises NotAuthorizedException."""
        kind, _space, token = connection.headers.get("authorization", "").partition(" ")
        caller = None
        if kind.lower() == "bearer" and token:
            caller = await anyio.to_thread.run_sync(_caller, connection.app.state.database, token.strip())
        if caller is None:
            raise NotAuthorizedException("A token is needed: Authorization: Bearer TOKEN")
        return AuthenticationResult(user=caller, auth=caller.token_id)


def _caller(database: Database, token: str) -> Caller | None:
    query = (
        sa.select(ApiToken.id, Membership)
        .join(
            Membership,
            sa.and_(
                Membership.account_id == ApiToken.account_id,
                Membership.organization_id == ApiToken.organization_id,
            ),
        )
        .where(ApiToken.token_hash == hash_of(token), ApiToken.revoked_at.is_(None))
    )
    with database.reading() as session:
        found = session.execute(query).one_or_none()
    return Caller(*found) if found else None


class ApiRequest(Request[Any, Any, Any]):
    """Reads JSON bodies kindly: lone surrogates, which msgspec refuses, are left to the rules for text."""

    async def json(self) -> Any:
        """The body's value. Raises ClientException (400) where it is no JSON."""
        return read_json(await self.body())


def read_json(body: bytes) -> Any:
    """The value of a JSON text (RFC 8259). Raises ClientException (400), also for NaN and nesting without end."""
    try:
        return json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ClientException("The body is not JSON that can be read.") from error


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


class Page(msgspec.Struct, Generic[Item]):
    """A part of a list; `next_cursor` asks for what comes after it."""

    items: list[Item]
    next_cursor: str | None


class Window:
    """Which part of a list is asked for."""

    def __init__(self, limit: int, after: str | None) -> None:
        self.limit = limit
        self.after = after

    def after_id(self) -> uuid.UUID | None:
        """The id after which the part begins. Raises Invalid at `cursor`."""
        if self.after is None:
            return None
        try:
            return uuid.UUID(bytes=base64.b64decode(self.after + "==", altchars=b"-_", validate=True))
        except (binascii.Error, ValueError) as error:
            raise Invalid.field("cursor", _("This cursor is not one of ours.")) from error

    def page(
        self,
        session: Session,
        query: sa.Select[Any],
        key: InstrumentedAttribute[uuid.UUID],
        show: Callable[[Any], Item],
    ) -> Page[Item]:
        """The part of a query's rows (tuples, or single entities), in order of `key`, which is in order of time."""
        if (after := self.after_id()) is not None:
            query = query.where(key > after)
        query = query.add_columns(key.label("cursor_key")).order_by(key).limit(self.limit + 1)
        rows = session.execute(query).unique().all()
        shown = rows[: self.limit]
        cursor = _cursor(shown[-1].cursor_key) if len(rows) > self.limit else None
        return Page([show(row[0] if len(row) == 2 else row[:-1]) for row in shown], cursor)


def _cursor(id: uuid.UUID) -> str:
    return base64.urlsafe_b64encode(id.bytes).rstrip(b"=").decode()


def window(
    limit: Annotated[str | None, Parameter(query="limit", description="1 to 200")] = None,
    cursor: Annotated[str | None, Parameter(query="cursor", description="`next_cursor` of the part before")] = None,
) -> Window:
    """Which part of a list is asked for. Raises Invalid at `limit`."""
    return Window(_limit(limit), cursor)


def _limit(text: str | None) -> int:
    if text is None:
        return LIST_USUAL
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= LIST_MOST):
        raise Invalid.field("limit", _("Write a number from 1 to %(most)d.") % {"most": LIST_MOST})
    return int(text)


class Once:
    """Makes a repeat harmless where the caller sent an `Idempotency-Key`."""

    def __init__(self, database: Database, caller: Caller, key: str | None, request_hash: str) -> None:
        self._database = database
        self._caller = caller
        self._key = key
        self._hash = request_hash

    def do(self, status: int, act: Callable[[Session], Any]) -> Response[bytes]:
        """Runs `act` in one transaction and answers with what it returns, or with what it was answered before.

        Raises Invalid where the key was used with another body.
        """
        if self._key is None:
            with self._database.writing() as session:
                return _answer(status, msgspec.json.encode(act(session)))
        if not 1 <= len(self._key) <= 255:
            raise Invalid.field("Idempotency-Key", _("A key has 1 to 255 characters."))
        try:
            return self._remembered(status, act)
        except IntegrityError:
            # Another request with the same key was quicker: its answer is there now.
            return self._remembered(status, act)

    def _remembered(self, status: int, act: Callable[[Session], Any]) -> Response[bytes]:
        with self._database.writing() as session:
            known = session.get(IdempotencyKey, (self._caller.token_id, self._key))
            if known is not None and known.created_at < utc_now() - KEPT:
                session.delete(known)
                session.flush()
                known = None
            if known is None:
                body = msgspec.json.encode(act(session))
                session.add(
                    IdempotencyKey(
                        token_id=self._caller.token_id,
                        key=self._key,
                        request_hash=self._hash,
                        status=status,
                        body=body,
                    )
                )
                return _answer(status, body)
            if known.request_hash != self._hash:
                raise Invalid.field("Idempotency-Key", _("This key was used with another request."))
            return _answer(known.status, known.body)


def _answer(status: int, body: bytes) -> Response[bytes]:
    return Response(body, status_code=status, media_type="application/json")


async def once(request: Request[Any, Any, Any], database: Database, caller: Caller) -> Once:
    """The guard against repeats of this request."""
    body = await request.body()
    digest = hashlib.sha256(f"{request.method} {request.url.path}\n".encode() + body).hexdigest()
    return Once(database, caller, request.headers.get("idempotency-key"), digest)


def router(routes: Sequence[ControllerRouterHandler]) -> Router:
    """The JSON interface of all rooms."""
    return Router(
        "/api/v1",
        route_handlers=routes,
        dependencies={
            "caller": Provide(lambda request: request.user, sync_to_thread=False),
            "window": Provide(window, sync_to_thread=False),
            "once": Provide(once),
        },
        middleware=[DefineMiddleware(TokenAuthentication)],
        request_class=ApiRequest,
        request_max_body_size=BODY_MOST,
        security=[{"BearerToken": []}],
    )
