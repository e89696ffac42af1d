"""Feeds follow what people do, at once: their versions rise in the same transaction."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy.orm import Session

from planner.accounts.models import Organization
from planner.calendars.models import Feed, Scope
from planner.database import utc_now
from planner.gatherings import actions
from planner.gatherings.fields import GatheringFields
from planner.gatherings.models import Gathering, Visibility
from planner.invitations.actions import withdraw
from planner.invitations.models import Invitation
from planner.rsvps.actions import Said, answer
from planner.rsvps.models import Answer, Source
from tests.calendars.conftest import House
from tests.calendars.reading import event, value

Client = TestClient[Litestar]
PUBLIC = "/calendars/public/lindenhof.ics"
STARTS_AT = utc_now().replace(microsecond=0) + timedelta(days=20)


class Subscriber:
    """A calendar program that asks for news with the tag it has."""

    def __init__(self, client: Client, path: str) -> None:
        self._client, self._path = client, path
        self._tag = client.get(path).headers["etag"]

    def news(self) -> bytes | None:
        got = self._client.get(self._path, headers={"If-None-Match": self._tag})
        self._tag = got.headers["etag"]
        return None if got.status_code == 304 else got.content


def planned(house: House, **more: Any) -> Gathering:
    fields = GatheringFields(
        title="Soup",
        starts_at=STARTS_AT,
        ends_at=STARTS_AT + timedelta(hours=2),
        time_zone="Europe/Berlin",
        **more,
    )
    with house.database.writing() as session:
        made = actions.create(session, session.get_one(Organization, house.organization.id), fields)
        actions.publish(session, made)
        return made


def act(house: House, gathering: Gathering, what: Callable[[Session, Gathering], Any]) -> None:
    with house.database.writing() as session:
        what(session, actions.find(session, house.organization.id, gathering.id, lock=True))


def say(house: House, invitation: Invitation, said: Answer, adults: int = 0) -> None:
    with house.database.writing() as session:
        answer(session, invitation.id, Said(answer=said, adults=adults, children=0), Source.LINK)


def own(client: Client, house: House, invitation: Invitation) -> Subscriber:
    feed: Feed = house.feed(Scope.PARTY, party_id=invitation.party_id)
    return Subscriber(client, house.path(feed))


def test_a_move_reaches_every_subscriber_with_the_same_uid_and_a_higher_sequence(
    client: Client, house: House
) -> None:
    gathering = planned(house, visibility=Visibility.PUBLIC)
    invitation = house.invite(house.party(), gathering)
    say(house, invitation, Answer.ACCEPTED, 2)
    subscribers = [Subscriber(client, PUBLIC), own(client, house, invitation)]
    later = STARTS_AT + timedelta(hours=1)
    moved = GatheringFields(starts_at=later, ends_at=later + timedelta(hours=2))
    act(house, gathering, lambda session, row: actions.change(session, row, moved))
    news = [subscriber.news() for subscriber in subscribers]
    for calendar in news:
        assert calendar is not None
        assert (value(calendar, "UID"), value(calendar, "SEQUENCE")) == (str(gathering.id), "1")
        assert event(calendar).start == later
    assert news[1] is not None
    assert "please confirm your answer" in str(event(news[1])["DESCRIPTION"])
    assert [subscriber.news() for subscriber in subscribers] == [None, None]


def test_a_cancellation_reaches_every_subscriber(client: Client, house: House) -> None:
    gathering = planned(house, visibility=Visibility.PUBLIC)
    invitation = house.invite(house.party(), gathering)
    subscribers = [Subscriber(client, PUBLIC), own(client, house, invitation)]
    act(house, gathering, lambda session, row: actions.cancel(session, row, "The roof leaks."))
    for subscriber in subscribers:
        calendar = subscriber.news()
        assert calendar is not None
        assert (value(calendar, "STATUS"), value(calendar, "SEQUENCE")) == ("CANCELLED", "1")


def test_a_waiting_party_reads_in_its_calendar_that_seats_came(client: Client, house: House) -> None:
    gathering = planned(house, capacity=2)
    first, second = (house.invite(house.party(name), gathering) for name in ("Okafor", "Weber"))
    say(house, first, Answer.ACCEPTED, 2)
    say(house, second, Answer.ACCEPTED, 2)
    subscriber = own(client, house, second)
    say(house, first, Answer.DECLINED)
    calendar = subscriber.news()
    assert calendar is not None
    assert value(calendar, "STATUS") == "CONFIRMED"
    assert str(event(calendar)["DESCRIPTION"]).startswith("You said yes for 2 adults.\n")


def test_a_gathering_that_is_public_no_more_leaves_the_public_feed(client: Client, house: House) -> None:
    gathering = planned(house, visibility=Visibility.PUBLIC)
    subscriber = Subscriber(client, PUBLIC)
    closed = GatheringFields(visibility=Visibility.INVITED)
    act(house, gathering, lambda session, row: actions.change(session, row, closed))
    assert b"BEGIN:VEVENT" not in (subscriber.news() or b"BEGIN:VEVENT")


def test_a_withdrawn_invitation_leaves_the_partys_feed(client: Client, house: House) -> None:
    invitation = house.invite(house.party(), planned(house))
    subscriber = own(client, house, invitation)
    with house.database.writing() as session:
        withdraw(session, session.get_one(Invitation, invitation.id))
    assert b"BEGIN:VEVENT" not in (subscriber.news() or b"BEGIN:VEVENT")


def test_an_edit_that_is_rolled_back_shows_nowhere(client: Client, house: House) -> None:
    gathering = planned(house, visibility=Visibility.PUBLIC)
    subscriber = Subscriber(client, PUBLIC)

    def fail(session: Session, row: Gathering) -> None:
        actions.change(session, row, GatheringFields(title="Never"))
        raise RuntimeError("power cut")

    with contextlib.suppress(RuntimeError):
        act(house, gathering, fail)
    assert subscriber.news() is None
