"""The guest list at the desk: its pages, its table for spreadsheets."""

from __future__ import annotations

import uuid
from typing import Any, Final

from litestar import Response, get
from litestar.params import FromPath

from planner.accounts.models import Membership
from planner.database import Database
from planner.dependencies import SignedIn, TheDatabase, TheSettings, TheSigner
from planner.desk import url_of, workspace_page
from planner.gatherings import actions as gatherings
from planner.gatherings.models import Gathering
from planner.gatherings.standing import STATES, Standing, standing
from planner.history import JUST_NOW
from planner.i18n import gettext as _
from planner.invitations.links import rsvp_url
from planner.invitations.queries import guests, number_of_guests, stopped_addresses
from planner.paging import Pages, page_number, with_query
from planner.parties.languages import say_language
from planner.security import LinkSigner
from planner.settings import Settings
from planner.spreadsheets import write_csv
from planner.web import AnyRequest

GUESTS_A_PAGE: Final = 50


@get("/gatherings/{gathering_id:uuid}/guests", sync_to_thread=True)
def guest_list(
    gathering_id: FromPath[uuid.UUID],
    request: AnyRequest,
    membership: SignedIn,
    database: TheDatabase,
    settings: TheSettings,
    signer: TheSigner,
) -> Response[str]:
    """Who is invited and what they said."""
    return _guest_list(gathering_id, request, membership, database, settings, signer, "desk/guests.html")


@get("/gatherings/{gathering_id:uuid}/guests/part", sync_to_thread=True)
def guest_list_part(
    gathering_id: FromPath[uuid.UUID],
    request: AnyRequest,
    membership: SignedIn,
    database: TheDatabase,
    settings: TheSettings,
    signer: TheSigner,
) -> Response[str]:
    """What of it changes while one looks."""
    return _guest_list(gathering_id, request, membership, database, settings, signer, "desk/guests_part.html")


def _guest_list(
    gathering_id: uuid.UUID,
    request: AnyRequest,
    membership: Membership,
    database: Database,
    settings: Settings,
    signer: LinkSigner,
    template: str,
) -> Response[str]:
    state = request.query_params.get("answer", "")
    state = state if state in STATES else ""
    find = request.query_params.get("find", "").strip()[:100]
    with database.reading() as session:
        gathering = gatherings.find(session, membership.organization_id, gathering_id)
        how = standing(session, gathering.id)
        total = how.by_state[state] if state else how.invited
        if find:
            total = number_of_guests(session, gathering.id, state, find)
        path, query = f"{url_of(gathering)}/guests", {"answer": state, "find": find}
        pages = Pages(page_number(request), GUESTS_A_PAGE, total, path, query)
        rows = guests(session, gathering.id, state=state, find=find, limit=GUESTS_A_PAGE, offset=pages.offset)
        party_ids = [row.party_id for row in rows]
        stopped = stopped_addresses(session, membership.organization_id, party_ids)
    return workspace_page(
        *(request, template, membership, gathering, how, "guests"),
        rows=rows,
        pages=pages,
        stopped=stopped,
        link_of=lambda row: rsvp_url(settings, signer, row.invitation_id, row.link_version),
        choices=_filters(how, path, find, state, gathering.is_over),
        answer=state,
        find=find,
        part_url=with_query(f"{path}/part", {**query, "page": str(pages.number)}),
        just_now=JUST_NOW,
        say_language=say_language,
        say_source=say_source,
    )


def _filters(how: Standing, path: str, find: str, state: str, over: bool) -> list[tuple[str, str, int, bool, str]]:
    words = state_words(over)
    return [
        (with_query(path, {"find": find}), _("All"), how.invited, not state, ""),
        *(
            (with_query(path, {"answer": name, "find": find}), words[name], number, name == state, name)
            for name, number in how.by_state.items()
        ),
    ]


def state_words(over: bool) -> dict[str, str]:
    """The five states in a word; `over`: nobody answers any more."""
    return {
        "accepted": _("Yes"),
        "waiting": _("Waiting"),
        "tentative": _("Maybe"),
        "unanswered": _("No answer") if over else _("No answer yet"),
        "declined": _("No"),
    }


def say_source(source: str | None) -> str:
    """Where an answer came from."""
    words = {"link": _("by link"), "calendar": _("in the calendar"), "desk": _("at the desk")}
    return words.get(source or "", "")


@get("/gatherings/{gathering_id:uuid}/guests.csv", sync_to_thread=True)
def guest_table(gathering_id: FromPath[uuid.UUID], membership: SignedIn, database: TheDatabase) -> Response[bytes]:
    """The guest list for spreadsheet programs."""
    with database.reading() as session:
        gathering = gatherings.find(session, membership.organization_id, gathering_id)
        rows = guests(session, gathering.id)
    words = state_words(gathering.is_over)
    header = [
        *(_("Name"), _("Kind"), _("Profession"), _("Language"), _("E-mail"), _("Answer")),
        *(_("Adults"), _("Children"), _("Note"), _("Answered at"), _("How"), _("Invited at")),
    ]
    kinds = {"household": _("Household"), "professional": _("Professional")}
    table = (
        [
            *(row.name, kinds[row.kind], row.profession, say_language(row.language), row.email),
            *(words[row.state], row.adults, row.children, row.note),
            *(_local(row.answered_at, gathering), say_source(row.source), _local(row.invited_at, gathering)),
        ]
        for row in rows
    )
    name = f"{gathering.slug}-guests.csv"
    return Response(
        write_csv(header, table),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


def _local(moment: Any, gathering: Gathering) -> str:
    return f"{moment.astimezone(gathering.zone):%Y-%m-%d %H:%M}" if moment else ""


routes: Final = [guest_list, guest_list_part, guest_table]
