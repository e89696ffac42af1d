"""What follows from domain events: the mails that are owed. Importing this registers all subscribers."""

from notifications.subscribers import accounts, answers, changes, erased, guests, invitations

__all__ = ["accounts", "answers", "changes", "erased", "guests", "invitations"]
