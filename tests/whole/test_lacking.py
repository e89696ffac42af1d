"""What a browser or a mail program may lack: colours, `:has`, styles, images, a mouse; nothing is lost by it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from planner.web import FOLDER
from tests.browser import Keys, person
from tests.pictures import sign_in
from tests.running import Installation, MailSink, running
from tests.whole import mails

STYLES = (FOLDER / "static" / "planner.css").read_text()
SMALL = {"width": 320, "height": 640}


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory, sink: MailSink) -> Iterator[Installation]:
    """An installation for these tests."""
    with running(tmp_path_factory.mktemp("bare"), smtp=sink.url) as made:
        yield made


@pytest.fixture
def link(bare: Installation) -> str:
    """A household's own link to an event of the test's own."""
    gathering = bare.gathering(title="Soup evening", venue="Garden Room")
    return str(bare.invite(gathering, 1)[0]["rsvp_url"])


def without(page: Page, styles: str) -> None:
    """Serves other styles than ours."""

    def serve(route: Route) -> None:
        route.fulfill(body=styles, content_type="text/css")

    page.route(re.compile(r"/planner[^/]*\.css"), serve)


def pictures(parts: Locator) -> list[bytes]:
    return [part.screenshot() for part in parts.all()]


def style(part: Locator, name: str) -> str:
    return str(part.evaluate("(one, name) => getComputedStyle(one)[name]", name))


def save(page: Page) -> None:
    page.get_by_role("button", name="Save our answer").click()
    expect(page.get_by_role("status").first).to_be_visible()


# Forced colours


def test_with_forced_colours_the_chosen_answer_is_told_from_the_others(
    chromium: Browser, bare: Installation, link: str
) -> None:
    with person(chromium, bare.base, forced_colors="active") as page:
        page.goto(link)
        assert len(set(pictures(page.locator(".choice .patch")))) == 3
        page.get_by_role("radio", name="Maybe").check()
        grounds = [style(choice, "backgroundColor") for choice in page.locator(".choice").all()]
        assert grounds[0] == grounds[2] != grounds[1]
        for choice in page.locator(".choice").all():
            patch = choice.locator(".patch")
            assert style(patch, "color") != style(choice, "backgroundColor")
        assert len(set(pictures(page.locator(".choice .patch")))) == 3
        save(page)


def test_with_forced_colours_every_patch_has_a_shape_of_its_own(chromium: Browser, bare: Installation) -> None:
    with person(chromium, bare.base, forced_colors="active") as page:
        sign_in(page, bare, bare.owner)
        page.goto(bare.base + "/manage/parts")
        shapes = page.locator("section").first.locator(".about").first.locator(".state .patch")
        assert len(set(pictures(shapes))) == shapes.count() == 5


# A browser that does not know :has


def test_without_has_the_radio_tells_and_nothing_is_hidden(
    chromium: Browser, bare: Installation, link: str
) -> None:
    unknown = [rule for rule in STYLES.splitlines() if ":has(" in rule]
    assert unknown and all(rule.count("{") == rule.count("}") == 1 for rule in unknown)
    with person(chromium, bare.base) as page:
        without(page, "\n".join(rule for rule in STYLES.splitlines() if ":has(" not in rule))
        page.goto(link)
        page.get_by_role("radio", name="No, not this time").check()
        chosen, *others = reversed(pictures(page.get_by_role("radio")))
        assert chosen not in others
        for hidden_by_has in page.locator(".coming").all():
            expect(hidden_by_has).to_be_visible()
        save(page)


# No style at all


def test_without_styles_the_page_reads_in_order_and_is_answered(
    chromium: Browser, bare: Installation, link: str
) -> None:
    with person(chromium, bare.base, viewport=SMALL) as page:
        without(page, "")
        page.goto(link)
        order = [
            page.get_by_role("heading", level=1),
            page.locator(".when"),
            page.get_by_role("heading", name="Will you come?"),
            *page.get_by_role("radio").all(),
            page.get_by_label("Adults"),
            page.get_by_role("button", name="Save our answer"),
        ]
        # What stands in one line has nearly one height.
        heights = [box["y"] for part in order if (box := part.bounding_box())]
        assert len(heights) == len(order)
        assert all(above < below + 8 for above, below in pairwise(heights))
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.get_by_role("radio", name="Yes, we will come").check()
        page.get_by_label("Adults").fill("2")
        page.get_by_label("Children").fill("1")
        save(page)
        expect(page.locator("main")).to_contain_text("2 adults, 1 child")


# Mail


def test_a_mail_reads_without_images_and_its_sheet_of_styles(
    chromium: Browser, bare: Installation, sink: MailSink
) -> None:
    gathering = bare.gathering(title="Mail evening", venue="Garden Room")
    [invitation] = bare.invite(gathering, 1, start=50)
    html = mails.html(sink.saying("p50@party.test", "Mail evening"))
    with person(chromium, bare.base, viewport=SMALL) as page:
        page.set_content(re.sub(r"<style.*?</style>|<img[^>]*>", "", html, flags=re.DOTALL))
        text = page.locator("body").inner_text()
        places = [text.index(words) for words in ("Mail evening", "Garden Room", "Will you come?", "Yes", "No")]
        assert places == sorted(places)
        for word in ("Yes", "Maybe", "No"):
            answer = page.get_by_role("link", name=word, exact=True)
            expect(answer).to_be_visible()
            assert str(answer.get_attribute("href")).startswith(invitation["rsvp_url"])
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


# The keyboard alone


def test_a_coordinator_invites_answers_and_moves_with_the_keyboard_alone(
    chromium: Browser, bare: Installation, sink: MailSink
) -> None:
    bare.api("PATCH", "/organization", {"settle_minutes": 0})
    bare.invite(bare.gathering(title="Before"), 1, start=90)
    event: dict[str, Any] = bare.gathering(title="Keys", venue="Hall")
    desk = f"{bare.base}/manage/gatherings/{event['id']}"
    with person(chromium, bare.base) as page:
        keys = Keys(page)
        page.goto(bare.cli("sign-in-link", bare.owner).strip())
        keys.enter(page.get_by_role("button", name="Open my planner"))
        page.goto(desk)
        keys.enter(page.get_by_role("link", name="Choose who to invite").first)
        keys.to(page.get_by_label("Everyone you know"))
        keys.press("Space")
        send = page.get_by_role("button", name=re.compile(r"^Send \d"))
        expect(send).to_be_visible()
        keys.enter(send)
        page.goto(f"{desk}/guests")
        keys.enter(page.get_by_role("row", name="Party 90").get_by_role("link", name="Answer for them"))
        keys.write(page.get_by_label("Adults"), "2")
        keys.enter(page.get_by_role("button", name="Yes", exact=True))
        expect(page.get_by_role("status").first).to_contain_text("The answer is saved")
        page.goto(f"{desk}/edit")
        keys.write(page.get_by_label("Place", exact=True), "Library")
        keys.enter(page.get_by_role("button", name="Save", exact=True))
        keys.enter(page.get_by_role("button", name=re.compile("^Move it and tell")))
        expect(page.get_by_role("status").first).to_contain_text("Moved")
    sink.saying("p90@party.test", "Library")
