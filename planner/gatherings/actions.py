"""What a coordinator does with a gathering."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from events import record
from events.catalogue import (
    Facts,
    GatheringCancelled,
    GatheringChanged,
    GatheringCreated,
    GatheringHeld,
    GatheringPublished,
    GatheringRescheduled,
)
from planner.accounts.models import Organization
from planner.calendars.versions import raise_versions
from planner.database import utc_now
from planner.errors import NotFound, Refused
from planner.gatherings.fields import GatheringFields, checked
from planner.gatherings.models import HELD_AFTER, Gathering, Status
from planner.gatherings.moves import facts_of
from planner.i18n import gettext as _
from planner.rsvps.seats import give_free_seats, seats_held
from planner.series.versions import hold_series_of, raise_series
from planner.text import many_lines, slug_words

# A change of these mails those who are invited and asks them anew.
FACTS: Final = Facts.__struct_fields__
# A change of these shows in calendars.
SHOWN: Final = (
    *(*FACTS, "all_day", "title", "description", "visibility"),
    *("contact_name", "contact_phone", "contact_email", "programme", "topics"),
)
REASON_MOST: Final = 2000
_SLUG_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"


class CapacityTaken(Refused):
    """More seats are held than the new capacity would give."""


class WrongState(Refused):
    """The gathering is past what was asked for."""


class ChangedMeanwhile(Refused):
    """Somebody else changed it since the form was opened."""


def find(session: Session, organization_id: uuid.UUID, gathering_id: uuid.UUID, lock: bool = False) -> Gathering:
    """The organisation's gathering; `lock` holds its row, and before it its series', until the transaction ends.

    Raises NotFound, also where it is another organisation's.
    """
    if lock:
        hold_series_of(session, gathering_id)
    query = sa.select(Gathering).where(Gathering.id == gathering_id, Gathering.organization_id == organization_id)
    gathering = session.scalar(query.with_for_update(of=Gathering, key_share=True) if lock else query)
    if gathering is None:
        raise NotFound(_("There is no such event."))
    return gathering


def create(
    session: Session,
    organization: Organization,
    fields: GatheringFields,
    *,
    by: uuid.UUID | None = None,
    actor: str | None = None,
    series_id: uuid.UUID | None = None,
    slot: str | None = None,
) -> Gathering:
    """Makes a draft; nobody is told. `series_id` and `slot`: the series it is an occurrence of. Raises Invalid."""
    clean = checked(fields)
    gathering = Gathering(
        # This session's own: of many occurrences all but the first ask the database for nothing.
        organization=session.get_one(Organization, organization.id),
        created_by=by,
        slug=new_slug(clean["title"]),
        series_id=series_id,
        slot=slot,
        **clean,
    )
    session.add(gathering)
    session.flush()
    record(session, GatheringCreated(organization_id=organization.id, gathering_id=gathering.id), actor=actor)
    return gathering


def change(
    session: Session,
    gathering: Gathering,
    fields: GatheringFields,
    *,
    actor: str | None = None,
    tell_declined: bool = False,
    reason: str = "",
    seen_revision: int | None = None,
) -> Gathering:
    """Changes what is given. A reschedule or move asks those who said yes or maybe anew; freed seats are given.

    `gathering` is locked by the caller (`find(..., lock=True)`). `reason` goes into the mail. `seen_revision` is
    what the form was opened with. Raises Invalid, CapacityTaken, WrongState, ChangedMeanwhile.
    """
    _refuse_unless(gathering, Status.DRAFT, Status.PUBLISHED)
    refuse_unless_seen(gathering, seen_revision)
    changed = changes_in(gathering, fields)
    if not changed:
        return gathering
    _check_capacity(session, gathering, changed)
    before, asked_before = facts_of(gathering), gathering.asked_sequence
    was_public = gathering.visibility
    for name, value in changed.items():
        setattr(gathering, name, value)
    gathering.revision += 1
    if changed.keys() & set(SHOWN):
        gathering.sequence += 1
        gathering.changed_at = utc_now()
    if gathering.status == Status.PUBLISHED:
        if changed.keys() & set(FACTS):
            gathering.asked_sequence = gathering.sequence
        session.flush()
        raise_versions(session, gathering, also_public=was_public != gathering.visibility)
    raise_series(session, gathering, shown=bool(changed.keys() & set(SHOWN)))
    _record_change(session, gathering, changed, before, asked_before, tell_declined, reason, actor)
    if "capacity" in changed:
        give_free_seats(session, gathering, actor=actor)
    return gathering


def changes_in(gathering: Gathering, fields: GatheringFields) -> dict[str, Any]:
    """What those fields would change, cleaned, by name. Raises Invalid."""
    return {name: value for name, value in checked(fields, gathering).items() if getattr(gathering, name) != value}


def refuse_unless_seen(gathering: Gathering, revision: int | None) -> None:
    """Raises ChangedMeanwhile where the form was opened with another revision."""
    if revision is not None and revision != gathering.revision:
        raise ChangedMeanwhile(_("Somebody else has changed this event meanwhile. Your words are still here."))


def ask_no_more(session: Session, gathering: Gathering, asked_before: int) -> None:
    """A move was taken back before anybody was told of it: answers hold as they were given.

    `asked_before` is the SEQUENCE of the move before. Who has answered anew meanwhile loses nothing.
    """
    gathering.asked_sequence = asked_before
    gathering.revision += 1
    session.flush()
    raise_versions(session, gathering)


def raise_sequence(session: Session, gathering: Gathering) -> None:
    """A higher SEQUENCE for what one guest's calendar program is told; answers hold, nobody else hears of it."""
    gathering.sequence += 1
    gathering.revision += 1
    session.flush()
    raise_versions(session, gathering)


def publish(session: Session, gathering: Gathering, *, actor: str | None = None) -> Gathering:
    """Opens a draft: it is listed where it is public, and invitations leave. Raises WrongState."""
    if gathering.status == Status.PUBLISHED:
        return gathering
    _refuse_unless(gathering, Status.DRAFT)
    gathering.status = Status.PUBLISHED
    gathering.published_at = gathering.changed_at = utc_now()
    gathering.revision += 1
    session.flush()
    raise_versions(session, gathering)
    raise_series(session, gathering)
    record(session, GatheringPublished(**_ids(gathering)), actor=actor)
    return gathering


def cancel(session: Session, gathering: Gathering, reason: str, *, actor: str | None = None) -> Gathering:
    """Calls a gathering off; all invited who have not said no are told, with the reason. Raises WrongState."""
    if gathering.status == Status.CANCELLED:
        return gathering
    _refuse_unless(gathering, Status.DRAFT, Status.PUBLISHED)
    gathering.status = Status.CANCELLED
    gathering.cancelled_at = gathering.changed_at = utc_now()
    gathering.cancel_reason = many_lines(reason)[:REASON_MOST]
    gathering.sequence += 1
    gathering.revision += 1
    session.flush()
    raise_versions(session, gathering)
    raise_series(session, gathering)
    record(session, GatheringCancelled(**_ids(gathering)), actor=actor)
    return gathering


def hold(session: Session, gathering: Gathering, *, actor: str | None = None) -> Gathering:
    """Marks a gathering as held: those who came are asked how it was. Raises WrongState."""
    if gathering.status == Status.HELD:
        return gathering
    _refuse_unless(gathering, Status.PUBLISHED)
    gathering.status = Status.HELD
    gathering.held_at = utc_now()
    gathering.revision += 1
    session.flush()
    record(session, GatheringHeld(**_ids(gathering)), actor=actor)
    return gathering


def hold_overdue(session: Session, now: datetime) -> int:
    """Marks as held what ended an hour ago or earlier; how many."""
    overdue = session.scalars(
        sa.select(Gathering)
        .where(Gathering.status == Status.PUBLISHED, Gathering.ends_at <= now - HELD_AFTER)
        .with_for_update(of=Gathering, key_share=True, skip_locked=True)
    ).all()
    for gathering in overdue:
        hold(session, gathering, actor="schedule")
    return len(overdue)


def _ids(gathering: Gathering) -> dict[str, uuid.UUID]:
    return {"organization_id": gathering.organization_id, "gathering_id": gathering.id}


def _refuse_unless(gathering: Gathering, *states: Status) -> None:
    if gathering.status in states:
        return
    sentences = {
        Status.DRAFT: _("This event is still a draft: publish it first."),
        Status.PUBLISHED: _("This event is published already."),
        Status.CANCELLED: _("This event is cancelled."),
        Status.HELD: _("This event has been held."),
    }
    raise WrongState(sentences[Status(gathering.status)])


def _check_capacity(session: Session, gathering: Gathering, changed: dict[str, Any]) -> None:
    capacity = changed.get("capacity")
    held = seats_held(session, gathering.id) if capacity is not None else 0
    if capacity is not None and capacity < held:
        raise CapacityTaken(
            _("%(held)d seats are held already. Nobody is dropped: choose %(held)d or more.") % {"held": held}
        )


def _record_change(
    session: Session,
    gathering: Gathering,
    changed: dict[str, Any],
    before: Facts,
    asked_before: int,
    tell_declined: bool,
    reason: str,
    actor: str | None,
) -> None:
    if gathering.status == Status.PUBLISHED and changed.keys() & set(FACTS):
        gathering.move_reason = many_lines(reason)[:REASON_MOST]
        record(
            session,
            GatheringRescheduled(
                **_ids(gathering),
                before=before,
                after=facts_of(gathering),
                tell_declined=tell_declined,
                asked_before=asked_before,
            ),
            actor=actor,
        )
    names = changed.keys() if gathering.status == Status.DRAFT else changed.keys() - set(FACTS)
    if names:
        record(session, GatheringChanged(**_ids(gathering), changed=sorted(names)), actor=actor)


def new_slug(title: str) -> str:
    """Readable, and too long to guess: an unlisted gathering opens by it."""
    return "-".join(filter(None, [slug_words(title), "".join(secrets.choice(_SLUG_LETTERS) for _ in range(10))]))
