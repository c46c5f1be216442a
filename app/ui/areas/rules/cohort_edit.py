"""Whom a rule is for: chips that a click or Delete takes away, and one line that adds another."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCompleter, QWidget

from app.domain.patient_flags import flag_of, known_flags
from app.domain.rules import RuleCohort
from app.kernel.i18n import t
from app.ui.areas.rules.words import cohort_parts
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.flow import FlowLayout
from app.ui.widgets.inputs import Combo, LineEdit, set_invalid
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.text import Label

_AGES = ("min_age", "max_age")
_FLAGS = ("flags", "not_flags")


class _Part(Button):
    """A chip; Delete takes it away as a click does."""

    def __init__(self, text: str) -> None:
        super().__init__(text, icon="close", small=True, name=t("Remove: {what}", what=text))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Delete and Backspace remove the chip."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.click()
        else:
            super().keyPressEvent(event)


def _flag_offers(parent: QWidget) -> QCompleter:
    offers = QCompleter(list(known_flags().values()), parent)
    offers.setFilterMode(Qt.MatchFlag.MatchContains)
    offers.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    return offers


class CohortEdit(QWidget):
    """Edits a cohort; flags and conditions are alternatives among themselves, everything else must hold."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cohort = RuleCohort()
        self.size_text = Label("", role=TypeRole.META, tone=Tone.MUTED)
        self.kind = Combo(
            (("flags", t("flagged")), ("conditions", t("with condition")), ("min_age", t("at least (years)")),
             ("max_age", t("at most (years)")), ("not_flags", t("not flagged")),
             ("not_conditions", t("without condition"))),
            name=t("Kind of limit"),
        )  # fmt: skip
        self.kind.setSizeAdjustPolicy(Combo.SizeAdjustPolicy.AdjustToContents)
        self.value = LineEdit(name=t("Flag, condition or age"), max_length=100)
        self._flags = _flag_offers(self)
        self.kind.changed.connect(self._offer)
        self._offer(self.kind.current)
        self.add_button = Button(t("Add"), icon="plus", small=True)
        self.add_button.clicked.connect(self.add)
        self.value.returnPressed.connect(self._entered)
        self._flags.activated.connect(self._taken)
        self._chips = QWidget()
        self._flow = FlowLayout(self._chips)
        self.parts: list[Button] = []
        head = row(Label(t("Whom it is for"), role=TypeRole.INPUT, strong=True), STRETCH, self.size_text)
        line = row(self.kind, self.value, self.add_button)
        line.setStretch(1, 1)
        column(head, self._chips, line, gap=8, parent=self)
        self._redraw()

    @property
    def cohort(self) -> RuleCohort:
        """Whom the rule is for."""
        return self._cohort

    def show_cohort(self, cohort: RuleCohort) -> None:
        """Show another cohort, without a signal."""
        if cohort != self._cohort or not self.parts:
            self._cohort = cohort
            self._redraw()

    def show_size(self, about: int, patients: int) -> None:
        """Say how many patients it has now."""
        self.size_text.setText(t("{n} of {all} patients now", n=f"{about:,}", all=f"{patients:,}"))

    @Slot()
    def _entered(self) -> None:
        # With Enter on an offer the line hears of it first: what is meant is the offer, not what was typed.
        offers = self._flags.popup()
        if offers is None or not (offers.isVisible() and offers.currentIndex().isValid()):
            self.add()

    @Slot(str)
    def _taken(self, words: str) -> None:
        self.value.setText(words)
        self.add()

    def add(self) -> None:
        """Take what was typed; what can't be an age is marked."""
        key, text = self.kind.current, self.value.text().strip()
        wrong = not text or (key in _AGES and not (text.isdecimal() and int(text) <= 200))
        set_invalid(self.value, wrong)
        if wrong:
            self.value.setFocus()
            return
        if key in _AGES:
            self._set(**{key: int(text)})
        else:
            word = flag_of(text) if key in _FLAGS else text
            known: tuple[str, ...] = getattr(self._cohort, key)
            self._set(**{key: (*known, word) if word not in known else known})
        self.value.clear()

    def _offer(self, key: str) -> None:
        """Offer the usual flags by their words while a flag is asked for."""
        if key in _FLAGS:
            self.value.setCompleter(self._flags)
        elif self.value.completer() is not None:
            self.value.setCompleter(None)  # type: ignore[arg-type]  # takes it away

    def _remove(self, key: str, value: str) -> None:
        if key in _AGES:
            self._set(**{key: None})
        else:
            self._set(**{key: tuple(one for one in getattr(self._cohort, key) if one != value)})
        self.value.setFocus()

    def _set(self, **parts: object) -> None:
        self._cohort = replace(self._cohort, **parts)  # type: ignore[arg-type]
        self._redraw()
        self.changed.emit()

    def _redraw(self) -> None:
        while self._flow.count():
            widget = self._flow.takeAt(0).widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.parts = []
        for key, value, words in cohort_parts(self._cohort):
            chip = _Part(words)
            chip.clicked.connect(lambda _on=False, k=key, v=value: self._remove(k, v))
            self.parts.append(chip)
            self._flow.addWidget(chip)
        if not self.parts:
            self._flow.addWidget(Label(t("All patients"), tone=Tone.MUTED))
        for place in range(self._flow.count()):
            widget = self._flow.itemAt(place).widget()
            if widget is not None:
                widget.show()
        self._flow.invalidate()
        self._chips.updateGeometry()
        self._order()

    def _order(self) -> None:
        """Let Tab meet the chips where they stand, before the line that adds one: they are newer than all the rest."""
        before: QWidget | None = self.kind.previousInFocusChain()
        while before is not None and before is not self.kind and not self._may_lead(before):
            before = before.previousInFocusChain()
        for chip in self.parts if before is not self.kind else ():
            if before is not None:
                QWidget.setTabOrder(before, chip)
            before = chip

    def _may_lead(self, widget: QWidget) -> bool:
        return widget not in self.parts and bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
