"""Who comes along: a line each, with the kind of visit; the household is offered by itself."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.domain.enums import VisitMode
from app.kernel.i18n import t
from app.queries.clinic import AppointmentTypeView
from app.queries.together import Seat
from app.ui.areas.schedule.patient_pick import Who
from app.ui.parts.words import birth
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.inputs import Combo
from app.ui.widgets.layouts import column, row
from app.ui.widgets.text import Label
from app.ui.widgets.toggles import Checkbox

DEFAULT_MINUTES = 20


class PersonLine(QWidget):
    """One person: whether they come along, their kind of visit, and what is to be known about their time."""

    changed = Signal()

    def __init__(self, who: Who, types: tuple[AppointmentTypeView, ...], *, coming: bool, kind: str = "") -> None:
        super().__init__()
        self.who = who
        self._types = types
        self._wanted = kind
        self.coming = Checkbox(who.name, checked=coming)
        self.kind = Combo(name=t("Type for {name}", name=who.name))
        self.born = Label(birth(who.born), role=TypeRole.META, tone=Tone.MUTED)
        self.warning = Label("", role=TypeRole.META, tone=Tone.WARN, wrap=True)
        self.warning.hide()
        first = row(self.coming, self.kind, gap=8)
        first.setStretch(0, 1)
        column(first, row(self.born, margins=(28, 0, 0, 0)), row(self.warning, margins=(28, 0, 0, 0)), gap=2,
               parent=self)  # fmt: skip
        self.set_types(types)
        self.kind.changed.connect(self._tell)
        self.coming.toggled.connect(self.changed)
        self.kind.changed.connect(self.changed)

    def set_types(self, types: tuple[AppointmentTypeView, ...]) -> None:
        """Offer the kinds of visit with their lengths."""
        self._types = types
        items = [(one.id, one.name) for one in types]
        self.kind.set_items(items, self.kind.current or self._wanted or (types[0].id if types else ""))
        self._tell()

    def _tell(self, _key: str = "") -> None:
        """Say when they were born and how long they need."""
        self.born.setText(f"{birth(self.who.born)} · {t('{n} min', n=self.seat().minutes)}")

    def type_of(self) -> AppointmentTypeView | None:
        """Return the chosen kind."""
        return next((one for one in self._types if one.id == self.kind.current), None)

    def seat(self) -> Seat:
        """Return what this person needs."""
        kind = self.type_of()
        mode = kind.mode if kind is not None and kind.mode is not None else VisitMode.IN_PERSON
        return Seat(self.who.id, kind.minutes if kind is not None else DEFAULT_MINUTES, mode)

    def warn(self, text: str) -> None:
        """Say what speaks against this person's time; nothing hides it."""
        self.warning.setText(text)
        self.warning.setVisible(bool(text))


class PeopleLines(QWidget):
    """The lines in the order in which they were added; the first ones are seen first."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._types: tuple[AppointmentTypeView, ...] = ()
        self.lines: list[PersonLine] = []
        self._body = column(gap=8, parent=self)

    def set_types(self, types: tuple[AppointmentTypeView, ...]) -> None:
        """Offer the clinic's kinds of visit."""
        self._types = types
        for line in self.lines:
            line.set_types(types)
        self.changed.emit()

    def add(self, who: Who, *, coming: bool, kind: str = "") -> None:
        """Add somebody, or let somebody who is there already come along; ``kind``: the visit they come for."""
        line = next((one for one in self.lines if one.who.id == who.id), None)
        if line is not None:
            line.coming.setChecked(line.coming.isChecked() or coming)
            return
        line = PersonLine(who, self._types, coming=coming, kind=kind)
        line.changed.connect(self.changed)
        self.lines.append(line)
        self._body.addWidget(line)
        self.changed.emit()

    def coming(self) -> list[PersonLine]:
        """Return who comes along."""
        return [line for line in self.lines if line.coming.isChecked()]

    def warn(self, texts: dict[str, str]) -> None:
        """Say at each person what speaks against their time."""
        for line in self.lines:
            line.warn(texts.get(line.who.id, ""))
