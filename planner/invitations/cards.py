"""Invitations on paper: a quilt, the day, a QR code of the party's own link, a slip to cut off."""

from __future__ import annotations

import uuid
from typing import Any, Final

from litestar import Response, get
from litestar.params import FromPath
from markupsafe import Markup

from planner.calendars.links import qr_code
from planner.dependencies import SignedIn, TheDatabase, TheSettings, TheSigner
from planner.desk import desk_page, planners_only, url_of
from planner.errors import NotFound
from planner.gatherings import actions as gatherings
from planner.i18n import gettext as _
from planner.invitations.links import rsvp_url
from planner.invitations.queries import Guest, guest, guests
from planner.markdown import to_lines
from planner.rsvps.queries import NAMES_ITSELF
from planner.security import LinkSigner
from planner.settings import Settings
from planner.web import AnyRequest, id_in

_MOST: Final = 500
_EXCERPT: Final = 240


@get("/gatherings/{gathering_id:uuid}/cards", sync_to_thread=True)
def cards(
    gathering_id: FromPath[uuid.UUID],
    request: AnyRequest,
    membership: SignedIn,
    database: TheDatabase,
    settings: TheSettings,
    signer: TheSigner,
) -> Response[str]:
    """Cards to print: `?invitation=` for one party, else for all that have no mail address."""
    planners_only(membership)
    with database.reading() as session:
        gathering = gatherings.find(session, membership.organization_id, gathering_id)
        if asked := request.query_params.get("invitation"):
            invitation_id = id_in(asked)
            row = guest(session, invitation_id, gathering.id) if invitation_id else None
            if row is None:
                raise NotFound(_("This guest is not on the list (any more)."))
            rows = [row]
        else:
            rows = guests(session, gathering.id, without_address=True, limit=_MOST)
    return desk_page(
        *(request, "desk/cards.html", membership, "events"),
        gathering=gathering,
        gathering_url=url_of(gathering),
        cards=[_card(row, settings, signer) for row in rows],
        greeting_of=_greeting,
        excerpt=_excerpt(gathering.description),
    )


def _card(row: Guest, settings: Settings, signer: LinkSigner) -> dict[str, Any]:
    link = rsvp_url(settings, signer, row.invitation_id, row.link_version)
    return {"guest": row, "link": link, "qr": Markup(qr_code(link))}  # noqa: S704  (made by us)


def _excerpt(description: str) -> list[str]:
    """As many of its lines as there is room for."""
    words = "\n".join(to_lines(description))
    if len(words) > _EXCERPT:
        words = words[:_EXCERPT].rsplit(maxsplit=1)[0] + "…"
    return words.splitlines()


def _greeting(row: Guest) -> str:
    """The Haddad household; a professional, or a household whose name says that it is one, by the name alone."""
    if row.is_household and not NAMES_ITSELF.search(row.name):
        return _("the %(name)s household") % {"name": row.name}
    return row.name


routes: Final = [cards]
