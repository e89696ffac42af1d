"""Whether a mail really comes from the address it names: what our mail server found (RFC 8601, RFC 7489)."""

from __future__ import annotations

from typing import Any

import authres

from notifications.incoming.reading import Mail
from planner.settings import Settings


def is_proved(mail: Mail, settings: Settings) -> bool:
    """Whether our own mail server found a DMARC pass for the domain in From.

    Ours is who calls itself by the reply domain or by the domain of PLANNER_MAIL_FROM; a server removes what a
    sender wrote under its name (RFC 8601, section 5). Where two findings differ, none is believed.
    """
    ours = {name for name in (settings.reply_domain, settings.mail_from.rpartition("@")[2].lower()) if name}
    domain = mail.from_address.rpartition("@")[2].lower()
    if not domain or len(mail.message.get_all("from", [])) != 1:
        return False
    found = [
        result
        for header in mail.message.get_all("authentication-results", [])[:20]
        for result in _results(str(header), ours)
        if str(result.method).lower() == "dmarc"
    ]
    return bool(found) and all(_passes(result, domain) for result in found)


def _results(header: str, ours: set[str]) -> list[Any]:
    try:
        parsed = authres.AuthenticationResultsHeader.parse_value(" ".join(header.split()))
    except (authres.AuthResError, ValueError, IndexError):
        return []
    return list(parsed.results or []) if str(parsed.authserv_id).lower() in ours else []


def _passes(result: Any, domain: str) -> bool:
    named = [
        str(one.value).lower()
        for one in result.properties or []
        if (str(one.type).lower(), str(one.name).lower()) == ("header", "from")
    ]
    return str(result.result).lower() == "pass" and all(name.rpartition("@")[2] == domain for name in named)
