"""The summary's panels: a heading with a date, lines or one sentence why there are none, and what is left out."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.kernel.i18n import t
from app.ui.theme.tokens import Tone
from app.ui.widgets.button import LinkButton
from app.ui.widgets.layouts import column, row
from app.ui.widgets.line_list import LineList
from app.ui.widgets.line_model import Line
from app.ui.widgets.panel import Panel
from app.ui.widgets.text import Label

THREE, TWO = 980, 620


class LinesPanel(Panel):
    """Lines below a heading. ``most`` lines are shown, the others counted in a link."""

    opened = Signal(str)
    more = Signal()
    begun = Signal()
    """The first line is wanted: what the link offers while there is none."""

    def __init__(self, heading: str, *, most: int = 8) -> None:
        super().__init__(heading, flush=True)
        self._all: tuple[Line, ...] = ()
        self._most = most
        self._as_of = self._meta = ""
        self.list = LineList(heading)
        self.state = Label("", tone=Tone.MUTED, wrap=True)
        self.state.setContentsMargins(16, 0, 16, 0)
        self.rest = LinkButton("")
        self.list.chosen.connect(self.opened)
        self.rest.clicked.connect(self.more)
        self.begin = LinkButton("", icon="plus")
        self.begin.clicked.connect(self.begun)
        self._state_row, self._rest_row, self._begin_row = QWidget(), QWidget(), QWidget()
        row(self.begin, margins=(4, 0, 4, 0), parent=self._begin_row).addStretch(1)
        column(self.state, margins=(15, 0, 15, 6), parent=self._state_row)
        row(self.rest, margins=(4, 0, 4, 0), parent=self._rest_row).addStretch(1)
        self.add(self.list, self._state_row, self._begin_row, self._rest_row)
        self.content.setSpacing(0)
        self.content.addStretch(1)
        self._arrange()

    def show_lines(self, lines: Sequence[Line], *, meta: str = "", state: str = "", tone: Tone = Tone.MUTED) -> None:
        """Show lines, the words at the heading's right, and a sentence below the lines (or in their place)."""
        self._all, self._meta = tuple(lines), meta
        self.state.setText(state)
        self.state.set_tone(tone)
        self._show_meta()
        self._arrange()

    def offer(self, text: str, keys: str = "") -> None:
        """Offer something to begin with as long as there are no lines."""
        self.begin.setText(text)
        self.begin.setAccessibleName(text)
        self.begin.setToolTip(f"{text} ({keys})" if keys else text)
        self._arrange()

    def set_most(self, most: int) -> None:
        """Say for how many lines there is room."""
        if most != self._most:
            self._most = most
            self._arrange()

    def set_as_of(self, text: str) -> None:
        """Say as of when the panel is; an empty text says that it is live."""
        self._as_of = text
        self._show_meta()

    def _show_meta(self) -> None:
        self.set_meta(" · ".join(part for part in (self._meta, self._as_of) if part))

    def _arrange(self) -> None:
        left_out = max(0, len(self._all) - self._most)
        if left_out == 1:
            left_out = 0  # the link would take the room of the line
        shown = self._all[: len(self._all) - left_out] if left_out else self._all
        self.list.show_lines(shown)
        self.list.setVisible(bool(shown))
        self._state_row.setVisible(bool(self.state.text()))
        self._begin_row.setVisible(not shown and bool(self.state.text()) and bool(self.begin.text()))
        self.rest.setText(t("{n} more", n=left_out))
        self._rest_row.setVisible(left_out > 0)


class Columns(QWidget):
    """Groups of panels: three side by side where there is room, else two, else one below the other."""

    def __init__(self, groups: Sequence[Sequence[QWidget]]) -> None:
        super().__init__()
        self._holders: list[QWidget] = []
        for group in groups:
            holder = QWidget()
            column(*group, gap=16, parent=holder).addStretch(1)
            self._holders.append(holder)
        self._columns: list[QVBoxLayout] = [column(gap=16) for _ in groups]
        self._row = row(gap=16, parent=self)
        for lines in self._columns:
            self._row.addLayout(lines, 1)
        self.count = 0
        self._arrange(len(groups))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose the number of columns."""
        super().resizeEvent(event)
        width = self.width()
        self._arrange(3 if width >= THREE else 2 if width >= TWO else 1)

    def minimumSizeHint(self) -> QSize:
        """Return the width of one column: more only when there is room."""
        return QSize(280, super().minimumSizeHint().height())

    def _arrange(self, count: int) -> None:
        if count == self.count:
            return
        self.count = count
        for lines in self._columns:
            while lines.takeAt(0) is not None:
                continue
        first, second, third = self._holders
        places = {
            3: ([first], [second], [third]),
            2: ([third, first], [second], []),
            1: ([third, first, second], [], []),
        }
        for number, (lines, holders) in enumerate(zip(self._columns, places[count], strict=True)):
            for holder in holders:
                lines.addWidget(holder)
            lines.addStretch(1)
            self._row.setStretch(number, (11, 12, 11)[number] if holders else 0)
        self._row.setSpacing(16 if count > 1 else 0)
