"""The fields of the booking form, and what they hold."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.domain.enums import VisitMode
from app.kernel.i18n import t
from app.queries.clinic import AppointmentTypeView
from app.ui.areas.schedule.booking_notes import BookingNotes
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.inputs import Combo, LineEdit, SearchField
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.lists import ListCard
from app.ui.widgets.panel import Note
from app.ui.widgets.text import Label
from app.ui.widgets.toggles import Checkbox, SegmentedControl

LENGTHS = (10, 20, 30, 40, 60, 80, 120)


class BookingForm(Form):
    """Patient, kind, length, mode and reason; the other times and the waiting list below."""

    kind_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.types: tuple[AppointmentTypeView, ...] = ()
        self.search = SearchField(name=t("Patient"))
        self.results = ListCard(name=t("Patients found"), max_rows=4, by_click=True)
        self.notes = BookingNotes()
        self.note = Note("")
        self.over = Checkbox(t("Double-book on purpose"))
        self.kind = Combo(name=t("Type"))
        self.length = Combo(name=t("Length"))
        self.mode = SegmentedControl(
            [(VisitMode.IN_PERSON.value, t("In person"), "door"), (VisitMode.VIRTUAL.value, t("Virtual"), "video")],
            name=t("Mode"),
        )
        self.reason = LineEdit(name=t("Reason"))
        self.others_title = Label(t("Or one of the next three (Alt and its number)"), role=TypeRole.META, strong=True)
        self.others = ListCard(name=t("Other times"), max_rows=3, by_click=True)
        self.waiting = Checkbox(t("Waiting list for an earlier time"))
        self.several = Button(
            t("Several people…"), kind=ButtonKind.QUIET, icon="family", keys="Ctrl+Shift+F", small=True
        )
        self.repeat = Button(t("Series…"), kind=ButtonKind.QUIET, icon="redo", keys="Ctrl+Shift+S", small=True)
        self.wait_only = Button(t("Only the waiting list…"), kind=ButtonKind.QUIET, icon="hourglass", small=True)
        self.set_minutes(20)
        self._lay_out()
        self.kind.changed.connect(self._kind_changed)

    def _lay_out(self) -> None:
        self.add("patientId", FormField(t("Patient"), self.search, hint=t("name, birth date, phone or MRN")))
        found: tuple[QWidget, ...] = (self.results, *self.notes.all, self.note, self.over)
        for widget in found:
            widget.hide()
            self.body.addWidget(widget)
        self.add_row(("type", FormField(t("Type"), self.kind)), ("minutes", FormField(t("Length"), self.length)))
        self.add("visitMode", FormField(t("Mode"), self.mode))
        self.add("reasonText", FormField(t("Reason"), self.reason))
        below: tuple[QWidget, ...] = (self.others_title, self.others)
        for widget in below:
            widget.hide()
            self.body.addWidget(widget)
        self.body.addWidget(self.waiting)
        elsewhere = (self.several, self.repeat, self.wait_only)
        self.body.addLayout(column(*(row(button, STRETCH) for button in elsewhere), gap=0))

    def set_types(self, types: tuple[AppointmentTypeView, ...], chosen: str = "", mode: str = "") -> None:
        """Offer the kinds of appointment; ``chosen`` is taken, with its length and mode: else the first that suits
        a mode ("" is any), else the first.
        """
        self.types = types
        known = {one.id for one in types}
        suiting = (one.id for one in types if not mode or one.mode is None or one.mode.value == mode)
        first = chosen if chosen in known else next(suiting, types[0].id if types else "")
        self.kind.set_items([(one.id, one.name) for one in types], first)

    def kind_of(self) -> AppointmentTypeView | None:
        """Return the chosen kind."""
        return next((one for one in self.types if one.id == self.kind.current), None)

    def _kind_changed(self, _key: str) -> None:
        kind = self.kind_of()
        if kind is not None:
            self.set_minutes(kind.minutes)
            if kind.mode is not None:
                self.mode.set_current(kind.mode.value)
        self.kind_changed.emit()

    def set_minutes(self, minutes: int) -> None:
        """Choose a length, a usual one or not."""
        lengths = sorted({*LENGTHS, minutes})
        self.length.set_items([(str(n), t("{n} min", n=n)) for n in lengths], str(minutes))

    def minutes(self) -> int:
        """Return the chosen length."""
        return int(self.length.current or 20)

    def visit_mode(self) -> VisitMode:
        """Return the chosen mode."""
        return VisitMode(self.mode.current)
