"""An installation is copied into a file and grows from there, on either kind of database."""

from __future__ import annotations

import gzip
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from tests.running import PLANNER, Installation
from tests.whole.conftest import database_for


@pytest.fixture
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Installation:
    """A second machine, on each kind of database, with nothing in it."""
    folder = tmp_path / "other"
    folder.mkdir()
    made = Installation(folder, database=database_for(request))
    request.addfinalizer(made.close)
    return made


def refused(planner: Installation, *args: str) -> str:
    """What a command that fails says: one sentence."""
    done = subprocess.run(
        [PLANNER, *args], cwd=planner.folder, env=planner.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done
    assert len(done.stderr.strip().splitlines()) == 1
    return done.stderr


@pytest.mark.parametrize(("empty", "other"), [("sqlite", "postgresql"), ("postgresql", "sqlite")], indirect=True)
def test_a_copy_moves_to_another_database_and_calendars_take_it_for_newer(
    empty: Installation, other: Installation
) -> None:
    empty.set_up()
    empty.start()
    event = empty.gathering(capacity=5)
    asked, silent = empty.invite(event, 2)
    assert empty.say(asked, answer="accepted", adults=2, children=1, note="We bring bread") == 303
    empty.api("PATCH", f"/gatherings/{event['id']}", {"title": "Songs"})
    before = empty.api("GET", f"/gatherings/{event['id']}")
    logged = [one["id"] for one in empty.everything("/events?after=0")]

    copy = empty.folder / "copy.gz"
    said = empty.cli("backup", str(copy))
    assert "secret key is not" in said
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert empty.environment["PLANNER_SECRET_KEY"].encode() not in gzip.decompress(copy.read_bytes())
    empty.end()

    other.environment["PLANNER_SECRET_KEY"] = empty.environment["PLANNER_SECRET_KEY"]
    other.cli("restore", str(copy))
    other.token = empty.token
    other.start()
    after = other.api("GET", f"/gatherings/{event['id']}")
    assert after["sequence"] == before["sequence"] + 1_000
    assert after["counts"] == before["counts"]
    assert [one["id"] for one in other.everything("/events?after=0")][: len(logged)] == logged
    (rsvp,) = other.everything(f"/gatherings/{event['id']}/rsvps")
    assert (rsvp["answer"], rsvp["adults"], rsvp["children"]) == ("accepted", 2, 1)
    silent["rsvp_url"] = silent["rsvp_url"].replace(empty.base, other.base)
    assert other.say(silent, answer="declined") == 303


@pytest.mark.parametrize(("empty", "other"), [("sqlite", "postgresql")], indirect=True)
def test_nothing_is_written_over_and_nothing_half_restored(empty: Installation, other: Installation) -> None:
    empty.set_up()
    copy = empty.folder / "copy.gz"
    empty.cli("backup", str(copy))
    assert "holds data already" in refused(empty, "restore", str(copy))
    whole = gzip.decompress(copy.read_bytes())
    for name, body in (
        ("cut.gz", gzip.compress(whole[: len(whole) * 2 // 3])),
        ("torn.gz", copy.read_bytes()[:-40]),
        ("plain.gz", b"not a copy"),
        ("short.gz", gzip.compress(b"\n".join(whole.splitlines()[:1]) + b"\n9\n")),
    ):
        broken = other.folder / name
        broken.write_bytes(body)
        assert "no whole copy" in refused(other, "restore", str(broken))
    shutil.copy(copy, other.folder)
    assert "rows are restored" in other.cli("restore", "copy.gz")
