"""What this computer remembers of the window: its place, its look, its language. Nothing of patients."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from app.kernel.i18n import LANGUAGES

log = logging.getLogger("app.ui")


@dataclass(frozen=True, slots=True)
class Preferences:
    """``geometry`` is Qt's own text form; ``done_steps`` are those of the demo's checklist."""

    language: str = ""
    appearance: str = "system"
    rail_collapsed: bool = False
    geometry: str = ""
    done_steps: tuple[str, ...] = ()


class PreferencesStore:
    """Reads and writes the preferences' file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def load(self) -> Preferences:
        """Read them; what is missing or damaged is as good as never set."""
        try:
            document = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return Preferences()
        return _parse(document) if isinstance(document, dict) else Preferences()

    def save(self, preferences: Preferences) -> None:
        """Write them; a full disk costs no more than the window's place."""
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            fresh = self._file.with_suffix(".new")
            fresh.write_text(json.dumps(asdict(preferences), indent=1), encoding="utf-8")
            fresh.replace(self._file)
        except OSError as error:
            log.warning("the window's preferences could not be saved: %s", type(error).__name__)


def _parse(document: dict[str, Any]) -> Preferences:
    plain = Preferences()
    known = {f.name: document.get(f.name, getattr(plain, f.name)) for f in fields(Preferences)}
    known = {name: value for name, value in known.items() if isinstance(value, type(getattr(plain, name)) | list)}
    known["done_steps"] = tuple(str(step) for step in known.get("done_steps", ()))
    if known.get("language", "") not in LANGUAGES:
        known["language"] = ""
    return Preferences(**known)
