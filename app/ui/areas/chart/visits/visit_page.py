"""One visit: its head with the steps that are possible, its note, and what was ordered, written and measured in it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.commands.core import Command, Outcome
from app.commands.visit_notes import AddAddendum
from app.commands.visits import CheckIn, StartVisit
from app.domain.enums import VisitMode, VisitStatus
from app.domain.permissions import Permission
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.visit_content import VisitContent, visit_content
from app.queries.visit_notes import NoteView, VisitLine, visit_note
from app.ui.areas.chart.visits.content_cards import ContentCards
from app.ui.areas.chart.visits.note_reader import NoteReader
from app.ui.parts.notes.note_words import moment
from app.ui.parts.status import STATUS, status_word
from app.ui.parts.video_room import VideoRoom
from app.ui.parts.words import clock
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.chip import Chip
from app.ui.widgets.flow import FlowLayout
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.panel import Note, Panel
from app.ui.widgets.text import Label
from app.ui.work import Lane, ShellApi


class VisitPage(QWidget):
    """Shows one visit; ``show_visit`` again with the same one asks anew."""

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.api = api
        self.visit: VisitLine | None = None
        self.content: VisitContent | None = None
        self._patient = ""
        self._note_lane, self._content_lane, self._act = (Lane(self, api.workspace) for _ in range(3))
        self.head = Label("", role=TypeRole.SECTION, strong=True)
        self.chip = Chip("")
        self.about = Label("", tone=Tone.MUTED, wrap=True)
        self.said = Note("")
        self.said.hide()
        self.step = Button("")
        self.step.hide()
        self.step.clicked.connect(self._take_step)
        self.write = Button(t("Write the note"), icon="edit", keys="Alt+N")
        self.write.clicked.connect(self.open_note)
        self.note_panel = Panel(t("Visit note"))
        self.none = Label("", tone=Tone.MUTED, wrap=True)
        self.reader = NoteReader(api)
        self.reader.add_wanted.connect(self._add)
        for widget in (self.none, self.reader):
            self.note_panel.add(widget)
        self.note_panel.content.addLayout(row(self.write, STRETCH))
        self.cards = ContentCards(api)
        self.room = VideoRoom(api)
        words = QWidget()
        flow = FlowLayout(words, gap=12)
        flow.addWidget(self.head)
        flow.addWidget(self.chip)
        title = row(gap=12)
        title.addWidget(words, 1)
        title.addWidget(self.step)
        column(title, self.about, self.room, self.said, self.note_panel, self.cards, STRETCH, gap=12, parent=self)
        self.setVisible(False)

    def forget(self) -> None:
        """Show nothing: another patient's chart is opened."""
        self.visit = self.content = None
        self.room.forget()
        self.setVisible(False)

    def focus_first(self) -> None:
        """Give the focus to what is most likely wanted."""
        target = next((one for one in (self.write, self.step, self.reader.add) if one.isVisible()), None)
        if target is not None:
            target.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_visit(self, visit: VisitLine, patient_id: str) -> None:
        """Show a visit of a patient; another one's note is gone at once."""
        if self.visit is None or self.visit.id != visit.id:
            self.content = None
            self.reader.hide()
            self.none.hide()
            self.write.hide()
            self.said.hide()
            self.cards.forget()
        self.visit, self._patient = visit, patient_id
        self._show_head(visit)
        self.setVisible(True)
        self.room.show_visit(visit.id)
        self._note_lane.ask(visit_note, visit_id=visit.id, on_result=self._show_note, on_error=self._failed)
        self._content_lane.ask(visit_content, visit_id=visit.id, on_result=self._show_content, on_error=self._failed)

    def _show_head(self, visit: VisitLine) -> None:
        today = self.api.workspace.reader().today
        self.head.setText(f"{moment(visit.start, self.api.zone, today)}–{clock(visit.end, self.api.zone)}")
        kind = STATUS[visit.status]
        self.chip.show_state(status_word(visit.status), icon=Theme.current().status(kind).icon, kind=kind)
        mode = t("Virtual") if visit.mode is VisitMode.VIRTUAL else t("In person")
        words = (visit.provider, visit.type_name, mode, visit.room, visit.reason)
        self.about.setText(" · ".join(filter(None, words)))
        self._show_step(visit)

    def _show_step(self, visit: VisitLine) -> None:
        mine = self.api.workspace.actor.provider_id == visit.provider_id
        treats = mine and self.api.can(Permission.TREAT_OWN_VISIT)
        words = {
            VisitStatus.PLANNED: t("Check in") if self.api.can(Permission.ADVANCE_VISIT) else "",
            VisitStatus.CHECKED_IN: t("Start the visit") if treats else "",
            VisitStatus.IN_PROGRESS: t("Complete …") if treats else "",
        }
        text = words.get(visit.status, "")
        self.step.setText(text)
        self.step.setVisible(bool(text))

    def _take_step(self) -> None:
        visit = self.visit
        if visit is None or self.step.isHidden():
            return
        if visit.status is VisitStatus.IN_PROGRESS:
            from app.ui.parts.notes.complete_panel import CompletePanel

            self.api.show_panel(CompletePanel(self.api, visit.id))
            return
        command: Command = CheckIn(visit_id=visit.id)
        if visit.status is VisitStatus.CHECKED_IN:
            command = StartVisit(visit_id=visit.id)
        began = isinstance(command, StartVisit)
        name = self.content.patient_name if self.content is not None else ""
        self._act.execute(command, on_done=partial(self._stepped, began, name),
                          on_refused=partial(self._not_stepped, visit.id))  # fmt: skip

    def _not_stepped(self, visit_id: str, error: AppError) -> None:
        if self.visit is not None and self.visit.id == visit_id:
            self._failed(error)
        else:
            self.api.problem(error)  # another visit is shown by now

    def _stepped(self, began: bool, name: str, outcome: Outcome) -> None:
        self.api.did(t("Visit of {name} begun", name=name) if began else t("Checked in {name}", name=name), outcome)

    def _failed(self, error: AppError) -> None:
        self.said.show_text(error.message)
        self.said.show()

    def _show_note(self, note: NoteView | None) -> None:
        visit, actor = self.visit, self.api.workspace.actor
        if visit is None or (note is not None and note.visit_id != visit.id):
            return
        treats = self.api.can(Permission.TREAT_OWN_VISIT)
        over = visit.status in (VisitStatus.CANCELLED, VisitStatus.NO_SHOW, VisitStatus.PLANNED)
        self.none.setVisible(note is None)
        self.none.setText(t("There is no note about this visit yet."))
        self.reader.setVisible(note is not None)
        if note is not None:
            self.reader.show_note(note, may_add=treats)
            self.write.setText(t("Continue the note"))
            self.write.setVisible(treats and note.writable_by(actor.user_id, actor.provider_id))
        else:
            self.write.setText(t("Write the note"))
            self.write.setVisible(treats and not over)

    def open_note(self) -> None:
        """Open the form of this visit's note."""
        from app.ui.parts.notes.note_panel import NotePanel

        if self.visit is not None:
            self.api.show_panel(NotePanel(self.api, self.visit.id))

    def _add(self, text: str) -> None:
        note = self.reader.note
        if note is None:
            return

        def done(outcome: Outcome) -> None:
            self.reader.added(note.id)
            self.api.did(t("Added to the signed note"), outcome)

        self._act.execute(AddAddendum(note_id=note.id, text=text), on_done=done,
                          on_refused=partial(self.reader.refused, note.id),
                          on_unavailable=partial(self.reader.refused, note.id))  # fmt: skip

    def _show_content(self, content: VisitContent) -> None:
        if self.visit is not None and content.visit_id == self.visit.id:
            self.content = content
            self.cards.show_content(content)
