"""The addresses that mail comes back to."""

from __future__ import annotations

import re
import uuid

import pytest

from planner.invitations.addresses import (
    TokenAddress,
    bounce_address,
    read_address,
    reply_address,
    unsubscribe_address,
)
from planner.security import LinkSigner
from planner.settings import Settings

SETTINGS = Settings(secret_keys=("k" * 40,), reply_domain="reply.lindenhof.example")
NO_DOMAIN = Settings(secret_keys=("k" * 40,))
SIGNER = LinkSigner(SETTINGS.secret_keys)
ID = uuid.UUID("01890a5d-ac96-774b-bcce-b302099a8057")


def written() -> dict[str, str | None]:
    return {
        "reply": reply_address(SETTINGS, SIGNER, ID),
        "bounce": bounce_address(SETTINGS, SIGNER, ID),
        "unsubscribe": unsubscribe_address(SETTINGS, SIGNER, ID, 3),
    }


@pytest.mark.parametrize(("what", "version"), [("reply", 1), ("bounce", 1), ("unsubscribe", 3)])
def test_what_is_written_is_read_back_in_whatever_capitals(what: str, version: int) -> None:
    address = written()[what] or ""
    assert re.fullmatch(rf"{what}\+[a-z2-7]{{52}}@reply\.lindenhof\.example", address)
    assert len(address.partition("@")[0]) <= 64
    for seen in (address, address.upper(), f" {address}."):
        found = read_address(SETTINGS, seen)
        assert found and (found.what, found.sealed.id) == (what, ID)
        assert SIGNER.holds(found.what, found.sealed, version)
        assert not SIGNER.holds(found.what, found.sealed, version + 1)


def test_a_token_opens_nothing_of_another_kind() -> None:
    token = (written()["reply"] or "").partition("+")[2]
    found = read_address(SETTINGS, f"bounce+{token}")
    assert isinstance(found, TokenAddress)
    assert not SIGNER.holds(found.what, found.sealed, 1)


@pytest.mark.parametrize(
    "address",
    ["", "reply", "reply+short@reply.lindenhof.example", "hanna@reply.lindenhof.example", "reply+@", "\x00"],
)
def test_other_addresses_claim_nothing(address: str) -> None:
    assert read_address(SETTINGS, address) is None


def test_another_domain_or_none_is_not_ours() -> None:
    address = written()["reply"] or ""
    assert read_address(SETTINGS, address.replace("lindenhof", "elsewhere")) is None
    assert read_address(NO_DOMAIN, address) is None
    assert reply_address(NO_DOMAIN, SIGNER, ID) is None
