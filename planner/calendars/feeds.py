"""Feeds written whole: the head, and one kept VEVENT for each gathering."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from planner.accounts.models import Account, Organization
from planner.calendars.availability import busy_bytes, busy_periods
from planner.calendars.building import Head, Voice, calendar_bytes, changed_at_of, entry_bytes
from planner.calendars.keeping import Keeper
from planner.calendars.models import Feed, Scope
from planner.calendars.options import Options
from planner.calendars.queries import (
    Shown,
    organization_events,
    organization_touched_at,
    party_events,
    party_touched_at,
)
from planner.database import Database
from planner.errors import NotFound
from planner.gatherings.queries import public_topics
from planner.i18n import best_language, speaking
from planner.i18n import gettext as _
from planner.invitations.links import rsvp_url
from planner.parties.models import Party
from planner.quilt import calendar_colour
from planner.security import LinkSigner
from planner.settings import Settings

FRAGMENTS_MOST = 16 * 1024 * 1024


class Written(NamedTuple):
    """A feed, and when anything about it last changed (UTC)."""

    body: bytes
    touched_at: datetime


class FeedWriter:
    """Writes feeds; what it wrote of each gathering is kept for the next one. Thread-safe."""

    def __init__(self, database: Database, settings: Settings, signer: LinkSigner) -> None:
        self._database = database
        self._settings = settings
        self._signer = signer
        self._fragments: Keeper[bytes] = Keeper(FRAGMENTS_MOST)

    def feed(self, feed_id: uuid.UUID, day: date, options: Options) -> Written:
        """The feed of that id, which may be read; `day` (UTC) is where its window stands."""
        with self._database.reading() as session:
            feed = session.get_one(Feed, feed_id)
            organization = session.get_one(Organization, feed.organization_id)
            if feed.scope == Scope.PARTY:
                return self._of_party(session, organization, session.get_one(Party, feed.party_id), day, options)
            if feed.scope == Scope.ORGANIZATION:
                return self._of_organization(session, organization, day, options)
            account = session.get_one(Account, feed.account_id)
            return self._of_organization(session, organization, day, options, desk=account)

    def busy(self, feed_id: uuid.UUID, day: date) -> Written:
        """When the coordinator of that feed is busy."""
        with self._database.reading() as session:
            feed = session.get_one(Feed, feed_id)
            touched_at = organization_touched_at(session, feed.organization_id) or feed.created_at
            periods = busy_periods(session, feed, day)
            return Written(busy_bytes(feed.id, periods, day, touched_at), touched_at)

    def public(self, slug: str, day: date, options: Options) -> Written:
        """An organisation's public feed. Raises NotFound for a topic that nothing public is or was about."""
        with self._database.reading() as session:
            organization = session.scalars(sa.select(Organization).where(Organization.slug == slug)).one()
            topic = public_topics(session, organization.id).get(options.topic) if options.topic else ""
            if topic is None:
                raise NotFound(_("There is no such calendar."))
            return self._of_organization(session, organization, day, options, topic=topic)

    def _of_party(
        self, session: Session, organization: Organization, party: Party, day: date, options: Options
    ) -> Written:
        voice = self._voice(organization, party.language, options, asked=True)
        events = party_events(session, party, day, options.link, options.only_accepted)
        touched_at = party_touched_at(session, party.id) or party.created_at
        with speaking(voice.language):
            about = _("What you are invited to, with your answers.")
            return self._written(organization, about, events, voice, options, touched_at)

    def _of_organization(
        self,
        session: Session,
        organization: Organization,
        day: date,
        options: Options,
        *,
        desk: Account | None = None,
        topic: str = "",
    ) -> Written:
        """What is public, `topic` in its own words; or all, for who works at the `desk`."""
        events = organization_events(session, organization.id, day, public_only=not desk, topic=options.topic)
        touched_at = organization_touched_at(session, organization.id) or organization.created_at
        voice = self._voice(organization, desk.language if desk else None, options)
        with speaking(voice.language):
            about = _("All events of %(organization)s") if desk else _("Public events of %(organization)s")
            about = about % {"organization": organization.name}
            about = f"{about}: {topic}" if topic else about
            return self._written(organization, about, events, voice, options, touched_at, topic)

    def _voice(
        self, organization: Organization, language: str | None, options: Options, asked: bool = False
    ) -> Voice:
        spoken = options.language or best_language(language, *organization.languages)
        return Voice(spoken, self._settings.base_url, organization.contact, asked, options.alarm)

    def _written(
        self,
        organization: Organization,
        about: str,
        events: Iterable[Shown],
        voice: Voice,
        options: Options,
        touched_at: datetime,
        topic: str = "",
    ) -> Written:
        changed_at, fragments = organization.created_at, []
        for shown in events:
            changed_at = max(changed_at, changed_at_of(shown.entry, shown.reply))
            fragments.append(self._fragment(shown, voice, options.link))
        colour = calendar_colour(organization.id, organization.palette)
        name = f"{organization.name}: {topic}" if topic else organization.name
        head = Head(name, about, colour, changed_at)
        return Written(calendar_bytes(head, fragments), touched_at)

    def _fragment(self, shown: Shown, voice: Voice, with_link: bool) -> bytes:
        entry, reply = shown.entry, shown.reply
        link = self._link(shown) if with_link else None
        key = (entry.id, entry.revision, entry.sequence, voice, reply, link)
        fragment = self._fragments.get(key)
        if fragment is None:
            fragment = entry_bytes(entry, voice, reply, link)
            self._fragments.keep(key, fragment, len(fragment))
        return fragment

    def _link(self, shown: Shown) -> str | None:
        if shown.invitation_id is None:
            return None
        return rsvp_url(self._settings, self._signer, shown.invitation_id, shown.link_version)
