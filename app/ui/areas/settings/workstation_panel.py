"""One workstation in the side panel: its name, what is kept for it, and taking it out of service."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.commands.leases import ReleaseLeases
from app.commands.registry import Command, Outcome
from app.commands.workstations import RenameWorkstation, RevokeWorkstation
from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.queries.workstations import WorkstationView
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.inputs import LineEdit
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.panel import Note
from app.ui.widgets.text import Label
from app.ui.work import Lane, PanelPage, PendingAction, ShellApi


class WorkstationPanel(PanelPage):
    """For an ADMIN. Everything here needs the server."""

    def __init__(self, api: ShellApi, one: WorkstationView, facts: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api, self.one = api, one
        self._act = Lane(self, api.workspace)
        self.name = LineEdit(one.name, max_length=200, name=t("Name"))
        self.form = Form()
        self.form.add("name", FormField(t("Name"), self.name, required=True))
        self.save = Button(t("Save the name"))
        self.save.clicked.connect(self._rename)
        self.name.returnPressed.connect(self._rename)
        self.release = Button(t("Free what is kept for it"), icon="undo")
        self.release.clicked.connect(self._release)
        self.revoke = Button(t("Take it out of service"), icon="block", kind=ButtonKind.SECONDARY)
        self.revoke.clicked.connect(self._revoke)
        self.note = Note("", kind=StatusKind.CRITICAL)
        self.note.hide()
        kept = tn("{n} time is kept for it.", "{n} times are kept for it.", one.kept)
        self._kept = Label(kept, tone=Tone.MUTED, wrap=True)
        self._what = Label(_consequences(), role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        column(Label(facts, tone=Tone.MUTED, wrap=True), self.form, row(self.save, STRETCH), self._kept,
               row(self.release, STRETCH), self._what, row(self.revoke, STRETCH), self.note, STRETCH, gap=12,
               parent=self)  # fmt: skip
        for part in (self._kept, self.release):
            part.setVisible(one.kept > 0)
        for part in (self.revoke, self._what):
            part.setVisible(one.revoked_at is None)

    def title(self) -> str:
        """Return its name."""
        return self.one.name

    def dirty(self) -> bool:
        """Whether the name was changed."""
        return self.name.text().strip() != self.one.name

    def first_focus(self) -> QWidget | None:
        """The name."""
        return self.name

    def _rename(self) -> None:
        command = RenameWorkstation(workstation_id=self.one.id, name=self.name.text())
        self._run(command, t("Renamed to {name}", name=self.name.text().strip()))

    def _release(self) -> None:
        command = ReleaseLeases(workstation_id=self.one.id)
        self._run(command, t("Freed what was kept for {name}", name=self.one.name))

    def _revoke(self) -> None:
        name, command = self.one.name, RevokeWorkstation(workstation_id=self.one.id)
        self._api.pending(
            PendingAction(text=t("Taking {name} out of service", name=name), command=command, on_done=self._gone,
                          on_refused=self._refused, done_text=t("{name} is out of service", name=name))
        )  # fmt: skip

    def _run(self, command: Command, said: str) -> None:
        self.form.clear_errors()
        self.note.hide()
        self._act.execute(command, on_done=lambda outcome: self._done(said, outcome), on_refused=self._refused,
                          on_unavailable=self._refused)  # fmt: skip

    def _done(self, said: str, outcome: Outcome) -> None:
        self._api.did(said, outcome)
        self.finished.emit()

    def _gone(self, _outcome: Outcome) -> None:
        self.finished.emit()

    def _refused(self, error: AppError) -> None:
        if error.field == "name":
            self.form.show_error("name", error.message)
            return
        self.note.show_text(error.message)
        self.note.show()


def _consequences() -> str:
    return t("Out of service it accepts nobody any more: at its next contact it destroys its key, and what was entered "
             "there offline and not sent is lost with it. What is kept for it becomes free at once.")  # fmt: skip
