"""How a refusal is said, decided here alone: a page to people, problem+json (RFC 9457) to programs."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Response
from litestar.exceptions import HTTPException, InternalServerException, ValidationException
from litestar.response import Redirect
from litestar.types import ExceptionHandlersMap
from sqlalchemy.exc import IntegrityError, OperationalError

from planner.errors import FieldError, Invalid, Refused
from planner.http import masked
from planner.i18n import gettext as _
from planner.web import AnyRequest, NotSignedIn, render, see

log = logging.getLogger("planner.http")


def _is_api(request: AnyRequest) -> bool:
    return request.url.path.startswith("/api/") or request.url.path == "/api"


def problem(status: int, detail: str, errors: tuple[FieldError, ...] = ()) -> Response[bytes]:
    """A problem+json answer; `errors` name the fields that are at fault."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = [{"field": error.field, "detail": error.detail} for error in errors]
    headers = {"www-authenticate": "Bearer"} if status == 401 else {}
    return Response(
        msgspec.json.encode(body), status_code=status, media_type="application/problem+json", headers=headers
    )


def refused(request: AnyRequest, error: Refused) -> Response[Any]:
    """A refusal of ours."""
    if _is_api(request):
        return problem(error.status, error.detail, error.errors if isinstance(error, Invalid) else ())
    return _page(request, error.status, error.detail)


def not_signed_in(request: AnyRequest, _error: NotSignedIn) -> Redirect:
    """Those who are not signed in are asked to, and come back to where they wanted to go."""
    wanted = request.url.path if request.method == "GET" else "/manage"
    return see(f"/sign-in?next={quote(wanted)}")


def refused_by_http(request: AnyRequest, error: HTTPException) -> Response[Any]:
    """A refusal of the framework: no such page, wrong method, a body that cannot be read."""
    status = error.status_code
    if _is_api(request):
        errors = _field_errors(error) if isinstance(error, ValidationException) else ()
        if errors:
            return problem(422, " ".join(one.detail for one in errors), errors)
        return problem(status, error.detail or HTTPStatus(status).phrase)
    return _page(request, status, _sentence(status))


def no_such_file(request: AnyRequest, _error: InternalServerException) -> Response[Any]:
    """A file that cannot be looked for, let alone be found."""
    return _page(request, 404, _sentence(404))


def crossed(request: AnyRequest, error: IntegrityError) -> Response[Any]:
    """Two transactions wanted the same name, address or row; the second is refused whole."""
    log.warning("%s %s met another change", request.method, masked(request.url.path), exc_info=error)
    return refused(request, Refused(_("Somebody else changed this in the same moment. Please save again.")))


def unavailable(request: AnyRequest, error: OperationalError) -> Response[Any]:
    """The database cannot be written or reached now: its disk is full, somebody holds it, its server is gone."""
    log.error("%s %s: the database did not serve", request.method, masked(request.url.path), exc_info=error)
    sentence = _("We cannot save anything just now. Nothing was changed. Please try again in a few minutes.")
    answer = problem(503, sentence) if _is_api(request) else _page(request, 503, sentence)
    answer.headers["retry-after"] = "60"
    return answer


def broken(request: AnyRequest, error: Exception) -> Response[Any]:
    """A mistake of ours: logged whole, said without details."""
    log.error("%s %s failed", request.method, masked(request.url.path), exc_info=error)
    sentence = _("Something went wrong on our side. Nothing was changed. Please try again in a moment.")
    if _is_api(request):
        return problem(500, sentence)
    return _page(request, 500, sentence)


# How Litestar says that there was no body at all.
_NO_BODY = "'data'"


def _field_errors(error: ValidationException) -> tuple[FieldError, ...]:
    """What is wrong with parameters of the address, and bodies that did not come."""
    found = []
    for item in error.extra or ():
        if isinstance(item, dict):
            message = str(item.get("message", "")).replace("`", "")
            if message == _NO_BODY:
                found.append(FieldError("body", _("The body must be a JSON object.")))
            else:
                found.append(FieldError(str(item.get("key", "")), message))
    return tuple(found)


def _sentence(status: int) -> str:
    sentences = {
        403: _("That page had been open for too long. Go back, reload it and try again."),
        404: _("There is no page at this address."),
        405: _("This address cannot be used like that."),
        413: _("That is too large."),
        429: _("That was asked too often. Please wait a moment."),
    }
    return sentences.get(status, _("This could not be understood."))


def _page(request: AnyRequest, status: int, sentence: str) -> Response[str]:
    path = request.url.path
    if status == 404 and path.startswith(("/r/", "/preferences/", "/unsubscribe/")):
        return render(request, "expired.html", 404)
    return render(request, "refused.html", status, code=status, sentence=sentence)


HANDLERS: ExceptionHandlersMap = {
    Refused: refused,
    NotSignedIn: not_signed_in,
    HTTPException: refused_by_http,
    IntegrityError: crossed,
    OperationalError: unavailable,
    Exception: broken,
}
