"""The desk's pages about events: all of them, one of them, and what becomes of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath
from sqlalchemy.orm import Session

from planner import today
from planner.accounts.models import Membership
from planner.database import Database, utc_now
from planner.dependencies import SignedIn, TheDatabase, TheSettings
from planner.desk import desk_page, planners_only, url_of, workspace_page
from planner.gatherings import actions, editing
from planner.gatherings.clashes import clashes_with
from planner.gatherings.listing import WHICH, listed, numbers
from planner.gatherings.models import Gathering, Status
from planner.gatherings.standing import standing, standings
from planner.history import what_happened
from planner.i18n import gettext as _
from planner.invitations.addresses import programs_answer
from planner.invitations.choosing import one_invited
from planner.invitations.queries import reached
from planner.paging import Pages, page_number, with_query
from planner.quilt import PALETTES
from planner.series import actions as series
from planner.series.models import Series
from planner.series.numbers import say_cancelling, say_publishing
from planner.series.words import say_rule
from planner.settings import Settings
from planner.today import NEEDS_MOST, NextEvent, before_of, needs_of
from planner.web import AnyRequest, Form, see, value

EVENTS_A_PAGE: Final = 20
LATELY_MOST: Final = 6


@get("/gatherings", sync_to_thread=True)
def all_events(request: AnyRequest, membership: SignedIn, database: TheDatabase) -> Response[str]:
    """All events: what comes, drafts, past and cancelled ones."""
    which = request.query_params.get("which", "")
    find = request.query_params.get("find", "").strip()[:100]
    now = utc_now()
    with database.reading() as session:
        of = numbers(session, membership.organization_id, now, find)
        if which not in WHICH:
            which = next((name for name in WHICH if of[name]), "coming")
        query = {"which": which, "find": find}
        pages = Pages(page_number(request), EVENTS_A_PAGE, of[which], "/manage/gatherings", query)
        found = listed(
            session,
            membership.organization_id,
            which,
            now,
            find=find,
            limit=EVENTS_A_PAGE,
            offset=pages.offset,
        )
        how = standings(session, [gathering.id for gathering in found])
    words = {
        "coming": _("To come"),
        "drafts": _("Drafts"),
        "past": _("Past"),
        "cancelled": _("Cancelled"),
    }
    parts = [
        (with_query("/manage/gatherings", {"which": name, "find": find}), words[name], of[name], name == which, "")
        for name in WHICH
    ]
    events = [NextEvent(gathering, how[gathering.id]) for gathering in found]
    return desk_page(
        *(request, "desk/events.html", membership, "events"),
        events=events,
        parts=parts,
        pages=pages,
        which=which,
        find=find,
        any_at_all=any(of.values()) or bool(find),
    )


@get("/gatherings/{gathering_id:uuid}", sync_to_thread=True)
def overview(
    gathering_id: FromPath[uuid.UUID],
    request: AnyRequest,
    membership: SignedIn,
    database: TheDatabase,
    settings: TheSettings,
) -> Response[str]:
    """One event: how it stands and what to do next."""
    return _overview(gathering_id, request, membership, database, settings, "desk/overview.html")


@get("/gatherings/{gathering_id:uuid}/part", sync_to_thread=True)
def overview_part(
    gathering_id: FromPath[uuid.UUID],
    request: AnyRequest,
    membership: SignedIn,
    database: TheDatabase,
    settings: TheSettings,
) -> Response[str]:
    """What of it changes while one looks."""
    return _overview(gathering_id, request, membership, database, settings, "desk/overview_part.html")


def _overview(
    gathering_id: uuid.UUID,
    request: AnyRequest,
    membership: Membership,
    database: Database,
    settings: Settings,
    template: str,
) -> Response[str]:
    now = utc_now()
    with database.reading() as session:
        gathering = actions.find(session, membership.organization_id, gathering_id)
        how = standing(session, gathering.id)
        event = NextEvent(gathering, how)
        coming = [event] if gathering.status == Status.PUBLISHED and gathering.ends_at > now else []
        needs = needs_of(session, membership.organization, coming, now, gathering.id)
        lately, _before = what_happened(
            session, membership.organization_id, gathering_id=gathering.id, limit=LATELY_MOST
        )
        coming_about = gathering.ends_at > now and not gathering.is_over
        also_then = clashes_with(session, gathering) if coming_about else []
        occurrences = series.beside(session, gathering)
        without_a_trace = series.can_be_left_out(session, gathering)
        rule_in_words = say_rule(session.get_one(Series, gathering.series_id)) if gathering.series_id else ""
    return workspace_page(
        *(request, template, membership, gathering, how, "overview"),
        needs=needs[:NEEDS_MOST],
        also_then=also_then,
        occurrences=occurrences,
        can_be_left_out=without_a_trace,
        rule_in_words=rule_in_words,
        lately=lately[:LATELY_MOST],
        public_url=_public_url(gathering, settings),
        over=gathering.ends_at <= now,
    )


def _public_url(gathering: Gathering, settings: Settings) -> str:
    return settings.url(f"/e/{gathering.slug}") if gathering.is_open_to_all else ""


@get("/gatherings/{gathering_id:uuid}/history", sync_to_thread=True)
def history_page(
    gathering_id: FromPath[uuid.UUID], request: AnyRequest, membership: SignedIn, database: TheDatabase
) -> Response[str]:
    """Who changed what, and when."""
    with database.reading() as session:
        gathering = actions.find(session, membership.organization_id, gathering_id)
        how = standing(session, gathering.id)
        entries, before = what_happened(
            session, membership.organization_id, gathering_id=gathering.id, before=before_of(request)
        )
    return workspace_page(
        *(request, "desk/history.html", membership, gathering, how, "history"), entries=entries, before=before
    )


def _confirming(
    request: AnyRequest,
    membership: Membership,
    database: Database,
    gathering_id: uuid.UUID,
    template: str,
    scope_words: Callable[[Session, Gathering], dict[str, str]] | None = None,
    **context: Any,
) -> Response[str]:
    """A page that says what a press will do: `told` counts guests by answer whom mail reaches, `shown` is one.

    `scope_words` says of each choice of days what it comes to.
    """
    planners_only(membership)
    with database.reading() as session:
        gathering = actions.find(session, membership.organization_id, gathering_id)
        how = standing(session, gathering.id)
        told = reached(session, gathering.id)
        shown = one_invited(session, gathering.id, coming=True)
        words = scope_words(session, gathering) if scope_words else {}
        also_then = clashes_with(session, gathering)
        without_a_trace = series.can_be_left_out(session, gathering)
        others = series.others_in(session, gathering, series.Scope.ALL) if gathering.series_id else []
    return workspace_page(
        *(request, template, membership, gathering, how, ""),
        told=told,
        shown=shown,
        scope_words=words,
        also_then=also_then,
        can_be_left_out=without_a_trace,
        others_published=any(one.status == Status.PUBLISHED for one in others),
        **context,
    )


@get("/gatherings/{gathering_id:uuid}/publish", sync_to_thread=True)
def publish_page(
    gathering_id: FromPath[uuid.UUID], request: AnyRequest, membership: SignedIn, database: TheDatabase
) -> Response[str]:
    """Says how many invitations leave with the publishing."""
    return _confirming(request, membership, database, gathering_id, "desk/publish.html", say_publishing)


@post("/gatherings/{gathering_id:uuid}/publish", sync_to_thread=True)
def publish(
    gathering_id: FromPath[uuid.UUID], data: Form, membership: SignedIn, database: TheDatabase
) -> Response[Any]:
    """Publishes a draft, or with it the whole series."""
    planners_only(membership)
    with database.writing() as session:
        gathering = actions.find(session, membership.organization_id, gathering_id, lock=True)
        if gathering.series_id and value(data, "scope") == "all":
            whole = series.find(session, membership.organization_id, gathering.series_id)
            series.publish(session, whole, actor=membership.actor)
        actions.publish(session, gathering, actor=membership.actor)
        invited = standing(session, gathering.id).invited
    return see(f"{url_of(gathering)}/sending" if invited else f"{url_of(gathering)}?done=published")


@get("/gatherings/{gathering_id:uuid}/cancel", sync_to_thread=True)
def cancel_page(
    gathering_id: FromPath[uuid.UUID],
    request: AnyRequest,
    membership: SignedIn,
    database: TheDatabase,
    settings: TheSettings,
) -> Response[str]:
    """Asks why, and says who is told."""
    return _confirming(
        *(request, membership, database, gathering_id, "desk/cancel.html", say_cancelling),
        programs_answer=programs_answer(settings, membership.organization),
    )


@post("/gatherings/{gathering_id:uuid}/cancel", sync_to_thread=True)
def cancel(
    gathering_id: FromPath[uuid.UUID], data: Form, membership: SignedIn, database: TheDatabase
) -> Response[Any]:
    """Calls an event off, or leaves a day out of its series of which nobody has heard (`leave_out`)."""
    planners_only(membership)
    with database.writing() as session:
        gathering = actions.find(session, membership.organization_id, gathering_id, lock=True)
        if "leave_out" in data:
            days = [one for one in series.beside(session, gathering) if one.id != gathering.id]
            series.leave_out(session, gathering, actor=membership.actor)
            nearest = next((one for one in days if one.starts_at > gathering.starts_at), days[-1])
            return see(f"{url_of(nearest)}?done=left-out")
        scope = series.scope_of(value(data, "scope") or "this")
        series.cancel(session, gathering, value(data, "reason"), scope, actor=membership.actor)
    return see(f"{url_of(gathering)}?done=cancelled")


@get("/gatherings/{gathering_id:uuid}/held", sync_to_thread=True)
def held_page(
    gathering_id: FromPath[uuid.UUID], request: AnyRequest, membership: SignedIn, database: TheDatabase
) -> Response[str]:
    """Says what follows when an event was held."""
    return _confirming(request, membership, database, gathering_id, "desk/held.html")


@post("/gatherings/{gathering_id:uuid}/held", sync_to_thread=True)
def hold(gathering_id: FromPath[uuid.UUID], membership: SignedIn, database: TheDatabase) -> Response[Any]:
    """Marks an event as held."""
    planners_only(membership)
    with database.writing() as session:
        gathering = actions.find(session, membership.organization_id, gathering_id, lock=True)
        actions.hold(session, gathering, actor=membership.actor)
    return see(f"{url_of(gathering)}/afterwards")


@get("/parts", sync_to_thread=True)
def parts_page(request: AnyRequest, membership: SignedIn) -> Response[str]:
    """Every part that pages are made of, beside each other."""
    return desk_page(request, "parts_page.html", membership, "", PALETTES=PALETTES)


routes: Final = [
    *today.routes,
    *editing.routes,
    all_events,
    overview,
    overview_part,
    history_page,
    publish_page,
    publish,
    cancel_page,
    cancel,
    held_page,
    hold,
    parts_page,
]
