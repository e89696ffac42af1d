"""Every table of the planner, for those who need to know all of them."""

from __future__ import annotations

import planner.accounts.models
import planner.appreciation.models
import planner.calendars.models
import planner.feedback.models
import planner.gatherings.models
import planner.imports.models
import planner.invitations.models
import planner.parties.models
import planner.rsvps.models
import planner.series.models  # noqa: F401
