"""Whom guests may ask, as the JSON interface says it."""

from __future__ import annotations

import msgspec


class Contact(msgspec.Struct, kw_only=True):
    """Whom guests may ask."""

    name: str
    phone: str | None = None
    email: str | None = None


def contact_fields(contact: Contact | None) -> dict[str, str | None]:
    """The columns in which it is kept; all empty where there is none."""
    if contact is None:
        return {"contact_name": None, "contact_phone": None, "contact_email": None}
    return {"contact_name": contact.name, "contact_phone": contact.phone, "contact_email": contact.email}


def contact_of(name: str | None, phone: str | None, email: str | None) -> Contact | None:
    """What those columns hold."""
    return Contact(name=name or "", phone=phone, email=email) if name or phone or email else None
