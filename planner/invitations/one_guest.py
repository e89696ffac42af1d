"""One guest at the desk: the answer, the link, the addresses, and what can be done about them."""

from __future__ import annotations

import uuid
from typing import Any, Final

import sqlalchemy as sa
from litestar import Response, get, post
from litestar.params import FromPath
from sqlalchemy.orm import Session

from events.log import LogEntry
from planner.accounts.models import Membership
from planner.database import Database
from planner.dependencies import SignedIn, TheDatabase, TheSettings, TheSigner
from planner.desk import planners_only, url_of, workspace_page
from planner.errors import Invalid, NotFound, Refused
from planner.gatherings import actions as gatherings
from planner.gatherings.models import Gathering
from planner.gatherings.standing import standing
from planner.i18n import gettext as _
from planner.invitations import actions
from planner.invitations.guests import say_source
from planner.invitations.links import rsvp_url
from planner.invitations.queries import Guest, guest, stopped_addresses
from planner.parties import actions as parties
from planner.parties.languages import say_language
from planner.parties.models import Party
from planner.security import LinkSigner
from planner.series.versions import hold_series_of
from planner.settings import Settings
from planner.web import AnyRequest, Form, see, value


@get("/gatherings/{gathering_id:uuid}/guests/{invitation_id:uuid}", sync_to_thread=True)
def one_guest(
    gathering_id: FromPath[uuid.UUID],
    invitation_id: FromPath[uuid.UUID],
    request: AnyRequest,
    membership: SignedIn,
    database: TheDatabase,
    settings: TheSettings,
    signer: TheSigner,
) -> Response[str]:
    """A guest: the answer, the link, the address, and what can be done about them."""
    return guest_page(gathering_id, invitation_id, request, membership, database, settings, signer)


def guest_page(
    gathering_id: uuid.UUID,
    invitation_id: uuid.UUID,
    request: AnyRequest,
    membership: Membership,
    database: Database,
    settings: Settings,
    signer: LinkSigner,
    status: int = 200,
    **context: Any,
) -> Response[str]:
    """That page, also for the forms on it that come back."""
    with database.reading() as session:
        gathering, row = _find(session, membership, gathering_id, invitation_id)
        how = standing(session, gathering.id)
        stopped = stopped_addresses(session, membership.organization_id, [row.party_id]).get(row.party_id)
        addresses = _addresses(session, row.party_id)
        answers = _answers(session, gathering.id, invitation_id)
    return workspace_page(
        *(request, "desk/guest.html", membership, gathering, how, "guests", status),
        **{
            "row": row,
            "stopped": stopped,
            "addresses": addresses,
            "answers": answers,
            "link": rsvp_url(settings, signer, invitation_id, row.link_version),
            "say_language": say_language,
            "say_source": say_source,
            "errors": {},
            "typed": "",
            **context,
        },
    )


def _find(
    session: Session, membership: Membership, gathering_id: uuid.UUID, invitation_id: uuid.UUID
) -> tuple[Gathering, Guest]:
    gathering = gatherings.find(session, membership.organization_id, gathering_id)
    row = guest(session, invitation_id, gathering.id)
    if row is None:
        raise NotFound(_("This guest is not on the list (any more)."))
    return gathering, row


def _addresses(session: Session, party_id: uuid.UUID) -> list[tuple[str, str]]:
    """Names and addresses of the party's adults, and its own where it is none of theirs."""
    party = session.get_one(Party, party_id)
    adults = [member.person for member in party.members if member.role == "adult"]
    found = [(person.name, person.email or "", person.email_key) for person in adults]
    if party.email and party.email_key not in {key for _name, _email, key in found}:
        found.insert(0, ("", party.email, party.email_key))
    return [(name, email) for name, email, _key in found if name or email]


def _answers(session: Session, gathering_id: uuid.UUID, invitation_id: uuid.UUID) -> list[dict[str, Any]]:
    """What a guest answered over time, the latest first."""
    query = (
        sa.select(LogEntry.occurred_at, LogEntry.data)
        .where(
            LogEntry.gathering_id == gathering_id,
            LogEntry.type == "RsvpRecorded",
            LogEntry.data["invitation_id"].as_string() == str(invitation_id),
        )
        .order_by(LogEntry.id.desc())
        .limit(50)
    )
    return [{**data, "at": at} for at, data in session.execute(query)]


@post("/gatherings/{gathering_id:uuid}/guests/{invitation_id:uuid}", sync_to_thread=True)
def about_guest(
    gathering_id: FromPath[uuid.UUID],
    invitation_id: FromPath[uuid.UUID],
    request: AnyRequest,
    data: Form,
    membership: SignedIn,
    database: TheDatabase,
    settings: TheSettings,
    signer: TheSigner,
) -> Response[Any]:
    """What a press on a guest's page does (`do`): link again, new link, withdraw, another address."""
    planners_only(membership)
    # A page with several addresses has a field for each.
    wanted, at = value(data, "do"), value(data, "at") or "email"
    try:
        with database.writing() as session:
            hold_series_of(session, gathering_id)
            invitation = actions.find(session, membership.organization_id, invitation_id, lock=True)
            gathering = invitation.gathering
            match wanted:
                case "send-link":
                    actions.send_link_again(session, invitation, actor=membership.actor)
                    done = "link-sent"
                case "renew-link":
                    actions.renew_link(session, invitation, actor=membership.actor)
                    done = "link-renewed"
                case "withdraw" | "withdraw-and-tell":
                    tell = wanted == "withdraw-and-tell"
                    actions.withdraw(session, invitation, tell=tell, actor=membership.actor)
                    done = "withdrawn-told" if tell else "withdrawn"
                case "mend":
                    old, new = value(data, "old") or None, value(data, at)
                    parties.mend_address(session, invitation.party, old, new, actor=membership.actor)
                    done = "address"
                case _:
                    raise Refused(_("This could not be understood."))
    except Invalid as invalid:
        return guest_page(
            *(gathering_id, invitation_id, request, membership, database, settings, signer, 422),
            errors={at: invalid.detail},
            typed=value(data, at),
        )
    page = f"{url_of(gathering)}/guests"
    return see(f"{page}?done={done}" if done.startswith("withdrawn") else f"{page}/{invitation_id}?done={done}")


routes: Final = [one_guest, about_guest]
