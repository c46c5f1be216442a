"""The audit's anchor: the head of its chain as it was last seen good, kept outside the database.

Somebody who cuts the end off the audit leaves a chain that is right in itself; only a head that was kept elsewhere
shows that something is missing.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from app.kernel.paths import Paths

_FILE = "audit-anchors.json"


class Anchors:
    """The heads of the clinics' chains, by clinic; hashes only, in a file of the person who uses this computer."""

    def __init__(self, paths: Paths) -> None:
        self._path = paths.data / _FILE

    @property
    def path(self) -> Path:
        """Where they are kept."""
        return self._path

    def head(self, clinic_id: str) -> str | None:
        """Return the head that was last seen; None when none was, or the file can't be read."""
        found = self._all().get(clinic_id)
        return found if isinstance(found, str) and _is_hash(found) else None

    def keep(self, clinic_id: str, head: str) -> None:
        """Remember a head, in place of the last one; raises ``OSError``."""
        if not _is_hash(head):
            return
        known = {**self._all(), clinic_id: head}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=_FILE)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(known, file)
        Path(name).replace(self._path)

    def _all(self) -> dict[str, object]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


def _is_hash(text: str) -> bool:
    return len(text) == 64 and all(letter in "0123456789abcdef" for letter in text)
