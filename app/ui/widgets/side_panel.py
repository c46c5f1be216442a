"""The 360 px panel at the right, and the stack that opens one over another without dialogs."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from app.kernel.i18n import t
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.layouts import column, row
from app.ui.widgets.text import Divider, Label


class SidePanel(QFrame):
    """Head with a title and the way out, content that scrolls, and a foot for the one primary action.

    ``left`` says that the person wants out: Esc or the button. The view decides whether that parks or closes.
    """

    left = Signal()

    def __init__(self, title: str, *, way_out: str = "", width: int = 0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        tokens = Theme.current().tokens
        self.setFixedWidth(width or tokens.shell.side_panel)
        self.setAccessibleName(title)
        self.title = Label(title, role=TypeRole.SECTION, strong=True, elide=True)
        self.way_out = Button(way_out or t("Close"), kind=ButtonKind.QUIET, keys="Esc", small=True)
        self.way_out.clicked.connect(self.left)
        head = QFrame()
        head.setFixedHeight(tokens.shell.top_bar)
        row(self.title, self.way_out, gap=8, margins=(16, 0, 8, 0), parent=head).setStretch(0, 1)
        self.banner: QVBoxLayout = column(gap=0)
        inside = QWidget()
        self.content: QVBoxLayout = column(gap=16, margins=(16, 16, 16, 16), parent=inside)
        self.content.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.scroll_area = QScrollArea()
        self.scroll_area.setWidgetResizable(True)
        self.scroll_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroll_area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.scroll_area.setWidget(inside)
        self.foot = QFrame()
        self.foot_items: QVBoxLayout = column(gap=8, margins=(16, 12, 16, 12), parent=self.foot)
        self.foot.hide()
        self._foot_line = Divider()
        self._foot_line.hide()
        parts = column(head, Divider(), self.banner, self.scroll_area, self._foot_line, self.foot, gap=0, parent=self)
        parts.setContentsMargins(1, 0, 0, 0)
        parts.setStretch(3, 1)

    def add(self, *widgets: QWidget) -> None:
        """Append widgets to the content."""
        for widget in widgets:
            self.content.addWidget(widget)

    def add_banner(self, widget: QWidget) -> None:
        """Put a widget between head and content, from edge to edge, such as the hold's countdown."""
        self.banner.addWidget(widget)

    def set_action(self, *widgets: QWidget) -> None:
        """Put the primary action, and what belongs to it, at the foot."""
        for widget in widgets:
            self.foot_items.addWidget(widget)
        self.foot.show()
        self._foot_line.show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc wants out."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            event.accept()
            return
        super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the surface and the line at the left."""
        c = Theme.current().colors
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), c.surface)
            painter.fillRect(0, 0, 1, self.height(), c.line)
