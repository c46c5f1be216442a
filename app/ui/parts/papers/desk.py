"""A list of papers and the one that is open: the same in the area and in a chart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.core import Page
from app.ui.models.paged import Column, PagedTableModel
from app.ui.parts.papers.editor import PaperEditor
from app.ui.parts.tables import in_card, paged_table
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.inputs import Combo
from app.ui.widgets.layouts import column, row
from app.ui.widgets.states import StateStack
from app.ui.work import Lane, ShellApi


class PaperDesk(QWidget):
    """Filter and table above each other; a chosen row opens its editor in their place. ``patient_id``: only theirs."""

    def __init__(self, api: ShellApi, editor: PaperEditor, title: QWidget | None = None) -> None:
        super().__init__()
        self.api, self.editor = api, editor
        self.whose = title is not None
        """Whether the rows are of many patients; in a chart the patient stands above."""
        self.patient_id = self.patient_name = ""
        self.rows = Lane(self, api.workspace)
        self.filter = Combo(self.filters(), name=t("Status"))
        self.filter.setFixedWidth(190)
        self.new = Button(self.new_title(), kind=ButtonKind.PRIMARY, icon="plus")
        self.new.clicked.connect(self.begin)
        self.model: PagedTableModel[Any] = PagedTableModel(
            columns=self.columns(), row_id=lambda one: str(one.id), fetch=self._fetch, parent=self
        )
        self.table = paged_table(self.name(), self.model, self.columns())
        self.table.chosen.connect(self._open_row)
        self.filter.changed.connect(self._filtered)
        self.states = StateStack(self.table)
        self.states.retry.connect(self.refresh)
        self.list_page = QWidget()
        top = row(gap=12)
        if title is not None:
            top.addWidget(title)
        top.addStretch(1)
        for widget in (self.filter, self.new):
            top.addWidget(widget)
        body = column(gap=12, parent=self.list_page)
        body.addLayout(top)
        body.addWidget(in_card(self.states), 1)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.list_page)
        self.stack.addWidget(editor)
        column(self.stack, gap=0, parent=self)
        editor.left.connect(self.show_list)
        editor.saved.connect(lambda _id: self.model.reload())
        api.sync.changed.connect(self.table.viewport().update)

    def name(self) -> str:
        """What the table is called."""
        raise NotImplementedError

    def new_title(self) -> str:
        """What the button for a new one says."""
        raise NotImplementedError

    def filters(self) -> list[tuple[str, str]]:
        """The choices of the filter, the first one on."""
        raise NotImplementedError

    def columns(self) -> tuple[Column[Any], ...]:
        """The table's columns."""
        raise NotImplementedError

    def ask_page(self, cursor: str | None, got: Callable[[Page[Any]], None], lost: Callable[[AppError], None]) -> None:
        """Ask for a page of what the filter says."""
        raise NotImplementedError

    def show_one(self, row_id: str) -> None:
        """Show a paper in the editor."""
        raise NotImplementedError

    def begin_for(self, patient_id: str, name: str) -> None:
        """Begin a new one for a patient."""
        raise NotImplementedError

    def of_patient(self, patient_id: str, name: str) -> None:
        """Show one patient's only; another patient's editor goes at once."""
        another = patient_id != self.patient_id
        self.patient_id, self.patient_name = patient_id, name
        if another:
            self.editor.clean_up()
            self.model.clear()
            self.stack.setCurrentWidget(self.list_page)
        self.refresh()

    def begin(self) -> None:
        """Begin a new one; without a patient ask for whom."""
        if self.patient_id:
            self.start(self.patient_id, self.patient_name)
        else:
            self.api.find_patient(self.start)

    def start(self, patient_id: str, name: str) -> None:
        """Open the editor with a new paper."""
        self.begin_for(patient_id, name)
        self._to_editor()

    def open_paper(self, row_id: str) -> None:
        """Open the editor with a paper that there is."""
        self.show_one(row_id)
        self._to_editor()

    def _to_editor(self) -> None:
        self.stack.setCurrentWidget(self.editor)
        self.editor.first().setFocus()

    def show_list(self) -> None:
        """Back to the list."""
        self.stack.setCurrentWidget(self.list_page)
        self.model.reload()
        if self.isVisible():
            self.table.setFocus()

    def _open_row(self, index: QModelIndex) -> None:
        found = self.model.row(index)
        if found is not None:
            self.open_paper(str(found.id))

    def _filtered(self, _key: str) -> None:
        self.model.clear()
        self.refresh()

    def refresh(self) -> None:
        """Ask anew; the old rows stay until the answer is there."""
        if not self.model.rows:
            self.states.set_loading()
        self.model.reload()
        if self.stack.currentWidget() is self.editor:
            self.editor.refresh()

    def _fetch(self, cursor: str | None, got: Callable[[Page[Any]], None], failed: Callable[[AppError], None]) -> None:
        def show(page: Page[Any]) -> None:
            got(page)
            if self.model.rows:
                self.states.set_ready()
            else:
                self.states.set_empty(self.empty_text())

        def lost(error: AppError) -> None:
            failed(error)
            if not self.model.rows:
                self.states.set_error(error.message)

        self.ask_page(cursor, show, lost)

    def empty_text(self) -> str:
        """What stands there when nothing does."""
        raise NotImplementedError

    def first_focus(self) -> QWidget:
        """The table, or the editor's first field."""
        return self.table if self.stack.currentWidget() is self.list_page else self.editor.first()
