"""Mails to those who sign in: their links, and a welcome to colleagues."""

from __future__ import annotations

from sqlalchemy.orm import Session

from events import ColleagueInvited, LoggedEvent, SignInRequested, subscriber
from notifications.desk_mail import as_recipient, write_to_desk
from notifications.installation import here
from notifications.kinds import Words
from notifications.occasion import Letterhead, letterhead
from notifications.outbox import known_keys
from planner.accounts.actions import LINK_LASTS, new_sign_in_link
from planner.accounts.models import Account, Membership, Organization, account_of
from planner.addresses import address_key
from planner.database import utc_now
from planner.i18n import gettext as _


@subscriber("mail-sign-in", SignInRequested)
def send_sign_in_link(session: Session, event: LoggedEvent) -> None:
    """Makes the link and mails it: its secret stands nowhere else. Asked for too long ago, it is passed over."""
    payload = event.payload
    if not isinstance(payload, SignInRequested) or event.occurred_at < utc_now() - LINK_LASTS:
        return
    account = session.get(Account, payload.account_id)
    organization = session.get(Organization, event.organization_id)
    if account is None or organization is None:
        return
    recipient = as_recipient(account, organization)
    if known_keys(session, [f"sign-in:{event.id}:{address_key(recipient.address)}"]):
        return
    page = here().settings.url(f"/sign-in/{new_sign_in_link(session, account.id)}")

    def wording(_about: Letterhead) -> Words:
        why = _("You get this mail because somebody asked for it with this address.")
        return Words(_("Your link to sign in"), {"page": page, "why": why})

    write_to_desk(
        session,
        here(),
        recipient,
        "sign-in",
        lambda: letterhead(organization),
        wording,
        key=str(event.id),
        event_id=event.id,
        # It belongs to the person: no colleague may read it.
        organization_id=None,
    )


@subscriber("mail-colleagues", ColleagueInvited)
def welcome(session: Session, event: LoggedEvent) -> None:
    """A colleague is told that they may sign in now, and by whom."""
    payload = event.payload
    if not isinstance(payload, ColleagueInvited):
        return
    membership = session.get(Membership, (event.organization_id, payload.account_id))
    if membership is None:
        return
    inviter = _inviter(session, event)

    def wording(about: Letterhead) -> Words:
        named = {"organization": about.organization, "name": inviter or about.organization}
        return Words(
            _("You can now plan with %(organization)s") % named,
            {
                "headline": _("Welcome to %(organization)s") % named,
                "explained": _("%(name)s asked you to plan events together with them here.") % named,
                "page": here().settings.url("/sign-in"),
                "why": _("You get this mail because %(name)s added this address.") % named,
            },
        )

    write_to_desk(
        session,
        here(),
        as_recipient(membership.account, membership.organization),
        "colleague",
        lambda: letterhead(membership.organization),
        wording,
        key=str(event.id),
        event_id=event.id,
        organization_id=event.organization_id,
    )


def _inviter(session: Session, event: LoggedEvent) -> str:
    account_id = account_of(event.actor)
    account = session.get(Account, account_id) if account_id else None
    return account.called if account else ""
