"""Five hundred events and three thousand guests: pages stay short, and all is reached from page to page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, expect

from planner.rsvps.actions import Said, answer
from planner.rsvps.models import Answer, Source
from tests.bench.places import forget_deliveries, found, invite, link, place, plan
from tests.browser import person
from tests.pictures import WIDTHS, sign_in
from tests.running import Installation

EVENTS: Final = 500
GUESTS: Final = 3_000
ANSWERS: Final = (Answer.ACCEPTED, Answer.ACCEPTED, Answer.TENTATIVE, Answer.DECLINED)
# Twenty screens of a telephone.
HIGHEST: Final = 13_000
SIZE: Final = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
READ: Final = """async ([address, each]) => {
  const found = [];
  for (let next = address; next; ) {
    const read = new DOMParser().parseFromString(await (await fetch(next)).text(), "text/html");
    found.push(...[...read.querySelectorAll(each)].map((one) => one.textContent));
    const following = read.querySelector("main a[rel=next]");
    next = following && new URL(following.getAttribute("href"), next).href;
  }
  return found;
}"""


class Crowd:
    """An installation with many events, to the first of which many are invited."""

    def __init__(self, planner: Installation, desk: str, public: str, family: str) -> None:
        self.planner = planner
        self.desk = desk
        self.public = public
        self.family = family

    def pages(self) -> list[str]:
        """The paths of all pages that show many of anything."""
        below = ["", "/guests", "/invite", "/edit", "/cancel", "/letters", "/history", "/sending"]
        desk = ["/manage", "/manage/gatherings", "/manage/people", "/manage/mail", "/manage/calendar"]
        return [
            "/",
            "/o/hill-centre/calendar",
            self.public,
            self.family,
            *desk,
            *(self.desk + one for one in below),
        ]


@pytest.fixture(scope="module")
def crowd() -> Iterator[Crowd]:
    """Many events and guests, who have answered every second time; filled through the actions."""
    with place() as (planner, database):
        with database.writing() as session:
            organization = found(session)
            events = [plan(session, organization, number, capacity=2_000) for number in range(EVENTS)]
            asked = invite(session, events[0], GUESTS)
            for number, invitation in enumerate(asked[::2]):
                answer(session, invitation.id, Said(answer=ANSWERS[number % len(ANSWERS)]), Source.LINK)
            desk, public, family = f"/manage/gatherings/{events[0].id}", f"/e/{events[0].slug}", link(asked[1])
        # What is looked at are pages; the mail of three thousand has its own tests.
        forget_deliveries(database)
        planner.start("--no-worker")
        yield Crowd(planner, desk, public, family)


@contextmanager
def owner(chromium: Browser, crowd: Crowd) -> Iterator[Page]:
    """The signed-in coordinator's page."""
    with person(chromium, crowd.planner.base) as page:
        sign_in(page, crowd.planner, crowd.planner.owner)
        yield page


def shown(page: Page, address: str, each: str) -> list[str]:
    """What a list says, from its first page to its last; read without being drawn, which takes longest."""
    words: list[str] = page.evaluate(READ, [address, each])
    return words


def test_every_event_and_every_guest_is_reached_from_page_to_page(chromium: Browser, crowd: Crowd) -> None:
    base = crowd.planner.base
    with owner(chromium, crowd) as page:
        for address in ("/", "/manage/gatherings"):
            titles = shown(page, base + address, ".event h3 a")
            assert len(titles) == len(set(titles)) == EVENTS, address
        for address in (f"{crowd.desk}/guests", "/manage/people"):
            names = shown(page, base + address, "td.who bdi")
            assert len(names) == len(set(names)) == GUESTS, address


def test_of_so_many_the_quilt_shows_those_around_today(chromium: Browser, crowd: Crowd) -> None:
    with person(chromium, crowd.planner.base) as page:
        page.goto(crowd.planner.base)
        expect(page.locator("aside")).to_contain_text("The 24 events nearest to today.")


def test_with_so_many_no_page_is_endless_or_scrolls_sideways(chromium: Browser, crowd: Crowd) -> None:
    wrong: dict[str, tuple[int, int]] = {}
    with owner(chromium, crowd) as page:
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 640})
            for path in crowd.pages():
                answered = page.goto(crowd.planner.base + path)
                assert answered and answered.status == 200, path
                size = page.evaluate(SIZE)
                if size[0] > width or size[1] > HIGHEST:
                    wrong[f"{path} at {width}"] = tuple(size)
    assert not wrong
