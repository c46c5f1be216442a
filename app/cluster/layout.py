"""Where an embedded server's files lie, and the small record that remembers it.

``home`` is the profile's folder below ``MHA_HOME``; the record, the passwords and the locks are always there.
The data lies there too, except when root's folders are closed to the OS user that runs the server: then it lies
below ``/var/lib/myhealthally`` in a folder named after the record's random id, so that a home made anew never
meets the data of an older one.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from app.cluster.account import Account, root_folder
from app.kernel.errors import Refused
from app.kernel.i18n import t

_PROFILE = re.compile(r"[^/\\\0:]{1,64}")


@dataclass(frozen=True, slots=True)
class Record:
    """What the program remembers about a server: a random id, where its data lies, whether it was ever filled."""

    id: str
    base: str
    initialised: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of one embedded server."""

    home: Path
    record: Record

    @property
    def base(self) -> Path:
        """The folder that holds the data, the log and usually the socket."""
        return Path(self.record.base)

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.base / "data"

    @property
    def log(self) -> Path:
        """The server's log: start, stop and crash messages, never statements or values."""
        return self.base / "server.log"

    @property
    def start_lock(self) -> Path:
        """Held by whoever starts, stops, backs up or restores."""
        return self.home / "start.lock"

    @property
    def supervisor_lock(self) -> Path:
        """Held by the supervisor as long as it lives."""
        return self.home / "supervisor.lock"

    @property
    def supervisor_state(self) -> Path:
        """The supervisor's own notes: its process id."""
        return self.home / "supervisor.json"

    @property
    def supervisor_log(self) -> Path:
        """What the supervisor itself has to say; empty unless it has a bug."""
        return self.home / "supervisor.log"

    @property
    def owner_password(self) -> Path:
        """The password of the database's owner, mode 0600."""
        return self.home / "owner.password"

    @property
    def superuser_password(self) -> Path:
        """The password of the server's superuser, mode 0600; used for backups and the supervisor only."""
        return self.home / "superuser.password"

    def save(self, record: Record) -> Layout:
        """Write the record in one step and return the layout that goes with it."""
        write_private(self.home / "cluster.json", json.dumps(asdict(record)))
        return Layout(self.home, record)


def find_layout(home: Path) -> Layout | None:
    """Return the layout of a server that has been set up in ``home``, or None."""
    with suppress(FileNotFoundError, NotADirectoryError):
        text = (home / "cluster.json").read_text(encoding="utf-8")
        try:
            return Layout(home, Record(**json.loads(text)))
        except (ValueError, TypeError) as error:
            raise Refused(
                "ClusterRecordDamaged",
                t("The file {path} is damaged. Restore it from a backup of the computer.", path=home / "cluster.json"),
            ) from error
    return None


def make_layout(home: Path, account: Account) -> Layout:
    """Return the layout in ``home``, making the folder and the record the first time."""
    found = find_layout(home)
    if found is not None:
        return found
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700 if account.uid is None else 0o711)
    name = secrets.token_hex(8)
    base = home if account.reaches(home) else root_folder() / name
    if base != home:
        base.mkdir(mode=0o711)
        base.chmod(0o711)
    return Layout(home, Record(name, str(base))).save(Record(name, str(base)))


def check_profile(profile: str) -> str:
    """Return a profile's name that is safe as a folder's name, else raise Refused (BadValue)."""
    if not _PROFILE.fullmatch(profile) or profile in {".", ".."}:
        raise Refused("BadValue", t("“{name}” can't be the name of a profile.", name=profile[:80]), field="profile")
    return profile


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, in one step: it's there whole or not at all."""
    scratch = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
    except OSError:
        scratch.unlink(missing_ok=True)
        raise
