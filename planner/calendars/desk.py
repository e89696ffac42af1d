"""The desk's page about one's own calendar: get it, give it another address, stop it."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post

from planner.calendars.actions import create_feed, find_coordinator_feed, rotate_feed, stop_coordinator_feed
from planner.calendars.choosing import choice
from planner.calendars.links import busy_url, feed_url, subscription
from planner.calendars.models import Scope
from planner.dependencies import SignedIn, TheDatabase, TheSettings, TheSigner
from planner.desk import desk_page
from planner.web import AnyRequest, Form, see, value

ADDRESS: Final = "/manage/calendar"


@get("/calendar", sync_to_thread=True)
def own_calendar(
    request: AnyRequest, membership: SignedIn, database: TheDatabase, settings: TheSettings, signer: TheSigner
) -> Response[str]:
    """All events of the organisation in one's calendar program, and the hours at which one is busy for others."""
    with database.reading() as session:
        feed = find_coordinator_feed(session, membership)
    chosen = choice(request, membership.organization, membership.account.language)
    return desk_page(
        *(request, "desk/calendar.html", membership, "settings"),
        feed=subscription(feed_url(settings, signer, feed), chosen.options) if feed else None,
        choice=chosen,
        busy=busy_url(settings, signer, feed) if feed else "",
    )


@post("/calendar", sync_to_thread=True)
def change_own_calendar(data: Form, membership: SignedIn, database: TheDatabase) -> Response[Any]:
    """Makes it, gives it another address (`do=renew`) or stops it (`do=stop`)."""
    with database.writing() as session:
        feed = find_coordinator_feed(session, membership)
        match value(data, "do"):
            case "stop":
                stop_coordinator_feed(session, membership)
            case "renew" if feed:
                rotate_feed(session, feed)
            case "" if not feed:
                create_feed(
                    session, membership.organization_id, Scope.COORDINATOR, account_id=membership.account_id
                )
    return see(ADDRESS)


routes: Final = [own_calendar, change_own_calendar]
