"""The text part of every kind of mail, as somebody hears it who has it read aloud."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from events import AppreciationGiven, record
from notifications.models import Message
from planner.accounts import actions as accounts
from planner.accounts.models import Organization, Role
from planner.appreciation.models import Appreciation
from planner.database import Database, utc_now
from planner.gatherings import actions as gatherings
from planner.gatherings.fields import GatheringFields
from planner.invitations import actions as invitations
from planner.invitations import letters
from planner.invitations.models import Invitation
from planner.markdown import to_speech
from planner.series import actions as series
from planner.settings import Settings
from tests.notifications.conftest import Centre, make_centre, okafor
from tests.notifications.telling import tell_settled
from tests.notifications.test_answered_days import say

KINDS = {
    *("invitation", "link", "confirmation", "seats", "moved", "cancelled", "withdrawn"),
    *("letter", "question", "thanks", "afterwards", "colleague"),
}
DESCRIPTION = "We cook **three** soups, see [the recipes](https://soup.example/recipes).\n\n- a bowl\n- a spoon"


@pytest.fixture
def speaking_centre(sqlite_database: Database, settings: Settings) -> Centre:
    """The centre on one kind of database: words are the same on each."""
    return make_centre(sqlite_database, settings)


def every_mail(centre: Centre, language: str) -> list[Message]:
    """Does what brings forth each kind of mail, in one language."""
    with centre.database.writing() as session:
        organization = session.get_one(Organization, centre.organization_id)
        organization.languages, organization.settle_minutes = [language], 0
        accounts.add_colleague(session, centre.owner, "tomasz@lindenhof.example", "Tomasz", Role.HELPER)
    soup = centre.plan(capacity=5, description=DESCRIPTION, online_url="https://meet.example/soup")
    okafors, haddads, third = centre.invite(
        soup,
        okafor(),
        okafor(name="Haddad", email="rania@example.org"),
        okafor(name="Li", email="li@example.org"),
    )
    centre.deliver()
    centre.leave()
    centre.answer(okafors, "accepted", adults=2, children=3)
    centre.answer(haddads, "accepted", adults=1, children=1)
    centre.deliver()
    centre.answer(okafors, "tentative", adults=2, children=0)
    centre.deliver()
    write_each_other(centre, soup, okafors, third)
    starts_at = datetime(2027, 3, 19, 16, 30, tzinfo=UTC)
    later = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=2)}
    centre.act(soup, gatherings.change, GatheringFields(**later, online_url="https://meet.example/other"))
    centre.deliver()
    tell_settled(centre.database, utc_now() + timedelta(hours=1))
    change_many(centre)
    centre.act(soup, gatherings.hold)
    walk = centre.plan(title="Lantern walk")
    centre.invite(walk)
    centre.deliver()
    centre.act(walk, gatherings.cancel, "The heating is broken.")
    centre.deliver()
    return centre.mails()


def change_many(centre: Centre) -> None:
    """Days of a series that are asked to, move one by one and with each other, and are called off."""
    days = centre.repeat()
    asked = centre.invite_to_all(days)
    centre.deliver()
    centre.leave()
    say(centre, asked, "accepted", adults=1, children=1)
    for day, place in ((days[1], "https://meet.example/songs"), (days[2], "")):
        moved = {"starts_at": day.starts_at + timedelta(hours=1), "ends_at": day.ends_at + timedelta(hours=1)}
        fields = GatheringFields(**moved, online_url=place)
        centre.act(day.id, gatherings.change, fields, reason="Singers come.")
    centre.act(days[3].id, series.change, GatheringFields(venue="Library"), series.Scope.ALL)
    centre.deliver()
    tell_settled(centre.database, utc_now() + timedelta(hours=1))
    centre.act(days[0].id, series.cancel, "The heating is broken.", series.Scope.ALL)
    centre.deliver()


def write_each_other(centre: Centre, soup: uuid.UUID, first: Invitation, other: Invitation) -> None:
    """A letter, a question, thanks; a link sent again and an invitation withdrawn."""
    words = "Bring **boots**.\n\nHere is [the way](https://way.example)."
    centre.act(soup, letters.write_letter, ["tentative"], "Boots", words, by=centre.owner.account_id)
    with centre.database.writing() as session:
        letters.ask_question(session, session.get_one(Invitation, first.id), "Is there parking?")
        invitations.send_link_again(session, session.get_one(Invitation, first.id))
        invitations.withdraw(session, session.get_one(Invitation, other.id), tell=True)
        given = Appreciation(gathering_id=soup, to_invitation_id=first.id, from_name="Emre", words="You cooked!")
        session.add(given)
        session.flush()
        told = {"organization_id": centre.organization_id, "gathering_id": soup}
        record(session, AppreciationGiven(**told, appreciation_id=given.id))
    centre.deliver()


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_mail_can_be_listened_to(speaking_centre: Centre, language: str) -> None:
    mails = every_mail(speaking_centre, language)
    assert {mail.kind for mail in mails} == KINDS
    for mail in mails:
        faults = list(unheard(mail.text))
        assert not faults, f"{mail.kind}: {faults}\n{mail.text}"


def unheard(text: str) -> Iterator[str]:
    """What a listener stumbles over: an address amid words, or one of which nothing said where it leads; marks."""
    before = ""
    for line in text.splitlines():
        if "://" in line and (line != line.split()[0] or not before.endswith((":", "."))):
            yield f"{before} / {line}"
        if re.search(r"[*_#=|<>]{2}|\]\(|\bhere:$", line.partition("://")[0]) or re.fullmatch(r"\W+", line):
            yield line
        before = line


def test_addresses_in_own_words_are_named_and_stand_alone() -> None:
    words = "Come **early**, see [the map](https://map.example) and <https://way.example>.\n\n1. soup\n2. bread"
    assert to_speech(words) == (
        "Come early, see the map and https://way.example.\nThe map:\nhttps://map.example\n\n1. soup\n2. bread"
    )
    assert to_speech("First.\nSecond line.\n\n- a bowl\n- a spoon\n\nLast.") == (
        "First.\nSecond line.\n\n- a bowl\n- a spoon\n\nLast."
    )
