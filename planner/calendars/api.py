"""Subscriptions for programs."""

from __future__ import annotations

import uuid

import msgspec
from litestar import Response, delete, post
from litestar.params import FromPath, JSONBody
from sqlalchemy.orm import Session

from planner.api import TheCaller
from planner.calendars.actions import create_feed, revoke_feed
from planner.calendars.links import feed_url, webcal_url
from planner.calendars.models import Scope
from planner.dependencies import TheDatabase, TheSettings, TheSigner


class FeedWanted(msgspec.Struct, kw_only=True):
    """A subscription to a party's calendar, to the organisation's public events, or to all for the caller."""

    scope: Scope
    party_id: uuid.UUID | None = None


class FeedGiven(msgspec.Struct):
    """A subscription's secret address, in both schemes."""

    id: uuid.UUID
    url: str
    webcal_url: str


@post("/feeds", sync_to_thread=True)
def add_feed(
    data: JSONBody[FeedWanted], caller: TheCaller, database: TheDatabase, settings: TheSettings, signer: TheSigner
) -> Response[FeedGiven]:
    """Makes a calendar subscription.

    Who subscribes may add to its address `lang` (a language's code) and `alarm` (30, 60, 180, 1440 or 2880 minutes
    before the start); in a party's also `only=accepted`, and `link=1` for its own links inside.
    """

    def act(session: Session) -> FeedGiven:
        feed = create_feed(session, caller.organization_id, data.scope, data.party_id, caller.account_id)
        url = feed_url(settings, signer, feed)
        return FeedGiven(feed.id, url, webcal_url(url))

    return caller.once(database, act)


@delete("/feeds/{feed_id:uuid}", sync_to_thread=True)
def remove_feed(feed_id: FromPath[uuid.UUID], caller: TheCaller, database: TheDatabase) -> None:
    """Revokes a subscription: from now on its address is unknown. Helpers revoke only what they made."""
    with database.writing() as session:
        revoke_feed(session, caller.membership, feed_id)


routes = [add_feed, remove_feed]
