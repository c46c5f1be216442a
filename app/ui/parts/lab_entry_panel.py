"""Typing results of an order: a line for each test with its unit and range, the flag as it is typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QGridLayout, QWidget

from app.commands.core import Outcome
from app.commands.labs_results import RecordResults
from app.domain.enums import LabOrderStatus
from app.domain.lab_codes import OrderedTest, expected, find_test
from app.domain.labs import LabResult
from app.kernel.errors import AppError
from app.kernel.i18n import later, t
from app.queries.labs_order import OrderResults, order_results
from app.ui.parts.lab_entry_row import EntryRow
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.inputs import LineEdit
from app.ui.widgets.layouts import STRETCH, column
from app.ui.widgets.text import Label
from app.ui.widgets.toggles import Checkbox
from app.ui.work import Draft, Lane, PanelPage, ShellApi, draft_kinds

_ITEM = re.compile(r"items\[(\d+)\]\.?(\w*)")


class LabEntryPanel(PanelPage):
    """The form. Enter and Down go to the next test, Up to the one before; empty lines are left out."""

    wide = True

    def __init__(self, api: ShellApi, order_id: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api, self._order_id, self._name = api, order_id, name
        self._order: OrderResults | None = None
        self._kept: Mapping[str, Any] | None = None
        self._lane, self._ask = Lane(self, api.workspace), Lane(self, api.workspace)
        self.rows: list[EntryRow] = []
        self._sent: list[EntryRow] = []
        self.grid_box = QWidget()
        self._grid = QGridLayout(self.grid_box)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(4)
        self.form = Form()
        self.more = LineEdit(name=t("Another test"), placeholder=t("Another test: name or LOINC code, then Enter"))
        self.reason = LineEdit(name=t("Why earlier results are corrected"), max_length=2000)
        self.complete = Checkbox(t("Nothing more is to come"))
        self._said_complete = False
        self.problem = Label("", role=TypeRole.META, tone=Tone.CRITICAL, wrap=True)
        self.problem.hide()
        self.go = Button(t("Save results of {name}", name=name), kind=ButtonKind.PRIMARY, icon="check",
                         keys="Ctrl+Return")  # fmt: skip
        self._build()
        self._ask.ask(order_results, on_result=self._show, on_error=self._failed, order_id=order_id)

    def _build(self) -> None:
        for place, head in enumerate((t("Test"), t("Result"), t("Unit"), t("Range"))):
            self._grid.addWidget(Label(head, role=TypeRole.META, strong=True, tone=Tone.MUTED), 0, place)
        self._grid.setColumnStretch(0, 1)
        self.form.body.addWidget(self.grid_box)
        self.form.add("more", FormField(t("Another test"), self.more))
        self.form.add("reason", FormField(t("Why earlier results are corrected"), self.reason))
        self.form.body.addWidget(self.complete)
        self.form.body.addWidget(self.problem)
        self.form.field("reason").hide()
        column(self.form, STRETCH, parent=self)
        self.more.returnPressed.connect(self._add_typed)
        self.reason.textEdited.connect(lambda _text: self.edited.emit())
        self.complete.clicked.connect(self._say_complete)
        self.go.clicked.connect(self.submit)
        QShortcut(QKeySequence("Ctrl+Return"), self, self.submit)

    # -- the panel ----------------------------------------------------------------------------------------------------

    def title(self) -> str:
        """Return the heading."""
        return t("Results of {name}", name=self._name)

    def foot(self) -> QWidget | None:
        """Return the one button."""
        return self.go

    def first_focus(self) -> QWidget | None:
        """Begin at the first value."""
        return self.rows[0].value if self.rows else self.more

    def dirty(self) -> bool:
        """Whether something was typed."""
        return any(row.changed for row in self.rows)

    def draft(self) -> Draft | None:
        """Return what to keep: only what was typed."""
        body = {
            "orderId": self._order_id, "name": self._name, "reason": self.reason.text(),
            "complete": self.complete.isChecked(),
            "rows": [[row.test.code, row.test.name, *row.texts()] for row in self.rows if row.changed],
        }  # fmt: skip
        return Draft(draft_kinds.ENTER_RESULTS, self._order_id, later("Results of {name}", name=self._name), body)

    def kept_as(self) -> tuple[str, str]:
        """One form for each order."""
        return draft_kinds.ENTER_RESULTS, self._order_id

    def take_kept(self, draft: Draft) -> None:
        """Go on with what was typed."""
        self._kept = draft.body
        if self._order is not None:
            self._restore(draft.body)

    @classmethod
    def restored(cls, api: ShellApi, draft: Draft) -> LabEntryPanel:
        """Return the form as a draft kept it."""
        panel = cls(api, str(draft.body.get("orderId", "")), str(draft.body.get("name", "")))
        panel._kept = draft.body
        return panel

    # -- rows ---------------------------------------------------------------------------------------------------------

    def _show(self, order: OrderResults) -> None:
        self._order = order
        known = {line.item.key: line.item for line in order.lines}
        tests = list(expected(order.tests))
        codes = {one.code for one in tests}
        tests += [
            OrderedTest(item.code, item.name) for item in known.values() if item.code not in codes or not item.code
        ]
        for test in {one.code or one.name: one for one in tests}.values():
            self._add_row(test, known.get(test.code or test.name.casefold()))
        self._follow()
        if self._kept is not None:
            self._restore(self._kept)
        focus = self.first_focus()
        if focus is not None and self.isVisible():
            focus.setFocus(Qt.FocusReason.OtherFocusReason)

    def _failed(self, error: AppError) -> None:
        self.problem.setText(error.message)
        self.problem.show()

    def _restore(self, body: Mapping[str, Any]) -> None:
        for kept in body.get("rows", ()):
            if not isinstance(kept, list) or len(kept) != 6 or not all(isinstance(one, str) for one in kept):
                continue
            row = next((row for row in self.rows if (row.test.code or row.test.name) == (kept[0] or kept[1])), None)
            row = row or self._add_row(OrderedTest(kept[0], kept[1]), None)
            row.set_texts(*kept[2:])
        self.reason.setText(str(body.get("reason", "")))
        complete = body.get("complete") is not False
        self._typed()
        if complete is not self.complete.isChecked():
            self.complete.setChecked(complete)
            self._said_complete = True

    def _add_row(self, test: OrderedTest, item: LabResult | None) -> EntryRow:
        row = EntryRow(test, item, self)
        row.place(self._grid, len(self.rows) + 1)
        row.edited.connect(self._typed)
        row.moved.connect(self._move)
        self.rows.append(row)
        return row

    def _add_typed(self) -> None:
        typed = self.more.text().strip()
        if not typed:
            return
        test = find_test(typed)
        self.more.clear()
        row = self._add_row(OrderedTest(test.code, test.name) if test else OrderedTest("", typed), None)
        row.value.setFocus(Qt.FocusReason.OtherFocusReason)

    def _move(self, row: EntryRow, by: int) -> None:
        place = self.rows.index(row) + by
        if 0 <= place < len(self.rows):
            self.rows[place].value.setFocus(Qt.FocusReason.TabFocusReason)
        elif by > 0:
            self.more.setFocus(Qt.FocusReason.TabFocusReason)

    def _typed(self) -> None:
        self.problem.hide()
        corrects = any(row.changed and row.item is not None and row.item.final for row in self.rows)
        self.form.field("reason").setVisible(corrects)
        self._follow()
        self.edited.emit()

    def _say_complete(self) -> None:
        self._said_complete = True
        self.edited.emit()

    def _follow(self) -> None:
        """Until the person says otherwise, more is to come while a test has no value."""
        if not self._said_complete and self._order is not None:
            done = self._order.status is LabOrderStatus.COMPLETED
            self.complete.setChecked(done or all(row.texts()[0] for row in self.rows))

    # -- saving -------------------------------------------------------------------------------------------------------

    def submit(self) -> None:
        """Send what was typed; refusals stand at their line."""
        self.problem.hide()
        self._sent = [row for row in self.rows if row.changed]
        now = self._api.now()
        items = tuple(row.result(now) for row in self._sent)
        if any(item is None for item in items) or self._order is None:
            return
        command = RecordResults(
            order_id=self._order_id, items=tuple(item for item in items if item is not None),
            complete=self.complete.isChecked(), reason=self.reason.text(), seen=self._order.results_hash,
        )  # fmt: skip
        self._lane.execute(command, on_done=self._done, on_refused=self._refused)

    def _done(self, outcome: Outcome) -> None:
        self._api.did(t("Saved results of {name}", name=self._name), outcome)
        self.finished.emit()

    def _refused(self, error: AppError) -> None:
        found = _ITEM.match(error.field or "")
        if found and int(found[1]) < len(self._sent):
            self._sent[int(found[1])].show_error(found[2], error.message)
            return
        self.problem.setText(error.message)
        self.problem.show()
