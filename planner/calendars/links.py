"""The addresses under which a calendar is subscribed to, and their QR code."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

import segno
from markupsafe import Markup

from planner.calendars.models import Feed
from planner.calendars.options import Options
from planner.security import LinkSigner
from planner.settings import Settings

DEFAULTS = Options()
GOOGLE = "https://calendar.google.com/calendar/render?cid="


class Subscription(NamedTuple):
    """One calendar, in the ways that programs take it.

    `https` is to be copied (http on an installation without TLS); `webcal` opens Apple's, Outlook and Thunderbird;
    `google` adds it there; `qr` is an SVG image of `webcal` for a telephone, dark on white, safe in pages.
    """

    https: str
    webcal: str
    google: str
    qr: Markup


def feed_url(settings: Settings, signer: LinkSigner, feed: Feed) -> str:
    """A feed's secret address."""
    return settings.url(f"/calendars/{signer.token('feed', feed.id, feed.version)}.ics")


def busy_url(settings: Settings, signer: LinkSigner, feed: Feed) -> str:
    """Where the busy hours behind a coordinator's feed are read. It is passed on, so it leads to no feed."""
    return settings.url(f"/calendars/{signer.token('busy', feed.id, feed.version)}.ifb")


def public_feed_url(settings: Settings, organization_slug: str) -> str:
    """The address of an organisation's public feed."""
    return settings.url(f"/calendars/public/{organization_slug}.ics")


def subscription(url: str, options: Options = DEFAULTS) -> Subscription:
    """All the ways to subscribe to the feed at an address, with what was chosen."""
    url = options.added_to(url)
    webcal = webcal_url(url)
    return Subscription(url, webcal, GOOGLE + quote(webcal, safe=""), qr_code(webcal))


def webcal_url(url: str) -> str:
    """The address with the scheme that calendar programs have registered for."""
    return "webcal://" + url.split("://", 1)[1]


@lru_cache(maxsize=256)
def qr_code(text: str) -> Markup:
    """An inline SVG without style attributes, which the pages' content policy forbids; its size is left to CSS."""
    code = segno.make(text, error="m", micro=False)
    return Markup(code.svg_inline(dark="#000", light="#fff", omitsize=True, svgclass=None, lineclass=None))  # noqa: S704
