"""What everybody may see: what's on, a gathering's own page, and what an organisation keeps about people."""

from __future__ import annotations

import re
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from babel.dates import format_date
from litestar import Response, route
from litestar.params import FromPath

from planner.accounts.models import Organization
from planner.calendars.choosing import choice
from planner.calendars.links import public_feed_url, subscription
from planner.calendars.pages import public_file
from planner.database import Database, utc_now
from planner.dependencies import TheDatabase, TheSettings
from planner.errors import NotFound
from planner.gatherings.models import Gathering, Status, Visibility
from planner.gatherings.queries import (
    Listed,
    Year,
    by_slug,
    coming_up,
    how_many_are_on,
    offered_topics,
    only_organization,
    organization_by_slug,
    organizations,
    whats_on,
    year_of,
)
from planner.gatherings.topics import topic_key
from planner.i18n import gettext as _
from planner.i18n import language
from planner.markdown import to_text
from planner.paging import Pages, page_number
from planner.series.actions import beside
from planner.series.models import Series
from planner.series.words import say_rule
from planner.settings import Settings
from planner.times import locale, say_when
from planner.web import GET_OR_HEAD, AnyRequest, NotSignedIn, in_language, render, signed_in

EVENTS_A_PAGE: Final = 30
BLOCKS_MOST: Final = 24
OTHER_DAYS_MOST: Final = 6
_SENTENCE: Final = re.compile(r".{20,}?[.!?…](?=\s)")


class Month(NamedTuple):
    """A month's name and what is on in it."""

    name: str
    events: list[Listed]


@route("/", http_method=GET_OR_HEAD, sync_to_thread=True, include_in_schema=False)
def home(request: AnyRequest, database: TheDatabase, settings: TheSettings) -> Response[str]:
    """What's on: of the only organisation, or of all of them by name."""
    with database.reading() as session:
        known = organizations(session)
        if len(known) != 1:
            soon = [(one, coming_up(session, one.id, utc_now(), 5)) for one in known]
            return _render(request, "public/organizations.html", None, soon=soon)
    return _whats_on(request, database, settings, known[0], "/")


@route("/o/{slug:str}", http_method=GET_OR_HEAD, sync_to_thread=True, include_in_schema=False)
def of_organization(
    request: AnyRequest, slug: FromPath[str], database: TheDatabase, settings: TheSettings
) -> Response[str]:
    """What's on at one organisation."""
    return _whats_on(request, database, settings, _organization(database, slug), f"/o/{slug}")


@route("/e/{slug:str}", http_method=GET_OR_HEAD, sync_to_thread=True, include_in_schema=False)
def event(request: AnyRequest, slug: FromPath[str], database: TheDatabase, settings: TheSettings) -> Response[Any]:
    """A gathering's page, or its calendar file under `.ics`."""
    if slug.endswith(".ics"):
        return public_file(request, database, settings, slug)
    with database.reading() as session:
        found = by_slug(session, slug)
        alone = only_organization(session) is not None
        series = session.get(Series, found.gathering.series_id) if found and found.gathering.series_id else None
        days = beside(session, found.gathering, OTHER_DAYS_MOST) if found else []
    if found is None or not (found.gathering.is_open_to_all or _plans(request, database, found.gathering)):
        raise NotFound(_("There is no event at this address."))
    gathering = found.gathering
    organization = gathering.organization
    page = _render(
        request,
        "public/event.html",
        organization,
        home_url="/" if alone else f"/o/{organization.slug}",
        gathering=gathering,
        free=found.free,
        for_all=gathering.is_open_to_all,
        is_over=gathering.status == Status.HELD or gathering.ends_at <= utc_now(),
        contact=gathering.contact,
        page_url=settings.url(f"/e/{gathering.slug}"),
        preview=_preview(gathering),
        topics=gathering.topics if gathering.visibility == Visibility.PUBLIC else [],
        file_url=in_language(request, f"/e/{gathering.slug}.ics"),
        rule_in_words=say_rule(series) if series else "",
        other_days=[one for one in days if one.is_open_to_all and one.id != gathering.id],
        series_url=f"/series/{series.slug}.ics" if series and series.published_at else "",
    )
    if not gathering.is_open_to_all:
        page.headers["Cache-Control"] = "no-store"
    return page


@route("/privacy", http_method=GET_OR_HEAD, sync_to_thread=True, include_in_schema=False)
def privacy(request: AnyRequest, database: TheDatabase) -> Response[str]:
    """What is kept and why, by the only organisation or by each of them."""
    with database.reading() as session:
        known = organizations(session)
    return _render(request, "privacy.html", known[0] if len(known) == 1 else None, known=known)


@route("/privacy/{slug:str}", http_method=GET_OR_HEAD, sync_to_thread=True, include_in_schema=False)
def privacy_of(request: AnyRequest, slug: FromPath[str], database: TheDatabase) -> Response[str]:
    """What one organisation keeps and why."""
    return _render(request, "privacy.html", _organization(database, slug), known=[])


def _organization(database: Database, slug: str) -> Organization:
    with database.reading() as session:
        organization = organization_by_slug(session, slug)
    if organization is None:
        raise NotFound(_("There is no page at this address."))
    return organization


def _whats_on(
    request: AnyRequest, database: Database, settings: Settings, organization: Organization, home_url: str
) -> Response[str]:
    chosen = choice(request, organization, None, "topic", preferred=language())
    with database.reading() as session:
        topics = offered_topics(session, organization.id, utc_now(), chosen.options.topic)
        chosen = chosen.about(topics)
        topic = chosen.options.topic
        asked = topic_key(topic)
        pages = _pages(request, how_many_are_on(session, organization.id, utc_now(), asked), home_url, topic)
        events = whats_on(session, organization.id, utc_now(), EVENTS_A_PAGE, asked, pages.offset)
        year = year_of(session, organization.id, utc_now(), BLOCKS_MOST)
    zones = {one.gathering.time_zone for one in events}
    return _render(
        request,
        "public/whats_on.html",
        organization,
        home_url=home_url,
        months=_by_month(events),
        pages=pages,
        one_zone=zones.pop() if len(zones) == 1 else "",
        year=[gathering_id for gathering_id, _start, _zone in year.events],
        year_since=_since(year),
        topic=topic,
        topic_links=_topic_links(request, home_url, topics, asked),
        feed=subscription(public_feed_url(settings, organization.slug), chosen.options),
    )


def _pages(request: AnyRequest, total: int, home_url: str, topic: str) -> Pages:
    last = max(-(-total // EVENTS_A_PAGE), 1)
    query = {"topic": topic, "lang": request.query_params.get("lang", "")}
    return Pages(min(page_number(request), last), EVENTS_A_PAGE, total, home_url, query)


def _topic_links(
    request: AnyRequest, home_url: str, topics: dict[str, str], asked: str
) -> list[tuple[str, str, None, bool, str]]:
    """The filters above the list: everything, and each topic; none where nothing has a topic."""
    links = [(in_language(request, home_url), _("Everything"), None, not asked, "")]
    for key, topic in topics.items():
        links.append((in_language(request, home_url, topic=topic), topic, None, key == asked, ""))
    return links if topics else []


def _by_month(events: list[Listed]) -> list[Month]:
    grouped = groupby(events, key=lambda one: _month_name(one.gathering.local_start))
    return [Month(name, list(those)) for name, those in grouped]


def _since(year: Year) -> str:
    """The month in which a whole year begins; empty where some of it is left out."""
    if not year.events or not year.is_whole:
        return ""
    _id, start, zone = year.events[0]
    return _month_name(start.astimezone(ZoneInfo(zone)))


def _month_name(moment: datetime) -> str:
    name = format_date(moment.date(), "LLLL y", locale=locale())
    return name[0].upper() + name[1:]


def _short_weekday(moment: datetime) -> str:
    return format_date(moment.date(), "EEE", locale=locale())


def _plans(request: AnyRequest, database: Database, gathering: Gathering) -> bool:
    """Whether one who plans it is looking: then the page of a draft, or of guests only, opens too."""
    try:
        return signed_in(request, database).organization_id == gathering.organization_id
    except NotSignedIn:
        return False


def _first_sentence(description: str) -> str:
    text = to_text(description)
    found = _SENTENCE.match(text)
    sentence = found.group() if found else text
    return sentence if len(sentence) <= 200 else sentence[:200].rsplit(" ", 1)[0] + "…"


def _preview(gathering: Gathering) -> str:
    """What a link's preview says: when and where."""
    when = say_when(gathering.starts_at, gathering.ends_at, gathering.time_zone)
    if gathering.status == Status.CANCELLED:
        when = _("Cancelled: %(when)s") % {"when": when}
    return " · ".join(filter(None, [when, gathering.venue or (_("Online") if gathering.online_url else "")]))


def _render(
    request: AnyRequest, template: str, organization: Organization | None, **context: Any
) -> Response[str]:
    return render(
        request,
        template,
        organization=organization,
        here=partial(in_language, request),
        first_sentence=_first_sentence,
        short_weekday=_short_weekday,
        **context,
    )


routes = [home, of_organization, event, privacy, privacy_of]
