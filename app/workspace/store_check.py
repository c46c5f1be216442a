"""Every page of the store is read once a day: a damaged one might not be met for weeks otherwise."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from pathlib import Path

from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.private_file import write_private
from app.sync.file import STORE, check_store

log = logging.getLogger(__name__)

EVERY = timedelta(days=1)
_MARK = "checked"
"""A file beside the store; it says when the store was found sound (ISO 8601, UTC)."""


def require_sound(folder: Path, data_key: bytes, now: datetime) -> None:
    """Look at the store in ``folder`` unless that was done within a day; nobody may have it open meanwhile.

    A second or two for a large clinic. Raises Refused "StoreDamaged", and what opening it raises.
    """
    if not _due(folder / _MARK, now):
        return
    problems = check_store(folder / STORE, data_key)
    if problems:
        log.warning("the store has %d damaged places", len(problems))
        message = t("This workstation's offline data are damaged. They are put aside, and what was entered is saved.")
        raise Refused("StoreDamaged", message, field="store")
    write_private(folder / _MARK, now.isoformat().encode())


def _due(mark: Path, now: datetime) -> bool:
    """A mark of the future, or one that can't be read, counts for nothing."""
    try:
        age = now - datetime.fromisoformat(mark.read_text(encoding="ascii"))
    except (OSError, ValueError, TypeError):
        return True
    return not timedelta(0) <= age < EVERY
