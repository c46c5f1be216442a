"""The page's heading: what it shows, how many, and the choices, which get a line of their own where room is scarce."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtWidgets import QWidget

from app.domain.permissions import Permission
from app.kernel.i18n import t
from app.queries.lab_inbox import lab_message_count
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.text import Label
from app.ui.work import Lane, ShellApi

GAP = 12
LOOK_MS = 20_000
"""How often the inbox asks for what other windows and the command line did."""


class InboxButton(Button):
    """Opens laboratories' messages and says how many wait for a person; hidden from who may not settle them."""

    def __init__(self, api: ShellApi) -> None:
        super().__init__(t("Messages"), icon="import", small=True)
        self._lane, self._may = Lane(self, api.workspace), api.can(Permission.LAB_INBOX)
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self._look)
        if self._may:
            self._timer.start()
        else:
            self.hide()

    def _look(self) -> None:
        """Messages are in no change feed (only the server has them): what other windows take in is asked for."""
        if self.isVisible():
            self.refresh()

    def refresh(self) -> None:
        """Ask how many wait; without the server nothing is claimed."""
        if self._may:
            self._lane.ask(lab_message_count, on_result=self._show, on_error=lambda _error: self._show(0))

    def _show(self, waiting: int) -> None:
        self.setText(f"{t('Messages')} {waiting}" if waiting else t("Messages"))


class ReviewHead(QWidget):
    """Title, count, inbox and filters; ``waiting`` says why laboratories' files aren't taken in here."""

    def __init__(self, count: QWidget, inbox: QWidget, filters: QWidget, waiting: str = "") -> None:
        super().__init__()
        self._title = Label(t("Results to review"), role=TypeRole.PATIENT, strong=True)
        self._count, self._inbox, self._filters = count, inbox, filters
        self._narrow = False
        self._line = row(self._title, count, STRETCH, inbox, filters, gap=GAP)
        self._below = row(STRETCH)
        self.waiting = Label(waiting, role=TypeRole.META, tone=Tone.WARN, wrap=True)
        column(self._line, self._below, self.waiting, gap=8, parent=self)
        self.waiting.setVisible(bool(waiting))

    def set_narrow(self, narrow: bool) -> None:
        """Put the choices below the heading, or back beside it, if there is room for their words."""
        self._narrow = narrow
        self._fit()

    def event(self, event: QEvent) -> bool:
        """Look again whether the choices fit when their words have changed, with the counts."""
        if event.type() in {QEvent.Type.LayoutRequest, QEvent.Type.Resize}:
            self._fit()
        return super().event(event)

    def _fit(self) -> None:
        beside = (self._title, self._filters, *(() if self._inbox.isHidden() else (self._inbox,)))
        shown = [one.sizeHint().width() for one in beside]
        narrow = self._narrow or sum(shown) + GAP * len(shown) > self.width()
        self._count.setVisible(not narrow)
        line, other = (self._below, self._line) if narrow else (self._line, self._below)
        if line.indexOf(self._filters) < 0:
            other.removeWidget(self._filters)
            line.insertWidget(0 if narrow else line.count(), self._filters)


def why_files_wait(api: ShellApi) -> str:
    """Say why this computer's folder isn't watched for the person signed in; "" where it is, or there is none."""
    folder = getattr(api.workspace, "lab_folder", None)
    state = folder.state if folder is not None and not api.can(Permission.LAB_INBOX) else None
    if state is None or state.setting is None:
        return ""
    return f"{t('{folder} is not watched now.', folder=state.setting.folder)} {state.problem}".strip()
