"""The command line: what a person types to set up, look after and try the planner."""

from __future__ import annotations

import re
import signal
import subprocess
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

import notifications.models
import planner.tables
from events import EventsBase
from planner import schema
from planner.database import Base, Database
from tests.running import LINK, PLANNER, Installation

__all__ = ["notifications", "planner"]


def refused(empty: Installation, *args: str) -> subprocess.CompletedProcess[str]:
    """A command that must fail, with one plain sentence and no trace of the program."""
    done = subprocess.run(
        [PLANNER, *args], cwd=empty.folder, env=empty.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode and "Traceback" not in done.stderr
    return done


def opens(planner: Installation, link: str) -> bool:
    """Whether a sign-in link signs in."""
    page = planner.http.get(link)
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page.text)
    if page.status_code != 200 or token is None:
        return False
    done = planner.http.post(link, data={"_csrf_token": token[1]})
    return done.status_code == 303 and planner.http.get("/manage").status_code == 200


def test_from_nothing_to_signed_in(empty: Installation) -> None:
    link = empty.set_up()
    empty.start()
    assert opens(empty, link)
    assert not opens(empty, link), "a sign-in link works once"
    assert empty.api("GET", "/organization")["name"] == "Hill Centre"

    again = empty.cli("init", "--organization", "Lake Centre", "--email", "lake@lake.test")
    assert "Lake Centre" in again and LINK.search(again)
    more = empty.cli("sign-in-link", empty.owner).strip()
    assert opens(empty, more)
    refusal = refused(empty, "sign-in-link", "nobody@nowhere.test")
    assert refusal.returncode == 1 and len(refusal.stderr.strip().splitlines()) == 1


def test_a_token_is_alone_on_the_last_line_and_opens_one_organisation(empty: Installation) -> None:
    empty.set_up()
    empty.cli("init", "--organization", "Lake Centre", "--email", empty.owner)
    said = empty.cli(
        "api-token", "create", "--email", empty.owner, "--organization", "lake-centre", "--name", "school"
    )
    empty.token = said.splitlines()[-1]
    assert re.fullmatch(r"\S{20,}", empty.token)
    empty.start()
    assert empty.api("GET", "/organization")["slug"] == "lake-centre"


def test_doctor_says_what_is_well_and_what_to_mend(empty: Installation) -> None:
    empty.cli("migrate")
    said = empty.cli("doctor")
    assert "MEND" not in said and all(word in said for word in ("Database", "Clock", "Mail", "Base address"))
    empty.environment |= {"PLANNER_SMTP_URL": "smtp://127.0.0.1:9?starttls=never"}
    said = refused(empty, "doctor")
    assert said.returncode == 1 and "MEND  Mail: 127.0.0.1:9" in said.stdout
    # The port that mail goes to where none is written, and an address that no mail can go to.
    empty.environment |= {"PLANNER_SMTP_URL": "smtp://127.0.0.1?starttls=never"}
    assert "MEND  Mail: 127.0.0.1:25 " in refused(empty, "doctor").stdout
    empty.environment |= {"PLANNER_SMTP_URL": "smtp://127.0.0.1:port"}
    assert "MEND  Mail: it cannot leave: PLANNER_SMTP_URL" in refused(empty, "doctor").stdout


def test_a_database_that_lacks_a_column_is_noticed_before_anything_is_lost(empty: Installation) -> None:
    empty.cli("migrate")
    engine = sa.create_engine(empty.environment["PLANNER_DATABASE_URL"])
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE message DROP COLUMN last_error")
    engine.dispose()
    for args in (("serve", "--port", str(empty.port)), ("doctor",)):
        said = refused(empty, *args)
        assert said.returncode == 1 and "lacks message.last_error" in said.stdout + said.stderr


def test_the_demo_starts_from_nothing_and_keeps_its_data(tmp_path: Path) -> None:
    made = Installation(tmp_path)
    made.owner = "hanna.brandt@lindenhof.example"
    try:
        made.start(command="demo")
        first = LINK.findall(made.log())
        made.token = made.cli("api-token", "create", "--email", made.owner).strip().splitlines()[-1]
        ids = {one["id"] for one in made.everything("/gatherings")}
        new = made.gathering(title="Kept over night")["id"]
        assert made.end(signal.SIGINT) in (0, 130, -signal.SIGINT)

        made.start(command="demo")
        assert {one["id"] for one in made.everything("/gatherings")} == ids | {new}
        links = LINK.findall(made.log())
        assert len(first) == 1 and len(links) == 2
        assert opens(made, links[1])
    finally:
        made.close()


@pytest.mark.parametrize(
    "args",
    [
        ("serve", "--port", "0"),
        ("init", "--organization", "", "--email", "a@b.test"),
        ("init", "--organization", "Hill", "--email", "no address"),
        ("api-token", "create"),
        ("fly",),
    ],
)
def test_what_cannot_be_done_is_said_in_plain_words(tmp_path: Path, args: tuple[str, ...]) -> None:
    done = refused(Installation(tmp_path), *args)
    assert done.stderr.strip()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PLANNER_DATABASE_URL", "mysql://db"),
        ("PLANNER_BASE_URL", "plan.example.org"),
        ("PLANNER_SECRET_KEY", "short"),
        ("PLANNER_SMTP_URL", "http://mail"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path, name: str, value: str) -> None:
    made = Installation(tmp_path)
    made.cli("migrate")
    made.environment[name] = value
    done = refused(made, "worker")
    assert done.returncode == 1 and name in done.stderr


def test_postgresql_without_its_tables_says_which_command_makes_them(empty: Installation) -> None:
    if "sqlite" in empty.environment["PLANNER_DATABASE_URL"]:
        pytest.skip("SQLite's tables are made on the way")
    assert "planner migrate" in refused(empty, "serve").stderr


def test_the_tables_go_down_and_up_again_with_data_in_them(empty: Installation) -> None:
    empty.set_up()
    database = Database(empty.environment["PLANNER_DATABASE_URL"])
    schema.migrate(database, "base")
    assert not set(sa.inspect(database.engine).get_table_names()) - {"alembic_version"}
    database.close()
    empty.set_up()
    empty.start()
    assert empty.gathering()["status"] == "draft"


def test_models_and_migrations_do_not_differ(empty: Installation) -> None:
    database = Database(empty.environment["PLANNER_DATABASE_URL"])
    schema.migrate(database)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, [Base.metadata, EventsBase.metadata]) == []  # type: ignore[arg-type]
    database.close()
