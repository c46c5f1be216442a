"""How the folder stands that a computer watches for laboratories' files: what a window shows and chooses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class FolderSetting:
    """What this computer watches for a clinic; ``move``: files that were taken go to the folder "taken" in it."""

    folder: Path
    move: bool = False


@dataclass(frozen=True, slots=True)
class FolderState:
    """How the watch stands. ``elsewhere`` names the computer that watches instead; ``looked_at`` is aware UTC.

    The counts are of messages since the person signed in.
    """

    setting: FolderSetting | None = None
    looked_at: datetime | None = None
    elsewhere: str = ""
    problem: str = ""
    taken: int = 0
    waiting: int = 0
    refused: int = 0


class WatchedFolder(Protocol):
    """What a signed-in person has of the folder; ``lab_folder.LabFolder`` is the one that looks."""

    @property
    def state(self) -> FolderState:
        """How it stands."""
        ...

    def choose(self, setting: FolderSetting | None) -> None:
        """Watch a folder from now on, or none. Refuses ("NotAllowed", "NoFile") who may not, or what is no folder."""
        ...
