"""How the care plan goes: a figure, and a bar for each task."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.kernel.i18n import t, tn
from app.queries.chart_summary import CareSummary, CareTaskLine
from app.ui.parts.care_words import phase_text
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import LinkButton
from app.ui.widgets.layouts import column, row
from app.ui.widgets.paint import box, draw_text, text_width
from app.ui.widgets.panel import Panel
from app.ui.widgets.text import ElidedLabel, Label

_ROW, _GAP = 28, 12


class TaskBars(QWidget):
    """A line for each task: its title, a bar, "23 of 28"."""

    def __init__(self) -> None:
        super().__init__()
        self._tasks: tuple[CareTaskLine, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_tasks(self, tasks: Sequence[CareTaskLine]) -> None:
        """Show other tasks."""
        self._tasks = tuple(tasks)
        self.setAccessibleName("; ".join(f"{one.title}, {_count(one)}" for one in tasks))
        self.setVisible(bool(tasks))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the height of all tasks."""
        return QSize(200, _ROW * len(self._tasks))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint titles, bars and counts."""
        colors = Theme.current().colors
        counts = [_count(one) for one in self._tasks]
        right = max((text_width(text, TypeRole.META) for text in counts), default=0.0)
        bar = min(120.0, self.width() * 0.3)
        with QPainter(self) as painter:
            for number, one in enumerate(self._tasks):
                top = number * _ROW
                words = QRectF(0, top, self.width() - right - bar - 2 * _GAP, _ROW)
                draw_text(painter, words, one.title, TypeRole.BODY, colors.text)
                track = QRectF(self.width() - right - _GAP - bar, top + _ROW / 2 - 2, bar, 4)
                box(painter, track, 2, colors.sunken)
                share = one.done / one.due if one.due else 0.0
                box(painter, QRectF(track.left(), track.top(), track.width() * min(1.0, share), 4), 2, colors.muted)
                area = QRectF(self.width() - right, top, right + 1, _ROW)
                draw_text(painter, area, counts[number], TypeRole.META, colors.muted)


def _count(one: CareTaskLine) -> str:
    return t("{done} of {due}", done=one.done, due=one.due)


class CarePanel(Panel):
    """The care plan's adherence."""

    def __init__(self) -> None:
        super().__init__(t("Care plan"))
        self.figure = Label("", role=TypeRole.FIGURE, strong=True)
        self.about = ElidedLabel("", role=TypeRole.META, tone=Tone.MUTED)
        self._phase = self._as_of = ""
        self.bars = TaskBars()
        self.state = Label("", tone=Tone.MUTED, wrap=True)
        self._head = QWidget()
        row(self.figure, self.about, gap=8, parent=self._head).setStretch(1, 1)
        self.begin = LinkButton(t("Begin a plan"), icon="plus")
        inside = QWidget()
        column(self._head, self.bars, self.state, gap=4, parent=inside)
        self.add(inside)
        self._begin_row = QWidget()
        row(self.begin, margins=(5, 0, 4, 6), parent=self._begin_row).addStretch(1)  # where the other panels' stand
        self.body.addWidget(self._begin_row)
        self._begin_row.hide()

    def offer_plan(self, offered: bool) -> None:
        """Offer to begin a plan, or not."""
        self._begin_row.setVisible(offered)

    def set_as_of(self, text: str) -> None:
        """Say as of when the panel is; an empty text says that it is live."""
        self._as_of = text
        self._show_meta()

    def _show_meta(self) -> None:
        self.set_meta(" · ".join(part for part in (self._phase, self._as_of) if part))

    def show_care(self, care: CareSummary | None, today: date) -> None:
        """Show how it goes, or that there is no plan."""
        self._head.setVisible(care is not None and care.percent is not None)
        self.bars.show_tasks(care.tasks if care else ())
        self._phase = _phase(care, today) if care else ""
        self._show_meta()
        unreadable = care.unreadable if care else 0
        said = tn("{n} unreadable value", "{n} unreadable values", unreadable) if unreadable else ""
        self.state.setText(said or (t("Nothing was due yet.") if care and care.percent is None else ""))
        if care is None:
            self.state.setText(t("No care plan."))
        self.state.set_tone(Tone.WARN if unreadable else Tone.MUTED)
        self.state.setVisible(bool(self.state.text()))
        if care is not None and care.percent is not None:
            self.figure.setText(f"{care.percent} %")
            was = t(", was {value}", value=f"{care.before} %") if care.before is not None else ""
            self.about.setText(t("of tasks due in the last 28 days") + was)


def _phase(care: CareSummary, today: date) -> str:
    if not care.phase_number:
        return ""
    text = t("phase {n} of {all}", n=care.phase_number, all=care.phases)
    return phase_text(text, care.until, today)
