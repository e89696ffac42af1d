"""What is printed: cards on A4 and Letter, each on one sheet whatever it says; pages without what is to press."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import person
from tests.pictures import sign_in
from tests.running import Installation, running

# Pixels of a sheet.
SHEETS: Final = {"A4": (794, 1123), "Letter": (816, 1056)}
LONG: Final = ("Family night with soup, stories, a lantern walk, music by the choir and a quiet room " * 3)[:200]
NAMES: Final = ["Haddad", "عائلة الحدّاد", ("Familie von Hohenlohe-Waldenburg " * 7)[:200], "W" * 60]
# Parts of a card that reach over the card, which is as large as the sheet.
BEYOND: Final = """() => [...document.querySelectorAll(".card")].flatMap((card) => {
  const sheet = card.getBoundingClientRect();
  return [...card.querySelectorAll("*")]
    .filter((one) => !one.closest("pattern"))
    .map((one) => [one.className, one.getBoundingClientRect()])
    .filter(([, box]) => box.right > sheet.right + 1 || box.left < sheet.left - 1 || box.bottom > sheet.bottom + 1)
    .map(([name]) => String(name));
})"""


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation whose guests get cards."""
    with running(tmp_path_factory.mktemp("paper")) as made:
        yield made


def people(planner: Installation, folder: Path) -> None:
    """Brings in households without an address, as a school's list does; twice it changes nothing."""
    file = folder / "people.csv"
    file.write_text("Name\n" + "".join(f'"{name}"\n' for name in NAMES))
    planner.cli("import", "people", str(file))


def pages_of(pdf: bytes) -> int:
    """How many sheets."""
    return len(re.findall(rb"/Type /Page\b", pdf))


def sheets(page: Page) -> dict[str, int]:
    """How many sheets of each kind a page takes."""
    return {kind: pages_of(page.pdf(format=kind)) for kind in SHEETS}


def beyond(page: Page) -> dict[str, Any]:
    """What would be cut off on each kind of sheet."""
    page.emulate_media(media="print")
    found = {}
    for kind, (width, height) in SHEETS.items():
        page.set_viewport_size({"width": width, "height": height})
        found[kind] = page.evaluate(BEYOND)
    return found


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"title": LONG, "description": "We cook three soups together. " * 20},
        {"title": LONG, "venue": (LONG * 2)[:300], "description": "- a bowl\n" * 40},
        {"title": "W" * 100},
    ],
    ids=["short", "long", "all long", "wide"],
)
def test_every_card_is_one_sheet_and_nothing_of_it_is_cut_off(
    chromium: Browser, paper: Installation, tmp_path: Path, said: dict[str, str]
) -> None:
    people(paper, tmp_path)
    desk = f"{paper.base}/manage/gatherings/{paper.gathering(**said)['id']}"
    with person(chromium, paper.base) as page:
        sign_in(page, paper, paper.owner)
        page.goto(f"{desk}/invite")
        page.locator("[name=everyone]").check()
        with page.expect_navigation():
            page.locator("[name=send]").click()
        for language in ("en", "es"):
            page.goto(f"{desk}/cards?lang={language}")
            assert page.locator(".card").count() == len(NAMES)
            assert sheets(page) == {"A4": len(NAMES), "Letter": len(NAMES)}
            assert beyond(page) == {"A4": [], "Letter": []}
            page.emulate_media(media="null")


def test_the_line_to_cut_goes_over_the_whole_sheet_and_the_quilt_stays_inside(
    chromium: Browser, paper: Installation
) -> None:
    event = paper.gathering()
    [invitation] = paper.invite(event, 1)
    with person(chromium, paper.base) as page:
        sign_in(page, paper, paper.owner)
        page.goto(f"{paper.base}/manage/gatherings/{event['id']}/cards?invitation={invitation['id']}")
        page.emulate_media(media="print")
        for width, height in SHEETS.values():
            page.set_viewport_size({"width": width, "height": height})
            slip, quilt = page.locator(".slip").bounding_box(), page.locator(".band").bounding_box()
            assert slip
            assert (slip["x"], slip["width"]) == (0, width)
            assert quilt
            assert quilt["x"] > 45
            assert quilt["x"] + quilt["width"] < width - 45
        expect(page.get_by_role("link", name="Back to the guests")).to_be_hidden()


def test_a_printed_guest_list_has_no_buttons_and_names_its_columns_on_each_sheet(
    chromium: Browser, paper: Installation
) -> None:
    event = paper.gathering(visibility="public")
    paper.invite(event, 40, start=100)
    with person(chromium, paper.base) as page:
        sign_in(page, paper, paper.owner)
        page.goto(f"{paper.base}/manage/gatherings/{event['id']}/guests")
        page.emulate_media(media="print")
        head = page.locator("thead").first
        assert head.evaluate("one => getComputedStyle(one).display") == "table-header-group"
        for path in (f"/manage/gatherings/{event['id']}/guests", f"/e/{event['slug']}"):
            page.goto(paper.base + path)
            for part in (".top", "nav", ".button", "button", "td.actions", "[type=search]"):
                for shown in page.locator(part).all():
                    expect(shown, path).to_be_hidden()
