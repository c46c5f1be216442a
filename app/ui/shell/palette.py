"""Ctrl+K: patients and actions in one list, results as you type."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QFrame, QListView, QWidget

from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.kernel.text import fold
from app.ui.parts.patient_values import date_text
from app.ui.shell.palette_field import PaletteField
from app.ui.shell.palette_list import ROW, Entry, EntryDelegate, EntryModel
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.layouts import column
from app.ui.widgets.paint import box
from app.ui.widgets.text import Label
from app.ui.work import Lane

PATIENTS = 8
ACTIONS = 6
_ASK_AFTER_MS = 60


class PaletteSource(Protocol):
    """Where the palette's results come from; the desk is one."""

    def palette_actions(self, text: str) -> Sequence[Entry]:
        """Return the actions that fit; for an empty text those that make sense now, last charts first."""
        ...

    def patient_search(self) -> Callable[..., Any] | None:
        """Return the query function that finds patients."""
        ...

    def open_patient(self, patient_id: str, name: str, typed: str) -> object:
        """Open the chart of a patient who was found by what was typed."""
        ...

    def nobody_found(self, typed: str) -> Sequence[Entry]:
        """Return what can be done when no patient was found by what was typed."""
        ...


class Palette(QFrame):
    """The list below the palette's field. It lives in the window: no popup takes the keyboard."""

    closed = Signal()

    def __init__(self, field: PaletteField, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("palette")
        self.setAccessibleName(t("Results"))
        self._field = field
        self._source: PaletteSource | None = None
        self._lane: Lane | None = None
        self._on_chosen: Callable[[str, str], object] | None = None
        self._back: QWidget | None = None
        self._fixed = 0
        self._entered = False
        """Enter was pressed before the answer: somebody who types a whole name doesn't wait for the list."""
        self.model = EntryModel()
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setItemDelegate(EntryDelegate(self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setAccessibleName(t("Results"))
        self.list.setMinimumHeight(1)  # else one row squeezes the note below it
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMouseTracking(True)
        self.list.entered.connect(self.list.setCurrentIndex)
        self.list.clicked.connect(lambda _: self.take())
        self.note = Label("", role=TypeRole.META, tone=Tone.MUTED)
        self.note.setContentsMargins(12, 4, 12, 4)
        column(self.list, self.note, gap=4, margins=(6, 6, 6, 6), parent=self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_ASK_AFTER_MS)
        self._timer.timeout.connect(self._ask)
        field.wanted.connect(self._open)
        field.textEdited.connect(self._typed)
        field.moved.connect(self._move)
        field.taken.connect(self.take)
        field.left.connect(self.leave)
        self.hide()

    def set_source(self, source: PaletteSource | None, lane: Lane | None) -> None:
        """Work for a signed-in person, or for nobody."""
        self.close_results()
        self._source, self._lane = source, lane
        self._field.setEnabled(source is not None)

    def summon(self) -> None:
        """Go to the field (Ctrl+K)."""
        self._remember_focus()
        self._field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._field.selectAll()
        self._open()

    def set_open(self, allowed: bool) -> None:
        """Let people search, or not (behind the lock)."""
        self.close_results()
        self._field.setEnabled(allowed and self._source is not None)

    def choose_patient(self, on_chosen: Callable[[str, str], object]) -> None:
        """Let the person choose a patient for somebody else's form."""
        self._remember_focus()
        self._on_chosen = on_chosen
        self._field.clear()
        self._field.ask_for(t("Choose a patient"))
        self._field.setFocus(Qt.FocusReason.OtherFocusReason)
        self._open()

    def leave(self) -> None:
        """Empty the field, or go back to where the focus was."""
        back = self._back
        self.close_results()
        if back is not None and back.isVisible():
            back.setFocus(Qt.FocusReason.OtherFocusReason)
        elif (page := self.parentWidget()) is not None:
            page.setFocus(Qt.FocusReason.OtherFocusReason)

    def close_results(self) -> None:
        """Close the list and forget what was typed."""
        self._timer.stop()
        self._entered = False
        if self._lane is not None:
            self._lane.drop()
        if self._on_chosen is not None:
            self._on_chosen = None
            self._field.ask_for(t("Find a patient or an action"))
        self._field.clear()
        self._back = None
        if self.isVisible():
            self.hide()
            self.closed.emit()

    def take(self) -> None:
        """Do what the current entry says; pressed before the answer, Enter takes the only patient that is found."""
        entry = self.model.entry(self.list.currentIndex())
        if entry is None or not entry.enabled:
            self._entered = self.isVisible()
            if self._timer.isActive():
                self._timer.stop()
                self._ask()
            return
        self.leave()
        entry.run()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A click elsewhere closes the list; the window's size moves it."""
        if event.type() == QEvent.Type.MouseButtonPress and isinstance(watched, QWidget):
            inside = watched in {self, self._field} or self.isAncestorOf(watched)
            if not inside:
                self.close_results()
        elif event.type() == QEvent.Type.Resize and watched is self.parentWidget():
            self._place()
        return super().eventFilter(watched, event)

    def hideEvent(self, event: Any) -> None:
        """Watch no clicks while closed."""
        self._watch(False)
        super().hideEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the surface with its line."""
        c = Theme.current().colors
        painter = QPainter(self)
        painter.fillRect(self.rect(), c.canvas)
        box(painter, self.rect().toRectF(), Theme.current().tokens.radius.panel, c.surface, c.control_line)

    def _watch(self, on: bool) -> None:
        application = QApplication.instance()
        if application is not None:
            (application.installEventFilter if on else application.removeEventFilter)(self)

    def _remember_focus(self) -> None:
        now = QApplication.focusWidget()
        if now is not self._field:
            self._back = now

    def _open(self) -> None:
        if self._source is None or not self._field.isEnabled():
            return
        self._typed(self._field.text())

    def _typed(self, text: str) -> None:
        self._entered = False
        if self._source is None:
            return
        if not self.isVisible():
            self._watch(True)
            self.show()
            self.raise_()
        actions = [] if self._on_chosen is not None else list(self._source.palette_actions(text))
        self._fixed = len(actions)
        self.model.show_entries(actions)
        self._select_first()
        if fold(text).strip() or any(sign.isdigit() for sign in text):
            self._say(t("Looking for patients"))
            self._timer.start()
        else:
            self._timer.stop()
            if self._lane is not None:
                self._lane.drop()
            self._say("" if actions else t("Any part of the names, birth date, phone or record number"))
        self._place()

    def _ask(self) -> None:
        search = self._source.patient_search() if self._source is not None else None
        if search is None or self._lane is None:
            self._say("")
            return
        self._lane.ask(search, on_result=self._found, on_error=self._failed, text=self._field.text(), limit=PATIENTS)

    def _found(self, page: Any) -> None:
        hits = list(page.items)
        alike = Counter(fold(hit.name) for hit in hits)
        entries = [self._patient(hit, loud=alike[fold(hit.name)] > 1) for hit in hits]
        if not hits and self._source is not None and self._on_chosen is None:
            entries = list(self._source.nobody_found(self._field.text().strip()))
        current = self.list.currentIndex().row()
        self.model.replace_tail(self._fixed, entries)
        if current < 0:
            self._select_first()
        more = t("More than {n} patients: type on", n=PATIENTS) if page.more else ""
        self._say(more if hits else t("No patient found"))
        self._place()
        entered, self._entered = self._entered, False
        if entered and len(hits) == 1:  # of several the person chooses: nobody's chart is opened by luck
            self.take()

    def _failed(self, error: AppError) -> None:
        self._say(error.message)

    def _patient(self, hit: Any, *, loud: bool) -> Entry:
        born = date_text(hit.born) if hit.born is not None else t("birth date unknown")
        number = t("MRN {number}", number=hit.mrn) if hit.mrn else ""
        detail = " · ".join(part for part in (born, hit.phone, number) if part)
        chosen, source, typed = self._on_chosen, self._source, self._field.text()

        def run() -> None:
            if chosen is not None:
                chosen(hit.id, hit.name)
            elif source is not None:
                source.open_patient(hit.id, hit.name, typed)

        return Entry(key=f"patient.{hit.id}", icon="user", title=hit.name, detail=detail, loud_detail=loud, run=run)

    def _say(self, text: str) -> None:
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def _move(self, by: int) -> None:
        if not self.isVisible():
            self._open()
            return
        rows = self.model.rowCount()
        if rows:
            current = self.list.currentIndex().row()
            row = min(max(current + by, 0), rows - 1) if abs(by) > 1 or current < 0 else (current + by) % rows
            self.list.setCurrentIndex(self.model.index(row))

    def _select_first(self) -> None:
        first = next((n for n, entry in enumerate(self.model.entries) if entry.enabled), None)
        if first is not None:
            self.list.setCurrentIndex(self.model.index(first))

    def _place(self) -> None:
        parent = self.parentWidget()
        if parent is None:
            return
        corner = self._field.mapTo(parent, QPoint(0, self._field.height() + 6))
        note = 28 if not self.note.isHidden() else 0
        rows = min(self.model.rowCount(), PATIENTS + ACTIONS)
        self.list.setVisible(rows > 0)
        self.setGeometry(corner.x(), corner.y(), max(self._field.width(), 480), rows * ROW + note + 14)
