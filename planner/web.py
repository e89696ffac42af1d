"""What every page needs: rendering, forms, the reader's language, and who is signed in."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import urlencode

import jinja2
import msgspec
import sqlalchemy as sa
from litestar import HttpMethod, MediaType, Request, Response
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect
from litestar.utils.scope.state import ScopeState
from markupsafe import Markup, escape

from planner import i18n, quilt, times
from planner.accounts.models import Membership, WebSession
from planner.database import utc_now
from planner.dependencies import TheDatabase
from planner.errors import FieldError
from planner.markdown import to_html
from planner.meter import meter_patches
from planner.security import hash_of

FOLDER: Final = Path(__file__).parent
LANGUAGE_COOKIE: Final = "language"
SESSION_COOKIE: Final = "planner_session"

AnyRequest = Request[Any, Any, Any]
GET_OR_HEAD: Final = [HttpMethod.GET, HttpMethod.HEAD]
# A form as browsers post it: a value, or a list of them where a name comes more than once.
Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
Fields = TypeVar("Fields", bound=msgspec.Struct)


class NotSignedIn(Exception):
    """The page is for those who sign in."""


def _make_environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.ChoiceLoader([jinja2.FileSystemLoader(FOLDER / "templates")]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.install_gettext_callables(i18n.gettext, i18n.ngettext, newstyle=True, pgettext=i18n.pgettext)  # type: ignore[attr-defined]
    made.globals |= {
        "direction_of": i18n.direction,
        "own_name": i18n.own_name,
        "asset": static_url,
        "band_svg": quilt.band_svg,
        "block_svg": quilt.block_svg,
        "meter_patches": meter_patches,
        "year_quilt_svg": quilt.year_quilt_svg,
        **{name: getattr(times, name) for name in dir(times) if name.startswith("say_")},
    }
    made.filters |= {"markdown": to_html, "address": _address}
    return made


def _address(words: str) -> Markup:
    """A mail address that, where it is too long for its line, goes on after a sign and not within a name."""
    return escape(words).replace("@", Markup("@<wbr>")).replace(".", Markup(".<wbr>"))


@cache
def static_url(name: str) -> str:
    """The address of a file in `static/`, which changes with its content so that browsers may keep it."""
    digest = hashlib.sha256((FOLDER / "static" / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?{digest}"


environment: Final = _make_environment()


def add_templates(folder: Path) -> None:
    """Lets another room's pages bring templates of their own."""
    loader = environment.loader
    assert isinstance(loader, jinja2.ChoiceLoader)  # noqa: S101  (it was made so above)
    loader.loaders = [*loader.loaders, jinja2.FileSystemLoader(folder)]


def render(request: AnyRequest, template: str, status: int = 200, **context: Any) -> Response[str]:
    """A page. Its context gets `language`, `direction`, `languages`, `path`, `now` and the CSRF field besides."""
    language = i18n.language()
    organization = context.get("organization")
    context = {
        "language": language,
        "direction": i18n.direction(language),
        "languages": language_links(request, organization.languages if organization else None),
        "path": request.url.path,
        "csrf": csrf_field(request),
        "now": utc_now(),
        "organization": None,
        **context,
    }
    page = environment.get_template(template).render(context)
    return Response(page, status_code=status, media_type=MediaType.HTML)


def language_links(request: AnyRequest, wanted: list[str] | None) -> list[tuple[str, str, str]]:
    """The languages a page may be read in: code, own name, address of this page in it."""
    codes = [code for code in i18n.available_languages() if wanted is None or code in wanted]
    if i18n.language() not in codes:
        codes.append(i18n.language())
    links = []
    for code in codes:
        query = [(k, v) for k, v in request.query_params.multi_items() if k != "lang"] + [("lang", code)]
        # Without the path, which on a page that is not found is anything, `//another.site` too.
        links.append((code, i18n.own_name(code), f"?{urlencode(query)}"))
    return links


def csrf_field(request: AnyRequest) -> Markup:
    """The hidden field that forms of signed-in pages carry; empty where none is asked for."""
    token = ScopeState.from_scope(request.scope).csrf_token
    return Markup('<input type="hidden" name="_csrf_token" value="{}">').format(token) if token else Markup("")


def choose_language(request: AnyRequest, *known: str | None) -> None:
    """Speaks the language that the reader chose here, else the first known one, else what the browser asks for."""
    chosen = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    asked = [part.split(";")[0].strip() for part in request.headers.get("accept-language", "").split(",")]
    i18n.speak(i18n.best_language(chosen, *known, *asked[:10]))


def in_language(request: AnyRequest, path: str, **query: str | int) -> str:
    """The address of another page here, which keeps the language that the reader chose (`?lang=`)."""
    if chosen := request.query_params.get("lang"):
        query["lang"] = chosen
    return f"{path}?{urlencode(query)}" if query else path


def see(path: str) -> Redirect:
    """Shows another page after a form was taken (303)."""
    return Redirect(path, status_code=303)


def values(form: Mapping[str, Any], name: str) -> list[str]:
    """All values of a field that may come more than once."""
    value = form.get(name, [])
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def value(form: Mapping[str, Any], name: str) -> str:
    """The value of a field, its last where it came twice; empty where it did not come."""
    return (values(form, name) or [""])[-1]


def whole_number(form: Mapping[str, Any], name: str, errors: list[FieldError]) -> int | None:
    """A whole number from a form; None where the field is empty. What is wrong is added to `errors`."""
    text = value(form, name).strip()
    if not text:
        return None
    if re.fullmatch(r"[+-]?[0-9]{1,12}", text):
        return int(text)
    errors.append(FieldError(name, i18n.gettext("Write a whole number, like 2.")))
    return None


def number_in(text: str) -> int | None:
    """A number that stands in an address or a hidden field, in nine digits at most; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def id_in(text: str) -> uuid.UUID | None:
    """An id that stands in an address or a hidden field; None for anything else."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def ids_in(form: Mapping[str, Any], name: str) -> list[uuid.UUID]:
    """The ids of a field that may come more than once; what is none is passed over."""
    return [found for text in values(form, name) if (found := id_in(text))]


def by_field(errors: tuple[FieldError, ...] | list[FieldError]) -> dict[str, str]:
    """Errors as templates want them: the first sentence for each field, in the order of the form."""
    first: dict[str, str] = {}
    for error in errors:
        first.setdefault(error.field, error.detail)
    return first


def signed_in(request: AnyRequest, database: TheDatabase) -> Membership:
    """Who is signed in, with role and organisation. Raises NotSignedIn."""
    token = request.cookies.get(SESSION_COOKIE, "")
    query = (
        sa.select(Membership)
        .join(
            WebSession,
            sa.and_(
                WebSession.account_id == Membership.account_id,
                WebSession.organization_id == Membership.organization_id,
            ),
        )
        .where(WebSession.token_hash == hash_of(token), WebSession.expires_at > utc_now())
    )
    with database.reading() as session:
        membership = session.scalar(query) if token else None
    if membership is None:
        raise NotSignedIn
    choose_language(request, membership.account.language, *membership.organization.languages)
    return membership
