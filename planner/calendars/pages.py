"""Where calendars are fetched: feeds, and the file behind "add to calendar"."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from litestar import Litestar, Response, asgi, route
from litestar.params import FromPath
from litestar.types import Receive, Scope, Send

from planner.calendars.building import gathering_file
from planner.calendars.recurring import series_file
from planner.calendars.serving import SUFFIX, FeedServer, entity_tag, http_date, is_unchanged
from planner.database import Database, utc_now
from planner.dependencies import TheDatabase, TheSettings, TheSigner
from planner.errors import NotFound
from planner.gatherings.models import Gathering
from planner.i18n import best_language, language
from planner.i18n import gettext as _
from planner.invitations.actions import by_token
from planner.rsvps.models import Rsvp
from planner.series.actions import occurrences
from planner.series.models import Series
from planner.settings import Settings
from planner.web import GET_OR_HEAD, AnyRequest


def feed_server(app: Litestar) -> FeedServer:
    """The application's own, made when first asked for from `app.state`'s database, settings and signer."""
    server: FeedServer | None = app.state.get("feeds")
    if server is None:
        server = FeedServer(app.state.database, app.state.settings, app.state.signer)
        app.state.feeds = server
    return server


def close_feeds(app: Litestar) -> None:
    """Gives back what the application's own holds, where there is one; asked again, it begins anew."""
    server: FeedServer | None = app.state.pop("feeds", None)
    if server is not None:
        server.close()


@asgi("/calendars", is_mount=True, copy_scope=False)
async def feeds(scope: Scope, receive: Receive, send: Send) -> None:
    """`/calendars/{token}.ics` and `/calendars/public/{organization}.ics`.

    A mount, since Litestar's raw handlers take no parameters in their path.
    """
    await feed_server(scope["litestar_app"]).answer(scope, send)  # type: ignore[arg-type]


@route(
    "/r/{token:str}/event.ics",
    http_method=GET_OR_HEAD,
    sync_to_thread=True,
    include_in_schema=False,
)
def own_file(
    request: AnyRequest, token: FromPath[str], database: TheDatabase, settings: TheSettings, signer: TheSigner
) -> Response[bytes]:
    """A party's gathering for its calendar, with its answer in words."""
    with database.reading() as session:
        invitation = by_token(session, signer, token)
        gathering, party = invitation.gathering, invitation.party
        if gathering.published_at is None:
            raise NotFound(_("There is no such event."))
        rsvp = session.get(Rsvp, invitation.id)
        body = gathering_file(
            gathering,
            best_language(party.language, *gathering.organization.languages),
            settings.base_url,
            rsvp,
            asked=True,
            household=party.is_household,
        )
        changed_at = max(gathering.changed_at, rsvp.moved_at) if rsvp else gathering.changed_at
    return _file(request, body, gathering.slug, changed_at, "private, no-cache")


@route("/series/{file:str}", http_method=GET_OR_HEAD, sync_to_thread=True, include_in_schema=False)
def recurring_file(
    request: AnyRequest, file: FromPath[str], database: TheDatabase, settings: TheSettings
) -> Response[bytes]:
    """`/series/{slug}.ics`: a series as one recurring item. Raises NotFound where nothing of it may be seen."""
    with database.reading() as session:
        series = session.scalar(sa.select(Series).where(Series.slug == file.removesuffix(SUFFIX)))
        found = occurrences(session, series) if series else []
        if series is None or not file.endswith(SUFFIX) or not any(one.is_open_to_all for one in found):
            raise NotFound(_("There is no such event."))
        language = best_language(*series.organization.languages)
        body = series_file(series, found, language, settings.base_url, utc_now().date())
        changed_at = max([series.changed_at, *(one.changed_at for one in found)])
    return _file(request, body, series.slug, changed_at, "public, max-age=900")


def public_file(request: AnyRequest, database: Database, settings: Settings, file: str) -> Response[bytes]:
    """`/e/{slug}.ics`, for the page handler of `/e/{slug}`, whose path takes it in; in the language spoken now.

    Raises NotFound for drafts and for gatherings that only those invited may see.
    """
    with database.reading() as session:
        gathering = session.scalar(sa.select(Gathering).where(Gathering.slug == file.removesuffix(SUFFIX)))
        if gathering is None or not gathering.is_open_to_all:
            raise NotFound(_("There is no such event."))
        body = gathering_file(gathering, language(), settings.base_url)
    return _file(
        request, body, gathering.slug, gathering.changed_at, "public, max-age=900", "Accept-Language, Cookie"
    )


def _file(
    request: AnyRequest, body: bytes, name: str, changed_at: datetime, caching: str, vary: str = ""
) -> Response[bytes]:
    etag = entity_tag(body)
    changed_at = changed_at.replace(microsecond=0)
    headers = {
        "ETag": etag.decode(),
        "Last-Modified": http_date(changed_at),
        "Cache-Control": caching,
        "X-Robots-Tag": "noindex",
        "Content-Disposition": f'inline; filename="{name}{SUFFIX}"',
    }
    if vary:
        headers["Vary"] = vary
    if is_unchanged(request.scope["headers"], etag, changed_at):
        return Response(b"", status_code=304, headers=headers)
    return Response(body, media_type="text/calendar", headers=headers)


routes = [feeds, own_file, recurring_file]
