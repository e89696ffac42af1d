"""What gatherings are about, in an organisation's own words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from planner.errors import FieldError
from planner.i18n import gettext as _
from planner.text import line_field, one_line

TOPICS_MOST: Final = 10
TOPIC_MOST: Final = 50


def topics_field(field: str, value: Sequence[str] | None, errors: list[FieldError]) -> list[str]:
    """Topics cleaned, each once however it is spelled; what is wrong with them is added to `errors`."""
    clean = [line_field(f"{field}[{at}]", topic, TOPIC_MOST, errors) for at, topic in enumerate(value or [])]
    topics = list(by_key(clean).values())
    if len(topics) > TOPICS_MOST:
        errors.append(FieldError(field, _("An event has %(most)d topics at most.") % {"most": TOPICS_MOST}))
    return topics


def topic_key(words: str) -> str:
    """What makes two topics the same: all but capitals and stray spaces."""
    return one_line(words).casefold()


def by_key(topics: Iterable[str]) -> dict[str, str]:
    """Topics by their keys. The spelling that comes first stands."""
    found: dict[str, str] = {}
    for topic in topics:
        if topic:
            found.setdefault(topic_key(topic), topic)
    return found
