"""`planner import people` and `planner import calendar`, as a school's own scripts call them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from planner.cli import main

CLASS = """Name,Email,Household,Children
Ida Moreau,ida@example.org,1,2
Jan Moreau,jan@example.org,1,2
Lan Nguyen,lan.nguyen(at)example.org,2,1
Ada Obi,,3,1
"""


class Terminal:
    """A command line in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._runner = CliRunner(
            env={
                "PLANNER_DATABASE_URL": f"sqlite:///{folder / 'planner.db'}",
                "PLANNER_SECRET_KEY": "k" * 40,
                "PLANNER_LOG": "text",
            }
        )

    def run(self, *args: str) -> Result:
        """Runs `planner ARGS`."""
        return self._runner.invoke(main, list(args))

    def bring(self, content: bytes, *options: str) -> Result:
        """Imports a calendar."""
        file = self.folder / "year.ics"
        file.write_bytes(content)
        return self.run("import", "calendar", str(file), *options)

    def take(self, content: str | bytes, *options: str) -> Result:
        """Imports a file."""
        file = self.folder / "list.csv"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return self.run("import", "people", str(file), *options)


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """An installation with one organisation."""
    made = Terminal(tmp_path)
    assert made.run("init", "--organization", "Hill Centre", "--email", "owner@hill.test").exit_code == 0
    return made


def last_line(result: Result) -> dict[str, Any]:
    """The JSON object at the end."""
    found: dict[str, Any] = json.loads(result.stdout.strip().splitlines()[-1])
    return found


def test_the_last_line_is_one_object_with_counts_and_reasons(terminal: Terminal) -> None:
    result = terminal.take(CLASS, "--json")
    assert result.exit_code == 0
    said = last_line(result)
    assert (said["new"], said["changed"], said["unchanged"]) == (3, 0, 0)
    assert [left["row"] for left in said["not_understood"]] == [4]
    assert "lan.nguyen(at)example.org" in said["not_understood"][0]["reason"]


def test_a_second_import_finds_everybody_unchanged(terminal: Terminal) -> None:
    terminal.take(CLASS)
    said = last_line(terminal.take(CLASS, "--json"))
    assert (said["new"], said["changed"], said["unchanged"]) == (0, 0, 3)


def test_a_dry_run_says_the_same_and_writes_nothing(terminal: Terminal) -> None:
    dry = terminal.take(CLASS, "--dry-run", "--json")
    assert "3 would be new" in dry.stdout
    assert last_line(terminal.take(CLASS, "--json")) == last_line(dry)


@pytest.mark.parametrize("content", ["Name,Email\nAda,nonsense\n", b"%PDF-1.7 \x00\x01", b"PK\x03\x04\x14\x00"])
def test_where_nothing_could_be_read_it_exits_1_and_still_ends_with_json(
    terminal: Terminal, content: str | bytes
) -> None:
    result = terminal.take(content, "--json")
    assert result.exit_code == 1
    said = last_line(result)
    assert (said["new"], said["changed"], said["unchanged"]) == (0, 0, 0)
    assert said["not_understood"][0]["reason"]


@pytest.mark.parametrize("content", ["", "\n", "Name,Email\n"])
def test_an_empty_list_is_read_and_holds_nobody(terminal: Terminal, content: str) -> None:
    result = terminal.take(content, "--json")
    assert result.exit_code == 0
    assert last_line(result) == {"new": 0, "changed": 0, "unchanged": 0, "not_understood": []}


def test_among_several_organisations_one_is_named(terminal: Terminal) -> None:
    terminal.run("init", "--organization", "Lake Centre", "--email", "owner@lake.test")
    refused = terminal.take(CLASS)
    assert refused.exit_code == 1
    assert "--organization" in refused.stderr
    assert terminal.take(CLASS, "--organization", "lake-centre").exit_code == 0
    assert terminal.take(CLASS, "--organization", "nowhere").exit_code == 1


def test_a_file_that_is_not_there_is_wrong_usage(terminal: Terminal) -> None:
    assert terminal.run("import", "people", "/nowhere.csv").exit_code == 2


YEAR = b"""BEGIN:VCALENDAR
BEGIN:VEVENT
UID:soup@school.test
SUMMARY:Soup
DTSTART:20270318T163000Z
END:VEVENT
BEGIN:VEVENT
UID:choir@school.test
DTSTART;TZID=Europe/Berlin:20200318T173000
RRULE:FREQ=WEEKLY;COUNT=4
END:VEVENT
BEGIN:VEVENT
UID:odd@school.test
DTSTART;TZID=Funland:20200318T173000
END:VEVENT
BEGIN:VEVENT
SUMMARY:Nameless
DTSTART:20270318T163000Z
END:VEVENT
END:VCALENDAR
"""


def test_a_calendars_counts_are_of_gatherings_a_series_counting_once(terminal: Terminal) -> None:
    dry = terminal.bring(YEAR, "--dry-run", "--json")
    result = terminal.bring(YEAR, "--json")
    assert (dry.exit_code, result.exit_code) == (0, 0)
    said = last_line(result)
    assert said == last_line(dry)
    assert (said["new"], said["changed"], said["unchanged"]) == (2, 0, 0)
    assert [left["row"] for left in said["not_understood"]] == ["odd@school.test", 16]
    assert "Soup: It has no end: one hour is taken." in result.stderr
    again = last_line(terminal.bring(YEAR, "--json"))
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 2)


def test_a_file_that_is_no_calendar_or_holds_nothing_to_be_understood_exits_1(terminal: Terminal) -> None:
    result = terminal.bring(b"hello", "--json")
    assert result.exit_code == 1
    assert last_line(result)["not_understood"][0]["row"] == 1
    bad = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART:never\nEND:VEVENT\nEND:VCALENDAR\n"
    assert terminal.bring(bad).exit_code == 1
    assert terminal.bring(b"BEGIN:VCALENDAR\nEND:VCALENDAR\n", "--json").exit_code == 0
