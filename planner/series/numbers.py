"""What a choice of days comes to, said beside the choice: how many days, and how many are told."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from planner.gatherings.models import Gathering, Status
from planner.i18n import ngettext
from planner.invitations.queries import reached
from planner.series.actions import Scope, others_in

_TOLD_OF_AN_END = ("accepted", "waiting", "tentative", "unanswered")


def say_cancelling(session: Session, gathering: Gathering) -> dict[str, str]:
    """For each scope how many days are called off and whom that tells; nothing where it does not repeat."""
    if gathering.series_id is None:
        return {}
    return {scope.value: _say_told(session, [gathering, *others_in(session, gathering, scope)]) for scope in Scope}


def _say_told(session: Session, days: Sequence[Gathering]) -> str:
    found = reached(session, *(one.id for one in days if one.status == Status.PUBLISHED))
    told = [found[state] for state in _TOLD_OF_AN_END]
    mails, ring = sum(one.by_mail for one in told), sum(one.not_by_mail for one in told)
    words = [say_days(len(days)), ngettext("%(n)d mail", "%(n)d mails", mails) % {"n": mails}]
    if ring:
        words.append(ngettext("%(n)d guest to ring", "%(n)d guests to ring", ring) % {"n": ring})
    return " · ".join(words)


def say_days(number: int) -> str:
    """18 days."""
    return ngettext("%(n)d day", "%(n)d days", number) % {"n": number}
