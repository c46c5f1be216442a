"""What runs hold because it would flood: the strip over the rules, and who is behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QWidget

from app.kernel.i18n import t, tn
from app.queries.rules import FoundPatient, RunPart, found_patients
from app.ui.areas.rules.words import number_text
from app.ui.parts.words import clock, day_inside
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.chip import Icon
from app.ui.widgets.layouts import column, row
from app.ui.widgets.lists import ListCard, ListItem
from app.ui.widgets.paint import box, text_width
from app.ui.widgets.states import StateStack
from app.ui.widgets.text import Label
from app.ui.work import Lane, PanelPage, ShellApi
from app.ui.work.places import OpenChart


class HeldStrip(QFrame):
    """One line: what is held, and the four things that can be done about it. The oldest held come after it."""

    see = Signal()
    raise_all = Signal()
    narrow = Signal()
    drop = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.part: RunPart | None = None
        self.lead = Label("", strong=True, tone=Tone.WARN)
        self.text = Label("", tone=Tone.WARN, wrap=True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        self.buttons = {
            "see": Button(t("See them"), small=True), "raise": Button(t("Raise all"), small=True),
            "narrow": Button(t("Narrow"), small=True), "drop": Button(t("Drop"), small=True),
        }  # fmt: skip
        for key, signal in (("see", self.see), ("raise", self.raise_all), ("narrow", self.narrow), ("drop", self.drop)):
            self.buttons[key].clicked.connect(signal)
        line = row(Icon("pause", tone=Tone.WARN), gap=8, margins=(16, 8, 12, 8), parent=self)
        self._words = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._words.setSpacing(8)
        self._words.addWidget(self.lead)
        self._words.addWidget(self.text, 1)
        line.addLayout(self._words, 1)
        for button in self.buttons.values():
            line.addWidget(button)
        self.hide()

    def show_parts(self, parts: Sequence[RunPart], api: ShellApi) -> None:
        """Show the newest; hidden without any."""
        self.part = parts[0] if parts else None
        self.setVisible(bool(parts))
        if self.part is None:
            return
        part = self.part
        local = part.run_at.astimezone(api.zone)
        when = f"{day_inside(local.date(), api.workspace.reader().today)} {clock(part.run_at, api.zone)}"
        count = f"{part.triggered:,}"
        self.lead.setText(tn("Held: {count} patient exceeds the limit of {limit}.",
                             "Held: {count} patients exceed the limit of {limit}.", part.triggered, count=count,
                             limit=part.limit))  # fmt: skip
        more = tn("{n} more is held.", "{n} more are held.", len(parts) - 1) if parts[1:] else ""
        said = t("“{rule}”, {when}. Nothing has been raised.", rule=part.rule_name, when=when)
        self.text.setText(f"{said} {more}".strip())
        self.buttons["see"].setText(t("See the {n}", n=count))
        self.buttons["raise"].setText(t("Raise all {n}", n=count))

        self._fit()

    def show_going(self, going: Callable[[RunPart], bool]) -> None:
        """Take no second decision of what is being decided."""
        free = self.part is None or not going(self.part)
        for key in ("raise", "narrow", "drop"):
            self.buttons[key].setEnabled(free)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the rule and its run a line of their own where there is no room beside the count."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        buttons = sum(button.sizeHint().width() + 8 for button in self.buttons.values())
        words = text_width(self.lead.text(), TypeRole.BODY, True) + text_width(self.text.text(), TypeRole.BODY)
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._words.setSpacing(8 if words + buttons + 80 <= self.width() else 2)
        self._words.setDirection(across if words + buttons + 80 <= self.width() else down)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the fill."""
        theme = Theme.current()
        with QPainter(self) as painter:
            fill = theme.status(StatusKind.ARRIVED).fill
            box(painter, QRectF(self.rect()), theme.tokens.radius.panel, fill)


class HeldPanel(PanelPage):
    """Whom a rule found in a run, with the figure that decided; a line opens the chart."""

    def __init__(self, api: ShellApi, part: RunPart) -> None:
        super().__init__()
        self._part, self._count = part, 0
        self._lane = Lane(self, api.workspace)
        self.list = ListCard(name=t("Patients found"), fit=True, max_rows=1000)
        self.list.chosen.connect(lambda key: api.navigate(OpenChart(patient_id=key)))
        self._stack = StateStack(self.list)
        self._stack.retry.connect(self.refresh)
        column(self._stack, gap=0, parent=self)
        self.refresh()

    def title(self) -> str:
        """Return the rule's name."""
        return self._part.rule_name

    def meta(self) -> str:
        """Return how many were found."""
        return f"{self._part.triggered:,}"

    def first_focus(self) -> QWidget | None:
        """The list has the keyboard."""
        return self.list

    def refresh(self) -> None:
        """Ask who it is."""
        self._stack.set_loading()
        part = self._part
        self._lane.ask(found_patients, on_result=self._show, on_error=partial(_failed, self._stack),
                       run_id=part.run_id, run_at=part.run_at, rule_id=part.rule_id)  # fmt: skip

    def _show(self, found: tuple[FoundPatient, ...]) -> None:
        self.list.set_items([
            ListItem(key=one.patient_id, title=one.name,
                     subtitle=tn("{n} reading", "{n} readings", one.readings),
                     meta="" if one.figure is None else number_text(round(one.figure, 1)))
            for one in found
        ])  # fmt: skip
        self._stack.set_ready()


def _failed(stack: StateStack, error: Exception) -> None:
    stack.set_error(str(error))
