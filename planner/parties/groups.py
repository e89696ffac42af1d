"""Groups of parties: making, renaming and ending them, and who is in them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from planner.database import insert, new_id, utc_now
from planner.errors import FieldError, Invalid, NotFound
from planner.i18n import gettext as _
from planner.parties.models import Group, GroupMember, Party
from planner.text import line_field

NAME_MOST: Final = 200


def find_group(session: Session, organization_id: uuid.UUID, group_id: uuid.UUID) -> Group:
    """The organisation's group. Raises NotFound."""
    group = session.get(Group, group_id)
    if group is None or group.organization_id != organization_id:
        raise NotFound(_("There is no such group."))
    return group


def group_ids(session: Session, organization_id: uuid.UUID, names: Iterable[str]) -> dict[str, uuid.UUID]:
    """The groups of those names; unknown ones are made. Safe against another transaction that makes the same."""
    names = sorted(set(names))
    if not names:
        return {}
    rows = [
        {"id": new_id(), "organization_id": organization_id, "name": name, "created_at": utc_now()}
        for name in names
    ]
    session.execute(insert(session, Group).on_conflict_do_nothing(), rows)
    query = sa.select(Group.name, Group.id).where(Group.organization_id == organization_id, Group.name.in_(names))
    return {row.name: row.id for row in session.execute(query)}


def make_group(session: Session, organization_id: uuid.UUID, name: str) -> uuid.UUID:
    """A new group. Raises Invalid at `name`."""
    name = _checked_name(session, organization_id, name)
    return group_ids(session, organization_id, [name])[name]


def rename_group(session: Session, group: Group, name: str) -> None:
    """Gives a group another name. Raises Invalid at `name`."""
    group.name = _checked_name(session, group.organization_id, name, group.id)


def _checked_name(session: Session, organization_id: uuid.UUID, name: str, own: uuid.UUID | None = None) -> str:
    errors: list[FieldError] = []
    name = line_field("name", name, NAME_MOST, errors, required=True)
    taken = sa.select(Group.id).where(
        Group.organization_id == organization_id, Group.name == name, Group.id != own
    )
    if not errors and session.scalar(taken):
        errors.append(FieldError("name", _("There is a group of that name already.")))
    if errors:
        raise Invalid(errors)
    return name


def delete_group(session: Session, group: Group) -> None:
    """Ends a group; its people stay."""
    session.execute(sa.delete(GroupMember).where(GroupMember.group_id == group.id))
    session.delete(group)


def add_to_group(session: Session, group: Group, party_ids: Sequence[uuid.UUID]) -> int:
    """Puts parties of the same organisation into a group, each once; how many came in."""
    inside = sa.select(GroupMember.party_id).where(GroupMember.group_id == group.id)
    known = session.scalars(
        sa.select(Party.id).where(
            Party.organization_id == group.organization_id, Party.id.in_(party_ids), Party.id.not_in(inside)
        )
    )
    rows = [{"group_id": group.id, "party_id": party_id} for party_id in known]
    if rows:
        session.execute(insert(session, GroupMember).on_conflict_do_nothing(), rows)
    return len(rows)


def remove_from_group(session: Session, group: Group, party_id: uuid.UUID) -> None:
    """Takes a party out of a group."""
    session.execute(
        sa.delete(GroupMember).where(GroupMember.group_id == group.id, GroupMember.party_id == party_id)
    )


def set_groups(session: Session, party: Party, wanted: Iterable[uuid.UUID]) -> None:
    """Puts a party into exactly those of its organisation's groups."""
    session.execute(sa.delete(GroupMember).where(GroupMember.party_id == party.id))
    own = session.scalars(
        sa.select(Group.id).where(Group.organization_id == party.organization_id, Group.id.in_(set(wanted)))
    )
    session.add_all([GroupMember(group_id=group_id, party_id=party.id) for group_id in own])
