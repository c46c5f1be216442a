"""A folder that laboratories' files arrive in, watched by the window of this computer.

Which folder it is belongs to this computer (paths differ from one to the other) and is kept for the clinic in a file of
the program's. Several computers may name the same folder: one of them watches, by a mark in the folder itself, and
another takes over when that one is gone. Should two ever look at once, the server knows each message by its content.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.domain.permissions import Permission
from app.kernel.errors import AppError, Refused, Unavailable
from app.kernel.i18n import t
from app.kernel.ids import new_uuid
from app.workspace.hl7_import import Hl7Report
from app.workspace.hl7_watch import FolderWatch
from app.workspace.watched_folder import FolderSetting, FolderState
from app.workspace.workspace import Workspace

log = logging.getLogger(__name__)

EVERY = 10.0
"""Seconds between two looks: a file is taken at the second one that finds it unchanged."""
GONE_AFTER = 90.0
"""Seconds after which a computer that has not renewed its mark no longer watches."""
MARK = ".myhealthally-watch"
TAKEN = "taken"
"""Where files go that were taken, when they are to go."""


class FolderSettings:
    """Keeps the settings of this computer, one for each clinic."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def load(self, clinic_id: str) -> FolderSetting | None:
        """Return the clinic's; None without one, or where the file can't be read."""
        kept = self._read().get(clinic_id)
        if not isinstance(kept, dict) or not isinstance(kept.get("folder"), str):
            return None
        return FolderSetting(Path(kept["folder"]), kept.get("move") is True)

    def save(self, clinic_id: str, setting: FolderSetting | None) -> None:
        """Keep it, or none any more. Raises ``Refused`` "NotSaved" where the disk doesn't let it."""
        document = self._read()
        document.pop(clinic_id, None)
        if setting is not None:
            document[clinic_id] = {"folder": str(setting.folder), "move": setting.move}
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            fresh = self._file.with_suffix(".new")
            fresh.write_text(json.dumps(document, indent=1, ensure_ascii=False), encoding="utf-8")
            fresh.replace(self._file)
        except OSError as error:
            message = t("The folder can't be kept on this computer: {why}", why=error.strerror)
            raise Refused("NotSaved", message, field="folder") from None

    def _read(self) -> dict[str, Any]:
        try:
            document = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return document if isinstance(document, dict) else {}


class FolderClaim:
    """The mark in a folder that says which computer watches it; its time says that it is still there."""

    def __init__(self, folder: Path, name: str) -> None:
        self._mark = folder / MARK
        self._name = name
        self._id = new_uuid()

    def take(self) -> str:
        """Take or renew the claim; returns who has it instead, "" when it is ours or the folder can't be marked."""
        found = self._read()
        if found is not None and found.get("id") != self._id and not self._is_stale():
            return str(found.get("name") or "?")
        try:
            fresh = self._mark.with_name(f"{MARK}-{self._id[:8]}")
            fresh.write_text(json.dumps({"id": self._id, "name": self._name}), encoding="utf-8")
            fresh.replace(self._mark)
        except OSError:
            return ""  # a folder that only lets itself be read: the server recognises what comes twice
        held = self._read()
        return "" if held is None or held.get("id") == self._id else str(held.get("name") or "?")

    def give_back(self) -> None:
        """Let another computer watch at once."""
        found = self._read()
        if found is not None and found.get("id") == self._id:
            with contextlib.suppress(OSError):
                self._mark.unlink()

    def _read(self) -> dict[str, Any] | None:
        try:
            found = json.loads(self._mark.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def _is_stale(self) -> bool:
        """By the clock of the folder's own disk: that of a fresh file there, not this computer's."""
        probe = self._mark.with_name(f"{MARK}-{self._id[:8]}")
        try:
            probe.touch()
            now = probe.stat().st_mtime
            probe.unlink()
            return now - self._mark.stat().st_mtime > GONE_AFTER
        except OSError:
            return False


class LabFolder:
    """Watches this computer's folder while somebody who may take files in is signed in."""

    def __init__(self, workspace: Workspace, settings: FolderSettings, *, every: float = EVERY) -> None:
        self._workspace, self._settings, self._every = workspace, settings, every
        self._lock = threading.RLock()
        self._wake, self._stopped = threading.Event(), threading.Event()
        self._watch: FolderWatch | None = None
        self._claim: FolderClaim | None = None
        self._state = FolderState(settings.load(workspace.clinic.clinic_id))
        self._thread = threading.Thread(target=self._run, name="lab folder", daemon=True)
        self.changed: list[Callable[[FolderState], object]] = []
        """Hear of each new state; called on the watch's own thread."""

    @property
    def state(self) -> FolderState:
        """How it stands."""
        return self._state

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End; the look under way is waited for briefly."""
        self._stopped.set()
        self._wake.set()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(3.0)
        if self._claim is not None:
            self._claim.give_back()

    def choose(self, setting: FolderSetting | None) -> None:
        """Watch a folder from now on, or none. Refuses ("NotAllowed", "NoFile") who may not, or what is no folder."""
        if not self._workspace.actor.may(Permission.LAB_INBOX):
            raise Refused("NotAllowed", t("Your role doesn't allow this."))
        if setting is not None and not setting.folder.is_dir():
            raise Refused("NoFile", t("{path}: no folder", path=setting.folder), field="folder")
        self._settings.save(self._workspace.clinic.clinic_id, setting)
        with self._lock:
            if self._claim is not None:
                self._claim.give_back()
            self._watch = self._claim = None
            self._tell(FolderState(setting))
        self._wake.set()

    def look(self) -> FolderState:
        """Look once; whatever goes wrong is said in the state, and the next look tries again."""
        with self._lock:
            setting = self._state.setting
            if setting is None:
                return self._state
            if not self._workspace.actor.may(Permission.LAB_INBOX):
                return self._tell(
                    replace(
                        self._state, problem=t("Its files wait until a provider or an administrator signs in here.")
                    )
                )
            try:
                return self._tell(self._looked(setting))
            except Unavailable as error:
                if self._watch is not None:
                    self._watch.forget()
                return self._tell(replace(self._state, problem=error.message))
            except AppError as error:
                return self._tell(replace(self._state, problem=error.message))

    def _looked(self, setting: FolderSetting) -> FolderState:
        if self._watch is None or self._claim is None:
            self._watch = FolderWatch(
                self._workspace, [setting.folder], setting.folder / TAKEN if setting.move else None
            )
            self._claim = FolderClaim(setting.folder, self._workspace.workstation)
        if not os.access(setting.folder, os.R_OK | os.X_OK):
            return replace(self._state, problem=t("{path}: no folder", path=setting.folder))
        elsewhere = self._claim.take()
        at = self._workspace.clock.now()
        if elsewhere:
            return replace(self._state, looked_at=at, elsewhere=elsewhere, problem="")
        report = self._watch.look()
        return _counted(replace(self._state, looked_at=at, elsewhere="", problem=""), report)

    def _tell(self, state: FolderState) -> FolderState:
        self._state = state
        for heard in tuple(self.changed):
            heard(state)
        return state

    def _run(self) -> None:
        while not self._stopped.is_set():
            self.look()
            self._wake.wait(self._every)
            self._wake.clear()


def _counted(state: FolderState, report: Hl7Report | None) -> FolderState:
    if report is None:
        return state
    log.info("lab folder: %d files, %d messages", report.files, report.messages)
    taken = report.counts["taken"]["Message"] + report.counts["updated"]["Message"]
    problem = report.remarks[-1].reason if report.remarks and not report.remarks[-1].resource else ""
    return replace(
        state, taken=state.taken + taken, waiting=state.waiting + report.waiting,
        refused=state.refused + report.refused, problem=problem,
    )  # fmt: skip


def watch_folder(workspace: Workspace, file: Path) -> LabFolder:
    """Watch what this computer is set to watch for the clinic, until the person signs out.

    For a person who may not file results nothing is watched, and the state says why.
    """
    folder = LabFolder(workspace, FolderSettings(file))
    workspace.lab_folder = folder
    if not workspace.actor.may(Permission.LAB_INBOX):
        folder.look()
        return folder
    workspace.at_close.append(folder.stop)
    folder.start()
    return folder
