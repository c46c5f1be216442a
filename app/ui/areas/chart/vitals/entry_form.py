"""The row of fields in which a measurement is typed; usable without a mouse, Ctrl+Enter saves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QBoxLayout, QWidget

from app.commands.core import Outcome
from app.commands.measurements import RecordMeasurement
from app.domain.enums import VisitStatus
from app.domain.measurements import MeasurementType
from app.domain.permissions import Permission
from app.domain.vitals_entry import read_entry, unit_choices, unit_text
from app.domain.vitals_metrics import Metric, metric_title
from app.kernel.errors import AppError, Refused
from app.kernel.i18n import later, t
from app.queries.vitals_panel import VitalsPanel
from app.ui.areas.chart.vitals.entry_words import preview, read_when, stored_text, when_text
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.date_fields import locale_words
from app.ui.widgets.inputs import Combo, LineEdit, set_invalid
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.panel import Card
from app.ui.widgets.text import Label
from app.ui.work import Draft, Lane, ShellApi, draft_kinds

_KINDS = (
    MeasurementType.BLOOD_PRESSURE, MeasurementType.WEIGHT, MeasurementType.HEART_RATE, MeasurementType.TEMPERATURE,
    MeasurementType.SPO2, MeasurementType.RESPIRATION, MeasurementType.GLUCOSE, MeasurementType.HEIGHT,
    MeasurementType.PAIN, MeasurementType.A1C, MeasurementType.SLEEP, MeasurementType.STEPS, MeasurementType.MOOD,
)  # fmt: skip
NO_VISIT = ""
_PADDING = 16
_WIDE, _SMALL, _TIGHT = (176, 80, 112, 104, 168), (162, 74, 92, 80, 133), (150, 74, 86, 64, 118)
"""Pixels of kind, value, unit, time and visit; the last beside a button that asks again."""
KEEP_AFTER_MS = 800

_HERE = (VisitStatus.IN_PROGRESS, VisitStatus.CHECKED_IN)


def labelled(text: str, field: QWidget) -> QWidget:
    """Return a field with its label above."""
    made = QWidget()
    label = Label(text, role=TypeRole.META, tone=Tone.MUTED)
    label.setBuddy(field)
    column(label, field, gap=4, parent=made)
    return made


class EntryForm(Card):
    """Types a measurement of one patient. ``saved`` carries the instant of measuring."""

    saved = Signal(object)
    changed = Signal()

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(padding=_PADDING, gap=6, parent=parent)
        self.setAccessibleName(t("New measurement"))
        self._api = api
        self._lane = Lane(self, api.workspace)
        self._patient = ""
        self._panel: VitalsPanel | None = None
        self._unlikely: tuple[str, str, str] | None = None
        self._units: dict[str, str] = {}
        self._keeping = QTimer(self, singleShot=True, interval=KEEP_AFTER_MS)
        self._keeping.timeout.connect(self._keep)
        self.kind = Combo([(one.value, metric_title(Metric(one.value))) for one in _KINDS], name=t("New measurement"))
        self.value = LineEdit(name=t("Value"), max_length=20)
        self.unit = Combo(name=t("Unit"))
        self.when = LineEdit(name=t("When"), placeholder=t("Now"), max_length=40)
        self.visit = Combo([(NO_VISIT, t("no visit"))], name=t("Taken during"))
        self.save = Button(t("Save"), kind=ButtonKind.PRIMARY, keys="Ctrl+Return")
        self.result, self.follows = Label("", strong=True), Label("", role=TypeRole.META, tone=Tone.MUTED)
        self.problem = Label("", role=TypeRole.META, tone=Tone.CRITICAL)
        self.problem.hide()
        self._lay_out()
        self._connect()
        self._kind_changed()
        self._fit()

    def _lay_out(self) -> None:
        what = row(labelled(t("New measurement"), self.kind), labelled(t("Value"), self.value),
                   labelled(t("Unit"), self.unit), STRETCH, gap=8)  # fmt: skip
        of_visit = row(
            labelled(t("When"), self.when), labelled(t("Taken during"), self.visit), STRETCH, self.save, gap=8
        )
        of_visit.setAlignment(self.save, Qt.AlignmentFlag.AlignBottom)
        self._across = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._across.setSpacing(8)
        self._across.addLayout(what)
        self._across.addLayout(of_visit, 1)
        self.body.addLayout(self._across)
        words = QWidget()  # as high as its line, so that the chart above never moves
        words.setFixedHeight(20)
        row(self.result, self.follows, self.problem, STRETCH, gap=12, parent=words)
        self.body.addWidget(words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use a second line where one is too short: a field is never cut off."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Narrower fields and no keys in the button before a second line, which takes a lane of the chart above."""
        fields, room = (self.kind, self.value, self.unit, self.when, self.visit), self.width() - 2 * _PADDING
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        asks_again, gaps = self.save.text() != t("Save"), 8 * len(fields)
        for widths in (_WIDE, _SMALL, *((_TIGHT,) if asks_again else ())):
            self.save.show_hint(widths is _WIDE)
            if fits := sum(widths) + self.save.sizeHint().width() + gaps <= room:
                break
        else:
            widths, fits = _WIDE, False
            self.save.show_hint(True)
        for field, wide in zip(fields, widths, strict=True):
            field.setFixedWidth(wide)
        self._across.setDirection(across if fits else down)

    def _connect(self) -> None:
        self.kind.changed.connect(self._kind_changed)
        self.value.textChanged.connect(self._show_preview)
        self.unit.changed.connect(self._unit_changed)
        self.when.editingFinished.connect(self._tidy_when)
        self.when.textChanged.connect(lambda _text: set_invalid(self.when, False))
        self.value.returnPressed.connect(self.submit)
        self.save.clicked.connect(self.submit)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self, self.submit)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    # what is shown

    def show_patient(self, patient_id: str) -> None:
        """Begin with another patient: nothing of the one before stays."""
        if self._keeping.isActive():
            self._keeping.stop()
            self._keep()
        self._patient, self._panel = "", None
        self.clear()
        self._patient = patient_id
        if self._api.can(Permission.MEASURE):
            self._api.drafts.offer(draft_kinds.MEASUREMENT, lambda drafts: self._take_up(patient_id, drafts))
        self.visit.set_items([(NO_VISIT, t("no visit"))], NO_VISIT)

    def show_panel(self, panel: VitalsPanel) -> None:
        """Know height, last weight and today's visits; one to which the patient has come is chosen by itself."""
        first = self._panel is None
        self._panel = panel
        zone = self._api.zone
        visits = [
            (one.id, t("Visit of {time}", time=f"{one.start.astimezone(zone):%H:%M}")) for one in panel.visits
        ]  # fmt: skip
        here = next((one.id for one in panel.visits if one.status in _HERE), NO_VISIT)
        self.visit.set_items([*visits, (NO_VISIT, t("no visit"))], here if first else self.visit.current)
        self._show_preview()

    def _keep(self) -> None:
        """Keep what is typed through lock, crash and close; what was saved or emptied is forgotten."""
        if not self._patient:
            return
        if self.dirty:
            body = {"type": self.kind.current, "value": self.value.text(), "unit": self.unit.current,
                    "when": self.when.text()}  # fmt: skip
            self._api.drafts.keep(Draft(draft_kinds.MEASUREMENT, self._patient, later("New measurement"), body))
        else:
            self._api.drafts.discard(draft_kinds.MEASUREMENT, self._patient)

    def _take_up(self, patient_id: str, drafts: Sequence[Draft]) -> None:
        draft = next((one for one in drafts if one.subject == patient_id), None)
        if draft is None or patient_id != self._patient or self.dirty:
            return
        texts = {key: str(draft.body.get(key) or "") for key in ("type", "value", "unit", "when")}
        if texts["type"] in {one.value for one in _KINDS}:
            self.kind.set_current(texts["type"])
        if self.unit.findData(texts["unit"]) >= 0:
            self.unit.set_current(texts["unit"])
        self.when.setText(texts["when"])
        self.value.setText(texts["value"])

    def clear(self) -> None:
        """Empty the value and the time; Ctrl+Z takes back what was saved then, it doesn't bring back the text."""
        self._unlikely = None
        self.value.setText("")
        self.when.setText("")
        self._problem("", None)

    @property
    def measured(self) -> MeasurementType:
        """The kind chosen."""
        return MeasurementType(self.kind.current)

    @property
    def dirty(self) -> bool:
        """Whether something is typed."""
        return bool(self.value.text().strip())

    def _kind_changed(self, _key: str = "") -> None:
        kind = self.measured
        units = unit_choices(kind)
        self.unit.set_items([(one, unit_text(one) or "–") for one in units], self._units.get(kind.value, units[0]))
        self.unit.setEnabled(len(units) > 1)
        pair = kind is MeasurementType.BLOOD_PRESSURE
        self.value.setPlaceholderText("120/80" if pair else "")
        self._unlikely = None
        self._show_preview()

    def _unit_changed(self, unit: str) -> None:
        self._units[self.kind.current] = unit
        self._show_preview()

    def _show_preview(self, _text: str = "") -> None:
        last = self._panel.glp1.latest if self._panel is not None else None
        height = self._panel.height_cm if self._panel is not None else None
        found = preview(
            self.measured, self.value.text(), self.unit.current, height, last.weight_kg if last else None
        )  # fmt: skip
        self.result.setText(found.first)
        self.follows.setText(found.second)
        self.value.setAccessibleDescription(" ".join(filter(None, (found.first, found.second, found.wrong))))
        self._problem("", None)
        if self._unlikely != self._typed():
            self._unlikely = None
        self._ask_again(self._unlikely is not None)
        self._keeping.start()
        self.changed.emit()

    def _ask_again(self, unlikely: bool) -> None:
        self.save.setText(t("Save anyway") if unlikely else t("Save"))
        self._fit()

    def _typed(self) -> tuple[str, str, str]:
        return self.kind.current, self.value.text().strip(), self.unit.current

    def _tidy_when(self) -> None:
        try:
            at = self._when()
        except Refused:  # saving says why
            set_invalid(self.when, True)
            return
        set_invalid(self.when, False)
        if self.when.text().strip():
            self.when.setText(when_text(at, self._api.now(), self._api.zone))

    def _when(self) -> datetime:
        return read_when(self.when.text(), self._api.now(), self._api.zone, locale_words())

    # saving

    def submit(self) -> None:
        """Save what is typed; an unlikely value only when asked once more."""
        if not self._patient or not self.save.isEnabled():
            return
        try:
            at = self._when()
        except Refused as wrong:
            self._problem(wrong.message, self.when)
            return
        if not self.value.text().strip():
            self._problem(t("Enter a value."), self.value)
            return
        now = not self.when.text().strip()
        command = RecordMeasurement(
            patient_id=self._patient, type=self.measured, value=self.value.text(), unit=self.unit.current,
            at=None if now else at, visit_id=self.visit.current or None, confirmed=self._unlikely == self._typed(),
        )  # fmt: skip
        self.save.setEnabled(False)
        self._lane.execute(
            command, on_done=lambda outcome: self._saved(command, outcome, at),
            on_refused=partial(self._refused, command),
            on_unavailable=partial(self._refused, command),
        )  # fmt: skip

    def _saved(self, command: RecordMeasurement, outcome: Outcome, at: datetime) -> None:
        self.save.setEnabled(True)
        entered = read_entry(command.type, command.value, command.unit)
        what = metric_title(Metric(command.type.value))
        self._api.did(t("Recorded {what} {value}", what=what, value=stored_text(entered)), outcome)
        if command.patient_id == self._patient:
            if self.value.text() == command.value:
                self.clear()
            self.saved.emit(at)

    def _refused(self, command: RecordMeasurement, error: AppError) -> None:
        self.save.setEnabled(True)
        if command.patient_id != self._patient:
            self._api.problem(error)  # another patient's form by now: what is typed there was asked of nobody
            return
        if error.code == "Unlikely":
            self._unlikely = (command.type.value, command.value.strip(), command.unit)
            self._ask_again(self._unlikely == self._typed())
        fields: dict[str | None, QWidget] = {"unit": self.unit, "at": self.when, "visitId": self.visit}
        self._problem(error.message, fields.get(error.field, self.value))

    def _problem(self, text: str, field: QWidget | None) -> None:
        for one in (self.value, self.unit, self.when, self.visit):
            set_invalid(one, one is field)
        self.problem.setText(text)
        self.problem.setVisible(bool(text))
        if field is not None:
            field.setAccessibleDescription(text)
            field.setFocus(Qt.FocusReason.OtherFocusReason)
