"""Kinds and states of mails as pages name them."""

from __future__ import annotations

from notifications.models import State
from planner.i18n import gettext as _


def kind_words(kind: str) -> str:
    """What a mail is about."""
    return {
        "invitation": _("Invitation"),
        "link": _("Link sent again"),
        "confirmation": _("Confirmation"),
        "seats": _("Seats given"),
        "moved": _("Moved"),
        "cancelled": _("Cancelled"),
        "withdrawn": _("Invitation withdrawn"),
        "letter": _("Message"),
        "question": _("Question from a guest"),
        "thanks": _("Thanks"),
        "afterwards": _("How was it?"),
        "colleague": _("Welcome to a colleague"),
        "sign-in": _("Link to sign in"),
    }.get(kind, kind)


def state_words(state: str, local: bool = False) -> str:
    """Where a mail stands; `local`: without a mail server, so that what counts as sent has stayed here."""
    return {
        State.QUEUED: _("Queued"),
        State.SENT: _("Kept here") if local else _("Sent"),
        State.BOUNCED: _("Came back"),
        State.FAILED: _("Not delivered"),
        State.STOPPED: _("Stopped"),
    }.get(State(state), state)


BADGES = {
    State.QUEUED: "plain",
    State.SENT: "ok",
    State.BOUNCED: "bad",
    State.FAILED: "warn",
    State.STOPPED: "plain",
}
"""The badge that goes with a state."""
