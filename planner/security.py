"""Tokens: signed links that can be written again, and random secrets that are kept as hashes."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import uuid
from typing import Final, Literal, NamedTuple

Purpose = Literal["invitation", "feed", "busy", "party", "reply", "bounce", "unsubscribe"]
_SEAL_BYTES: Final = 16


class SealedId(NamedTuple):
    """What a link's token claims: an id, and the seal that proves it once the row's version is known."""

    id: uuid.UUID
    seal: bytes


class LinkSigner:
    """Writes and checks the tokens of links: an id with an HMAC-SHA256 over purpose, id and version.

    A token can be written again into a reminder, it dies by raising the version, and a copied database alone
    cannot make one. `keys`: the first signs, all are accepted.
    """

    def __init__(self, keys: tuple[str, ...]) -> None:
        self._keys = tuple(key.encode() for key in keys)

    def token(self, purpose: Purpose, id: uuid.UUID, version: int) -> str:
        """The token of a link: 43 characters, safe in an address, 128 bits of seal."""
        sealed = id.bytes + self._seal(self._keys[0], purpose, id, version)
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def mail_token(self, purpose: Purpose, id: uuid.UUID, version: int = 1) -> str:
        """The same for a mail address: 52 letters and digits, since some systems change capitals."""
        sealed = id.bytes + self._seal(self._keys[0], purpose, id, version)
        return base64.b32encode(sealed).rstrip(b"=").decode().lower()

    @staticmethod
    def read_mail(token: str) -> SealedId | None:
        """What a token in a mail address claims, in whatever capitals, or None where it cannot be one."""
        if len(token) != 52 or not token.isascii():
            return None
        try:
            sealed = base64.b32decode(token.upper() + "====")
        except (binascii.Error, ValueError):
            return None
        return SealedId(uuid.UUID(bytes=sealed[:16]), sealed[16:])

    @staticmethod
    def read(token: str) -> SealedId | None:
        """What a token claims, or None where it cannot be one."""
        if len(token) != 43 or not token.isascii():
            return None
        try:
            sealed = base64.b64decode(token + "=", altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        return SealedId(uuid.UUID(bytes=sealed[:16]), sealed[16:])

    def holds(self, purpose: Purpose, sealed: SealedId, version: int) -> bool:
        """Whether the seal belongs to that id in that version."""
        return any(
            hmac.compare_digest(sealed.seal, self._seal(key, purpose, sealed.id, version)) for key in self._keys
        )

    @staticmethod
    def _seal(key: bytes, purpose: Purpose, id: uuid.UUID, version: int) -> bytes:
        claim = b"%s:%s:%d" % (purpose.encode(), id.bytes, version)
        return hmac.digest(key, claim, "sha256")[:_SEAL_BYTES]


def new_secret() -> str:
    """A random token of 256 bits, for sessions, sign-in links and programs."""
    return secrets.token_urlsafe(32)


def hash_of(secret: str) -> str:
    """How a random token is kept. It needs no salt and no slow hash: it is random in itself."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
