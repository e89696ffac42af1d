"""What the processes write down: plain lines for people at a terminal, JSON for machines; never a secret."""

from __future__ import annotations

import logging
import sys

import structlog


def begin(form: str) -> None:
    """Sets logging up once for a process. `form` is `text` or `json`."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    # Each request is a line only where somebody asks for it: feeds alone are thousands an hour.
    logging.getLogger("planner.http").setLevel(logging.WARNING)
    for noisy in ("uvicorn.access", "uvicorn.error", "alembic", "httpx"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
