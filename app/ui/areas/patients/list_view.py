"""The list: a search field that finds as one types, all patients below it while it is empty."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHeaderView, QWidget

from app.kernel.errors import AppError, Unavailable
from app.kernel.i18n import t, tn
from app.ui.areas.patients.line_delegate import ROW, LineDelegate
from app.ui.areas.patients.lines import MARKS, Line, PatientLines
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.inputs import SearchField
from app.ui.widgets.layouts import column, row
from app.ui.widgets.menu import MenuItem, PopupMenu
from app.ui.widgets.panel import Card
from app.ui.widgets.states import Skeleton, StateStack
from app.ui.widgets.table import Table
from app.ui.widgets.text import Label
from app.ui.work import ShellApi

TYPING_MS = 80
_MOVES = frozenset({Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown})


class PatientListView(QWidget):
    """``opened`` and ``details_wanted`` carry a patient's id, ``register_wanted`` the text of a search in vain."""

    opened = Signal(str)
    details_wanted = Signal(str)
    register_wanted = Signal(str)

    def __init__(self, api: ShellApi, tools: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines = PatientLines(api, self)
        self._open_first = False
        self._fresh = True
        self.field = SearchField(name=t("Search patients"), placeholder=t("Name, birth date, phone or MRN"))
        self.field.setMaximumWidth(520)
        self.field.installEventFilter(self)
        self.table = _LineTable()
        self.table.setModel(self.lines.model)
        self.table.setItemDelegate(LineDelegate(self.lines.unsent, self.table))
        self._fit_columns()
        self.states = StateStack(self.table, skeleton=Skeleton(rows=14, row_height=ROW))
        card = Card(padding=1, gap=0)
        card.body.setContentsMargins(1, 4, 1, 4)
        card.body.addWidget(self.states)
        title = Label(t("Patients"), role=TypeRole.PATIENT, strong=True)
        head = row(title, tools, gap=12)
        head.setStretch(1, 1)
        hint = t("Enter opens the chart, F2 the details")
        self.hint = Label(hint, role=TypeRole.META, tone=Tone.MUTED, elide=True)
        search = row(self.field, self.hint, gap=12)
        search.setStretch(0, 2)
        search.setStretch(1, 1)
        column(head, search, card, gap=12, margins=(24, 16, 24, 24), parent=self).setStretch(2, 1)
        self._typing = QTimer(self, interval=TYPING_MS, singleShot=True)
        api.sync.changed.connect(self.table.viewport().update)
        self._connect()

    def _fit_columns(self) -> None:
        header = self.table.horizontalHeader()
        header.setStretchLastSection(True)
        self.table.verticalHeader().setDefaultSectionSize(ROW)
        for number, width in enumerate((300, 160, 170, 120)):
            header.resizeSection(number, width)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setMinimumSectionSize(90)
        self.table.setColumnWidth(MARKS, 200)

    def _connect(self) -> None:
        self.field.textChanged.connect(self._typed)
        self.field.chosen.connect(self._enter)
        self._typing.timeout.connect(self.ask)
        self.lines.shown.connect(self._shown)
        self.lines.failed.connect(self._failed)
        self.lines.waiting.connect(self._late)
        self.table.chosen.connect(self._choose)
        self.table.clicked.connect(self._choose)
        self.table.typed.connect(self._type_on)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._menu)
        self.states.retry.connect(self.ask)

    @property
    def marked(self) -> str:
        """The id of the patient whose row is marked, empty without one."""
        line: Line | None = self.lines.model.row(self.table.currentIndex())
        return line.id if line is not None else ""

    def _menu(self, at: QPoint) -> None:
        """What can be done with the row under the pointer, or the marked one."""
        under = self.table.indexAt(at)
        index = under if under.isValid() else self.table.currentIndex()
        line: Line | None = self.lines.model.row(index)
        if line is None:
            return
        items: list[MenuItem | None] = [
            MenuItem(t("Open the chart"), lambda: self.opened.emit(line.id), "heart", "Return"),
            MenuItem(t("Details of the patient"), lambda: self.details_wanted.emit(line.id), "user", "F2"),
        ]
        menu = PopupMenu(line.name, self)
        menu.add_items(items)
        menu.popup(self.table.viewport().mapToGlobal(at))

    @property
    def scrolled(self) -> bool:
        """Whether somebody has moved on in the list, so that it must not change its order under them."""
        return self.table.verticalScrollBar().value() > 0

    def show_text(self, text: str) -> None:
        """Search for a text, or browse for an empty one."""
        self.field.setText(text)
        self.ask()

    def ask(self) -> None:
        """Ask for what the field says, now."""
        self._typing.stop()
        if self.field.text().strip() != self.lines.text:
            self._fresh = True
        if not self.lines.model.rows:
            self.states.set_loading()
        self.lines.search(self.field.text())

    def _typed(self, _text: str) -> None:
        self._open_first = False
        self._typing.start()

    def _late(self, late: bool) -> None:
        if late:
            self.field.set_trailing(t("searching …") if self.field.text().strip() else "")

    def _shown(self) -> None:
        rows, text = self.lines.model.rows, self.lines.text
        more = "+" if self.lines.model.has_more else ""
        found = f"{len(rows)}{more}"
        self.field.set_trailing(tn("{found} found", "{found} found", len(rows), found=found) if text else "")
        if rows:
            self.states.set_ready()
        elif text:
            self.states.set_empty(t("Nobody found for “{typed}”.", typed=text[:80]), t("Register a patient"),
                                  lambda: self.register_wanted.emit(text))  # fmt: skip
        else:
            self.states.set_empty(t("No patients yet."), t("Register a patient"), lambda: self.register_wanted.emit(""))
        if self._fresh:
            self._fresh = False
            self._go_to_top(bool(text))
        if self._open_first and rows:
            self._open_first = False
            self.opened.emit(rows[0].id)

    def _go_to_top(self, found: bool) -> None:
        """Another search begins at its best match; browsing begins without a choice."""
        self.table.scrollToTop()
        self.table.setCurrentIndex(self.lines.model.index(0, 0) if found else QModelIndex())

    def _failed(self, error: AppError) -> None:
        self.field.set_trailing("")
        if not self.lines.model.rows:
            detail = t("What you typed is kept.") if isinstance(error, Unavailable) else ""
            self.states.set_error(error.message, detail)

    def _enter(self) -> None:
        """Enter takes the row that is marked; while the answer is on its way, the first one of it."""
        if self.field.text().strip() != self.lines.shown_text:
            if self._typing.isActive():
                self.ask()
            self._open_first = True
            return
        index = self.table.currentIndex()
        self._choose(index if index.isValid() else self.lines.model.index(0, 0))

    def _choose(self, index: QModelIndex) -> None:
        line: Line | None = self.lines.model.row(index)
        if line is not None:
            self.opened.emit(line.id)

    def _type_on(self, text: str) -> None:
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self.field.insert(text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let arrows move through the results while the field keeps the typing."""
        pressed = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress
        if watched is self.field and pressed and isinstance(event, QKeyEvent) and event.key() in _MOVES:
            self._move(event)
            return True
        return super().eventFilter(watched, event)

    def _move(self, event: QKeyEvent) -> None:
        if not self.table.currentIndex().isValid() and self.lines.model.rows:
            self.table.setCurrentIndex(self.lines.model.index(0, 0))
            return
        self.table.keyPressEvent(event)


class _LineTable(Table):
    """The table; letters typed in it go on with the search."""

    typed = Signal(str)

    def __init__(self) -> None:
        super().__init__(name=t("Patients"))
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.ArrowCursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Pass text on; everything else moves and chooses."""
        plain = event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
        if event.text().strip() and event.text().isprintable() and not plain:
            self.typed.emit(event.text())
            event.accept()
            return
        super().keyPressEvent(event)
