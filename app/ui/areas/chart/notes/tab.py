"""The tab "Notes": visit notes to search, read, add to and print; the patient's excuse notes beside them."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.core import Page
from app.queries.visit_notes import NoteView, notes_of_patient
from app.ui.areas.chart.excuse.part import ExcusePart
from app.ui.areas.chart.notes.reading import NoteReading
from app.ui.areas.chart.tab import ChartTab
from app.ui.parts.link_state import LinkState, not_yet
from app.ui.parts.notes.note_words import day_of, gist
from app.ui.theme.tokens import StatusKind
from app.ui.widgets.button import Button
from app.ui.widgets.inputs import SearchField
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.lists import ChipSpec, ListCard, ListItem
from app.ui.widgets.states import StateStack
from app.ui.widgets.toggles import SegmentedControl
from app.ui.work import Lane, ShellApi
from app.ui.work.places import NEW_ITEM

LIST_WIDTH, LIST_NARROW, NARROW = 360, 216, 900
VISITS, EXCUSES = "visits", "excuses"
_TYPING_MS = 200


class NotesTab(ChartTab):
    """Search hears neither case nor accents, and reads addenda too."""

    watches: ClassVar[frozenset[str]] = frozenset({"visit_note", "visit_note_addendum", "visits"}) | ExcusePart.WATCHES

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, parent)
        self._patient, self._name, self._wanted = "", "", ""
        self._notes: dict[str, NoteView] = {}
        self._cursor: str | None = None
        self._list, self._more = Lane(self, api.workspace), Lane(self, api.workspace)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self._search)
        self.kind = SegmentedControl([(VISITS, t("Visit notes")), (EXCUSES, t("Excuse notes"))], name=t("Kind of note"))
        self.search = SearchField(placeholder=t("Search in the notes"), name=t("Search in the notes"))
        self.list = ListCard(name=t("Visit notes"), fit=False, row_height=52)
        self.more = Button(t("Older notes"), icon="down", small=True)
        self.more.hide()
        self.reading = NoteReading(api)
        self._excuse: ExcusePart | None = None
        self.stack = QStackedWidget()
        self.states = StateStack(self._inside())
        self.stack.addWidget(self.states)
        head = row(self.kind, STRETCH, self.search, gap=12)
        self.search.setFixedWidth(LIST_WIDTH)
        column(head, self.stack, gap=12, margins=(24, 12, 24, 16), parent=self).setStretch(1, 1)
        self._connect()

    @property
    def excuse(self) -> ExcusePart:
        """The excuse notes: made when they are first wanted, since the tab opens on the visits' notes."""
        if self._excuse is None:
            self._excuse = ExcusePart(self.api)
            self.stack.addWidget(self._excuse)
            if self._patient:
                self._excuse.show_patient(self._patient, self._name)
        return self._excuse

    def _excuses_shown(self) -> ExcusePart | None:
        return self._excuse if self._excuse is not None and self.stack.currentWidget() is self._excuse else None

    def _inside(self) -> QWidget:
        inside = QWidget()
        self.list.setFixedWidth(LIST_WIDTH)
        left = column(self.list, row(self.more, STRETCH), gap=8)
        beside = row(gap=16, parent=inside)
        beside.addLayout(left)
        beside.addWidget(self.reading, 1)
        return inside

    def _connect(self) -> None:
        self.kind.changed.connect(self.show_kind)
        self.search.textChanged.connect(lambda _text: self._typing.start())
        self.search.results_wanted.connect(lambda: self.list.setFocus(Qt.FocusReason.OtherFocusReason))
        self.list.current_changed.connect(self._choose)
        self.more.clicked.connect(self._ask_more)
        self.states.retry.connect(self.refresh)
        self.reading.changed.connect(self.refresh)
        self.api.sync.changed.connect(self._show_lines)
        find = QShortcut(QKeySequence("Ctrl+F"), self, self._find)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Beside a panel the list gives room to the note that is read."""
        super().resizeEvent(event)
        self.list.setFixedWidth(LIST_WIDTH if self.width() >= NARROW else LIST_NARROW)

    def _find(self) -> None:
        self.show_kind(VISITS)
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _search(self) -> None:
        self._more.drop()  # older notes with the other words in them are never added here
        self.refresh()

    def show_patient(self, patient_id: str, name: str) -> None:
        """Show another patient's notes; those of the one before are gone at once."""
        self._more.drop()
        self._patient, self._name, self._notes, self._cursor = patient_id, name, {}, None
        self._typing.stop()
        self.search.blockSignals(True)
        self.search.clear()
        self.search.blockSignals(False)
        self.list.set_items(())
        self.reading.forget()
        self.states.set_blank()
        self.states.set_loading()
        if self._excuse is not None:
            self._excuse.show_patient(patient_id, name)
        self.refresh()

    def refresh(self) -> None:
        """Ask for what is shown anew."""
        if not self._patient:
            return
        if (excuses := self._excuses_shown()) is not None:
            excuses.refresh()
        self._list.ask(notes_of_patient, patient_id=self._patient, text=self.search.text(),
                       limit=max(50, len(self._notes)), on_result=self._show, on_error=self._failed)  # fmt: skip

    def show_kind(self, key: str) -> None:
        """Show visit notes or excuse notes."""
        self.kind.set_current(key)
        self.stack.setCurrentWidget(self.excuse if key == EXCUSES else self.states)
        self.search.setVisible(key == VISITS)
        if key == EXCUSES:
            self.excuse.refresh()

    def open_item(self, item: str) -> None:
        """Show a visit note once it is there; another id is an excuse note's, which may be begun."""
        if item == NEW_ITEM:
            self.show_kind(EXCUSES)
            self.excuse.begin()
            return
        self._wanted = item
        if self._notes:
            self._take_wanted()

    def _take_wanted(self) -> None:
        wanted, self._wanted = self._wanted, ""
        if wanted in self._notes:
            self.show_kind(VISITS)
            self.list.set_current(wanted)
        elif wanted:
            self.show_kind(EXCUSES)
            self.excuse.open_note(wanted)

    def first_focus(self) -> QWidget | None:
        """The list has the keyboard."""
        excuses = self._excuses_shown()
        return excuses.first_focus() if excuses is not None else self.list

    def as_of(self) -> datetime | None:
        """Return since when it isn't live."""
        return self.api.sync.as_of

    def _failed(self, error: AppError) -> None:
        if self._notes:
            self.api.problem(error)
        else:
            self.states.set_error(error.message)

    def _show(self, page: Page[NoteView]) -> None:
        self._notes = {note.id: note for note in page.items}
        self._cursor = page.cursor if page.more else None
        self.more.setVisible(self._cursor is not None)
        self._show_lines()
        if self._wanted:
            self._take_wanted()
        if not self._notes:
            self.reading.forget()
            found = t("No note has these words in it.") if self.search.text().strip() else t("No visit notes yet.")
            self.states.set_empty(found)
            return
        self.states.set_ready()
        key = self.list.current_key
        if key not in self._notes:
            key = next(iter(self._notes))
            self.list.set_current(key)
        self._choose(key)

    def _show_lines(self) -> None:
        self.list.set_items([self._line(note) for note in self._notes.values()])

    def _line(self, note: NoteView) -> ListItem:
        zone, today = self.api.zone, self.api.workspace.reader().today
        unsent = LinkState.of(self.api.sync).unsent(note.id, ("visit_note", "visit_note_addendum"))
        chip = None if note.signed else ChipSpec(t("Draft"), kind=StatusKind.HELD, outlined=True)
        about = " · ".join(filter(None, (note.provider_name or note.author, note.type_name)))
        return ListItem(key=note.id, title=gist(note, 60) or t("Visit note"), subtitle=about, chip=chip,
                        meta=not_yet() if unsent else day_of(note.at, zone, today), dashed=unsent)  # fmt: skip

    def _choose(self, key: str) -> None:
        note = self._notes.get(key)
        if note is not None:
            self.reading.show_note(note)

    def _ask_more(self) -> None:
        self._more.ask(notes_of_patient, patient_id=self._patient, text=self.search.text(), cursor=self._cursor,
                       on_result=self._append, on_error=self.api.problem)  # fmt: skip

    def _append(self, page: Page[NoteView]) -> None:
        self._notes |= {note.id: note for note in page.items}
        self._cursor = page.cursor if page.more else None
        self.more.setVisible(self._cursor is not None)
        self._show_lines()
