"""What a subscriber chooses in a feed's address: which choices there are, how they are written and read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, urlencode

from planner.gatherings.topics import topic_key
from planner.i18n import available_languages

# In minutes before the start. Few, so that nobody can have a feed written in thousands of ways.
REMINDERS: Final = (30, 60, 180, 1440, 2880)
_MINUTES: Final = {str(minutes): minutes for minutes in REMINDERS}


class Options(NamedTuple):
    """The party's own links inside, an alarm so many minutes before the start, in a party's feed only what it said
    yes to, a language (its code) in place of the usual one, and in a public feed only what is about a topic."""

    link: bool = False
    alarm: int | None = None
    only_accepted: bool = False
    language: str | None = None
    topic: str = ""

    def added_to(self, url: str) -> str:
        """The feed's address with what was chosen."""
        said = {
            "topic": self.topic,
            "only": "accepted" if self.only_accepted else "",
            "link": "1" if self.link else "",
            "alarm": str(self.alarm or ""),
            "lang": self.language or "",
        }
        query = urlencode({name: value for name, value in said.items() if value})
        return f"{url}?{query}" if query else url


def options_in(asked: Mapping[str, str]) -> Options:
    """`link=1`, `alarm=MINUTES`, `only=accepted`, `lang=CODE`, `topic=WORDS`, which become the topic's key.

    What is no choice is as if it were not there; whether there is such a topic is for others to say.
    """
    language = asked.get("lang")
    return Options(
        link=asked.get("link") == "1",
        alarm=_MINUTES.get(asked.get("alarm", "")),
        only_accepted=asked.get("only") == "accepted",
        language=language if language in available_languages() else None,
        topic=topic_key(asked.get("topic", "")),
    )


def options_of(query: bytes) -> Options:
    """The same from a query as ASGI has it; of what is said twice the last counts."""
    return options_in(dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True))) if query else Options()
