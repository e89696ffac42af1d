"""The first day: nobody is known and nothing is planned, and no page is empty or at fault for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Browser

from tests.browser import person
from tests.pictures import sign_in
from tests.running import Installation, running
from tests.whole.test_accessible import ZOOMED, too_wide, violations

PUBLIC: Final = ("/", "/o/hill-centre/calendar", "/link", "/privacy", "/sign-in")
PEOPLE: Final = ("/people", "/people/groups", "/people/import")
EVENTS: Final = ("/gatherings", "/gatherings/new", "/gatherings/import")
DESK: Final = ("", "/mail", "/incoming", "/history", "/calendar", "/dead-letters", "/settings", *PEOPLE, *EVENTS)
EVENT: Final = ("", "/guests", "/invite", "/letters", "/afterwards", "/history", "/publish", "/cancel", "/cards")


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation as `planner init` leaves it."""
    with running(tmp_path_factory.mktemp("bare")) as made:
        yield made


def test_with_nothing_there_every_page_says_what_it_is_and_has_no_fault(
    chromium: Browser, bare: Installation
) -> None:
    found: dict[str, list[str]] = {}
    with person(chromium, bare.base, viewport=ZOOMED, bypass_csp=True) as page:
        sign_in(page, bare, bare.owner)

        def look_at(*paths: str) -> None:
            for path in paths:
                answered = page.goto(bare.base + path)
                assert answered and answered.status == 200, path
                # Besides its headline there is something to read.
                words = page.locator("main").inner_text().split("\n")
                assert page.locator("h1").count() == 1 and len("".join(words[1:])) > 30, path
                found[f"{path}, axe"] = violations(page)
                page.emulate_media(color_scheme="dark")
                found[f"{path}, dark"] = violations(page, ["color-contrast"])
                page.emulate_media(color_scheme="light")
                found.update(too_wide(page, path))

        look_at(*PUBLIC, *(f"/manage{below}" for below in DESK))
        # The least that an event can be.
        event = bare.gathering(title="A", venue="", publish=False)
        look_at("/manage", *(f"/manage/gatherings/{event['id']}{below}" for below in EVENT))
        bare.api("POST", f"/gatherings/{event['id']}/publish")
        look_at("/manage/gatherings", *(f"/manage/gatherings/{event['id']}{below}" for below in EVENT[:6]))
    assert not {name: faults for name, faults in found.items() if faults}
