"""A real browser: Chromium as the machine has it, else Playwright's own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest
from playwright.sync_api import Browser, sync_playwright

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


def chromium() -> str | None:
    """The path of a Chromium, or None."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found:
        return found
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if os.path.exists(own) else None  # noqa: PTH110


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
