"""The command line: setting up, serving, and what a program or a cron job asks for."""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Callable
from functools import reduce, wraps
from pathlib import Path
from typing import Any, Final, NoReturn

import click

import notifications.models
import planner.tables
from planner import logs, schema
from planner.accounts import actions as accounts
from planner.accounts.models import Membership
from planner.database import Database
from planner.errors import Refused
from planner.imports.outcomes import Outcome, nothing_of, organization_for
from planner.settings import BadSetting, Settings, read_settings

# Every table must be known; what only one command needs is imported in it, so that the others start without.
__all__ = ["notifications", "planner"]

Command = Callable[..., None]


def _fail(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(1)


def _with_settings(command: Command) -> Command:
    """Gives a command the settings; what it refuses is said in one sentence."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            settings = read_settings()
            logs.begin(settings.log_format)
            command(settings, *args, **kwargs)
        except BadSetting as bad:
            _fail(str(bad))
        except Refused as refused:
            _fail(refused.detail)

    return run


def _ready(settings: Settings) -> Database:
    """The database with its tables; SQLite's are made on the way."""
    # What happens owes something to each subscriber: that is written down with it, so all must be known.
    import notifications.subscribers  # noqa: F401

    database = Database(settings.database_url)
    if database.is_sqlite:
        schema.migrate(database)
    elif not schema.is_current(database):
        _fail("The database needs its tables: run `planner migrate` first.")
    if lacking := schema.missing(database):
        _fail(f"The database lacks {lacking[0]}, though it says that it is current: restore a whole copy.")
    return database


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="planner")
def main() -> None:
    """Plans family nights, workshops, outings and celebrations that bring parents and professionals together."""


@main.command()
@_with_settings
def migrate(settings: Settings) -> None:
    """Bring the database to the tables that this version needs."""
    schema.migrate(Database(settings.database_url))
    click.echo("The database is up to date.")


@main.command()
@click.option("--organization", required=True, metavar="NAME", help="What the organisation is called.")
@click.option("--email", required=True, metavar="ADDRESS", help="Its owner's mail address.")
@click.option(
    "--time-zone", default="UTC", show_default=True, metavar="ZONE", help="Where it is, like Europe/Berlin."
)
@_with_settings
def init(settings: Settings, organization: str, email: str, time_zone: str) -> None:
    """Make an organisation and its owner, and print a sign-in link."""
    database = Database(settings.database_url)
    schema.migrate(database)
    with database.writing() as session:
        membership = accounts.found_organization(session, organization, email, time_zone)
        token = accounts.new_sign_in_link(session, membership.account_id)
    click.echo(f"{membership.organization.name} is set up. Its owner signs in here, once, within 15 minutes:")
    click.echo(settings.url(f"/sign-in/{token}"))


@main.command("sign-in-link")
@click.argument("email")
@_with_settings
def sign_in_link(settings: Settings, email: str) -> None:
    """Print a link that signs in once within 15 minutes."""
    with _ready(settings).writing() as session:
        membership = accounts.membership_of(session, email)
        token = accounts.new_sign_in_link(session, membership.account_id)
    click.echo(settings.url(f"/sign-in/{token}"))


@main.group("api-token")
def api_token() -> None:
    """Tokens for programs."""


@api_token.command("create")
@click.option("--email", required=True, metavar="ADDRESS", help="For whom the program acts.")
@click.option("--organization", metavar="SLUG", help="In which organisation, where there are several.")
@click.option("--name", default="", help="What it is for.")
@_with_settings
def create_token(settings: Settings, email: str, organization: str | None, name: str) -> None:
    """Print a new token, alone on the last line. It is shown once."""
    with _ready(settings).writing() as session:
        membership = accounts.membership_of(session, email, organization)
        token = accounts.create_api_token(session, membership, name)
    click.echo(f"A token for {membership.account.called} at {membership.organization.name}:")
    click.echo(token)


@main.group("import")
def import_group() -> None:
    """Bring in contacts or a calendar."""


def _import_arguments(whose: str) -> Callable[[Command], Command]:
    """The file, and what every import can be told."""
    arguments: list[Callable[[Command], Command]] = [
        click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path)),
        click.option("--organization", metavar="SLUG", help=whose),
        click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing."),
        click.option("--json", "as_json", is_flag=True, help="End with one JSON object."),
    ]
    return lambda command: reduce(lambda made, add: add(made), reversed(arguments), command)


@import_group.command("people")
@_import_arguments("Whose contacts they are, where there are several organisations.")
@_with_settings
def import_people(settings: Settings, file: Path, organization: str | None, dry_run: bool, as_json: bool) -> None:
    """Import contacts from a CSV file as a school exports it."""
    from planner.parties.importing import import_file
    from planner.parties.reading import NotAList

    database = _ready(settings)
    with database.reading() as session:
        owner = organization_for(session, organization)
    try:
        outcome = import_file(database, owner.id, file.read_bytes(), dry_run=dry_run, progress=_progress(as_json))
    except NotAList as not_a_list:
        outcome = nothing_of(not_a_list.detail)
    _say_outcome(outcome, dry_run, as_json)


@import_group.command("calendar")
@_import_arguments("Whose events they are, where there are several organisations.")
@_with_settings
def import_calendar(
    settings: Settings, file: Path, organization: str | None, dry_run: bool, as_json: bool
) -> None:
    """Import the events of an .ics file as drafts; nobody is told before they are published."""
    from planner.calendar_files.content import NotACalendar
    from planner.calendar_files.taking_over import import_file

    database = _ready(settings)
    with database.reading() as session:
        owner = organization_for(session, organization)
    outcome: Outcome
    try:
        outcome = import_file(database, owner, file.read_bytes(), dry_run=dry_run, progress=_progress(as_json))
    except NotACalendar as not_a_calendar:
        outcome = nothing_of(not_a_calendar.detail)
    _say_outcome(outcome, dry_run, as_json)


def _say_outcome(outcome: Outcome, dry_run: bool, as_json: bool) -> None:
    for left in outcome.not_understood:
        click.echo(f"{left.row}: {left.reason}", err=True)
    for sentence in outcome.notes:
        click.echo(sentence, err=True)
    would = "would be " if dry_run else ""
    click.echo(
        f"{outcome.new} {would}new, {outcome.changed} {would}changed, {outcome.unchanged} unchanged, "
        f"{len(outcome.not_understood)} not understood."
    )
    if as_json:
        click.echo(json.dumps(outcome.as_json()))
    if not outcome.understood_anything:
        sys.exit(1)


def _progress(quiet: bool) -> Callable[[int, int], None]:
    def say(done: int, total: int) -> None:
        if sys.stderr.isatty() and not quiet:
            click.echo(f"\r{done} of {total}", err=True, nl=done >= total)

    return say


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes that serve.")
@click.option("--no-worker", is_flag=True, help="Leave mail and other consequences to `planner worker`.")
@_with_settings
def serve(settings: Settings, host: str, port: int, workers: int, no_worker: bool) -> None:
    """Serve pages, feeds and the JSON interface; send the mail too unless told not to."""
    _ready(settings).close()
    _serve(host, port, workers, worker=not no_worker)


def _serve(host: str, port: int, workers: int, *, worker: bool) -> None:
    import uvicorn

    os.environ[_WORKER_INSIDE] = "1" if worker else ""
    uvicorn.run(
        "planner.cli:web_application",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        # Live pages keep their connection open: they must not hold up a stop.
        timeout_graceful_shutdown=5,
        # A process that starts on a busy machine must not be taken for one that hangs.
        timeout_worker_healthcheck=60,
    )


# EX_TEMPFAIL of sysexits.h: mail servers keep the mail and try again.
_TRY_AGAIN: Final = 75

# Objects that an answer makes, some hundreds, are gone with it: they need no collector.
_GC_THRESHOLDS: Final = (20_000, 20, 50)
# How the processes that uvicorn starts are told whether they deliver events too.
_WORKER_INSIDE: Final = "PLANNER_INTERNAL_WORKER_INSIDE"


def web_application() -> Any:
    """The application of one serving process."""
    from planner.app import create_app

    settings = read_settings()
    logs.begin(settings.log_format)
    made = create_app(settings, worker=bool(os.environ.get(_WORKER_INSIDE)))
    # What is there now stays: looking through it again and again for what could go would hold up answers.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)
    return made


@main.command()
@_with_settings
def worker(settings: Settings) -> None:
    """Deliver events, send mail and keep the schedule, without serving pages."""
    from notifications.worker import Worker, run_until_stopped

    run_until_stopped(Worker(_ready(settings), settings))


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@_with_settings
def demo(settings: Settings, host: str, port: int) -> None:
    """Serve with sample data: made-up families, one sign-in link, mail that stays here."""
    from planner import demo as sample

    # Links must lead to where it listens, unless it was said where it is reached.
    os.environ.setdefault("PLANNER_BASE_URL", f"http://{host}:{port}")
    settings = read_settings()
    database = _ready(settings)
    with database.writing() as session:
        membership = sample.make(session)
        token = accounts.new_sign_in_link(session, membership.account_id)
    database.close()
    click.echo(_welcome(settings, membership, token))
    _serve(host, port, 1, worker=True)


def _welcome(settings: Settings, membership: Membership, token: str) -> str:
    return (
        f"\n  {membership.organization.name}, with made-up families\n\n"
        f"  What's on:                 {settings.url('/')}\n"
        f"  Sign in as {membership.account.called} (works once, 15 minutes):\n"
        f"  {settings.url('/sign-in/' + token)}\n\n"
        "  Ctrl+C stops it; the data stays in var/.\n"
    )


@main.command()
@click.option("--dry-run", is_flag=True, help="Say what would become of it, and do nothing.")
@click.option("--json", "as_json", is_flag=True, help="End with one JSON object.")
@_with_settings
def receive(settings: Settings, dry_run: bool, as_json: bool) -> None:
    """Take in one mail from standard input: an answer, a failure report, an unsubscribe.

    A mail server runs it for mail to the reply domain. Exit 75 means that it could not be stored: try again.
    """
    import msgspec
    from sqlalchemy.exc import SQLAlchemyError

    from notifications import installation
    from notifications.incoming.reading import MAIL_MOST
    from notifications.incoming.receive import take_in

    raw = sys.stdin.buffer.read(MAIL_MOST + 1)
    try:
        database = _ready(settings)
        received = take_in(database, installation.use(settings), raw, dry_run=dry_run)
    except SystemExit:
        # The database lacks its tables, and has said so: once it has them the mail can be taken.
        sys.exit(_TRY_AGAIN)
    except (SQLAlchemyError, OSError) as error:
        click.echo(f"The mail could not be stored ({type(error).__name__}).", err=True)
        sys.exit(_TRY_AGAIN)
    click.echo(f"{received.kind}: {received.reason}" + ("" if received.done else ", waits for a person"))
    if as_json:
        said = msgspec.to_builtins(received)
        click.echo(json.dumps({name: value for name, value in said.items() if value is not None}))


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_with_settings
def backup(settings: Settings, file: Path) -> None:
    """Write all data into FILE, while it is served or not. The secret key is not in it."""
    from planner.copies import write_copy

    rows = write_copy(_ready(settings), file)
    click.echo(
        f"{rows} rows are in {file}. The secret key is not: keep var/secret-key, or PLANNER_SECRET_KEY, too. "
        "Without it the links in mails that were sent no longer open."
    )


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_with_settings
def restore(settings: Settings, file: Path) -> None:
    """Fill an empty database, of either kind, from what `planner backup` wrote."""
    from planner.copies import restore_copy

    database = Database(settings.database_url)
    schema.migrate(database)
    click.echo(f"{restore_copy(database, file)} rows are restored.")


@main.command()
@_with_settings
def doctor(settings: Settings) -> None:
    """Check database, mail, clock and base address, and say what to mend."""
    from planner.doctor import examine

    findings = examine(settings)
    for finding in findings:
        click.echo(f"{'ok  ' if finding.well else 'MEND'}  {finding.what}: {finding.sentence}")
    if not all(finding.well for finding in findings):
        sys.exit(1)
