"""Mails that were given up, on the desk's first page."""

from __future__ import annotations

from sqlalchemy.orm import undefer

from notifications.installation import here
from notifications.mailbox import copy
from notifications.models import Message, State
from notifications.needs import undelivered
from planner.database import Database, utc_now
from planner.gatherings import actions as gatherings
from planner.gatherings.models import Gathering
from planner.settings import Settings
from tests.notifications.conftest import make_centre


def test_a_mail_that_failed_for_good_needs_somebody_while_it_is_true_and_until_it_is_sent_again(
    sqlite_database: Database, settings: Settings
) -> None:
    centre = make_centre(sqlite_database, settings)

    def named() -> list[tuple[str, str]]:
        with centre.database.reading() as session:
            found = undelivered(session, centre.organization_id, utc_now(), None)
        return [(need.title, need.url) for need in found]

    [first] = centre.invite(centre.plan())
    centre.deliver()
    [mail] = centre.mails()
    assert named() == []
    with centre.database.writing() as session:
        session.get_one(Message, mail.id).state = State.FAILED
    assert named() == [("Mail to Okafor-Lindqvist was not delivered", f"/manage/mail?open={mail.id}#mail")]
    with centre.database.writing() as session:
        again = copy(session, session.get_one(Message, mail.id, options=[undefer("*")]), here())
    assert named() == []
    with centre.database.writing() as session:
        session.get_one(Message, again).state = State.FAILED
    assert [url for _title, url in named()] == [f"/manage/mail?open={again}#mail"]
    with centre.database.writing() as session:
        gatherings.hold(session, session.get_one(Gathering, first.gathering_id))
    assert named() == []
