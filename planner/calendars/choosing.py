"""Pages about a calendar: what it shows, how to subscribe; a party's also stops it or gives it a new address."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final, NamedTuple

from litestar import Response, Router, post, route
from litestar.params import FromPath
from litestar.response import Redirect

from planner.accounts.models import Organization
from planner.calendars.actions import find_party_feed, offered_feed, party_feed, rotate_feed, stop_party_feed
from planner.calendars.links import feed_url, public_feed_url, subscription
from planner.calendars.options import Options, options_in
from planner.database import utc_now
from planner.dependencies import TheDatabase, TheSettings, TheSigner
from planner.errors import NotFound
from planner.gatherings.queries import offered_topics, only_organization, organization_by_slug
from planner.i18n import available_languages, best_language, own_name
from planner.i18n import gettext as _
from planner.i18n import language as language_spoken
from planner.invitations import links
from planner.invitations.actions import by_token
from planner.rsvps.pages import BODY_MOST, open_page, render_page, speak_to
from planner.web import GET_OR_HEAD, AnyRequest, Form, in_language, render, see, value


class Choice(NamedTuple):
    """What was chosen on a calendar's page; it is kept nowhere but in the addresses that the page then shows.

    `language` is the code in which the calendar comes, `languages` those to choose from with their own names;
    `made`: whether the form was sent. `reads_in` is the language that the page itself was asked for in.
    """

    options: Options
    language: str
    languages: list[tuple[str, str]]
    made: bool
    reads_in: str

    def about(self, topics: Mapping[str, str]) -> Choice:
        """The same with its topic as it is spelled there (by key), or without where it is none of them."""
        return self._replace(options=self.options._replace(topic=topics.get(self.options.topic, "")))


def choice(
    request: AnyRequest, organization: Organization, usual: str | None, *offered: str, preferred: str = ""
) -> Choice:
    """What the page's form chose: the feed's own words, but `language`, since the page's own is `lang`.

    `offered` names what this page has to choose besides reminder and language. `usual` is the language of who
    subscribes, in which the feed comes unasked; `preferred`, where it is given, is what is taken as chosen before
    anybody chose.
    """
    usual = best_language(usual, *organization.languages)
    codes = [code for code in available_languages() if code in organization.languages or code == usual]
    asked = dict(request.query_params.multi_items())
    spoken = asked.get("language", preferred)
    spoken = spoken if spoken in codes else usual
    options = options_in({name: asked.get(name, "") for name in ("alarm", *offered)})
    options = options._replace(language=None if spoken == usual else spoken)
    names = [(code, own_name(code)) for code in codes]
    return Choice(options, spoken, names, "alarm" in asked, asked.get("lang", ""))


@route("/r/{token:str}/calendar", http_method=GET_OR_HEAD, sync_to_thread=True)
def own_calendar(
    request: AnyRequest, token: FromPath[str], database: TheDatabase, settings: TheSettings, signer: TheSigner
) -> Response[str]:
    """The addresses of the party's feed with what was chosen."""
    page = open_page(request, database, signer, token)
    with database.reading() as session:
        found = find_party_feed(session, page.party.id)
    feed = offered_feed(database, page.party, found)
    chosen = choice(request, page.organization, page.party.language, "only", "link")
    return render_page(
        request,
        page,
        "family/calendar.html",
        calendar=subscription(feed_url(settings, signer, feed), chosen.options) if feed else None,
        choice=chosen,
        renewed="renewed" in request.query_params,
    )


@post("/r/{token:str}/calendar", sync_to_thread=True, request_max_body_size=BODY_MOST)
def change_own_calendar(
    request: AnyRequest, token: FromPath[str], data: Form, database: TheDatabase, signer: TheSigner
) -> Redirect:
    """Gives the party's feed another address (`do=renew`), stops it (`do=stop`), or makes it anew."""
    done = {}
    with database.writing() as session:
        invitation = by_token(session, signer, token, lock=True)
        speak_to(request, invitation)
        feed = find_party_feed(session, invitation.party_id)
        match value(data, "do"):
            case "renew" if feed:
                rotate_feed(session, feed)
                done = {"renewed": 1}
            case "stop":
                stop_party_feed(session, invitation.party)
            case "":
                party_feed(session, invitation.party)
    return see(in_language(request, f"/r/{token}/calendar", **done))


@route("/o/{slug:str}/calendar", http_method=GET_OR_HEAD, sync_to_thread=True, include_in_schema=False)
def public_calendar(
    request: AnyRequest, slug: FromPath[str], database: TheDatabase, settings: TheSettings
) -> Response[str]:
    """The addresses of an organisation's public feed; who reads the page in a language gets the feed in it."""
    with database.reading() as session:
        organization = organization_by_slug(session, slug)
        if organization is None:
            raise NotFound(_("There is no page at this address."))
        chosen = choice(request, organization, None, "topic", preferred=language_spoken())
        topics = offered_topics(session, organization.id, utc_now(), chosen.options.topic)
        alone = only_organization(session) is not None
    chosen = chosen.about(topics)
    return render(
        request,
        "public/calendar.html",
        organization=organization,
        home_url=in_language(request, "/" if alone else f"/o/{slug}"),
        here=partial(in_language, request),
        calendar=subscription(public_feed_url(settings, slug), chosen.options),
        choice=chosen,
        topics=[("", _("Everything")), *((topic, topic) for topic in topics.values())],
    )


routes: Final = [
    public_calendar,
    Router(
        "/",
        route_handlers=[own_calendar, change_own_calendar],
        exception_handlers={NotFound: links.expired},
        include_in_schema=False,
    ),
]
