"""Every page for everyone: screen readers, small screens, large letters, other directions, slow lines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, Response, expect

from tests.browser import PATIENCE, person
from tests.pictures import Demo, desk_pages, family_pages, show, sign_in, start

GROUPS: Final = ("family", "desk")
PHONE: Final = {"width": 360, "height": 640}
# A wide window at four times the size is as wide and as high as this (WCAG 1.4.10).
ZOOMED: Final = {"width": 320, "height": 256}
FAMILY_PAGE_MOST: Final = 30_000  # bytes with all that it loads, not compressed
# WCAG 1.4.12, set by the reader's own style.
SPACING: Final = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
    word-spacing: 0.16em !important; } p { margin-block-end: 2em !important; }`);
  document.adoptedStyleSheets = [sheet];
}"""
TOO_WIDE: Final = """() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  return [...document.querySelectorAll("body *")]
    .filter((one) => { const box = one.getBoundingClientRect(); return box.right > room + 1 || box.left < -1; })
    .map((one) => `${one.tagName}.${one.className}`).slice(0, 4);
}"""

Group = Literal["family", "desk"]


@pytest.fixture(scope="module")
def demo(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo in every state of an event."""
    made = start(tmp_path_factory.mktemp("demo"))
    yield made
    made.planner.close()


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a browser keeps once the coordinator has signed in."""
    kept = tmp_path_factory.mktemp("session") / "state.json"
    with person(chromium, demo.planner.base) as page:
        sign_in(page, demo.planner)
        page.context.storage_state(path=kept)
    return kept


@pytest.fixture
def kept(signed_in: Path) -> Path:
    """The same, for a test."""
    return signed_in


def pages_of(demo: Demo, group: str) -> list[tuple[str, str]]:
    """Names and paths of a group's pages."""
    return list(family_pages(demo) if group == "family" else desk_pages(demo))


def violations(page: Page, rules: list[str] | None = None) -> list[str]:
    """What axe finds: rule, number of places, the first of them."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": rules}
    found = Axe().run(page, options=options).response["violations"]
    return [f"{one['id']} ×{len(one['nodes'])}: {one['nodes'][0]['html'][:120]}" for one in found]


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("group", GROUPS)
def test_no_page_has_a_fault_that_axe_knows_light_or_dark(
    chromium: Browser, demo: Demo, kept: Path, group: Group, width: int
) -> None:
    found: dict[str, list[str]] = {}
    context = chromium.new_context(
        viewport={"width": width, "height": 800}, storage_state=kept, bypass_csp=True, locale="en-GB"
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    for name, path in pages_of(demo, group):
        page.emulate_media(color_scheme="light")
        show(page, demo.planner.base, name, path)
        found[name] = violations(page)
        # In the dark nothing but the colours is another, and those are the same at any width.
        if width == 360:
            page.emulate_media(color_scheme="dark")
            found[f"{name}, dark"] = violations(page, ["color-contrast"])
    context.close()
    assert not {name: faults for name, faults in found.items() if faults}


@pytest.mark.parametrize("group", GROUPS)
def test_no_page_scrolls_sideways_at_four_times_the_size_nor_with_wide_spacing_nor_right_to_left(
    chromium: Browser, demo: Demo, kept: Path, group: Group
) -> None:
    found: dict[str, list[str]] = {}
    with person(chromium, demo.planner.base, viewport=ZOOMED, storage_state=kept) as page:
        for name, path in pages_of(demo, group):
            show(page, demo.planner.base, name, path)
            found |= too_wide(page, name)
    assert not {name: parts for name, parts in found.items() if parts}


def too_wide(page: Page, name: str) -> dict[str, list[str]]:
    """Which parts reach over the edge: as it is, mirrored, and with wider spacing."""
    found = {name: page.evaluate(TOO_WIDE)}
    page.evaluate("document.documentElement.dir = 'rtl'")
    found[f"{name}, right to left"] = page.evaluate(TOO_WIDE)
    page.evaluate("document.documentElement.dir = 'ltr'")
    page.evaluate(SPACING)
    found[f"{name}, wide spacing"] = page.evaluate(TOO_WIDE)
    return found


def test_neither_endless_words_nor_other_scripts_break_a_page(chromium: Browser, demo: Demo, kept: Path) -> None:
    planner = demo.planner
    event = planner.gathering(
        title="W" * 200, venue="V" * 150, description="D" * 3_000, capacity=5, visibility="public"
    )
    parties = [
        {"kind": "household", "name": name, "email": f"n{number}@names.test", "adults": 2}
        for number, name in enumerate(["X", "عائلة الحدّاد", "N" * 200, "Ⴊ𝔘𝔫𝔦 👩‍👩‍👧‍👦"])
    ]
    made = planner.api("POST", f"/gatherings/{event['id']}/invitations", {"parties": parties})["invitations"]
    for invitation in made:
        planner.say(invitation, answer="accepted", adults=2, children=0, note="n" * 500)
    desk = f"/manage/gatherings/{event['id']}"
    paths = [desk, *(f"{desk}/{tab}" for tab in ("guests", "edit", "invite", "history", "letters", "cards"))]
    paths += [f"{desk}/guests/{made[2]['id']}", f"/manage/answer/{made[2]['id']}", "/manage", "/manage/gatherings"]
    paths += ["/", f"/e/{event['slug']}", *(one["rsvp_url"].removeprefix(planner.base) for one in made)]
    found: dict[str, list[str]] = {}
    with person(chromium, planner.base, viewport=ZOOMED, storage_state=kept) as page:
        for path in paths:
            answer = page.goto(planner.base + path)
            assert answer and answer.status == 200, path
            found |= too_wide(page, path)
        page.goto(f"{planner.base}{desk}/guests")
        # An Arabic name in an English list keeps its own direction and moves nothing around it.
        name = page.locator("bdi", has_text="عائلة").first
        assert name.evaluate("one => getComputedStyle(one).unicodeBidi") == "isolate"
    assert not {name: parts for name, parts in found.items() if parts}


def test_a_date_is_asked_about_while_it_is_chosen_and_return_saves_what_was_typed(
    chromium: Browser, demo: Demo, kept: Path
) -> None:
    with person(chromium, demo.planner.base, storage_state=kept) as page:
        show(page, demo.planner.base, "o-date", "/manage/gatherings/new")
        expect(page.locator("#question")).to_contain_text("Good Friday is a public holiday")
        page.get_by_role("button", name="Friday 30 April instead").click()
        expect(page.get_by_label("Date", exact=True)).to_have_value("2060-04-30")
        expect(page.get_by_label("Name", exact=True)).to_have_value("Soup night")
        expect(page.locator("#question")).to_have_count(0)
        page.get_by_label("Date", exact=True).fill("2060-04-23")
        expect(page.locator("#question")).to_contain_text("Orthodox Good Friday is that day")
        # It was said while one chose, so it is not asked again; and Return is no other day.
        page.get_by_label("Name", exact=True).press("Enter")
        page.wait_for_url("**done=saved*")
        expect(page.locator("main")).to_contain_text("Friday 23 April 2060")


def test_without_scripts_a_date_is_asked_about_when_it_is_saved_where_one_looks(
    chromium: Browser, demo: Demo, kept: Path
) -> None:
    with person(
        chromium, demo.planner.base, storage_state=kept, viewport=PHONE, java_script_enabled=False
    ) as page:
        page.goto(f"{demo.planner.base}/manage/gatherings/new")
        for name, word in (
            ("title", "Choir"),
            ("date", "2060-04-16"),
            ("starts_at", "10:00"),
            ("ends_at", "11:00"),
        ):
            page.locator(f"[name={name}]").fill(word)
        page.get_by_role("button", name="Save and choose who to invite").click()
        expect(page.locator("#question")).to_be_in_viewport()
        page.get_by_role("button", name="Keep Friday 16 April").click()
        page.wait_for_url("**/invite*")


def test_an_error_in_the_running_order_leaves_its_rows_in_line(chromium: Browser, demo: Demo, kept: Path) -> None:
    with person(chromium, demo.planner.base, storage_state=kept) as page:
        page.goto(f"{demo.planner.base}/manage/gatherings/new")
        page.locator("#programme summary").click()
        page.locator("#programme-0-title").fill("Soup")
        page.get_by_role("button", name="Save as a draft").click()
        expect(page.locator("#programme-0-time-error")).to_be_visible()
        boxes = [page.locator(f"#programme-{number}-title").bounding_box() for number in range(3)]
        assert len({(box["x"], box["width"]) for box in boxes if box}) == 1


@pytest.mark.parametrize("query", ["", "?answer=accepted", "?change=1"])
def test_on_a_small_telephone_all_three_answers_are_seen_at_once(
    chromium: Browser, demo: Demo, query: str
) -> None:
    silent = demo.links("Soup & Stories")["Ben Amor"]
    with person(chromium, demo.planner.base, viewport=PHONE) as page:
        page.goto(demo.planner.base + silent + query)
        boxes = [one.bounding_box() for one in page.locator("label.choice").all()]
        assert [box is not None and box["y"] + box["height"] <= PHONE["height"] for box in boxes] == [True] * 3
        # Equally large: a no is as easy as a yes.
        assert len({(box["width"], box["height"]) for box in boxes if box}) == 1


def test_a_familys_page_is_light(chromium: Browser, demo: Demo) -> None:
    heavy: dict[str, int] = {}
    for name, path in pages_of(demo, "family"):
        with person(chromium, demo.planner.base, viewport=PHONE) as page:
            answers: list[Response] = []
            page.on("response", lambda answer, answers=answers: answers.append(answer))
            page.goto(demo.planner.base + path, wait_until="load")
            heavy[name] = sum(len(answer.body()) for answer in answers)
    assert not {name: size for name, size in heavy.items() if size > FAMILY_PAGE_MOST}


@pytest.mark.parametrize("group", GROUPS)
def test_no_page_asks_another_host_or_complains(chromium: Browser, demo: Demo, kept: Path, group: Group) -> None:
    with person(chromium, demo.planner.base, storage_state=kept) as page:
        for name, path in pages_of(demo, group):
            answer = page.goto(demo.planner.base + path, wait_until="load")
            assert answer and answer.status == (404 if name == "i-expired" else 200), name
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy or "default-src 'self'" in policy
            assert "unsafe" not in policy


def test_many_days_are_answered_at_once_by_keyboard_and_without_scripts(chromium: Browser, demo: Demo) -> None:
    with person(chromium, demo.planner.base, viewport=PHONE, java_script_enabled=False) as page:
        page.goto(demo.planner.base + demo.links("Choir")["Petrov"])
        # Which days is asked only of who answers for them too.
        expect(page.get_by_text("Which days?")).to_be_hidden()
        press_until(page, page.get_by_role("radio", name="Yes, we will come"))
        page.keyboard.press("Space")
        press_until(page, page.get_by_label("The same for 17 other days"))
        page.keyboard.press("Space")
        press_until(page, page.locator("summary", has_text="Which days?"))
        page.keyboard.press("Enter")
        left_out, full = (page.locator(f"label:has(#day-unanswered{place})").inner_text() for place in (2, 3))
        press_until(page, page.get_by_label(left_out))
        page.keyboard.press("Space")
        press_until(page, page.get_by_role("button", name="Save our answer"))
        page.keyboard.press("Enter")
        expect(page.locator(".notice")).to_contain_text("Saved for 17 days")
        expect(page.locator(".notice")).to_contain_text(f"Waiting: {full}")
        page.get_by_role("link", name=f"Answer for {left_out}").click()
        expect(page.get_by_label("The same for 17 other days")).not_to_be_checked()
        # Days with a no so far take the new answer, and its numbers.
        page.goto(demo.planner.base + demo.links("Choir")["Abara"])
        page.get_by_label("The same for 2 other days").check()
        expect(page.get_by_label("Adults")).to_be_visible()


def press_until(page: Page, wanted: Locator) -> None:
    """Goes on with the tabulator until that one has the focus."""
    for _press in range(80):
        if wanted.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no way to {wanted}")
