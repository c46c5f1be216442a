"""Watching a folder for laboratories' files: each is taken once it is whole, and noted by its content.

Files stay where they are unless a folder for done ones is given; what is no file of messages stays in any case. A file
counts as whole when its size and time have not changed between two looks. What was taken is remembered by content while
the watch runs; after a restart the server knows each message again, so nothing is taken twice.
"""

from __future__ import annotations

import hashlib
import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.domain.imports import Skipped
from app.kernel.errors import Unavailable
from app.kernel.i18n import t
from app.workspace.hl7_import import Hl7Report, find_messages, run_hl7_import
from app.workspace.workspace import Workspace

EVERY = 2.0
"""Seconds between two looks."""
_PARTIAL = (".part", ".partial", ".tmp", ".filepart", ".crdownload", "~")


@dataclass(frozen=True, slots=True)
class _Seen:
    size: int
    changed: int


@dataclass(slots=True)
class FolderWatch:
    """One look after the other; ``look`` is one, so that a window can do it on its own clock."""

    workspace: Workspace
    folders: Sequence[Path]
    done: Path | None = None
    _before: dict[Path, _Seen] = field(default_factory=dict)
    _handled: dict[Path, _Seen] = field(default_factory=dict)
    _hashes: set[str] = field(default_factory=set)

    def look(self) -> Hl7Report | None:
        """Take the files that are whole and new; None when there are none."""
        whole = self._whole()
        if not whole:
            return None
        fresh = [path for path in whole if self._is_fresh(path)]
        report = run_hl7_import(self.workspace, fresh) if fresh else None
        for path in whole:
            self._finish(path, report)
        return report

    def forget(self) -> None:
        """Take the files of the last look up again: they were not all taken."""
        self._hashes.clear()

    def _whole(self) -> list[Path]:
        now: dict[Path, _Seen] = {}
        for path, _ in find_messages(self.folders):
            if path.name.endswith(_PARTIAL) or (self.done is not None and path.is_relative_to(self.done)):
                continue
            try:
                found = path.stat()
            except OSError:
                continue
            now[path] = _Seen(found.st_size, found.st_mtime_ns)
        whole = [path for path, seen in now.items() if self._before.get(path) == seen != self._handled.get(path)]
        self._before = now
        return whole

    def _is_fresh(self, path: Path) -> bool:
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            return False
        fresh = digest not in self._hashes
        self._hashes.add(digest)
        return fresh

    def _finish(self, path: Path, report: Hl7Report | None) -> None:
        self._handled[path] = self._before[path]
        if self.done is None or self._is_unread(path, report):
            return
        try:
            self.done.mkdir(parents=True, exist_ok=True)
            shutil.move(path, _free(self.done / path.name))
        except OSError as error:
            if report is not None:
                report.remarks.append(Skipped(path.name, "", t("can't be moved: {why}", why=error.strerror)))

    def _is_unread(self, path: Path, report: Hl7Report | None) -> bool:
        """Whether nothing of the file could be read: it stays where it is, nobody has kept it."""
        return report is not None and any(one.source == path.name and not one.resource for one in report.skipped)


def _free(path: Path) -> Path:
    """Return a name that isn't taken: two laboratories may call their files alike."""
    number, found = 1, path
    while found.exists():
        number += 1
        found = path.with_name(f"{path.stem} {number}{path.suffix}")
    return found


def watch(
    folder: FolderWatch, heard: Callable[[Hl7Report], object], stop: threading.Event, every: float = EVERY
) -> None:
    """Look until told to stop; a server that is gone is waited for."""
    while not stop.is_set():
        try:
            report = folder.look()
        except Unavailable:
            folder.forget()
        else:
            if report is not None:
                heard(report)
        stop.wait(every)
