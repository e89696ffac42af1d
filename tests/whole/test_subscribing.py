"""A program that knows calendars subscribes to a running installation."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.running import running

_SYNC = """
[general]
status_path = "{folder}/status/"
[pair feed]
a = "there"
b = "here"
collections = null
[storage there]
type = "http"
url = "{url}"
[storage here]
type = "filesystem"
path = "{folder}/events/"
fileext = ".ics"
"""
_LIST = "[calendars]\n[[feed]]\npath = {folder}/events/\nreadonly = True\n[sqlite]\npath = {folder}/khal.db\n"


def test_vdirsyncer_fetches_a_feed_khal_lists_it_and_nothing_new_is_a_304(tmp_path: Path) -> None:
    (tmp_path / "planner").mkdir()
    with running(tmp_path / "planner") as planner:
        planner.gathering(visibility="public")
        feed = planner.api("POST", "/feeds", {"scope": "organization"})["url"]
        assert "Soup & Stories" in _fetched(tmp_path, feed, "{title}")
        with urllib.request.urlopen(feed) as first:
            etag = first.headers["ETag"]
        again = urllib.request.Request(feed, headers={"If-None-Match": etag})
        with pytest.raises(urllib.error.HTTPError) as unchanged:
            urllib.request.urlopen(again)
        assert unchanged.value.code == 304


def test_the_public_calendar_is_subscribed_to_in_a_language_and_with_reminders(tmp_path: Path) -> None:
    (tmp_path / "planner").mkdir()
    with running(tmp_path / "planner") as planner:
        slug = planner.gathering(visibility="public", venue="Garden Room")["organization"]
        feed = f"{planner.base}/calendars/public/{slug}.ics?lang=es&alarm=60"
        listed = _fetched(tmp_path, feed, "{title}{alarm-symbol}{description}")
        assert "Soup & Stories ⏰" in listed
        assert "Dónde: Garden Room" in listed


def _fetched(home: Path, feed: str, form: str) -> str:
    """What khal lists of the next weeks, once vdirsyncer has fetched the feed."""
    (home / "events").mkdir()
    (home / "sync").write_text(_SYNC.format(folder=home, url=feed))
    (home / "khal").write_text(_LIST.format(folder=home))
    _run(home, "vdirsyncer", "-c", str(home / "sync"), "discover", "feed")
    _run(home, "vdirsyncer", "-c", str(home / "sync"), "sync")
    return _run(home, "khal", "-c", str(home / "khal"), "list", "--format", form, "today", "40d")


def _run(home: Path, program: str, *args: str) -> str:
    """What it says; it runs beside this Python and knows no other configuration."""
    command = [str(Path(sys.executable).parent / program), *args]
    surroundings = {**os.environ, "HOME": str(home), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=surroundings, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
