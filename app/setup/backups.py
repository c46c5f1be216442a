"""Backups to a second place: planned at set-up, made once a day while the program is open.

The passphrase is kept in the keyring and nowhere else; without a keyring it is asked for when a
backup is due, and until then the program says that none is made.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from app.cluster.backup import backup
from app.cluster.server import EmbeddedServer
from app.kernel.clock import Clock, SystemClock
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.paths import Paths
from app.kernel.profiles import Profile
from app.security.keyring import keyring_state, recall, remember

EVERY = timedelta(days=1)
KEPT = 14
"""So many backups stay in the second place; older ones of the same clinic go."""

_SERVICE = "backup"
Report = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class BackupState:
    """What is planned: where to, when the last one was proved good (aware UTC), whether one is due."""

    folder: Path
    last: datetime | None
    due: bool
    can_run: bool


def _file(paths: Paths, profile: Profile) -> Path:
    return paths.profile_data(profile.name) / "backup.json"


def plan_backup(paths: Paths, profile: Profile, folder: Path, passphrase: str, report: Report) -> dict[str, Any]:
    """Remember the second place and make the first backup there at once."""
    _require_second_place(paths, folder)
    if keyring_state().usable:
        remember(_SERVICE, profile.name, passphrase)
    _write(paths, profile, folder, None)
    return run_backup(paths, profile, passphrase, report)


def _require_second_place(paths: Paths, folder: Path) -> None:
    if not folder.is_dir():
        raise Refused("NoFolder", t("There is no folder {name}.", name=str(folder)), field="folder")
    if folder.resolve().is_relative_to(paths.data.resolve()):
        raise Refused("SamePlace", t("Choose another disk or computer than the database's own."), field="folder")


def backup_state(paths: Paths, profile: Profile, clock: Clock | None = None) -> BackupState | None:
    """Return what is planned for a profile, None when nothing is."""
    file = _file(paths, profile)
    if not file.exists():
        return None
    document = json.loads(file.read_text(encoding="utf-8"))
    last = datetime.fromisoformat(document["last"]) if document.get("last") else None
    due = last is None or (clock or SystemClock()).now() - last >= EVERY
    return BackupState(Path(document["folder"]), last, due, recall(_SERVICE, profile.name) is not None)


def run_backup(
    paths: Paths, profile: Profile, passphrase: str | None, report: Report, clock: Clock | None = None
) -> dict[str, Any]:
    """Make the planned backup now, prove it by restoring it, and let old ones go."""
    state = backup_state(paths, profile, clock)
    if state is None:
        raise Refused("NoBackupPlan", t("No second place for backups is set."), field="folder")
    secret = passphrase or recall(_SERVICE, profile.name)
    if secret is None:
        raise Refused("NoPassphrase", t("The backup's passphrase is needed."), field="passphrase")
    now = (clock or SystemClock()).now()
    target = state.folder / f"{profile.name}-{now:%Y%m%d-%H%M%S}.mhabackup"
    made = dict(backup(EmbeddedServer(profile.name, paths), target, secret, lambda text: report(0, 0, text)))
    _write(paths, profile, state.folder, now)
    for old in sorted(state.folder.glob(f"{profile.name}-*.mhabackup"))[:-KEPT]:
        old.unlink(missing_ok=True)
    return made


def _write(paths: Paths, profile: Profile, folder: Path, last: datetime | None) -> None:
    file = _file(paths, profile)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = file.with_suffix(".new")
    document = {"folder": str(folder), "last": last.isoformat() if last else None}
    temporary.write_text(json.dumps(document), encoding="utf-8")
    temporary.replace(file)
