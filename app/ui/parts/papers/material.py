"""What of the chart goes into a letter: ticked, then written into it."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.domain.lab_text import unit_text
from app.domain.labs import LabResult
from app.kernel.i18n import t
from app.queries.referrals import LetterMaterial
from app.ui.parts.lab_words import flag_text, value_text
from app.ui.parts.words import day_within
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.text import Label
from app.ui.widgets.toggles import Checkbox

SHOWN, MOST = 8, 24
"""Results offered: at least so many, and all that are out of range, up to the second number."""


class MaterialTicks(QWidget):
    """Ticks for problems, medicines, allergies and each last result; ``wanted``: write the letter from them."""

    wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._material: LetterMaterial | None = None
        self.problems = Checkbox(t("Problems"), checked=True)
        self.medicines = Checkbox(t("Medicines"), checked=True)
        self.allergies = Checkbox(t("Allergies"), checked=True)
        self.results: list[Checkbox] = []
        self.write = Button(t("Write the letter from these"), icon="edit", small=True)
        self.write.clicked.connect(self.wanted)
        self._lines = column(gap=0)
        heading = Label(t("From the chart"), role=TypeRole.META, strong=True)
        self._none = Label("", role=TypeRole.META, tone=Tone.MUTED)
        self._none.hide()
        body = column(heading, row(self.problems, self.medicines, self.allergies, STRETCH, gap=12), gap=4, parent=self)
        body.addLayout(self._lines)
        body.addWidget(self._none)
        body.addLayout(row(self.write, STRETCH))

    def show_material(self, material: LetterMaterial, zone: ZoneInfo) -> None:
        """Offer what there is, in the clinic's zone; results begin unticked but for those out of range."""
        if material == self._material:
            return
        self._material = material
        for box in self.results:
            self._lines.removeWidget(box)
            box.deleteLater()
        self.results = []
        for result in offered(material.results):
            box = Checkbox(result_line(result, zone), checked=bool(result.flag), elide=True)
            self.results.append(box)
            self._lines.addWidget(box)
        for box, found in ((self.problems, material.problems), (self.medicines, material.medicines)):
            box.setEnabled(bool(found))
        self.allergies.setEnabled(bool(material.allergies) or material.no_known_allergies)

    def parts(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return what is ticked: titles with their lines."""
        material = self._material
        if material is None:
            return ()
        allergies = material.allergies or ((t("None known"),) if material.no_known_allergies else ())
        results = tuple(box.text() for box in self.results if box.isChecked())
        ticked = (
            (self.problems, t("Problems"), material.problems),
            (self.medicines, t("Medicines"), material.medicines),
            (self.allergies, t("Allergies"), allergies),
        )
        return (*((title, lines) for box, title, lines in ticked if box.isChecked()), (t("Results"), results))


def offered(results: Sequence[LabResult]) -> list[LabResult]:
    """Return the results to choose from: those out of range first, then the newest of the others."""
    odd = [one for one in results if one.flag][:MOST]
    return odd + [one for one in results if not one.flag][: max(0, SHOWN - len(odd))]


def result_line(result: LabResult, zone: ZoneInfo) -> str:
    """Return "Hemoglobin A1c 8.2 % (high), Thu 12 Nov 2026"; the day is the clinic's."""
    parts = (result.name or result.code, value_text(result), unit_text(result.unit))
    said = flag_text(result)
    taken = result.observed_at.astimezone(zone).date() if result.observed_at else None
    day = f", {day_within(taken)} {taken.year}" if taken else ""
    return " ".join(part for part in parts if part) + (f" ({said})" if said else "") + day
