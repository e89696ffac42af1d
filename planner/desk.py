"""What the desk's pages share: who may plan, the frame of an event's pages, what was done."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from litestar import Response

from planner.accounts.models import Membership
from planner.calendars.words import say_people
from planner.errors import NotAllowed
from planner.gatherings.models import Gathering
from planner.gatherings.standing import Standing
from planner.i18n import gettext as _
from planner.i18n import ngettext
from planner.times import say_when
from planner.web import AnyRequest, environment, number_in, render


def _with_capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def say_parties(households: int, professionals: int) -> str:
    """14 households and 3 professionals; empty where there is nobody."""
    ours = ngettext("%(n)d household", "%(n)d households", households) % {"n": households}
    theirs = ngettext("%(n)d professional", "%(n)d professionals", professionals) % {"n": professionals}
    if households and professionals:
        return _("%(households)s and %(professionals)s") % {"households": ours, "professionals": theirs}
    return ours if households else theirs if professionals else ""


def say_waiting(standing: Standing) -> str:
    """4 households and 1 professional (15 people)."""
    parties = say_parties(standing.waiting - standing.professionals_waiting, standing.professionals_waiting)
    people = ngettext("%(n)d person", "%(n)d people", standing.people_waiting) % {"n": standing.people_waiting}
    return f"{parties} ({people})"


environment.filters["with_capital"] = _with_capital
environment.globals |= {"say_parties": say_parties, "say_people": say_people, "say_waiting": say_waiting}


def planners_only(membership: Membership) -> None:
    """Raises NotAllowed for helpers, who look and enter answers."""
    if not membership.may_plan:
        raise NotAllowed(_("Helpers look and enter answers. A coordinator can do this."))


def desk_page(
    request: AnyRequest, template: str, membership: Membership, here: str, status: int = 200, **context: Any
) -> Response[str]:
    """A page of the desk; `here` is the word of the menu that it belongs to."""
    return render(
        request,
        template,
        status,
        organization=membership.organization,
        account=membership.account,
        membership=membership,
        zone=ZoneInfo(membership.organization.time_zone),
        here=here,
        done=what_was_done(request),
        **context,
    )


def workspace_page(
    request: AnyRequest,
    template: str,
    membership: Membership,
    gathering: Gathering,
    standing: Standing,
    tab: str,
    status: int = 200,
    **context: Any,
) -> Response[str]:
    """One of an event's own pages, with its tabs."""
    return desk_page(
        request,
        template,
        membership,
        "events",
        status,
        gathering=gathering,
        gathering_url=url_of(gathering),
        when=say_when(gathering.starts_at, gathering.ends_at, gathering.time_zone),
        invited=standing.invited,
        standing=standing,
        tab=tab,
        **context,
    )


def url_of(gathering: Gathering) -> str:
    """Where an event's own pages begin."""
    return f"/manage/gatherings/{gathering.id}"


def what_was_done(request: AnyRequest) -> str:
    """The sentence for `?done=…` that a form's redirect brings; `n` is its number."""
    done = request.query_params.get("done", "")
    number = number_in(request.query_params.get("n", "")) or 0
    match done:
        case "invited":
            words = ngettext("%(n)d guest is on the list now.", "%(n)d guests are on the list now.", number)
            return words % {"n": number}
        case "moved" if number:
            words = ngettext(
                "Moved. The guests are told in %(n)d minute.",
                "Moved. The guests are told in %(n)d minutes.",
                number,
            )
            return words % {"n": number}
        case "written":
            return ngettext("Your message goes to %(n)d guest.", "Your message goes to %(n)d guests.", number) % {
                "n": number
            }
    sentences = {
        "moved": _("Moved. The guests are told now."),
        "moved-untold": _("Moved."),
        "saved": _("Saved."),
        "nothing": _("Nothing was changed."),
        "published": _("Published. Whoever you invite now is told at once."),
        "cancelled": _("Cancelled. Everyone who had not said no is told."),
        "left-out": _("That day is left out of the series. This is the nearest one."),
        "held": _("Marked as held."),
        "answered": _("The answer is saved."),
        "withdrawn": _("The invitation is withdrawn; its link is dead."),
        "withdrawn-told": _("The invitation is withdrawn; its link is dead. They are told by mail."),
        "link-sent": _("The link leaves now by mail."),
        "link-renewed": _(
            "The old link is dead, and so is the calendar behind it. The new one leaves now by mail."
        ),
        "address": _("The address is saved. What is open is sent there again."),
        "settled": _("Settled."),
        "dropped": _("Nothing was imported. The file is deleted."),
        "again": _("It is tried again."),
    }
    return sentences.get(done, "")
