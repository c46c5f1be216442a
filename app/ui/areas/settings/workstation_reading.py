"""From where this workstation reads boards and search while the server answers: for slow lines."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.kernel.i18n import t
from app.ui.theme.tokens import Tone
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.panel import Panel
from app.ui.widgets.text import Label
from app.ui.widgets.toggles import SegmentedControl
from app.ui.work import Lane, ShellApi
from app.workspace.sync_state import Reading


class ReadingPanel(Panel):
    """Three choices, saved at once; only where the workstation works offline."""

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(t("Slow lines"), parent=parent)
        self._api = api
        self._act = Lane(self)
        self.choice = SegmentedControl(
            [(Reading.AUTOMATIC.value, t("Automatic")), (Reading.STORE.value, t("This computer")),
             (Reading.SERVER.value, t("The server"))],
            name=t("Boards and search come from"),
        )  # fmt: skip
        self.choice.changed.connect(self._choose)
        why = t("While the server answers, today's board, the calendar and the search for patients can come from this "
                "computer's own copy, which is quicker. Automatic does so over a slow line (30 ms there and back or "
                "more). Charts always come from the server.")  # fmt: skip
        self.content.addLayout(column(Label(why, tone=Tone.MUTED, wrap=True), row(self.choice, STRETCH), gap=12))
        api.sync.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what is chosen."""
        status = self._api.sync.status
        self.setVisible(status is not None)
        if status is not None:
            self.choice.set_current(status.reading.value)

    def _choose(self, key: str) -> None:
        sync, status = self._api.workspace.sync, self._api.sync.status
        if sync is not None and status is not None and key != status.reading:
            self._act.run(lambda _: sync.read_from(Reading(key)), on_result=lambda _: None, on_error=self._api.problem)
