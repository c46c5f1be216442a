"""A visit note to read: its parts, who signed it, the addenda; the field for another addendum."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.domain.visit_notes import NOTE_FIELDS, part_title
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.visit_notes import NoteView
from app.ui.parts.notes.growing import GrowingText
from app.ui.parts.notes.note_words import moment_inside, signature
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.chip import StatusChip
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.text import Divider, Label
from app.ui.work import ShellApi


class NoteReader(QWidget):
    """``add_wanted`` carries the text of an addendum."""

    add_wanted = Signal(str)

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api = api
        self.note: NoteView | None = None
        self.by = Label("", role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        self.state = StatusChip(StatusKind.PLANNED, "")
        self.state.hide()
        self.parts: dict[str, tuple[Label, Label]] = {}
        body = column(row(self.state, self.by, gap=8), gap=12, parent=self)
        for name in NOTE_FIELDS:
            head = Label(part_title(name), role=TypeRole.META, strong=True, tone=Tone.MUTED)
            text = Label("", wrap=True)
            text.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
            self.parts[name] = (head, text)
            body.addLayout(column(head, text, gap=2))
        self._addenda = column(gap=12)
        body.addLayout(self._addenda)
        self._lines: list[QWidget] = []
        self.form = _AddendumForm()
        self.form.hide()
        self.add = Button(t("Add an addendum"), icon="plus", small=True)
        self.add.hide()
        self.add.clicked.connect(self.begin_addendum)
        self.form.save.clicked.connect(self._send)
        self.form.cancel.clicked.connect(lambda: self._ask(shown=False))
        QShortcut(QKeySequence("Ctrl+Return"), self.form, self._send).setContext(
            Qt.ShortcutContext.WidgetWithChildrenShortcut
        )
        body.addWidget(self.form)
        body.addLayout(row(self.add, STRETCH))
        body.addStretch(1)

    def show_note(self, note: NoteView, *, may_add: bool) -> None:
        """Show a note; what is being typed as an addendum to it stays."""
        another = self.note is None or self.note.id != note.id
        self.note = note
        today = self._api.workspace.reader().today
        self.by.setText(signature(note, self._api.zone, today))
        kind, word = (StatusKind.DONE, t("Signed")) if note.signed else (StatusKind.HELD, t("Draft"))
        self.state.show_state(word, kind=kind)
        self.state.show()
        for name, (head, text) in self.parts.items():
            text.setText(note.parts[name])
            for label in (head, text):
                label.setVisible(bool(note.parts[name]))
        self._show_addenda(note)
        if another:
            self.form.text.show_text("")
            self._ask(shown=False)
        self.add.setVisible(may_add and note.signed and self.form.isHidden())

    def _show_addenda(self, note: NoteView) -> None:
        for line in self._lines:
            line.hide()
            line.deleteLater()
        self._lines = []
        today = self._api.workspace.reader().today
        for one in note.addenda:
            line = QWidget()
            words = t("Addendum by {name}, {time}", name=one.by, time=moment_inside(one.at, self._api.zone, today))
            head = Label(words, role=TypeRole.META, strong=True, tone=Tone.MUTED)
            column(Divider(), head, Label(one.text, wrap=True), gap=4, parent=line)
            self._lines.append(line)
            self._addenda.addWidget(line)

    def begin_addendum(self) -> None:
        """Open the field for an addendum."""
        if self.note is not None and self.note.signed:
            self._ask(shown=True)
            self.form.text.setFocus(Qt.FocusReason.OtherFocusReason)

    def added(self, note_id: str) -> None:
        """It is kept: empty the field, unless another note is read by now."""
        if self.note is None or self.note.id != note_id:
            return
        self.form.text.show_text("")
        self._ask(shown=False)
        self.add.setFocus(Qt.FocusReason.OtherFocusReason)

    def refused(self, note_id: str, error: AppError) -> None:
        """Say why it isn't kept: here, or in passing when another note is read by now."""
        if self.note is None or self.note.id != note_id:
            self._api.problem(error)
        else:
            self._say(error.message)

    def _say(self, message: str) -> None:
        self.form.problem.setText(message)
        self.form.problem.setVisible(bool(message))

    def _ask(self, *, shown: bool) -> None:
        self._say("")
        self.form.setVisible(shown)
        self.add.setVisible(not shown and self.note is not None and self.note.signed)

    def _send(self) -> None:
        text = self.form.text.toPlainText()
        if not self.form.isHidden() and text.strip():
            self.add_wanted.emit(text)


class _AddendumForm(QWidget):
    """The text of an addendum and its buttons."""

    def __init__(self) -> None:
        super().__init__()
        self.text = GrowingText(name=t("Addendum"), least=3)
        self.problem = Label("", role=TypeRole.META, tone=Tone.CRITICAL, wrap=True)
        self.problem.hide()
        self.save = Button(t("Add to the signed note"), keys="Ctrl+Enter", small=True)
        self.cancel = Button(t("Not now"), small=True)
        column(Divider(), Label(t("Addendum"), role=TypeRole.META, strong=True), self.text, self.problem,
               row(self.save, self.cancel, STRETCH), gap=8, parent=self)  # fmt: skip
