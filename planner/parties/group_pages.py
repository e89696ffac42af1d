"""The desk's pages about groups of people: a class, a reading circle."""

from __future__ import annotations

import uuid
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath
from sqlalchemy.orm import Session

from planner.accounts.models import Membership
from planner.database import Database
from planner.dependencies import SignedIn, TheDatabase
from planner.desk import desk_page, planners_only
from planner.errors import Invalid
from planner.i18n import gettext as _
from planner.i18n import ngettext
from planner.paging import Pages, page_number, with_query
from planner.parties.groups import add_to_group, delete_group, find_group, make_group, rename_group
from planner.parties.languages import say_language
from planner.parties.models import Group
from planner.parties.queries import Narrowing, count_parties, list_groups, list_parties, parties_outside
from planner.web import AnyRequest, Form, by_field, ids_in, number_in, see, value

MEMBERS_A_PAGE: Final = 100
FOUND_MOST: Final = 20


@get("/people/groups", sync_to_thread=True)
def all_groups(request: AnyRequest, membership: SignedIn, database: TheDatabase) -> Response[str]:
    """All groups and how large they are."""
    return _groups(request, membership, database, {}, "")


def _groups(
    request: AnyRequest, membership: Membership, database: Database, errors: dict[str, str], name: str
) -> Response[str]:
    with database.reading() as session:
        groups = list_groups(session, membership.organization_id)
    return desk_page(
        *(request, "people/groups.html", membership, "people", 422 if errors else 200),
        groups=groups,
        errors=errors,
        name=name,
        said=_said(request),
    )


def _said(request: AnyRequest) -> str:
    name = request.query_params.get("name", "")[:200]
    number = number_in(request.query_params.get("n", ""))
    match request.query_params.get("did", ""):
        case "made":
            return _("The group %(name)s is made. Now put people into it.") % {"name": name}
        case "deleted":
            return _("The group %(name)s is deleted. Its people stay on your list.") % {"name": name}
        case "removed":
            return _("Taken out of %(name)s.") % {"name": name}
        case "added" if number is not None:
            words = ngettext("%(n)d is in the group now.", "%(n)d more are in the group now.", number)
            return words % {"n": number}
    return ""


@post("/people/groups", sync_to_thread=True)
def add_group(request: AnyRequest, data: Form, membership: SignedIn, database: TheDatabase) -> Response[Any]:
    """Makes a group."""
    planners_only(membership)
    try:
        with database.writing() as session:
            group_id = make_group(session, membership.organization_id, value(data, "name"))
    except Invalid as invalid:
        return _groups(request, membership, database, by_field(invalid.errors), value(data, "name"))
    return see(with_query(f"/manage/people/groups/{group_id}", {"did": "made", "name": value(data, "name")}))


@get("/people/groups/{group_id:uuid}", sync_to_thread=True)
def one_group(
    group_id: FromPath[uuid.UUID], request: AnyRequest, membership: SignedIn, database: TheDatabase
) -> Response[str]:
    """Who is in a group, and who could be."""
    with database.reading() as session:
        group = find_group(session, membership.organization_id, group_id)
        return _group(request, session, membership, group, {}, group.name)


def _group(
    request: AnyRequest,
    session: Session,
    membership: Membership,
    group: Group,
    errors: dict[str, str],
    name: str,
) -> Response[str]:
    narrowing = Narrowing(group_id=group.id)
    total = count_parties(session, membership.organization_id, narrowing)[""]
    pages = Pages(page_number(request), MEMBERS_A_PAGE, total, f"/manage/people/groups/{group.id}", {})
    find = request.query_params.get("find", "").strip()[:100]
    return desk_page(
        *(request, "people/group.html", membership, "people", 422 if errors else 200),
        group=group,
        lines=list_parties(session, membership.organization_id, narrowing, pages.size, pages.offset),
        pages=pages,
        find=find,
        found=parties_outside(session, group, find, FOUND_MOST) if find else [],
        errors=errors,
        name=name,
        say_language=say_language,
        said=_said(request),
    )


@post("/people/groups/{group_id:uuid}", sync_to_thread=True)
def change_group(
    group_id: FromPath[uuid.UUID], request: AnyRequest, data: Form, membership: SignedIn, database: TheDatabase
) -> Response[Any]:
    """Renames a group, puts people into it, or ends it."""
    planners_only(membership)
    here = f"/manage/people/groups/{group_id}"
    try:
        with database.writing() as session:
            group = find_group(session, membership.organization_id, group_id)
            name = group.name
            match value(data, "do"):
                case "delete":
                    delete_group(session, group)
                    return see(with_query("/manage/people/groups", {"did": "deleted", "name": name}))
                case "add":
                    added = add_to_group(session, group, ids_in(data, "party"))
                    return see(
                        with_query(here, {"did": "added", "n": str(added)} if added else {"done": "nothing"})
                    )
                case _:
                    rename_group(session, group, value(data, "name"))
    except Invalid as invalid:
        with database.reading() as session:
            group = find_group(session, membership.organization_id, group_id)
            return _group(request, session, membership, group, by_field(invalid.errors), value(data, "name"))
    return see(here + "?done=saved")


routes: Final[list[Any]] = [all_groups, add_group, one_group, change_group]
