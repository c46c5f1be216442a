"""One visit note at the right of the list: to read, to go on writing, to add to, to print."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QBoxLayout, QFrame, QScrollArea, QWidget

from app.commands.core import Outcome
from app.commands.visit_notes import AddAddendum
from app.documents.heads import Made
from app.documents.visit_note import visit_note_paper
from app.domain.permissions import Permission
from app.kernel.i18n import t
from app.queries.papers import PaperHead, paper_head
from app.queries.visit_notes import NoteView
from app.ui.areas.chart.visits.note_reader import NoteReader
from app.ui.parts.link_state import LinkState
from app.ui.parts.notes.note_words import moment
from app.ui.parts.paper_out import PaperOut
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.button_row import ButtonRow, beside_or_below
from app.ui.widgets.layouts import STRETCH, column
from app.ui.widgets.panel import Card
from app.ui.widgets.text import Label
from app.ui.work import Lane, ShellApi
from app.ui.work.places import OpenChart

_PADDING, _BAR = 16, 12
"""Of the card, and what a scroll bar takes."""


class NoteReading(QWidget):
    """``changed`` after something was added."""

    changed = Signal()

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api = api
        self.note: NoteView | None = None
        self._act, self._head = Lane(self, api.workspace), Lane(self, api.workspace)
        self.when = Label("", role=TypeRole.SECTION, strong=True)
        self.write = Button(t("Continue the note"), icon="edit", small=True)
        self.visit = Button(t("Its visit"), icon="calendar", small=True)
        self.print = Button(t("Print"), icon="print", keys="Ctrl+P", small=True)
        self.pdf = Button(t("Save as PDF"), icon="export", small=True)
        self.reader = NoteReader(api)
        self.buttons = ButtonRow(self.write, self.visit, self.print, self.pdf)
        card = Card(padding=_PADDING, gap=12)
        self._top = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._top.setSpacing(8)
        self._top.addWidget(self.when, 1)
        self._top.addWidget(self.buttons)
        card.body.addLayout(self._top)
        card.body.addWidget(self.reader)
        inside = QWidget()
        column(card, STRETCH, gap=0, parent=inside)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        column(area, gap=0, parent=self)
        self.hide()
        self._connect()

    def _connect(self) -> None:
        self.write.clicked.connect(self._continue)
        self.visit.clicked.connect(self._open_visit)
        self.print.clicked.connect(self.print_note)
        self.pdf.clicked.connect(self.save_note)
        self.reader.add_wanted.connect(self._add)
        keys = QShortcut(QKeySequence("Ctrl+P"), self, self.print_note)
        keys.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep every button whole: beside a panel they stand below the date."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        beside_or_below(self._top, self.when, self.buttons, self.width() - 2 * _PADDING - _BAR)

    def forget(self) -> None:
        """Show nothing."""
        self.note = None
        self.hide()

    def show_note(self, note: NoteView) -> None:
        """Show a note."""
        self.note = note
        actor = self._api.workspace.actor
        treats = self._api.can(Permission.TREAT_OWN_VISIT)
        today = self._api.workspace.reader().today
        self.when.setText(moment(note.at, self._api.zone, today))
        self.write.setVisible(treats and note.writable_by(actor.user_id, actor.provider_id) and bool(note.visit_id))
        self.visit.setVisible(bool(note.visit_id))
        self.reader.show_note(note, may_add=treats)
        self._fit()
        self.show()

    def _continue(self) -> None:
        if self.note is not None and self.note.visit_id:
            from app.ui.parts.notes.note_panel import NotePanel

            self._api.show_panel(NotePanel(self._api, self.note.visit_id))

    def _open_visit(self) -> None:
        if self.note is not None and self.note.visit_id:
            self._api.navigate(OpenChart(patient_id=self.note.patient_id, tab="visits", item=self.note.visit_id))

    def _add(self, text: str) -> None:
        note = self.note
        if note is None:
            return

        def done(outcome: Outcome) -> None:
            self.reader.added(note.id)
            self._api.did(t("Added to the signed note"), outcome)
            self.changed.emit()

        self._act.execute(AddAddendum(note_id=note.id, text=text), on_done=done,
                          on_refused=partial(self.reader.refused, note.id),
                          on_unavailable=partial(self.reader.refused, note.id))  # fmt: skip

    def print_note(self) -> None:
        """Print the note shown."""
        self._with_head(to_file=False)

    def save_note(self) -> None:
        """Save the note shown as PDF."""
        self._with_head(to_file=True)

    def _with_head(self, *, to_file: bool) -> None:
        note = self.note
        if note is None:
            return

        def show(head: PaperHead) -> None:
            unsent = LinkState.of(self._api.sync).unsent(note.id, ("visit_note", "visit_note_addendum"))
            made = Made(self._api.now(), self._api.workspace.actor.name, confirmed=not unsent)
            document = visit_note_paper(head, note, made)
            out = PaperOut(self._api, self, (note.patient_id,))
            if to_file:
                out.ask_file(document, t("visit-note"))
            else:
                out.ask_printer(document)

        self._head.ask(paper_head, patient_id=note.patient_id, on_result=show, on_error=self._api.problem)
