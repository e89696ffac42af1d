"""What mails need to know of this installation: its addresses, and the key that signs links."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import cached_property

from planner.invitations.addresses import bounce_address, reply_address, unsubscribe_address
from planner.invitations.links import rsvp_url
from planner.invitations.models import Invitation
from planner.parties.models import Party
from planner.security import LinkSigner
from planner.settings import Settings


@dataclass(frozen=True)
class Installation:
    """Writes the addresses that stand in mails."""

    settings: Settings

    @cached_property
    def signer(self) -> LinkSigner:
        """Signs links as pages check them."""
        return LinkSigner(self.settings.secret_keys)

    @property
    def mail_from(self) -> str:
        """The sender of every mail."""
        return self.settings.mail_from

    @cached_property
    def domain(self) -> str:
        """What stands after the @ in Message-IDs."""
        return self.mail_from.rpartition("@")[2] or "localhost"

    def own_page(self, invitation: Invitation) -> str:
        """A party's own link."""
        return rsvp_url(self.settings, self.signer, invitation.id, invitation.link_version)

    def party_token(self, party: Party) -> str:
        """What lets a party change how it is written to."""
        return self.signer.token("party", party.id, party.link_version)

    def reply_address(self, invitation: Invitation) -> str | None:
        """Where calendar programs answer; None where no reply domain is set."""
        return reply_address(self.settings, self.signer, invitation.id)

    def unsubscribe_address(self, party: Party) -> str | None:
        """A mail to it means no more invitations; None where no reply domain is set."""
        return unsubscribe_address(self.settings, self.signer, party.id, party.link_version)

    def envelope_sender(self, message_id: uuid.UUID) -> str:
        """Where a message that cannot be delivered comes back to: an address of its own (VERP), or the sender."""
        return bounce_address(self.settings, self.signer, message_id) or self.mail_from


_here: list[Installation] = []


def use(settings: Settings) -> Installation:
    """Says once, when the process is put together, whose mails these are: subscribers are told nothing else."""
    _here[:] = [Installation(settings)]
    return _here[0]


def here() -> Installation:
    """The installation that `use` named."""
    if not _here:
        raise RuntimeError("notifications.installation.use(settings) comes before any mail")
    return _here[0]
