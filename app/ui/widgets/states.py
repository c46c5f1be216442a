"""Loading, empty and error states, and the stack that shows one of them in place of the content."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QStackedLayout, QWidget

from app.kernel.i18n import t
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.chip import Icon
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.paint import box
from app.ui.widgets.text import Label


class Skeleton(QWidget):
    """Grey bars where rows will be, in their final geometry; nothing moves."""

    def __init__(self, *, rows: int = 6, row_height: int = 0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = rows
        self._row_height = row_height or Theme.current().tokens.row_comfortable
        self.setAccessibleName(t("Loading"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def sizeHint(self) -> QSize:
        """Return the size of the rows to come."""
        return QSize(240, self._rows * self._row_height)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint two bars a row, of lengths that look like names."""
        c = Theme.current().colors
        with QPainter(self) as painter:
            for number in range(self._rows):
                top = number * self._row_height + (self._row_height - 10) / 2
                first = self.width() * (0.22 + 0.05 * (number * 7 % 4))
                box(painter, QRectF(16, top, first, 10), 4, c.sunken)
                box(painter, QRectF(32 + first, top, self.width() * (0.14 + 0.06 * (number * 5 % 3)), 10), 4, c.sunken)


class EmptyState(QWidget):
    """One line why nothing is here, and one action."""

    def __init__(
        self,
        text: str,
        *,
        action: str = "",
        run: Callable[[], None] | None = None,
        keys: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(text)
        self.label = Label(text, tone=Tone.MUTED, wrap=True)
        self.label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        lines = column(STRETCH, row(STRETCH, self.label, STRETCH), gap=12, margins=(24, 24, 24, 24), parent=self)
        self.button: Button | None = None
        if action and run is not None:
            self.button = Button(action, keys=keys)
            self.button.clicked.connect(run)
            lines.addLayout(row(STRETCH, self.button, STRETCH))
        lines.addStretch(1)


class ErrorState(QWidget):
    """What went wrong, what stays safe, and a way to try again."""

    retry = Signal()

    def __init__(self, text: str, *, detail: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(text)
        self.setAccessibleDescription(detail)
        self.label = Label(text, strong=True)
        self.detail = Label(detail, role=TypeRole.META, tone=Tone.MUTED)
        if not detail:
            self.detail.hide()
        self.button = Button(t("Try again"), kind=ButtonKind.SECONDARY, icon="refresh")
        self.button.clicked.connect(self.retry)
        head = row(STRETCH, Icon("warn", size=16, tone=Tone.CRITICAL), self.label, STRETCH, gap=8)
        detail_row = row(STRETCH, self.detail, STRETCH)
        button_row = row(STRETCH, self.button, STRETCH)
        column(STRETCH, head, detail_row, button_row, STRETCH, gap=12, margins=(24, 24, 24, 24), parent=self)


class StateStack(QWidget):
    """Shows the content, or in its place a skeleton, an empty or an error state.

    ``set_loading`` shows nothing new before 150 ms; content that is there stays while it is loaded again.
    """

    retry = Signal()

    def __init__(self, content: QWidget, *, skeleton: QWidget | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.content = content
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._blank = QWidget()
        self._skeleton = skeleton or Skeleton()
        for page in (self._blank, content, self._skeleton):
            self._stack.addWidget(page)
        self._other: QWidget | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(Theme.current().tokens.skeleton_after_ms)
        self._timer.timeout.connect(lambda: self._stack.setCurrentWidget(self._skeleton))

    @property
    def shown(self) -> QWidget:
        """The page that is seen."""
        return self._stack.currentWidget() or self._blank

    def set_blank(self) -> None:
        """Show nothing: what was there belongs to something else."""
        self._timer.stop()
        self._stack.setCurrentWidget(self._blank)

    def set_loading(self) -> None:
        """Say that content is on its way."""
        if self._stack.currentWidget() is self.content:
            return
        self._stack.setCurrentWidget(self._blank)
        self._timer.start()

    def set_ready(self) -> None:
        """Show the content."""
        self._timer.stop()
        self._stack.setCurrentWidget(self.content)

    def set_empty(self, text: str, action: str = "", run: Callable[[], None] | None = None) -> None:
        """Show why nothing is here, with one action."""
        self._show(EmptyState(text, action=action, run=run))

    def set_error(self, text: str, detail: str = "") -> None:
        """Show an error with "Try again" (signal ``retry``)."""
        page = ErrorState(text, detail=detail)
        page.retry.connect(self.retry)
        self._show(page)

    def _show(self, page: QWidget) -> None:
        self._timer.stop()
        if self._other is not None:
            self._stack.removeWidget(self._other)
            self._other.deleteLater()
        self._other = page
        self._stack.addWidget(page)
        self._stack.setCurrentWidget(page)
