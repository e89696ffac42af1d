"""How many mails stand where, for Prometheus. Importing this adds it to the figures."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy.orm import Session

from notifications.models import Message, State
from planner.metrics import reads


def count_messages(session: Session) -> Iterable[Metric]:
    """Mails by state."""
    found = dict(session.execute(sa.select(Message.state, sa.func.count()).group_by(Message.state)).all())
    family = GaugeMetricFamily("planner_messages", "Mails by state", labels=["state"])
    for state in State:
        family.add_metric([state], found.get(state, 0))
    return [family]


reads.append(count_messages)
