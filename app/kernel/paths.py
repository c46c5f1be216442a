"""Where the program keeps its files: ``MHA_HOME`` when set, the platform's folders otherwise."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

APP_NAME = "myhealthally"
HOME_VARIABLE = "MHA_HOME"


@dataclass(frozen=True, slots=True)
class Paths:
    """All folders of the program. None of them is made here."""

    data: Path
    config: Path
    logs: Path

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Paths:
        """Read ``MHA_HOME`` (relocates everything), else use the platform's user folders."""
        home = (environment if environment is not None else os.environ).get(HOME_VARIABLE)
        if home:
            root = Path(home).expanduser().absolute()
            return cls(root / "data", root / "config", root / "logs")
        dirs = platformdirs.PlatformDirs(APP_NAME, appauthor=False)
        return cls(dirs.user_data_path, dirs.user_config_path, dirs.user_log_path)

    @property
    def profiles_file(self) -> Path:
        """The file that lists the configured clinics."""
        return self.config / "profiles.json"

    def embedded(self, profile: str) -> Path:
        """Return the folder of a profile's embedded database."""
        return self.data / "embedded" / profile

    def profile_data(self, profile: str) -> Path:
        """Return the folder for a profile's own files (drafts, window state, later the offline store)."""
        return self.data / "profiles" / profile
