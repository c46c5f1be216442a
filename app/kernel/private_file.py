"""Small files that only this person may read, replaced in one step: a kill at any moment leaves the old or the new."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path


def private_folder(folder: Path) -> None:
    """Make a folder that only this person may enter; one that exists is closed to others as well."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if sys.platform != "win32":
        folder.chmod(0o700)


def write_private(path: Path, content: bytes) -> None:
    """Write a whole file (mode 0600): beside it first, on the disk, then renamed."""
    _sweep(path)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=_prefix(path))  # made with mode 0600
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def destroy_private(path: Path) -> None:
    """Overwrite and remove a file, and what a killed write left beside it. None of it being there is fine."""
    for file in (path, *_leftovers(path)):
        if file.exists():
            with file.open("r+b") as stream:
                stream.write(bytes(file.stat().st_size))
                stream.flush()
                os.fsync(stream.fileno())
            file.unlink(missing_ok=True)
    if path.parent.exists():
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Put a folder's entries on the disk, where the platform can (Windows does so by itself)."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _prefix(path: Path) -> str:
    return f".{path.name}."


def _leftovers(path: Path) -> list[Path]:
    return sorted(path.parent.glob(_prefix(path) + "*")) if path.parent.exists() else []


def _sweep(path: Path) -> None:
    for file in _leftovers(path):
        file.unlink(missing_ok=True)
