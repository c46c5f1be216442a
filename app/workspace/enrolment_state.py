"""What an enrolled workstation's folder says of itself without any key: which workstation, how far, which clock, and
what was chosen for it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.paths import Paths
from app.kernel.private_file import private_folder, write_private

STATE: Final = "workstation.json"


class Step(StrEnum):
    """How far an enrolment is."""

    BEGUN = "begun"
    """Nothing has been entered here yet: whatever is there may be made anew."""
    COMPLETE = "complete"
    REVOKED = "revoked"
    """An ADMIN took the right away, the keys were destroyed."""


@dataclass(frozen=True, slots=True)
class WorkstationState:
    """One workstation: the id the server knows it by, its name, the demo's clock in seconds ahead of the machine's."""

    id: str
    name: str
    step: Step
    is_demo: bool = False
    clock_offset_seconds: int = 0
    reading: str = ""
    """From where boards and search are read (a ``Reading``): kept here too, for the store may have to be made anew."""


def offline_folder(paths: Paths, profile: str) -> Path:
    """Return the folder of a profile's offline data. It isn't made here."""
    return paths.data / "offline" / profile


def read_state(folder: Path) -> WorkstationState | None:
    """Read the folder's state; None when no enrolment ever began. Raises Refused "KeysDamaged"."""
    file = folder / STATE
    if not file.exists():
        return None
    try:
        entry = json.loads(file.read_bytes())
        return WorkstationState(
            id=str(entry["id"]),
            name=str(entry["name"]),
            step=Step(entry["step"]),
            is_demo=bool(entry["is_demo"]),
            clock_offset_seconds=int(entry["clock_offset_seconds"]),
            reading=str(entry.get("reading", "")),
        )
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise Refused("KeysDamaged", t("The file {file} can't be read.", file=STATE), field="workstation") from error


def write_state(folder: Path, state: WorkstationState) -> None:
    """Write the folder's state in one step."""
    private_folder(folder)
    write_private(folder / STATE, json.dumps(asdict(state), indent=1).encode("utf-8"))


def keep_reading(folder: Path, reading: str) -> None:
    """Keep what was chosen for the workstation beside its store. Nothing happens where none is enrolled."""
    state = read_state(folder)
    if state is not None:
        write_state(folder, replace(state, reading=reading))


def is_enrolled(folder: Path) -> bool:
    """Tell whether this workstation can work offline."""
    state = read_state(folder)
    return state is not None and state.step is Step.COMPLETE
