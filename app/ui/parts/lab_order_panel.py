"""Ordering tests for a patient: sets, single tests by name or code, how urgent, for what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.commands.core import Outcome
from app.commands.labs import OrderLabs
from app.domain.lab_codes import OrderedTest, expected, search_tests
from app.kernel.errors import AppError
from app.kernel.i18n import later, t, tn
from app.queries.labs_grid import OrderSetView, order_sets
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.inputs import LineEdit, SearchField, TextArea
from app.ui.widgets.layouts import STRETCH, column
from app.ui.widgets.lists import ListCard, ListItem
from app.ui.widgets.text import Label
from app.ui.widgets.toggles import Checkbox, SegmentedControl
from app.ui.work import Draft, Lane, PanelPage, ShellApi, draft_kinds

_NUMBERED = 9


class LabOrderPanel(PanelPage):
    """The order form. Alt+1…9 takes a set, Enter in the search the first test found, Ctrl+Enter orders."""

    wide = True
    watches = frozenset({"order_set"})

    def __init__(
        self, api: ShellApi, patient_id: str, name: str, visit_id: str | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._api, self._patient_id, self._name, self._visit_id = api, patient_id, name, visit_id
        self._sets: tuple[OrderSetView, ...] = ()
        self._chosen: dict[str, OrderedTest] = {}
        self._lane, self._ask = Lane(self, api.workspace), Lane(self, api.workspace)
        self.sets = ListCard(name=t("Order sets"), max_rows=7, by_click=True)
        self.search = SearchField(name=t("Find a test"), placeholder=t("Name or LOINC code"))
        self.hits = ListCard(name=t("Tests found"), max_rows=6, by_click=True)
        self.hits.hide()
        self.chosen = ListCard(name=t("Chosen tests"), max_rows=8)
        self.what = Label("", role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        self.priority = SegmentedControl(
            [("ROUTINE", t("Routine")), ("URGENT", t("Urgent")), ("STAT", t("Stat"))], name=t("How urgent")
        )
        self.fasting = Checkbox(t("Fasting"))
        self.diagnosis = LineEdit(name=t("Diagnosis"), max_length=2000)
        self.laboratory = LineEdit(name=t("Laboratory"), max_length=200)
        self.notes = TextArea(name=t("Notes for the laboratory"), lines=2)
        self.form = Form()
        self.go = Button(t("Order for {name}", name=name), kind=ButtonKind.PRIMARY, icon="flask", keys="Ctrl+Return")
        self._build()
        self._connect()
        self.refresh()

    def _build(self) -> None:
        self.form.add("sets", FormField(t("Order sets"), self.sets, hint=t("Alt+1 to 9")))
        self.form.add("tests", FormField(t("Find a test"), self.search))
        self.form.body.addWidget(self.hits)
        self.form.add("chosen", FormField(t("Chosen tests"), self.chosen, hint=t("Del takes one off")))
        self.form.body.addWidget(self.what)
        self.form.add("priority", FormField(t("How urgent"), self.priority))
        self.form.body.addWidget(self.fasting)
        self.form.add_row(("diagnosis", FormField(t("Diagnosis"), self.diagnosis)),
                          ("laboratory", FormField(t("Laboratory"), self.laboratory)))  # fmt: skip
        self.form.add("notes", FormField(t("Notes for the laboratory"), self.notes))
        column(self.form, STRETCH, parent=self)
        self._show_chosen()

    def _connect(self) -> None:
        self.sets.chosen.connect(self.toggle_set)
        self.search.textChanged.connect(self._look)
        self.search.chosen.connect(self._take_first)
        self.search.results_wanted.connect(self.hits.setFocus)
        self.hits.chosen.connect(self._take)
        drop = QShortcut(QKeySequence("Delete"), self.chosen, self._drop)
        drop.setContext(Qt.ShortcutContext.WidgetShortcut)
        QShortcut(QKeySequence("Ctrl+Return"), self, self.submit)
        for number in range(_NUMBERED):
            keys = QShortcut(QKeySequence(f"Alt+{number + 1}"), self, lambda at=number: self._take_number(at))
            keys.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.go.clicked.connect(self.submit)
        self.priority.changed.connect(self._edited)
        self.fasting.toggled.connect(self._edited)
        for field in (self.diagnosis, self.laboratory):
            field.textEdited.connect(self._edited)
        self.notes.textChanged.connect(self._edited)

    # -- the panel ----------------------------------------------------------------------------------------------------

    def title(self) -> str:
        """Return the heading."""
        return t("Order labs for {name}", name=self._name)

    def foot(self) -> QWidget | None:
        """Return the one button."""
        return self.go

    def first_focus(self) -> QWidget | None:
        """Begin with the search: sets have their keys."""
        return self.search

    def dirty(self) -> bool:
        """Whether something was chosen or typed."""
        typed = (self.diagnosis.text(), self.laboratory.text(), self.notes.toPlainText())
        return bool(self._chosen or any(text.strip() for text in typed))

    def draft(self) -> Draft | None:
        """Return what to keep."""
        body = {
            "patientId": self._patient_id, "name": self._name, "visitId": self._visit_id,
            "tests": [[one.code, one.name] for one in self._chosen.values()], "priority": self.priority.current,
            "fasting": self.fasting.isChecked(), "diagnosis": self.diagnosis.text(),
            "laboratory": self.laboratory.text(), "notes": self.notes.toPlainText(),
        }  # fmt: skip
        return Draft(draft_kinds.ORDER_LABS, self._patient_id, later("Lab order for {name}", name=self._name), body)

    def kept_as(self) -> tuple[str, str]:
        """One order begun for each patient."""
        return draft_kinds.ORDER_LABS, self._patient_id

    def take_kept(self, draft: Draft) -> None:
        """Go on with what was chosen; the visit is the one it is ordered in now, if any."""
        kept = draft.body.get("visitId")
        self._visit_id = self._visit_id or (str(kept) if kept else None)
        self._restore(draft.body)

    @classmethod
    def restored(cls, api: ShellApi, draft: Draft) -> LabOrderPanel:
        """Return the form as a draft kept it."""
        body = draft.body
        visit = body.get("visitId")
        panel = cls(api, str(body.get("patientId", "")), str(body.get("name", "")), str(visit) if visit else None)
        panel._restore(body)
        return panel

    def _restore(self, body: Mapping[str, Any]) -> None:
        for pair in body.get("tests", ()):
            if isinstance(pair, Sequence) and not isinstance(pair, str) and len(pair) == 2:
                self._add(OrderedTest(str(pair[0]), str(pair[1])))
        if body.get("priority") in ("ROUTINE", "URGENT", "STAT"):
            self.priority.set_current(str(body["priority"]))
        self.fasting.setChecked(body.get("fasting") is True)
        self.diagnosis.setText(str(body.get("diagnosis", "")))
        self.laboratory.setText(str(body.get("laboratory", "")))
        self.notes.setPlainText(str(body.get("notes", "")))

    def refresh(self) -> None:
        """Ask for the order sets."""
        self._ask.ask(order_sets, on_result=self._show_sets)

    # -- choosing -----------------------------------------------------------------------------------------------------

    def _show_sets(self, found: tuple[OrderSetView, ...]) -> None:
        self._sets = found
        self._mark_sets()

    def _mark_sets(self) -> None:
        rows = []
        for place, one in enumerate(self._sets):
            count = len(one.single_tests)
            number = str(place + 1) if place < _NUMBERED else ""
            taken = self._has(one)
            rows.append(
                ListItem(key=one.name, title=one.name, number=number, title_strong=taken,
                         meta=tn("{n} test", "{n} tests", count), after_icon="check" if taken else "")
            )  # fmt: skip
        self.sets.set_items(rows)

    def _has(self, one: OrderSetView) -> bool:
        return all(test.name in self._chosen for test in one.tests)

    def _take_number(self, place: int) -> None:
        if place < len(self._sets):
            self.toggle_set(self._sets[place].name)

    def toggle_set(self, name: str) -> None:
        """Put a set's tests on the order, or take them off again."""
        one = next((one for one in self._sets if one.name == name), None)
        if one is None:
            return
        if self._has(one):
            for test in one.tests:
                self._chosen.pop(test.name, None)
            self._changed()
        else:
            self._add(*one.tests)

    def _look(self, text: str) -> None:
        found = search_tests(text)
        rows = [ListItem(key=one.name, title=one.name, meta=one.code, title_strong=False) for one in found]
        typed = text.strip()
        if typed and not any(one.name.casefold() == typed.casefold() for one in found):
            rows.append(ListItem(key=typed, title=t("Order “{name}” as it is written", name=typed), title_strong=False))
        self.hits.set_items(rows)
        self.hits.setVisible(bool(rows))
        if rows:
            self.hits.set_current(rows[0].key)

    def _take_first(self) -> None:
        if self.hits.isVisible() and self.hits.current_key:
            self._take(self.hits.current_key)

    def _take(self, name: str) -> None:
        found = next((one for one in search_tests(self.search.text(), 50) if one.name == name), OrderedTest("", name))
        self.search.clear()
        self._add(found)
        self.search.setFocus()

    def _add(self, *tests: OrderedTest) -> None:
        self._chosen |= {one.name: one for one in tests}
        self._changed()

    def _drop(self) -> None:
        self._chosen.pop(self.chosen.current_key, None)
        self._changed()

    def _changed(self) -> None:
        self._show_chosen()
        self._mark_sets()
        self._edited()

    def _show_chosen(self) -> None:
        rows = [ListItem(key=one.name, title=one.name, meta=one.code) for one in self._chosen.values()]
        self.chosen.set_items(rows)
        self.form.field("chosen").setVisible(bool(rows))
        names = [one.name for one in expected(list(self._chosen))]
        self.what.setText(", ".join(names))
        self.what.setVisible(len(names) > len(rows))

    def _edited(self, *_: object) -> None:
        self.form.clear_errors()
        self.edited.emit()

    # -- ordering -----------------------------------------------------------------------------------------------------

    def submit(self) -> None:
        """Order what is chosen; refusals stand at their field."""
        self.form.clear_errors()
        command = OrderLabs(
            patient_id=self._patient_id, tests=tuple(self._chosen), notes=self.notes.toPlainText() or None,
            visit_id=self._visit_id, priority=self.priority.current, fasting=self.fasting.isChecked(),
            diagnosis=self.diagnosis.text(), laboratory=self.laboratory.text(),
        )  # fmt: skip
        self._lane.execute(command, on_done=self._done, on_refused=self._refused)

    def _done(self, outcome: Outcome) -> None:
        self._api.did(t("Ordered labs for {name}", name=self._name), outcome)
        self.finished.emit()

    def _refused(self, error: AppError) -> None:
        self.form.show_error(error.field, error.message)
