"""Mail addresses, checked by their form alone: no name server is ever asked."""

from __future__ import annotations

import re
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from planner.errors import Invalid
from planner.i18n import gettext as _

MOST_CHARACTERS = 254  # RFC 5321, section 4.5.3.1.3, without the angle brackets

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_PLAIN = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@(?:[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\.)+[A-Za-z]{2,24}")
_SPECIAL_ENDS = (".invalid", ".local", ".onion", ".arpa")
_WRITTEN_AT = re.compile(
    r"\s*(?:[(\[{<]\s*(?:at|ät|arroba|chez)\s*[)\]}>]|\s(?:at|arroba)\s|[＠﹫])\s*", re.IGNORECASE
)
_WRITTEN_DOT = re.compile(r"\s*[(\[{<]\s*(?:dot|punkt|point|punto|nokta)\s*[)\]}>]\s*", re.IGNORECASE)


class BadAddress(ValueError):
    """The text is no mail address. `suggestion` is what was probably meant, where that can be guessed."""

    def __init__(self, reason: str, suggestion: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.suggestion = suggestion

    @property
    def with_suggestion(self) -> str:
        """The reason, and what was probably meant."""
        return f"{self.reason} {say_suggestion(self.suggestion)}" if self.suggestion else self.reason


def say_suggestion(address: str) -> str:
    """Did you mean anna@example.org?"""
    return _("Did you mean %(address)s?") % {"address": address}


def parse_address(text: str) -> str:
    """The address as it was written, trimmed; compare addresses with `address_key`.

    A domain outside ASCII is given in its ASCII form. Raises `BadAddress`. Letters outside ASCII before the
    @ are refused, since they need SMTPUTF8 (RFC 6531), which many mail servers lack.
    """
    if _CONTROL.search(text.strip(" \t")):
        raise BadAddress(_("A mail address stands on one line and holds no control characters."))
    address = text.strip()
    if not address:
        raise BadAddress(_("There is no mail address."))
    if len(address) <= MOST_CHARACTERS:
        found = _checked(address)
        if found:
            return found
    raise BadAddress(_reason(address), _guess(address))


def address_in(field: str, text: str) -> str:
    """The address that was written into a field. Raises Invalid at `field`."""
    try:
        return parse_address(text)
    except BadAddress as bad:
        raise Invalid.field(field, bad.reason) from bad


def address_key(address: str) -> str:
    """What two spellings of one address have in common."""
    return address.casefold()


@lru_cache(maxsize=10_000)
def _checked(address: str) -> str | None:
    local, _at, domain = address.rpartition("@")
    if len(local) <= 64 and _PLAIN.fullmatch(address) and not domain.lower().endswith(_SPECIAL_ENDS):
        return address
    if domain.lower() == "localhost":
        return address if _checked(f"{local}@example.org") else None
    try:
        valid = validate_email(
            address,
            check_deliverability=False,
            test_environment=True,
            allow_smtputf8=False,
        )
    except EmailNotValidError:
        return None
    return address if domain.isascii() else f"{local}@{valid.ascii_domain}"


def _reason(address: str) -> str:
    shown = address if len(address) <= 80 else address[:79] + "…"
    if "\ufffd" in address:
        return _("A letter of “%(address)s” was lost when the file was saved.") % {"address": shown}
    local, at, domain = address.rpartition("@")
    if at and local and not local.isascii() and _checked("x@" + domain):
        return _("“%(address)s” has letters before the @ that many mail servers do not deliver to.") % {
            "address": shown
        }
    return _("“%(address)s” is not a mail address.") % {"address": shown}


def _guess(address: str) -> str | None:
    if len(address) > MOST_CHARACTERS + 40:
        return None
    guess = re.sub(r"^mailto:", "", address, flags=re.IGNORECASE)
    if "@" not in guess:
        guess = _WRITTEN_AT.sub("@", guess, count=1)
    guess = _WRITTEN_DOT.sub(".", guess)
    guess = re.sub(r"\s+", "", guess)
    guess = re.sub(r"@{2,}", "@", guess)
    guess = re.sub(r"\.{2,}", ".", guess).replace("@.", "@").replace(".@", "@")
    guess = re.sub(r"[,;](?=[A-Za-z]{2,6}$)", ".", guess)
    guess = guess.strip("<>()[]\"'.,;:")
    return _checked(guess) if guess != address and "\ufffd" not in guess else None
