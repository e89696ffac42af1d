"""A party's page about its calendar: what it shows, how to subscribe, and a new address."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from litestar import Response, Router, post, route
from litestar.params import FromPath
from litestar.response import Redirect
from markupsafe import Markup

from planner.calendars.actions import find_party_feed, offered_feed, party_feed, rotate_feed
from planner.calendars.links import feed_url, subscription
from planner.dependencies import TheDatabase, TheSettings, TheSigner
from planner.errors import NotFound
from planner.invitations import links
from planner.invitations.actions import by_token
from planner.rsvps.pages import BODY_MOST, open_page, render_page
from planner.web import GET_OR_HEAD, AnyRequest, in_language, see

# What may be chosen, in minutes before the start, as the feed's `alarm` takes it.
REMINDERS: Final = ("60", "180", "1440")


@route("/r/{token:str}/calendar", http_method=GET_OR_HEAD, sync_to_thread=True)
def own_calendar(
    request: AnyRequest, token: FromPath[str], database: TheDatabase, settings: TheSettings, signer: TheSigner
) -> Response[str]:
    """The addresses of the party's feed with what was chosen; a choice is kept nowhere but in them."""
    page = open_page(request, database, signer, token)
    with database.reading() as session:
        found = find_party_feed(session, page.party.id)
    feed = offered_feed(database, page.party, found)
    chosen = _chosen(request)
    url = feed_url(settings, signer, feed) + ("?" + urlencode(chosen) if chosen else "")
    calendar = subscription(url)
    qr = Markup(calendar.qr)  # noqa: S704  (drawn by segno)
    return render_page(
        request,
        page,
        "family/calendar.html",
        calendar=calendar,
        qr=qr,
        chosen=chosen,
        told="renewed" in request.query_params,
        reads_in=request.query_params.get("lang", ""),
    )


@post("/r/{token:str}/calendar", sync_to_thread=True, request_max_body_size=BODY_MOST)
def renew(request: AnyRequest, token: FromPath[str], database: TheDatabase, signer: TheSigner) -> Redirect:
    """Gives the party's feed another address; the old one is unknown from now on."""
    with database.writing() as session:
        party = by_token(session, signer, token, lock=True).party
        rotate_feed(session, party_feed(session, party))
    return see(in_language(request, f"/r/{token}/calendar", renewed=1))


def _chosen(request: AnyRequest) -> dict[str, str]:
    asked = request.query_params
    chosen = {name: yes for name, yes in (("only", "accepted"), ("link", "1")) if asked.get(name) == yes}
    if asked.get("alarm") in REMINDERS:
        chosen["alarm"] = str(asked["alarm"])
    return chosen


routes: Final = [
    Router(
        "/",
        route_handlers=[own_calendar, renew],
        exception_handlers={NotFound: links.expired},
        include_in_schema=False,
    ),
]
