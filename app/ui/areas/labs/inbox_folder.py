"""The folder that this computer watches for laboratories' files: which one, how it stands, what becomes of files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFileDialog, QWidget

from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.text import Label
from app.ui.widgets.toggles import Checkbox
from app.ui.work import Lane, ShellApi
from app.workspace.watched_folder import FolderSetting, FolderState, WatchedFolder

_EVERY_MS = 1000


class InboxFolder(QWidget):
    """One line and its buttons; shown to whoever may take files in."""

    def __init__(self, api: ShellApi, folder: WatchedFolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder, self._zone = folder, api.zone
        self._lane = Lane(self, api.workspace)
        self._failed: Callable[[AppError], object] = api.problem
        self._shown: FolderState | None = None
        self.says = Label("", role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        self.problem = Label("", role=TypeRole.META, tone=Tone.CRITICAL, wrap=True)
        self.choose = Button(t("Watch a folder…"), icon="clock", small=True)
        self.stop = Button(t("Stop watching"), icon="close", small=True)
        self.move_files = Checkbox(t("Move files that were taken to its folder “taken”"))
        column(
            row(self.choose, self.stop, STRETCH, gap=8), self.move_files, self.says, self.problem, gap=4, parent=self
        )  # fmt: skip
        self.choose.clicked.connect(self._choose)
        self.stop.clicked.connect(lambda: self._set(None))
        self.move_files.clicked.connect(self._move)
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._timer.timeout.connect(self.refresh)
        self._timer.start()
        self.refresh()

    def refresh(self) -> None:
        """Show how the watch stands; it goes on by itself."""
        state = self._folder.state
        if state == self._shown:
            return
        self._shown = state
        watching = state.setting is not None
        self.choose.setVisible(not watching)
        self.stop.setVisible(watching)
        self.move_files.setVisible(watching)
        self.move_files.setChecked(state.setting is not None and state.setting.move)
        self.says.setText(said(state, self._zone))
        self.says.setVisible(watching)
        self.problem.setText(state.problem)
        self.problem.setVisible(bool(state.problem))

    def _choose(self) -> None:
        name = QFileDialog.getExistingDirectory(self, t("Choose a folder"))
        if name:
            self.watch(Path(name))

    def watch(self, path: Path) -> None:
        """Watch a folder from now on."""
        self._set(FolderSetting(path, self.move_files.isChecked()))

    def _move(self) -> None:
        setting = self._folder.state.setting
        if setting is not None:
            self._set(FolderSetting(setting.folder, self.move_files.isChecked()))

    def _set(self, setting: FolderSetting | None) -> None:
        """Off the window's thread: a folder of the network may take its time."""
        folder = self._folder
        self._lane.run(
            lambda _progress: folder.choose(setting), on_result=lambda _none: self.refresh(), on_error=self._refused
        )  # fmt: skip

    def _refused(self, error: AppError) -> None:
        self._shown = None
        self.refresh()
        self._failed(error)


def said(state: FolderState, zone: tzinfo) -> str:
    """Say in one line what is watched, and what came of it since the person signed in."""
    if state.setting is None:
        return ""
    parts = [t("Watches {folder}", folder=state.setting.folder)]
    if state.elsewhere:
        parts = [t("{folder} is watched by {name}", folder=state.setting.folder, name=state.elsewhere)]
    if state.looked_at is not None:
        parts.append(t("looked at {time}", time=f"{state.looked_at.astimezone(zone):%H:%M}"))
    if state.taken:
        parts.append(tn("{n} message taken", "{n} messages taken", state.taken))
    if state.waiting:
        parts.append(tn("{n} waits for a person", "{n} wait for a person", state.waiting))
    if state.refused:
        parts.append(tn("{n} refused", "{n} refused", state.refused))
    return " · ".join(parts)
