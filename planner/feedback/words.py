"""The form in words: questions, never statements, each with answers in its own words."""

from __future__ import annotations

from typing import Final, NamedTuple

from planner.i18n import gettext as _

# Columns of Feedback, in the order in which they are asked.
ASKED: Final = ("welcome", "on_time", "heard", "met_others", "prepared")


class Question(NamedTuple):
    """One question of the form; `steps` says its four answers, from 0 to 3, where it has words of its own."""

    name: str
    words: str
    steps: tuple[str, str, str, str] | None = None


def common_steps() -> tuple[str, str, str, str]:
    """The four answers of questions without own ones, from 0 to 3."""
    return _("Not at all"), _("A little"), _("Mostly"), _("Fully")


def questions(*, household: bool | None = None) -> list[Question]:
    """The five questions, as they are put to a household or a professional; None: as a coordinator reads them."""
    heard = {
        True: _("How well was what you know about your children heard?"),
        False: _("How well was what you know from your work heard?"),
        None: _("How well was what you know heard?"),
    }
    over = (_("Much over"), _("Over"), _("A little over"), _("On time"))
    return [
        Question("welcome", _("How welcome did you feel?")),
        Question("on_time", _("How well did we keep to the time we promised?"), over),
        Question("heard", heard[household]),
        Question("met_others", _("How easy was it to meet other people?")),
        Question("prepared", _("How well were you prepared for what was coming?")),
    ]
