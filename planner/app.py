"""The web application put together: rooms, routes, what surrounds them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, Request, Response, Router, get
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import CacheControlHeader, State
from litestar.di import Provide
from litestar.exceptions import InternalServerException
from litestar.middleware import DefineMiddleware
from litestar.middleware.csrf import CSRFMiddleware
from litestar.static_files import create_static_files_router
from sqlalchemy import text

from notifications import api as mail_api
from notifications import pages as mail_pages
from notifications.incoming.queue import unused
from notifications.needs import undelivered
from notifications.worker import Worker
from planner import api, description, live, log_api, metrics, refusals, today, web
from planner.accounts import api as organization_api
from planner.accounts import pages as account_pages
from planner.appreciation import api as appreciation_api
from planner.appreciation import desk as appreciation_desk_pages
from planner.appreciation import pages as appreciation_pages
from planner.calendar_files import pages as calendar_file_pages
from planner.calendars import api as calendar_api
from planner.calendars import choosing as calendar_choosing
from planner.calendars import desk as calendar_desk_pages
from planner.calendars import pages as calendar_pages
from planner.database import Database
from planner.dependencies import TheDatabase, TheSettings
from planner.feedback import api as feedback_api
from planner.feedback import pages as feedback_pages
from planner.gatherings import api as gathering_api
from planner.gatherings import pages as gathering_pages
from planner.gatherings import public as public_pages
from planner.http import Surroundings
from planner.invitations import api as invitation_api
from planner.invitations import pages as invitation_pages
from planner.parties import pages as party_pages
from planner.rsvps import api as rsvp_api
from planner.rsvps import desk as rsvp_desk_pages
from planner.rsvps import pages as rsvp_pages
from planner.security import LinkSigner
from planner.series import api as series_api
from planner.settings import Settings

# Bytes. The check against forgery reads a form whole, whoever sends it; only a file that is brought in is long.
BODY_MOST = 1_000_000
SIGN_IN_MOST = 20_000
# Their address changes with their content.
FOR_A_YEAR = CacheControlHeader(max_age=31_536_000, public=True, immutable=True)

PAGES = [
    public_pages,
    rsvp_pages,
    appreciation_pages,
    feedback_pages,
    calendar_pages,
    calendar_choosing,
]
DESK_PAGES = [
    live,
    account_pages,
    gathering_pages,
    party_pages,
    invitation_pages,
    rsvp_desk_pages,
    appreciation_desk_pages,
    calendar_desk_pages,
    calendar_file_pages,
]
API = [
    gathering_api,
    series_api,
    invitation_api,
    rsvp_api,
    calendar_api,
    appreciation_api,
    feedback_api,
    organization_api,
    log_api,
    mail_api,
]

today.more_needs.extend([undelivered, unused])


@get("/healthz", sync_to_thread=False, include_in_schema=False)
def alive() -> dict[str, str]:
    """Whether the process answers."""
    return {"status": "ok"}


@get("/readyz", sync_to_thread=True, include_in_schema=False)
def ready(database: TheDatabase) -> Response[dict[str, str]]:
    """Whether the database answers too."""
    try:
        with database.reading() as session:
            session.execute(text("SELECT 1"))
    except Exception as error:
        return Response({"status": "database", "detail": type(error).__name__}, status_code=503)
    return Response({"status": "ok"})


def create_app(settings: Settings, database: Database | None = None, *, worker: bool = False) -> Litestar:
    """The application. With `worker` its process also delivers events and sends mail."""
    database = database or Database(settings.database_url)
    signer = LinkSigner(settings.secret_keys)
    channels = live.channels_plugin()
    # Only where somebody is signed in, or signs in: a party's own form needs neither cookie nor hidden field.
    against_forgery = DefineMiddleware(
        CSRFMiddleware,
        config=CSRFConfig(
            secret=settings.secret_keys[0],
            cookie_name="planner_csrf",
            cookie_secure=settings.secure,
            cookie_httponly=True,
        ),
    )

    @asynccontextmanager
    async def working(_app: Litestar) -> AsyncIterator[None]:
        inside = Worker(database, settings) if worker else None
        if inside:
            inside.start()
        try:
            yield
        finally:
            if inside:
                inside.stop()
            calendar_pages.close_feeds(_app)
            database.close()

    # One behind the other, since those that could be had at once cost each request a task group.
    def give_database(settings: TheSettings) -> Database:
        return database

    def give_signer(database: TheDatabase) -> LinkSigner:
        return signer

    web.add_templates(mail_pages.TEMPLATES)
    return Litestar(
        route_handlers=[
            alive,
            ready,
            metrics.route,
            create_static_files_router(
                "/static",
                [web.FOLDER / "static"],
                cache_control=FOR_A_YEAR,
                # A name longer than the file system takes.
                exception_handlers={InternalServerException: refusals.no_such_file},
            ),
            # In a router: at the application itself two handlers of one path break each other (Litestar 2.25).
            Router(
                "/",
                route_handlers=[route for module in PAGES for route in module.routes] + list(mail_pages.routes),
            ),
            Router(
                "/sign-in",
                route_handlers=account_pages.sign_in_routes,
                middleware=[against_forgery],
                request_max_body_size=SIGN_IN_MOST,
            ),
            Router(
                "/manage",
                route_handlers=[route for module in DESK_PAGES for route in module.routes]
                + list(mail_pages.desk_routes),
                dependencies={"membership": Provide(web.signed_in, sync_to_thread=True)},
                middleware=[against_forgery],
                include_in_schema=False,
            ),
            api.router([route for module in API for route in module.routes]),
        ],
        dependencies={
            "settings": Provide(lambda: settings, sync_to_thread=False, use_cache=True),
            "database": Provide(give_database, sync_to_thread=False, use_cache=True),
            "signer": Provide(give_signer, sync_to_thread=False, use_cache=True),
        },
        before_request=_choose_language,
        exception_handlers=refusals.HANDLERS,
        lifespan=[working, live.LogReader(database, channels).running],
        logging_config=None,
        middleware=[DefineMiddleware(Surroundings, settings=settings)],
        openapi_config=description.config(),
        plugins=[channels],
        request_max_body_size=BODY_MOST,
        # For the feeds, which are bare ASGI for the sake of speed.
        state=State({"database": database, "settings": settings, "signer": signer}),
    )


async def _choose_language(request: Request[Any, Any, Any]) -> None:
    web.choose_language(request)
