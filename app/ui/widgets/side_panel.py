"""The 360 px panel at the right, and the stack that opens one over another without dialogs."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

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


class PanelStack(QWidget):
    """Side panels one over another; gone from the layout while empty. The focus returns to where it was."""

    count_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = QStackedLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._back_to: list[QWidget | None] = []
        self.hide()

    @property
    def open_count(self) -> int:
        """How many panels are open."""
        return self._layout.count()

    def top(self) -> SidePanel | None:
        """Return the panel that is seen."""
        found = self._layout.currentWidget()
        return found if isinstance(found, SidePanel) else None

    def push(self, panel: SidePanel) -> None:
        """Open a panel over the others and give it the focus."""
        self._back_to.append(self.window().focusWidget())
        self._layout.addWidget(panel)
        self._layout.setCurrentWidget(panel)
        self._fit()
        panel.setFocus(Qt.FocusReason.OtherFocusReason)
        first = panel.nextInFocusChain()
        if first is not None and panel.isAncestorOf(first):
            panel.focusNextChild()

    def pop(self) -> SidePanel | None:
        """Close the panel that is seen and return it, without a parent; the one below shows again."""
        panel = self.top()
        if panel is None:
            return None
        self._layout.removeWidget(panel)
        panel.setParent(None)
        self._fit()
        back = self._back_to.pop()
        if back is not None:
            back.setFocus(Qt.FocusReason.OtherFocusReason)
        return panel

    def _fit(self) -> None:
        panel = self.top()
        self.setVisible(panel is not None)
        if panel is not None:
            self.setFixedWidth(panel.width() if panel.width() == panel.maximumWidth() else panel.maximumWidth())
        self.count_changed.emit(self.open_count)
