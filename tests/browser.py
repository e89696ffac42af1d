"""A real browser: Chromium as the machine has it, else Playwright's own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    expect,
    sync_playwright,
)

PATIENCE: Final = 20_000  # milliseconds, for a machine that has much else to do
expect.set_options(timeout=PATIENCE)
FLAGS: Final = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MENDED_BY: Final = "no browser was found: apt-get install chromium, or .venv/bin/playwright install chromium"
# A page that answers with 404, 409 or 422 is told of in the console too; that is no error of the page.
_REFUSED: Final = "Failed to load resource: the server responded with a status of"
# What shows where the focus is may be drawn by the field itself or by the label around it.
_FOCUS_IS_SEEN: Final = """() => {
  for (let one = document.activeElement, n = 0; one && n < 3; one = one.parentElement, n += 1) {
    const style = getComputedStyle(one);
    if (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) return true;
  }
  return false;
}"""


def chromium() -> str | None:
    """The path of a Chromium, or None."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found:
        return found
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


@contextmanager
def browser() -> Iterator[Browser]:
    """A running browser. Where there is none a test is skipped and says what mends it, unless one is demanded."""
    path = chromium()
    if path is None:
        if os.environ.get("PLANNER_TEST_BROWSER") == "required":
            pytest.fail(MENDED_BY)
        pytest.skip(MENDED_BY)
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield made
        made.close()


class Watch:
    """Notes what a page must never do: complain in the console, break its content policy, ask another host."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.troubles: list[str] = []
        self._base = base
        context.on("console", self._heard)
        context.on("weberror", lambda error: self.troubles.append(str(error.error)))
        context.on("request", self._asked)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(_REFUSED):
            self.troubles.append(f"{message.page.url if message.page else ''}: {message.text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self._base, "data:", "about:", "blob:")):
            self.troubles.append(f"asks {request.url}")


@contextmanager
def person(made: Browser, base: str, **options: Any) -> Iterator[Page]:
    """A person with a browser of their own, whose pages are watched; `options` are Playwright's for a context."""
    context = made.new_context(**{"locale": "en-GB", "viewport": {"width": 1280, "height": 800}, **options})
    context.set_default_timeout(PATIENCE)
    watch = Watch(context, base)
    try:
        yield context.new_page()
    finally:
        context.close()
    assert not watch.troubles


class Keys:
    """Hands that know the keyboard alone, and eyes that must see where the focus is."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def to(self, wanted: Locator, most: int = 90) -> Locator:
        """Presses Tab until the focus is there."""
        handle = wanted.element_handle()
        for _press in range(most):
            self._page.keyboard.press("Tab")
            if handle.evaluate("one => one === document.activeElement"):
                assert self._page.evaluate(_FOCUS_IS_SEEN), f"the focus is not seen at {wanted}"
                return wanted
        raise AssertionError(f"{wanted} is not reached by Tab")

    def press(self, *keys: str) -> None:
        """Presses keys one after another."""
        for key in keys:
            self._page.keyboard.press(key)

    def write(self, wanted: Locator, words: str) -> None:
        """Goes to a field and types over what is there."""
        self.to(wanted)
        self.press("Control+A")
        self._page.keyboard.type(words)

    def enter(self, wanted: Locator) -> None:
        """Goes to a button or link and presses Enter; waits for the page that follows."""
        self.to(wanted)
        with self._page.expect_navigation():
            self.press("Enter")
