"""Make the Debian package from the one-folder build: ``python packaging/deb.py`` after ``packaging/build.sh``."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import bundle

ROOT: Path = bundle.ROOT
HERE = ROOT / "packaging"
BUILT = ROOT / "dist" / "myhealthally"
PLACE = Path("usr/lib/myhealthally")
ICON_SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
_WAYLAND = re.compile(r"Qt6(Wayland|WlShell)")
_ELF = b"\x7fELF"
_GLIBC = re.compile(rb"GLIBC_2\.(\d+)\b")


def version() -> str:
    """Return the program's version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def architecture() -> str:
    """Return Debian's name of this machine's kind."""
    done = subprocess.run(["/usr/bin/dpkg", "--print-architecture"], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def libraries(folder: Path) -> list[Path]:
    """Return the programs and libraries in a folder."""
    return [file for file in sorted(folder.rglob("*")) if file.is_file() and not file.is_symlink() and _is_elf(file)]


def _is_elf(file: Path) -> bool:
    with file.open("rb") as stream:
        return stream.read(4) == _ELF


def least_glibc(files: Iterable[Path]) -> str:
    """Return the least version of the C library that all of them run on."""
    minors = [int(minor) for file in files for minor in _GLIBC.findall(file.read_bytes())]
    return f"2.{max(minors)}"


def depends(built: Path) -> str:
    """Return the package's dependencies: Qt's system libraries, and what of the system's the build itself loads."""
    files = libraries(built)
    brought = {file.name for file in built.rglob("*") if ".so" in file.name}
    packages = {*bundle.system_packages().values(), *_owners(_directly_needed(files) - brought)}
    packages -= {"libc6"}
    return ", ".join([f"libc6 (>= {least_glibc(files)})", *sorted(packages)])


def _directly_needed(files: Iterable[Path]) -> set[str]:
    """Return the libraries that the files name themselves.

    Qt's plugins don't count: the one for X11 needs what bundle.py lists, the others work where their desktop is.
    """
    found: set[str] = set()
    for file in files:
        if "plugins" in file.parts or _WAYLAND.search(file.name):
            continue
        listed = subprocess.run(["/usr/bin/objdump", "-p", str(file)], capture_output=True, text=True, check=True)
        found |= set(re.findall(r"^\s+NEEDED\s+(\S+)$", listed.stdout, re.MULTILINE))
    return found


def _owners(names: Iterable[str]) -> set[str]:
    """Return the Debian packages of libraries that are left to the system."""
    places = bundle.library_places()
    found: set[str] = set()
    for name in sorted(names):
        if name not in places:  # of a desktop that isn't here: Qt's plugin for it isn't used without it
            continue
        path = Path(places[name]).resolve()
        tries = (path, Path("/", *path.parts[2:]))  # dpkg knows merged folders by their old name
        for one in tries:
            asked = subprocess.run(["/usr/bin/dpkg-query", "-S", str(one)], capture_output=True, text=True, check=False)
            if asked.returncode == 0:
                found.add(asked.stdout.split(":", 1)[0])
                break
        else:
            raise SystemExit(f"no package owns {name}: it must come along")
    return found


def make_tree(tree: Path, built: Path) -> None:
    """Lay out the files as they will be installed."""
    shutil.rmtree(tree, ignore_errors=True)
    (tree / PLACE).parent.mkdir(parents=True)
    shutil.copytree(built, tree / PLACE, symlinks=True)
    link = tree / "usr/bin/myhealthally"
    link.parent.mkdir()
    link.symlink_to("../lib/myhealthally/myhealthally")
    _copy(HERE / "myhealthally.desktop", tree / "usr/share/applications/myhealthally.desktop")
    for size in ICON_SIZES:
        _copy(
            ROOT / "build" / "icons" / f"myhealthally-{size}.png",
            tree / f"usr/share/icons/hicolor/{size}x{size}/apps/myhealthally.png",
        )
    documents = tree / "usr/share/doc/myhealthally"
    _copy(HERE / "copyright", documents / "copyright")
    (tree / PLACE / "_internal" / "licences").rename(documents / "licences")
    _set_modes(tree)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _set_modes(tree: Path) -> None:
    """Everyone may read, nobody but root may write; what was executable stays so."""
    for place in (tree, *tree.rglob("*")):
        if place.is_symlink():
            continue
        runs = place.is_dir() or place.stat().st_mode & 0o100
        place.chmod(0o755 if runs else 0o644)


def write_control(tree: Path, needed: str) -> None:
    """Write the package's description, its scripts and the checksums."""
    folder = tree / "DEBIAN"
    folder.mkdir(mode=0o755)
    files = [file for file in sorted(tree.rglob("*")) if file.is_file() and not file.is_symlink()]
    size = sum(file.stat().st_size for file in files) // 1024
    control = (HERE / "control.in").read_text(encoding="utf-8")
    for name, value in {
        "VERSION": version(),
        "ARCHITECTURE": architecture(),
        "SIZE": str(size),
        "DEPENDS": needed,
    }.items():
        control = control.replace(f"@{name}@", value)
    (folder / "control").write_text(control, encoding="utf-8")
    sums = [
        f"{hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()}  {file.relative_to(tree)}\n"
        for file in files
    ]
    (folder / "md5sums").write_text("".join(sums), encoding="utf-8")
    shutil.copyfile(HERE / "prerm", folder / "prerm")
    (folder / "prerm").chmod(0o755)


def _md5(file: Path) -> str:
    """Return what dpkg compares installed files with; a damaged disk is what it finds, not an attacker."""
    return hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()


def build() -> Path:
    """Make the package in ``dist`` and return it."""
    if not BUILT.is_dir():
        raise SystemExit("there is no build yet: run packaging/build.sh")
    tree = ROOT / "build" / "deb"
    make_tree(tree, BUILT)
    write_control(tree, depends(BUILT))
    target = ROOT / "dist" / f"myhealthally_{version()}_{architecture()}.deb"
    command = ["/usr/bin/dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(tree), str(target)]
    subprocess.run(command, check=True, env=os.environ, stdout=subprocess.DEVNULL)
    return target


if __name__ == "__main__":
    made = build()
    print(f"{made.relative_to(ROOT)}  {made.stat().st_size / 1e6:.0f} MB")
