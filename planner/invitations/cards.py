"""Invitations on paper: a quilt, the day, a QR code of the party's own link, a slip to cut off."""

from __future__ import annotations

import uuid
from typing import Any, Final
from unicodedata import east_asian_width

from litestar import Response, get
from litestar.params import FromPath
from markupsafe import Markup

from planner.calendars.links import qr_code
from planner.dependencies import SignedIn, TheDatabase, TheSettings, TheSigner
from planner.desk import desk_page, planners_only, url_of
from planner.errors import NotFound
from planner.gatherings import actions as gatherings
from planner.gatherings.models import Gathering
from planner.i18n import gettext as _
from planner.invitations.links import rsvp_url
from planner.invitations.queries import Guest, guest, guests
from planner.markdown import to_lines
from planner.rsvps.queries import NAMES_ITSELF
from planner.security import LinkSigner
from planner.settings import Settings
from planner.times import say_day, say_hours
from planner.web import AnyRequest, id_in

_MOST: Final = 500
_EXCERPT: Final = 240
# Letters beside the QR code, with the quilt at its lowest, on Letter, which is shorter than A4.
_ROOM: Final = 1_060


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
        lines=_lines(gathering),
        cards=[_card(gathering, row, settings, signer) for row in rows],
    )


def _lines(gathering: Gathering) -> list[str]:
    """The day, the hours, the place."""
    start, end = gathering.local_start, gathering.local_end
    return [say_day(start), say_hours(start, end, gathering.time_zone), *filter(None, [gathering.venue])]


def _card(gathering: Gathering, row: Guest, settings: Settings, signer: LinkSigner) -> dict[str, Any]:
    link = rsvp_url(settings, signer, row.invitation_id, row.link_version)
    words, size = _fitted(gathering, row)
    qr = Markup(qr_code(link))  # noqa: S704  (made by us)
    return {"greeting": _greeting(row), "qr": qr, "words": words, "size": size}


def _fitted(gathering: Gathering, row: Guest) -> tuple[list[str], str]:
    """What of the description is on a card, and how large its words may be: a card is one sheet in any case.

    Each letter counts by the room that it takes there, as so many letters of the description.
    """
    words = _excerpt(gathering.description)
    title, names = _letters(gathering.title), _letters(gathering.organization.name + row.name)
    wanted = 1.4 * names + 2 * _letters("".join(_lines(gathering))) + _letters("".join(words))
    if wanted + 7.5 * title <= _ROOM:
        return words, ""
    return (words, "long") if wanted + 2.6 * title <= _ROOM else ([], "long tight")


def _letters(words: str) -> float:
    """How many; a capital, or a sign as wide as it is high, takes more room."""
    return sum(1.6 if one.isupper() or east_asian_width(one) in "FW" else 1 for one in words)


def _excerpt(description: str) -> list[str]:
    """As many of its lines as there is room for."""
    words = "\n".join(to_lines(description))
    if len(words) > _EXCERPT:
        words = words[:_EXCERPT].rsplit(maxsplit=1)[0] + "…"
    return words.splitlines()


def _greeting(row: Guest) -> Markup:
    """The Haddad household; a professional, or a household whose name says that it is one, by the name alone."""
    name = Markup("<bdi>{}</bdi>").format(row.name)
    if row.is_household and not NAMES_ITSELF.search(row.name):
        return Markup(_("the %(name)s household")) % {"name": name}  # noqa: S704  (ours)
    return name


routes: Final = [cards]
