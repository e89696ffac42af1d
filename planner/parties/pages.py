"""The desk's pages about people: the list, one party, what is typed in."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from planner.accounts.models import Membership
from planner.database import Database
from planner.dependencies import SignedIn, TheDatabase
from planner.desk import desk_page, planners_only
from planner.errors import FieldError, Invalid
from planner.i18n import gettext as _
from planner.paging import Pages, page_number, with_query
from planner.parties import actions, group_pages, import_pages
from planner.parties.editing import TypedParty, TypedPerson, save_party, typed_from
from planner.parties.erasing import erase
from planner.parties.groups import find_group, remove_from_group
from planner.parties.languages import known_languages, say_language
from planner.parties.models import Kind, Party
from planner.parties.queries import (
    Narrowing,
    aliases_of,
    asked_to,
    count_parties,
    list_groups,
    list_parties,
    party_lines,
)
from planner.security import hash_of
from planner.web import AnyRequest, Form, by_field, id_in, ids_in, see, value, whole_number

PARTIES_A_PAGE: Final = 50
ROWS: Final = 4


@get("/people", sync_to_thread=True)
def all_people(request: AnyRequest, membership: SignedIn, database: TheDatabase) -> Response[str]:
    """Everybody who can be invited."""
    query = {name: request.query_params.get(name, "").strip()[:100] for name in ("find", "kind", "group")}
    kind = query["kind"] if query["kind"] in set(Kind) else ""
    narrowing = Narrowing(query["find"], kind, id_in(query["group"]))
    with database.reading() as session:
        groups = list_groups(session, membership.organization_id)
        counts = count_parties(session, membership.organization_id, narrowing)
        pages = Pages(page_number(request), PARTIES_A_PAGE, counts[kind], "/manage/people", query)
        lines = list_parties(session, membership.organization_id, narrowing, PARTIES_A_PAGE, pages.offset)
    words = {"": _("All"), Kind.HOUSEHOLD: _("Households"), Kind.PROFESSIONAL: _("Professionals")}
    kinds = [
        (with_query("/manage/people", {**query, "kind": key}), words[key], counts[key], key == kind, "")
        for key in words
    ]
    return desk_page(
        *(request, "people/list.html", membership, "people"),
        lines=lines,
        pages=pages,
        kinds=kinds,
        groups=groups,
        find=narrowing.find,
        kind=kind,
        group_id=narrowing.group_id,
        counts_any=bool(counts[""]),
        narrowed=bool(narrowing.find or narrowing.group_id),
        say_language=say_language,
        said=_said(request),
    )


def _said(request: AnyRequest) -> str:
    name = request.query_params.get("name", "")[:200]
    match request.query_params.get("did", ""):
        case "added":
            return _("%(name)s is on your list now.") % {"name": name}
        case "erased":
            return _("%(name)s is erased.") % {"name": name}
        case "removed":
            return _("Taken out of %(name)s.") % {"name": name}
        case "dropped":
            return _("Nothing was imported. The file is deleted.")
    return ""


@get("/people/new", sync_to_thread=True)
def new_party(request: AnyRequest, membership: SignedIn, database: TheDatabase) -> Response[str]:
    """An empty form."""
    planners_only(membership)
    wanted = request.query_params.get("kind", "")
    typed = TypedParty(kind=wanted if wanted in set(Kind) else Kind.HOUSEHOLD)
    with database.reading() as session:
        return _form(request, session, membership, None, typed, {})


@post("/people/new", sync_to_thread=True)
def add_party(request: AnyRequest, data: Form, membership: SignedIn, database: TheDatabase) -> Response[Any]:
    """Makes a household or a professional."""
    planners_only(membership)
    errors: list[FieldError] = []
    typed = _typed(data, errors)
    try:
        if errors:
            raise Invalid(errors)
        party = _saved(database, membership, None, typed)
    except Invalid as invalid:
        with database.reading() as session:
            return _form(request, session, membership, None, typed, by_field(errors or invalid.errors))
    if "another" in data:
        return see(with_query("/manage/people/new", {"kind": typed.kind, "did": "added", "name": party.name}))
    return see(with_query(f"/manage/people/{party.id}", {"did": "added", "name": party.name}))


def _saved(database: Database, membership: Membership, party_id: uuid.UUID | None, typed: TypedParty) -> Party:
    try:
        with database.writing() as session:
            party = actions.find(session, membership.organization_id, party_id) if party_id else None
            return save_party(session, membership.organization_id, party, typed, actor=membership.actor)
    except IntegrityError as error:
        # In the same moment somebody else took the address.
        raise Invalid.field(
            "name", _("Somebody else changed this in the same moment. Please save again.")
        ) from error


def _typed(data: Mapping[str, Any], errors: list[FieldError]) -> TypedParty:
    people = []
    for number in range(1, 100):
        at = f"person-{number}-"
        if at + "name" not in data:
            break
        people.append(
            TypedPerson(
                id_in(value(data, at + "id")), *(value(data, at + field) for field in ("name", "email", "phone"))
            )
        )
    return TypedParty(
        kind=value(data, "kind"),
        name=value(data, "name"),
        people=people,
        adults=whole_number(data, "adults", errors),
        children=whole_number(data, "children", errors),
        language=value(data, "language"),
        profession=value(data, "profession"),
        group_ids=ids_in(data, "group"),
        new_group=value(data, "new_group"),
    )


@get("/people/{party_id:uuid}", sync_to_thread=True)
def one_party(
    party_id: FromPath[uuid.UUID], request: AnyRequest, membership: SignedIn, database: TheDatabase
) -> Response[str]:
    """One party: who belongs to it, what it was invited to."""
    with database.reading() as session:
        party = actions.find(session, membership.organization_id, party_id)
        return _form(request, session, membership, party, _stored(session, party), {})


def _stored(session: Session, party: Party) -> TypedParty:
    line = party_lines(session, party.organization_id, [party])[0]
    return typed_from(party, line.people, [group.id for group in line.groups])


def _form(
    request: AnyRequest,
    session: Session,
    membership: Membership,
    party: Party | None,
    typed: TypedParty,
    errors: dict[str, str],
    *,
    meanwhile: bool = False,
    address: str = "",
) -> Response[str]:
    rows = max(ROWS, len(typed.people) + 1)
    people = [*typed.people, *(TypedPerson() for _row in range(rows - len(typed.people)))]
    line = party_lines(session, party.organization_id, [party])[0] if party else None
    stored = _stored(session, party) if party else None
    codes = known_languages(typed.language)
    return desk_page(
        *(request, "people/party.html", membership, "people", 422 if errors else 409 if meanwhile else 200),
        party=party,
        line=line,
        typed=typed,
        people=people,
        stored=stored,
        seen=_mark(stored) if stored else "",
        groups=list_groups(session, membership.organization_id),
        languages_known=[("", _("not known"))] + [(code, say_language(code)) for code in codes],
        asked=asked_to(session, party) if party else [],
        aliases=aliases_of(session, party) if party else [],
        errors=errors,
        meanwhile=meanwhile,
        address=address,
        say_language=say_language,
        said=_said(request),
    )


def _mark(stored: TypedParty) -> str:
    """What a form is built on, so that two who change at once are told."""
    return hash_of(repr(stored))[:16]


@post("/people/{party_id:uuid}", sync_to_thread=True)
def change_party(
    party_id: FromPath[uuid.UUID], request: AnyRequest, data: Form, membership: SignedIn, database: TheDatabase
) -> Response[Any]:
    """Changes a party."""
    planners_only(membership)
    errors: list[FieldError] = []
    typed = _typed(data, errors)
    with database.reading() as session:
        party = actions.find(session, membership.organization_id, party_id)
        typed.kind = party.kind
        if value(data, "seen") != _mark(_stored(session, party)):
            return _form(request, session, membership, party, typed, {}, meanwhile=True)
    try:
        if errors:
            raise Invalid(errors)
        _saved(database, membership, party_id, typed)
    except Invalid as invalid:
        with database.reading() as session:
            party = actions.find(session, membership.organization_id, party_id)
            return _form(request, session, membership, party, typed, by_field(errors or invalid.errors))
    return see(f"/manage/people/{party_id}?done=saved")


@post("/people/{party_id:uuid}/address", sync_to_thread=True)
def mend(
    party_id: FromPath[uuid.UUID], request: AnyRequest, data: Form, membership: SignedIn, database: TheDatabase
) -> Response[Any]:
    """Puts an address right that mail doesn't reach, and sends what is open there."""
    planners_only(membership)
    old, new = value(data, "old"), value(data, "email")
    try:
        with database.writing() as session:
            party = actions.find(session, membership.organization_id, party_id)
            actions.mend_address(session, party, old or None, new, actor=membership.actor)
    except Invalid as invalid:
        with database.reading() as session:
            party = actions.find(session, membership.organization_id, party_id)
            errors = by_field(invalid.errors)
            return _form(request, session, membership, party, _stored(session, party), errors, address=new)
    return see(f"/manage/people/{party_id}?done=address")


@post("/people/{party_id:uuid}/leave-group", sync_to_thread=True)
def leave_group(
    party_id: FromPath[uuid.UUID], data: Form, membership: SignedIn, database: TheDatabase
) -> Response[Any]:
    """Takes a party out of a group; back to where that was pressed."""
    planners_only(membership)
    with database.writing() as session:
        party = actions.find(session, membership.organization_id, party_id)
        group = find_group(session, membership.organization_id, id_in(value(data, "group")) or party_id)
        remove_from_group(session, group, party.id)
    path = f"/manage/people/groups/{group.id}" if "from_group" in data else f"/manage/people/{party_id}"
    return see(with_query(path, {"did": "removed", "name": group.name}))


@get("/people/{party_id:uuid}/erase", sync_to_thread=True)
def ask_before_erasing(
    party_id: FromPath[uuid.UUID], request: AnyRequest, membership: SignedIn, database: TheDatabase
) -> Response[str]:
    """Says what goes and what stays, before a party is forgotten."""
    planners_only(membership)
    with database.reading() as session:
        party = actions.find(session, membership.organization_id, party_id)
        asked = asked_to(session, party)
        return desk_page(
            *(request, "people/erase.html", membership, "people"),
            party=party,
            asked=asked,
            ahead=[one for one in asked if one.gathering.is_open and not one.invitation.withdrawn_at],
        )


@post("/people/{party_id:uuid}/erase", sync_to_thread=True)
def forget(
    party_id: FromPath[uuid.UUID], data: Form, membership: SignedIn, database: TheDatabase
) -> Response[Any]:
    """Forgets a party for good."""
    planners_only(membership)
    with database.writing() as session:
        party = actions.find(session, membership.organization_id, party_id)
        name = party.name
        erase(session, party, actor=membership.actor)
    return see(with_query("/manage/people", {"did": "erased", "name": name}))


routes: list[Any] = [
    *(all_people, new_party, add_party, one_party, change_party, mend, leave_group, ask_before_erasing, forget),
    *group_pages.routes,
    *import_pages.routes,
]
