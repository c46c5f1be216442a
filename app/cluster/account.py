"""The operating-system user that runs the embedded server.

PostgreSQL refuses to run as root. A person runs it as themselves; root (containers, CI) runs it as a system
user of its own, which is made once. A shared account such as ``nobody`` is never used: every other program
running as that user could read the clinic's files.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.kernel.errors import Refused
from app.kernel.i18n import t

SERVER_USER = "myhealthally"
_ROOT_FOLDER = Path("/var/lib/myhealthally")
_WAYS = (
    ("useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", SERVER_USER),
    ("adduser", "-S", "-D", "-H", "-s", "/sbin/nologin", SERVER_USER),
)


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs the server: ``uid`` is None when it is the person who runs this program."""

    name: str
    uid: int | None = None
    gid: int | None = None

    def popen_options(self) -> dict[str, Any]:
        """Return what makes ``subprocess`` run a program as this user, with nothing of root's groups."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Hand a file or folder to this user."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def reaches(self, folder: Path) -> bool:
        """Tell whether this user may walk down to ``folder`` (whose missing tail the program will make itself)."""
        if self.uid is None:
            return True
        existing = folder.absolute()
        while not existing.exists():
            existing = existing.parent
        return all(place.stat().st_mode & 0o001 for place in (existing.resolve(), *existing.resolve().parents))


def server_account() -> Account:
    """Return the user that runs the server, making it when root needs one (Refused ServerAccountMissing)."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return Account("")
    import pwd  # noqa: PLC0415  POSIX only

    try:
        entry = pwd.getpwnam(SERVER_USER)
    except KeyError:
        _make_account()
        entry = pwd.getpwnam(SERVER_USER)
    if entry.pw_uid == 0:
        raise _refused(f"{SERVER_USER} is root")
    return Account(SERVER_USER, entry.pw_uid, entry.pw_gid)


def root_folder() -> Path:
    """Return the folder, open to walk through, that root uses when its own folders are closed to the server's user."""
    _ROOT_FOLDER.mkdir(mode=0o711, parents=True, exist_ok=True)
    return _ROOT_FOLDER


def _make_account() -> None:
    reason = "useradd"
    for way in _WAYS:
        program = shutil.which(way[0], path="/usr/sbin:/sbin:/usr/bin:/bin")
        if program is None:
            continue
        made = subprocess.run([program, *way[1:]], capture_output=True, text=True, check=False, timeout=60)
        if made.returncode in {0, 9}:  # 9: another process made it meanwhile
            return
        reason = made.stderr.strip() or f"{way[0]}: {made.returncode}"
    raise _refused(reason)


def _refused(reason: str) -> Refused:
    return Refused(
        "ServerAccountMissing",
        t(
            "The embedded database doesn't run as root, and the system user “{user}” can't be made ({reason}). "
            "Make it, or start the program as an ordinary user.",
            user=SERVER_USER,
            reason=reason,
        ),
    )
