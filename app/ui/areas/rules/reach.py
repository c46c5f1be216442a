"""Rules are kept and run on the server: while it can't be reached, forms say so and their buttons are off."""

from __future__ import annotations

from PySide6.QtCore import Signal

from app.kernel.i18n import t
from app.ui.widgets.panel import Note
from app.ui.work import ShellApi


def needs_server() -> str:
    """Return why a button is off."""
    return t("This needs the server, which can't be reached now.")


class NeedsServer(Note):
    """A notice that stands in a form while the workstation is without its server; ``changed`` when that changes."""

    changed = Signal()

    def __init__(self, api: ShellApi) -> None:
        super().__init__(needs_server(), t("It goes on by itself when the server is back."))
        self._sync = api.sync
        self.hide()  # until it has its place in the form
        api.sync.changed.connect(self.follow)

    @property
    def away(self) -> bool:
        """Whether the server can't be reached."""
        return self._sync.offline

    def follow(self) -> None:
        """Show what holds now; called once by the form when it has its layout."""
        self.setVisible(self.away)
        self.changed.emit()
