"""How the first three minutes are shown: on the sign-in page and in the side panel."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QWidget

from app.kernel.i18n import t
from app.ui.shell.checklist import STEPS, Checklist, Step
from app.ui.theme.icons import paint_icon
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.flow import FlowLayout
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.paint import draw_text, text_width
from app.ui.widgets.text import Label, key_text
from app.ui.work import PanelPage


class StepLine(QWidget):
    """Ring or tick, what to try, what it shows, and its keys."""

    def __init__(self, step: Step, done: bool) -> None:
        super().__init__()
        self.step, self.done = step, done
        state = t("done") if done else t("to try")
        self.setAccessibleName(f"{t(step.title)}, {t(step.detail)}, {state}")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return a line's size."""
        return QSize(280, 56)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the line and the one that divides it from the next."""
        c, painter = Theme.current().colors, QPainter(self)
        icon = "check-circle" if self.done else "circle"
        paint_icon(painter, icon, c.accent if self.done else c.muted, 0, 18, 20)
        keys = key_text(self.step.shortcut)
        width = text_width(keys, TypeRole.META) if keys else 0
        room = self.width() - 32 - width - 8
        draw_text(painter, QRectF(32, 9, room, 20), t(self.step.title), TypeRole.BODY, c.muted if self.done else c.text)
        draw_text(painter, QRectF(32, 29, room, 16), t(self.step.detail), TypeRole.META, c.muted)
        if keys:
            area = QRectF(self.width() - width, 18, width + 1, 20)
            draw_text(painter, area, keys, TypeRole.META, c.muted)
        painter.fillRect(0, self.height() - 1, self.width(), 1, c.line)


class ChecklistView(QWidget):
    """The steps with their progress and the two buttons."""

    second_desk = Signal()
    cut = Signal()

    def __init__(self, checklist: Checklist, *, heading: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._checklist = checklist
        self.progress = Label("", role=TypeRole.META, tone=Tone.MUTED)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(t("Progress"))
        self._lines = column(gap=0)
        self.desk_button = Button(t("Open a second desk"), icon="desk")
        self.desk_button.clicked.connect(self.second_desk)
        self.cut_button = Button(t("Cut the connection"), icon="plug")
        self.cut_button.clicked.connect(self.cut)
        body = column(gap=0, parent=self)
        title = [Label(t("First three minutes"), role=TypeRole.SECTION, strong=True)] if heading else []
        body.addLayout(row(*title, STRETCH, self.progress))
        body.addSpacing(12)
        body.addWidget(self.bar)
        body.addSpacing(4)
        body.addLayout(self._lines)
        body.addSpacing(8)
        promise = t("Ticks itself as you go. Nothing here can be broken.")
        body.addWidget(Label(promise, role=TypeRole.META, tone=Tone.MUTED, wrap=True))
        body.addSpacing(16)
        ways = FlowLayout(gap=8)  # side by side where both words fit, as on the page to sign in
        ways.addWidget(self.desk_button)
        ways.addWidget(self.cut_button)
        body.addLayout(ways)
        checklist.changed.connect(self.show_steps)
        self.show_steps()

    def allow(self, *, second_desk: bool, cut: bool) -> None:
        """Show the buttons that can do something now."""
        self.desk_button.setVisible(second_desk)
        self.cut_button.setVisible(cut)

    def show_cut(self, *, cut: bool) -> None:
        """Say what the button does next: cut, or mend."""
        self.cut_button.setText(t("Reconnect") if cut else t("Cut the connection"))
        self.cut_button.setAccessibleName(self.cut_button.text())

    def show_steps(self) -> None:
        """Show what is done."""
        while (item := self._lines.takeAt(0)) is not None:
            line = item.widget()
            if line is not None:
                line.hide()
                line.deleteLater()
        for step in STEPS:
            self._lines.addWidget(StepLine(step, step.key in self._checklist.done))
        self.bar.setRange(0, len(STEPS))
        self.bar.setValue(self._checklist.tried)
        self.progress.setText(self._checklist.progress())


class ChecklistPanel(PanelPage):
    """The checklist in the side panel."""

    def __init__(self, checklist: Checklist) -> None:
        super().__init__()
        self.view = ChecklistView(checklist, heading=False)
        column(self.view, gap=0, parent=self).addStretch(1)

    def title(self) -> str:
        """Return the heading."""
        return t("First three minutes")
