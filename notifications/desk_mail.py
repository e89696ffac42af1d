"""Writes mails to those who plan: one to one person, in the own language, without calendar part."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from notifications.installation import Installation
from notifications.kinds import Words
from notifications.occasion import Letterhead, Occasion
from notifications.outbox import Mail, owe
from notifications.recipients import Recipient
from notifications.rendering import render
from notifications.writing import frame_values
from planner.accounts.models import Account, Organization
from planner.addresses import address_key
from planner.gatherings.models import Gathering
from planner.i18n import best_language, speaking


def as_recipient(account: Account, organization: Organization) -> Recipient:
    """A colleague, in the own language or the organisation's."""
    language = best_language(account.language, *organization.languages)
    return Recipient(names=(account.called,), address=account.email, language=language)


def write_to_desk(
    session: Session,
    here: Installation,
    recipient: Recipient,
    kind: str,
    about: Callable[[], Occasion | Letterhead],
    wording: Callable[[Any], Words],
    *,
    key: str,
    event_id: uuid.UUID,
    organization_id: uuid.UUID | None,
    gathering: Gathering | None = None,
    reply_to: str = "",
) -> None:
    """Owes one mail; `about` and `wording` are asked in its language, `organization_id` is who may read it."""
    with speaking(recipient.language):
        shown = about()
        words = wording(shown)
        values = {**frame_values(shown, words.subject), "greeting": recipient.greeting(), **words.values}
        html, text = render(kind, values)
    headers = {"From-Name": shown.organization}
    if reply_to:
        headers["Reply-To"] = reply_to
    mail = Mail(
        key=f"{kind}:{key}:{address_key(recipient.address)}",
        kind=kind,
        organization_id=organization_id,
        gathering_id=gathering.id if gathering else None,
        event_id=event_id,
        to_name=recipient.name,
        to_address=recipient.address,
        language=recipient.language,
        subject=words.subject,
        text=text,
        html=html,
        domain=here.domain,
        headers=headers,
    )
    owe(session, [mail])
