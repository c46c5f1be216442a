"""The window's log."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler

from app.kernel.paths import Paths

_LOG_BYTES = 1_000_000


def log_to_file(paths: Paths, desk: int = 1) -> None:
    """Log to a file that never grows over 1 MB (and its predecessor): ids and codes, never clinical content."""
    root = logging.getLogger()
    try:
        paths.logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        handler = RotatingFileHandler(
            paths.logs / ("window.log" if desk == 1 else f"window-{desk}.log"),
            maxBytes=_LOG_BYTES,
            backupCount=1,
            encoding="utf-8",
            delay=True,
        )
    except OSError:
        return  # a full or read-only disk costs the log, not the window
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)
    root.setLevel(logging.INFO)
