"""Appointment types: name, length, mode, colour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QWidget

from app.domain.enums import VisitMode
from app.kernel.i18n import t
from app.setup.plan import NewAppointmentType
from app.ui.shell.wizard.people_steps import RowForm, Rows
from app.ui.shell.wizard.step import WizardStep
from app.ui.widgets.form import FormField
from app.ui.widgets.inputs import Combo, LineEdit

_COLORS = ("#3A5A78", "#5A3E9B", "#0B6B5B", "#7A4B00", "#2F6B3A", "#A3262A")


class TypeRow(RowForm):
    """One appointment type."""

    def __init__(self, name: str = "", minutes: int = 20, mode: VisitMode | None = None) -> None:
        super().__init__(t("Appointment type"))
        self.name = LineEdit(name, max_length=100)
        self.minutes = LineEdit(str(minutes), max_length=3)
        self.minutes.setValidator(QIntValidator(5, 480, self.minutes))
        modes = [
            ("", t("In person or video")),
            (VisitMode.IN_PERSON.value, t("In person")),
            (VisitMode.VIRTUAL.value, t("Video")),
        ]
        self.mode = Combo(modes, name=t("How"), current=mode.value if mode is not None else "")
        self.form.add_row(
            ("name", FormField(t("Name"), self.name)),
            ("minutes", FormField(t("Minutes"), self.minutes)),
            ("mode", FormField(t("How"), self.mode)),
        )

    def is_empty(self) -> bool:
        """Whether no name is entered."""
        return not self.name.text().strip()

    def check(self) -> bool:
        """Want a length of 5 to 480 minutes."""
        self.form.clear_errors()
        if not self.minutes.hasAcceptableInput():
            self.form.show_error("minutes", t("Enter a whole number from {low} to {high}.", low=5, high=480))
        return not self.form.has_errors()

    def appointment_type(self, color: str) -> NewAppointmentType:
        """Return what is entered."""
        mode = VisitMode(self.mode.current) if self.mode.current else None
        return NewAppointmentType(
            name=self.name.text().strip(), minutes=int(self.minutes.text()), mode=mode, color=color
        )


class TypeStep(WizardStep):
    """The kinds of appointments; four usual ones are there already."""

    fields = frozenset({"types"})

    @classmethod
    def title(cls) -> str:
        """Return the heading."""
        return t("Kinds of appointments")

    def __init__(self) -> None:
        super().__init__(t("Their lengths decide how long a booking takes. Change or remove any."))
        self.rows = Rows(TypeRow, t("Add a kind"))
        self.body.addWidget(self.rows)
        usual = [
            (t("Follow-up"), 20, None),
            (t("New patient"), 40, VisitMode.IN_PERSON),
            (t("Same-day"), 20, VisitMode.IN_PERSON),
            (t("Annual physical"), 40, VisitMode.IN_PERSON),
        ]
        for name, minutes, mode in usual:
            added = self.rows.add()
            if isinstance(added, TypeRow):
                added.name.setText(name)
                added.minutes.setText(str(minutes))
                added.mode.set_current(mode.value if mode is not None else "")

    def check(self) -> bool:
        """Want at least one, every entry complete."""
        entries = [entry for entry in self.rows.rows if not entry.is_empty()]
        if not entries:
            self.form.show_error(None, t("Enter at least one kind of appointment."))
            return False
        self.form.clear_errors()
        checked = [entry.check() for entry in entries]
        return all(checked)

    def values(self) -> Mapping[str, Any]:
        """Return the types, each with a colour of its own as far as they go."""
        entries = [entry for entry in self.rows.rows if isinstance(entry, TypeRow) and not entry.is_empty()]
        return {"types": tuple(entry.appointment_type(_COLORS[n % len(_COLORS)]) for n, entry in enumerate(entries))}

    def first_focus(self) -> QWidget | None:
        """Begin with the first."""
        first = next(iter(self.rows.rows), None)
        return first.name if isinstance(first, TypeRow) else self.rows.add_button
