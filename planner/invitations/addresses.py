"""Addresses of the reply domain: what comes to them is about one invitation, one mail or one party.

Each is a word, "+" and a signed token: lower case, since some systems change capitals, and 64 octets before the
"@" at most (RFC 5321, 4.5.3.1.1).
"""

from __future__ import annotations

import uuid
from typing import Final, Literal, NamedTuple, cast

from planner.accounts.models import Organization
from planner.security import LinkSigner, SealedId
from planner.settings import Settings

What = Literal["reply", "bounce", "unsubscribe"]
_WORDS: Final = ("reply", "bounce", "unsubscribe")


class TokenAddress(NamedTuple):
    """What an address of the reply domain claims: `sealed` is proved by `LinkSigner.holds(what, sealed, version)`.

    The version is 1 for "reply" (an invitation) and "bounce" (a message), the party's `link_version` for
    "unsubscribe".
    """

    what: What
    sealed: SealedId


def programs_answer(settings: Settings, organization: Organization) -> bool:
    """Whether calendar programs are asked for answers, so that mail tells them of changes too."""
    return organization.calendar_parts and settings.reply_domain is not None


def reply_address(settings: Settings, signer: LinkSigner, invitation_id: uuid.UUID) -> str | None:
    """Where calendar programs send answers to an invitation: the same for its whole life, whatever its link does.

    None where no reply domain is set.
    """
    return _address(settings, "reply", signer.mail_token("reply", invitation_id))


def bounce_address(settings: Settings, signer: LinkSigner, message_id: uuid.UUID) -> str | None:
    """Where a mail comes back to that could not be delivered (VERP); None where no reply domain is set."""
    return _address(settings, "bounce", signer.mail_token("bounce", message_id))


def unsubscribe_address(
    settings: Settings, signer: LinkSigner, party_id: uuid.UUID, link_version: int
) -> str | None:
    """A mail to it means no more invitations (RFC 2369, 3.2); None where no reply domain is set."""
    return _address(settings, "unsubscribe", signer.mail_token("unsubscribe", party_id, link_version))


def is_ours(settings: Settings, address: str) -> bool:
    """Whether an address is one of the reply domain's, whatever its token is worth."""
    local, _at, domain = address.strip().lower().rpartition("@")
    what, plus, _token = local.partition("+")
    return bool(plus) and what in _WORDS and domain.rstrip(".") == settings.reply_domain


def read_address(settings: Settings, address: str) -> TokenAddress | None:
    """What an address claims, in whatever capitals; None where it is none of the reply domain's."""
    if not is_ours(settings, address):
        return None
    what, _plus, token = address.strip().lower().rpartition("@")[0].partition("+")
    sealed = LinkSigner.read_mail(token)
    return TokenAddress(cast(What, what), sealed) if sealed else None


def _address(settings: Settings, what: What, token: str) -> str | None:
    return f"{what}+{token}@{settings.reply_domain}" if settings.reply_domain else None
