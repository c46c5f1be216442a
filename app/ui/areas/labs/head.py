"""The page's heading: what it shows, how many, and the choices, which get a line of their own where room is scarce."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.domain.permissions import Permission
from app.kernel.i18n import t
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.text import Label
from app.ui.work import ShellApi


class ReviewHead(QWidget):
    """Title, count, inbox and filters; ``waiting`` says why laboratories' files aren't taken in here."""

    def __init__(self, count: QWidget, inbox: QWidget, filters: QWidget, waiting: str = "") -> None:
        super().__init__()
        title = Label(t("Results to review"), role=TypeRole.PATIENT, strong=True)
        self._count, self._filters = count, filters
        self._line = row(title, count, STRETCH, inbox, filters, gap=12)
        self._below = row(STRETCH)
        self.waiting = Label(waiting, role=TypeRole.META, tone=Tone.WARN, wrap=True)
        column(self._line, self._below, self.waiting, gap=8, parent=self)
        self.waiting.setVisible(bool(waiting))

    def set_narrow(self, narrow: bool) -> None:
        """Put the choices below the heading, or back beside it."""
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
