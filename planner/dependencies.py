"""What the application gives its handlers by their parameters' names, as Litestar wants it marked."""

from __future__ import annotations

from typing import TypeAlias

from litestar.di import NamedDependency

from planner.accounts.models import Membership
from planner.database import Database
from planner.security import LinkSigner
from planner.settings import Settings

TheDatabase: TypeAlias = NamedDependency[Database]
TheSettings: TypeAlias = NamedDependency[Settings]
TheSigner: TypeAlias = NamedDependency[LinkSigner]
# Who sits at the desk.
SignedIn: TypeAlias = NamedDependency[Membership]
