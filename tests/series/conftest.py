"""A family centre whose evenings repeat, and programs that plan them."""

from __future__ import annotations

from tests.api.conftest import client, helper, owner, program, stranger
from tests.rules.conftest import house

__all__ = ["client", "helper", "house", "owner", "program", "stranger"]
