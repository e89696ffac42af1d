"""The desk's list of all events, by where they stand."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from planner.gatherings.models import Gathering, Status

WHICH: Final = ("coming", "drafts", "past", "cancelled")


def _conditions(now: datetime) -> dict[str, sa.ColumnElement[bool]]:
    published, over = Gathering.status == Status.PUBLISHED, Gathering.ends_at <= now
    return {
        "coming": sa.and_(published, ~over),
        "drafts": Gathering.status == Status.DRAFT,
        "past": sa.or_(Gathering.status == Status.HELD, sa.and_(published, over)),
        "cancelled": Gathering.status == Status.CANCELLED,
    }


def _called(query: sa.Select[Any], find: str) -> sa.Select[Any]:
    if not find:
        return query
    ways = {find, find.lower(), find.title()}
    return query.where(sa.or_(*(Gathering.title.icontains(way, autoescape=True) for way in ways)))


def numbers(session: Session, organization_id: uuid.UUID, now: datetime, find: str = "") -> dict[str, int]:
    """How many events each part of the list has."""
    parts = _conditions(now)
    query = sa.select(*(sa.func.sum(sa.case((condition, 1), else_=0)) for condition in parts.values()))
    row = session.execute(_called(query.where(Gathering.organization_id == organization_id), find)).one()
    return {name: int(number or 0) for name, number in zip(parts, row, strict=True)}


def listed(
    session: Session,
    organization_id: uuid.UUID,
    which: str,
    now: datetime,
    *,
    find: str = "",
    limit: int,
    offset: int = 0,
) -> list[Gathering]:
    """A page of one part (`WHICH`): what comes and drafts begin with the next, the others with the latest."""
    first_comes_first = which in ("coming", "drafts")
    order = Gathering.starts_at if first_comes_first else Gathering.starts_at.desc()
    query = sa.select(Gathering).where(
        Gathering.organization_id == organization_id, _conditions(now).get(which, sa.true())
    )
    return list(session.scalars(_called(query, find).order_by(order, Gathering.id).limit(limit).offset(offset)))
