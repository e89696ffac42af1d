"""The pages of this room, as the application puts them together."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from notifications import leaving, mailbox, preview, sending
from notifications.incoming import pages as incoming

TEMPLATES: Final = Path(__file__).parent / "templates" / "pages"

routes: Final = leaving.routes
desk_routes: Final = [*mailbox.routes, *sending.routes, *preview.routes, *incoming.routes]
