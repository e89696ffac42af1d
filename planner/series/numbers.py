"""What a choice of days comes to, said beside the choice: how many days, and how many are told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from planner.gatherings.models import Gathering, Status
from planner.i18n import gettext as _
from planner.i18n import ngettext
from planner.invitations.queries import guests_by_mail, reached_once
from planner.series.actions import Scope, occurrences, others_in
from planner.series.models import Series
from planner.times import say_day


def say_cancelling(session: Session, gathering: Gathering) -> dict[str, str]:
    """For each scope how many days are called off and whom that tells; nothing where it does not repeat."""
    if gathering.series_id is None:
        return {}
    return {scope.value: _say_told(session, [gathering, *others_in(session, gathering, scope)]) for scope in Scope}


def say_publishing(session: Session, gathering: Gathering) -> dict[str, str]:
    """How many invitations leave with this day and with all drafts of its series: one names a guest's days."""
    if gathering.series_id is None:
        return {}
    series = session.get_one(Series, gathering.series_id)
    drafts = [one for one in occurrences(session, series) if one.status == Status.DRAFT]
    return {"this": _say_invited(session, [gathering]), "all": _say_invited(session, drafts)}


def _say_invited(session: Session, days: Sequence[Gathering]) -> str:
    mails = guests_by_mail(session, [one.id for one in days])
    invitations = ngettext("%(n)d invitation", "%(n)d invitations", mails) % {"n": mails}
    return f"{_say_days(len(days))} · {invitations}"


def say_inviting(session: Session, gathering: Gathering) -> dict[str, str]:
    """For each scope to how many days one invites; nothing where it does not repeat."""
    if gathering.series_id is None:
        return {}
    words = {scope.value: _say_days(1 + len(others_in(session, gathering, scope))) for scope in Scope}
    made_until = session.get_one(Series, gathering.series_id).extended_to
    if made_until < date.max:
        later = _("Days after %(day)s are made later, and those who are to come then are invited then.")
        words["all"] += ". " + later % {"day": say_day(made_until)}
    return words


def _say_told(session: Session, days: Sequence[Gathering]) -> str:
    told = reached_once(session, *(one.id for one in days if one.status == Status.PUBLISHED))
    words = [_say_days(len(days)), ngettext("%(n)d mail", "%(n)d mails", told.by_mail) % {"n": told.by_mail}]
    if ring := told.not_by_mail:
        words.append(ngettext("%(n)d guest to ring", "%(n)d guests to ring", ring) % {"n": ring})
    return " · ".join(words)


def _say_days(number: int) -> str:
    """18 days."""
    return ngettext("%(n)d day", "%(n)d days", number) % {"n": number}
