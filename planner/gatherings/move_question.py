"""The page that asks before guests are told that an event moves: from where to where, and whom that tells."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response

from planner.accounts.models import Membership
from planner.database import Database
from planner.desk import url_of, workspace_page
from planner.gatherings import actions
from planner.gatherings.actions import FACTS
from planner.gatherings.fields import GatheringFields, checked
from planner.gatherings.form import typed_from
from planner.gatherings.models import Gathering, Status
from planner.gatherings.standing import standing
from planner.gatherings.typed import Typed
from planner.i18n import gettext as _
from planner.invitations.addresses import programs_answer
from planner.invitations.choosing import one_invited
from planner.invitations.queries import reached, reached_once
from planner.series.actions import Scope, others_in
from planner.settings import Settings
from planner.times import say_day, say_hours, say_time, whole_days
from planner.web import AnyRequest


class Move(msgspec.Struct, frozen=True):
    """A move that is asked about: each of day, time and place as it was and as it would be."""

    title: str
    keep: str
    button: str
    rows: list[tuple[str, str, str]]


def page(
    request: AnyRequest,
    membership: Membership,
    database: Database,
    settings: Settings,
    gathering_id: uuid.UUID,
    typed: Typed,
    fields: GatheringFields,
    seen: int | None,
    scope: Scope,
) -> Response[str] | None:
    """The page; None where nobody is told anything. Raises ChangedMeanwhile, and Invalid for what cannot be."""
    with database.reading() as session:
        gathering = actions.find(session, membership.organization_id, gathering_id)
        after = {name: getattr(gathering, name) for name in FACTS} | checked(fields, gathering)
        moved = [name for name in FACTS if after[name] != getattr(gathering, name)]
        how = standing(session, gathering.id)
        days = [one.id for one in others_in(session, gathering, scope) if one.status == Status.PUBLISHED]
        if gathering.status != Status.PUBLISHED or not moved or (how.invited == 0 and not days):
            return None
        actions.refuse_unless_seen(gathering, seen)
        told = reached(session, gathering.id, *days)
        telling = reached_once(session, gathering.id, *days)
        shown = one_invited(session, gathering.id, coming=True)
    preview = {
        name: after[name].isoformat() if isinstance(after[name], datetime) else after[name] for name in FACTS
    }
    return workspace_page(
        *(request, "desk/move.html", membership, gathering, how, ""),
        move=_move(gathering, after, telling.by_mail),
        scope=scope.value,
        other_days=len(days),
        told=told,
        telling=telling,
        typed=typed,
        opened_with=typed_from(gathering),
        shown=shown,
        preview=f"{url_of(gathering)}/preview/moved?{urlencode(preview | {'scope': scope.value})}",
        programs_answer=programs_answer(settings, membership.organization),
    )


def _move(gathering: Gathering, after: dict[str, Any], mails: int) -> Move:
    old_start, old_end = gathering.local_start, gathering.local_end
    zone = ZoneInfo(after["time_zone"])
    start, end = after["starts_at"].astimezone(zone), after["ends_at"].astimezone(zone)
    old_hours, hours = say_hours(old_start, old_end, gathering.time_zone), say_hours(start, end, zone.key)
    rows = [
        (_("Day"), say_day(old_start), say_day(start)),
        (_("Time"), old_hours, hours),
        (_("Place"), gathering.venue, after["venue"]),
    ]
    if gathering.online_url or after["online_url"]:
        rows.append((_("Meeting"), gathering.online_url, after["online_url"]))
    keep = _("Keep it as it is")
    if start.date() != old_start.date():
        title = _("Move it to %(day)s?") % {"day": say_day(start, year=start.year != old_start.year)}
        keep = _("Keep %(day)s") % {"day": say_day(old_start, year=False)}
    elif start != old_start and not whole_days(start, end):
        title = _("Begin at %(time)s instead?") % {"time": say_time(start)}
    elif end != old_end or gathering.time_zone != after["time_zone"]:
        title = _("Change the time?")
    else:
        title = _("Change the place?")
    return Move(title, keep, _("Move it and tell %(n)d") % {"n": mails} if mails else _("Move it"), rows)
