"""The desk's pages about a calendar file: what was understood of it, beside what is here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from litestar import Response
from sqlalchemy.orm import Session

from planner.accounts.models import Membership, Organization
from planner.calendar_files import words
from planner.calendar_files.content import too_large
from planner.calendar_files.planning import Plan, plan_import
from planner.calendar_files.taking_over import By, read_for, record_import, take_over
from planner.database import Database
from planner.desk import desk_page
from planner.errors import Refused
from planner.i18n import gettext as _
from planner.imports.models import FileKind, ImportFile
from planner.imports.pages import Subject, parts_of, routes_of
from planner.imports.runs import Work
from planner.web import AnyRequest

# How many events of each kind are shown where all kinds are.
SHORT: Final = {"not-understood": 20, "kept": 20, "changed": 10, "new": 20, "unchanged": 0}
# How many that were left alone are named at the end.
LEFT_MOST: Final = 200


def _plan(session: Session, organization: Organization, data: bytes) -> Plan:
    return plan_import(session, organization, read_for(organization, data))


def _take_over(database: Database, file: ImportFile, plan: Plan, actor: str) -> Iterator[int]:
    return take_over(database, file.organization_id, plan, By(file.account_id, actor))


def _besides(plan: Plan) -> dict[str, Any]:
    """What the page at the end tells besides the numbers."""
    due = [one for one in plan.items if one.state != "unchanged"]
    kept = [[words.title_of(one), words.address_of(one), words.say_kept(one)] for one in plan.kept[:LEFT_MOST]]
    return {"called_off": sum(map(words.is_called_off, due)), "left_alone": kept}


def _refuse(organization: Organization, data: bytes) -> None:
    """Raises NotACalendar for what cannot be read, Refused where no event is in it."""
    reading = read_for(organization, data)
    if not reading.items and not reading.not_understood:
        raise Refused(" ".join([_("There is no event in this file."), *reading.notes]))


def _preview(request: AnyRequest, membership: Membership, file: ImportFile, plan: Plan) -> Response[str]:
    kinds = {
        "": _("All events"),
        "not-understood": _("Not understood"),
        "kept": _("Stay as they are"),
        "changed": _("Changed"),
        "new": _("New"),
        "unchanged": _("Unchanged"),
    }
    rows: dict[str, list[Any]] = {
        "not-understood": plan.not_understood,
        "kept": [one for one in plan.of_state("unchanged") if one.kept],
        "changed": plan.of_state("changed"),
        "new": plan.of_state("new"),
        "unchanged": [one for one in plan.of_state("unchanged") if not one.kept],
    }
    count = len(plan.items) + len(plan.not_understood)
    return desk_page(
        *(request, "calendar_files/preview.html", membership, "events"),
        file=file,
        file_url=CALENDARS.url(file.id),
        plan=plan,
        count=count,
        words=words,
        parts=parts_of(request, CALENDARS.url(file.id), rows, kinds, SHORT, count),
    )


CALENDARS: Final = Subject(
    kind=FileKind.CALENDAR,
    path="/gatherings/import",
    here="events",
    templates="calendar_files",
    work=Work(_plan, _take_over, record_import, _besides),
    refuse=_refuse,
    show=_preview,
    too_large=too_large,
    dropped="/manage/gatherings?done=dropped",
)

routes: Final[list[Any]] = routes_of(CALENDARS)
