"""Inviting, at the desk."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath
from sqlalchemy.orm import Session

from planner.accounts.models import Membership
from planner.database import Database
from planner.dependencies import SignedIn, TheDatabase
from planner.desk import desk_page, planners_only, url_of, workspace_page
from planner.errors import FieldError, Invalid
from planner.gatherings import actions as gatherings
from planner.gatherings.models import Gathering
from planner.gatherings.standing import standing
from planner.i18n import available_languages, own_name
from planner.invitations import actions, cards, guests, messages, one_guest
from planner.invitations.choosing import (
    Asked,
    Ticked,
    asked_now,
    groups_to_invite,
    number_of_parties,
    one_asked,
    one_invited,
    parties_to_invite,
)
from planner.paging import Pages
from planner.parties import actions as parties
from planner.parties.actions import PartyFields
from planner.parties.languages import say_language
from planner.parties.models import Kind, Party
from planner.series import actions as series
from planner.series.actions import Scope, scope_of
from planner.series.numbers import say_inviting
from planner.web import AnyRequest, Form, by_field, ids_in, number_in, see, value, whole_number

PARTIES_A_PAGE: Final = 30
_NEW: Final = ("kind", "name", "email", "adults", "children")


class Choice(Ticked, kw_only=True):
    """What is ticked and typed on the page: whom to invite, to which days, and with which words."""

    new: dict[str, str]
    words: str
    find: str
    page: int
    scope: Scope


def _choice(data: Mapping[str, Any]) -> Choice:
    return Choice(
        group_ids=ids_in(data, "group"),
        party_ids=list(dict.fromkeys(ids_in(data, "party"))),
        everyone="everyone" in data,
        new={name: value(data, name) for name in _NEW},
        words=value(data, "words"),
        find=value(data, "find").strip()[:100],
        page=number_in(value(data, "page")) or 1,
        scope=scope_of(value(data, "scope") or "this"),
    )


def _new_party(choice: Choice) -> PartyFields | None:
    """The household or professional that was typed, if one was. Raises Invalid for numbers that are none."""
    if not choice.new["name"].strip() and not choice.new["email"].strip():
        return None
    errors: list[FieldError] = []
    adults, children = (whole_number(choice.new, name, errors) for name in ("adults", "children"))
    if errors:
        raise Invalid(errors)
    kind = Kind.PROFESSIONAL if choice.new["kind"] == Kind.PROFESSIONAL else Kind.HOUSEHOLD
    return PartyFields(
        kind=kind,
        name=choice.new["name"],
        email=choice.new["email"].strip() or None,
        adults=adults,
        children=children,
    )


@get("/gatherings/{gathering_id:uuid}/invite", sync_to_thread=True)
def invite_page(
    gathering_id: FromPath[uuid.UUID], request: AnyRequest, membership: SignedIn, database: TheDatabase
) -> Response[str]:
    """Groups, people, one more by name; beside it the mail that they get."""
    planners_only(membership)
    return _invite_page(request, membership, database, gathering_id, _choice(dict(request.query_params)))


def _invite_page(
    request: AnyRequest,
    membership: Membership,
    database: Database,
    gathering_id: uuid.UUID,
    choice: Choice,
    status: int = 200,
    errors: dict[str, str] | None = None,
    changed: bool = False,
) -> Response[str]:
    organization_id = membership.organization_id
    with database.reading() as session:
        gathering = _open(session, membership, gathering_id)
        how = standing(session, gathering.id)
        days = _days(session, gathering, choice.scope)
        # Whoever lacks one of all days may be chosen: for which they are asked is chosen beside it.
        offered = _days(session, gathering, Scope.ALL) if gathering.series_id else days
        groups = groups_to_invite(session, organization_id, _ids(days))
        total = number_of_parties(session, organization_id, choice.find)
        everyone = number_of_parties(session, organization_id) if choice.find else total
        pages = Pages(choice.page, PARTIES_A_PAGE, total, f"{url_of(gathering)}/invite", {})
        found = parties_to_invite(
            session,
            organization_id,
            _ids(offered),
            find=choice.find,
            limit=PARTIES_A_PAGE,
            offset=pages.offset,
        )
        shown = {line.party.id for line in found}
        elsewhere = [party_id for party_id in choice.party_ids if party_id not in shown]
        kept = parties_to_invite(session, organization_id, _ids(offered), ids=elsewhere) if elsewhere else []
        asked = _count(session, organization_id, days, choice)
        example = _shown(session, organization_id, days, choice)
        scope_words = say_inviting(session, gathering)
    return workspace_page(
        *(request, "desk/invite.html", membership, gathering, how, "guests", status),
        groups=groups,
        found=found,
        kept=kept,
        pages=pages,
        choice=choice,
        days=days,
        scope=choice.scope.value,
        scope_words=scope_words,
        everyone=everyone,
        asked=asked,
        sent_for=_sent_for(asked, days),
        shown=example,
        live=False,
        changed=changed,
        errors=errors or {},
        preview_languages=preview_languages(membership),
        say_language=say_language,
    )


def _days(session: Session, gathering: Gathering, scope: Scope, lock: bool = False) -> list[Gathering]:
    """The gathering and the others to which is invited with it, in order."""
    others = series.others_in(session, gathering, scope, lock)
    return sorted((gathering, *others), key=lambda one: one.starts_at)


def _ids(days: Sequence[Gathering]) -> list[uuid.UUID]:
    return [one.id for one in days]


def _open(session: Session, membership: Membership, gathering_id: uuid.UUID) -> Gathering:
    gathering = gatherings.find(session, membership.organization_id, gathering_id)
    actions.refuse_unless_open(gathering)
    return gathering


def preview_languages(membership: Membership) -> list[tuple[str, str]]:
    """The languages in which the organisation's mails exist."""
    return [(code, own_name(code)) for code in available_languages() if code in membership.organization.languages]


def _count(session: Session, organization_id: uuid.UUID, days: Sequence[Gathering], choice: Choice) -> Asked:
    asked = asked_now(session, organization_id, _ids(days), choice)
    if choice.new["name"].strip():
        asked.by_mail += bool(choice.new["email"].strip())
        if choice.new["kind"] == Kind.PROFESSIONAL:
            asked.professionals += 1
        else:
            asked.households += 1
    return asked


def _shown(
    session: Session, organization_id: uuid.UUID, days: Sequence[Gathering], choice: Choice
) -> Party | None:
    """Whose invitation is shown: one of those who are asked now, else one who is invited already."""
    return one_asked(session, organization_id, _ids(days), choice) or one_invited(session, days[0].id)


def _sent_for(asked: Asked, days: Sequence[Gathering]) -> str:
    """What a press on the button was for: so many guests, on so many days."""
    return f"{asked.parties}" if len(days) == 1 else f"{asked.parties}x{len(days)}"


@post("/gatherings/{gathering_id:uuid}/invite/asked", sync_to_thread=True)
def asked_part(
    gathering_id: FromPath[uuid.UUID], request: AnyRequest, data: Form, membership: SignedIn, database: TheDatabase
) -> Response[str]:
    """How many a choice asks, while one ticks; nothing is changed."""
    planners_only(membership)
    with database.reading() as session:
        gathering = _open(session, membership, gathering_id)
        choice = _choice(data)
        days = _days(session, gathering, choice.scope)
        asked = _count(session, membership.organization_id, days, choice)
        shown = _shown(session, membership.organization_id, days, choice)
    return desk_page(
        *(request, "desk/invite_asked.html", membership, "events", 200),
        gathering=gathering,
        gathering_url=url_of(gathering),
        asked=asked,
        choice=choice,
        days=days,
        sent_for=_sent_for(asked, days),
        shown=shown,
        preview_languages=preview_languages(membership),
        live=True,
    )


@post("/gatherings/{gathering_id:uuid}/invite", sync_to_thread=True)
def invite(
    gathering_id: FromPath[uuid.UUID], request: AnyRequest, data: Form, membership: SignedIn, database: TheDatabase
) -> Response[Any]:
    """Invites those that were counted before; where the number is another one now, it is said first."""
    planners_only(membership)
    choice = _choice(data)
    if "to_page" in data:
        choice.page = number_in(value(data, "to_page")) or 1
        return _invite_page(request, membership, database, gathering_id, choice)
    if "look" in data or "send" not in data:
        choice.page = 1 if "look" in data else choice.page
        return _invite_page(request, membership, database, gathering_id, choice)
    try:
        new = _new_party(choice)
        with database.reading() as session:
            days = _days(session, _open(session, membership, gathering_id), choice.scope)
            asked = _count(session, membership.organization_id, days, choice)
        if value(data, "send") != _sent_for(asked, days) and asked.parties:
            return _invite_page(request, membership, database, gathering_id, choice, 409, changed=True)
        with database.writing() as session:
            gathering = gatherings.find(session, membership.organization_id, gathering_id, lock=True)
            days = _days(session, gathering, choice.scope, lock=True)
            _invite(session, membership, days, choice, new)
    except Invalid as invalid:
        errors = by_field(invalid.errors)
        return _invite_page(request, membership, database, gathering_id, choice, 422, errors)
    if asked.by_mail and any(one.is_open for one in days):
        return see(f"{url_of(gathering)}/sending")
    return see(f"{url_of(gathering)}/guests?done=invited&n={asked.parties}")


def _invite(
    session: Session, membership: Membership, days: Sequence[Gathering], choice: Choice, new: PartyFields | None
) -> None:
    ids = list(choice.party_ids)
    if choice.everyone:
        everyone = parties_to_invite(session, membership.organization_id, _ids(days))
        ids += [line.party.id for line in everyone]
    if new is not None:
        clean = parties.checked([new], address_needed=False, at="")
        ids += parties.find_or_make(session, membership.organization_id, clean)
    actions.invite(
        session,
        days[0],
        others=days[1:],
        party_ids=ids,
        group_ids=choice.group_ids,
        words=choice.words,
        actor=membership.actor,
    )


routes: Final = [
    *guests.routes,
    *one_guest.routes,
    *messages.routes,
    *cards.routes,
    invite_page,
    asked_part,
    invite,
]
