"""The rail at the left: areas with their counts, what is parked, and the demo's mark."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QVBoxLayout, QWidget

from app.kernel.i18n import t, tn
from app.ui.shell.demo_mark import DemoMark
from app.ui.theme.icons import paint_icon
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.layouts import column
from app.ui.widgets.paint import box, draw_text, text_width
from app.ui.widgets.text import Divider
from app.ui.work import AreaSpec, shortcut_text

_HEIGHT = 36
_PAD = 8


class RailItem(QAbstractButton):
    """One line of the rail: icon, title, count; only the icon when collapsed."""

    def __init__(self, key: str, title: str, icon: str, shortcut: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key = key
        self._icon_name, self._shortcut = icon, shortcut
        self._count: int | None = None
        self._inside = False
        self.collapsed = False
        self.setCheckable(True)
        self.setFixedHeight(_HEIGHT)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.rename(title)

    def rename(self, title: str) -> None:
        """Show another title (language, number of parked forms)."""
        self.setText(title)
        self._describe()

    @property
    def count(self) -> int | None:
        """The number shown, if any."""
        return self._count

    def set_count(self, count: int | None) -> None:
        """Show a number at the right; None or 0 shows none."""
        self._count = count or None
        self._describe()
        self.update()

    def _describe(self) -> None:
        waiting = f", {self._count}" if self._count else ""
        self.setAccessibleName(self.text() + waiting)
        keys = f" ({shortcut_text(self._shortcut)})" if self._shortcut else ""
        self.setToolTip(self.text() + keys)

    def sizeHint(self) -> QSize:
        """Return a line's size."""
        shell = Theme.current().tokens.shell
        return QSize((shell.rail_collapsed if self.collapsed else shell.rail) - 2 * _PAD, _HEIGHT)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show the hover state."""
        self._inside = True
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: object) -> None:
        """End the hover state."""
        self._inside = False
        self.update()
        super().leaveEvent(event)  # type: ignore[arg-type]

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint ground, bar, icon, title and count."""
        theme, painter = Theme.current(), QPainter(self)
        c, on = theme.colors, self.isChecked()
        if not self.isEnabled():
            painter.setOpacity(theme.tokens.states.disabled)
        if on or (self._inside and self.isEnabled()):
            box(painter, QRectF(self.rect()), theme.tokens.radius.control, c.selected if on else c.hover)
        if on:
            bar = theme.tokens.states.selected_bar
            box(painter, QRectF(0, 6, bar, self.height() - 12), bar / 2, c.accent)
        color = c.text if on else c.muted
        left = (self.width() - 20) // 2 if self.collapsed else 12
        paint_icon(painter, self._icon_name, color, left, (self.height() - 20) / 2, 20)
        if self.collapsed:
            self._paint_dot(painter)
        else:
            self._paint_words(painter, on)

    def _paint_words(self, painter: QPainter, on: bool) -> None:
        c = Theme.current().colors
        count = str(self._count) if self._count else ""
        room = text_width(count, TypeRole.META, True)
        area = QRectF(44, 0, self.width() - 44 - 12 - (room + 8 if count else 0), self.height())
        draw_text(painter, area, self.text(), TypeRole.BODY, c.text if on else c.muted, strong=on)
        if count:
            area = QRectF(self.width() - 12 - room, 0, room, self.height())
            draw_text(painter, area, count, TypeRole.META, c.muted, strong=True)

    def _paint_dot(self, painter: QPainter) -> None:
        if self._count:
            box(painter, QRectF(self.width() - 12, 6, 6, 6), 3, Theme.current().colors.muted)


class Rail(QFrame):
    """The rail. Before sign-in it shows where the areas will be, disabled."""

    chosen = Signal(str)
    parked_wanted = Signal()
    checklist_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(t("Areas"))
        self._items: dict[str, RailItem] = {}
        self._collapsed = False
        self.parked = RailItem("parked", "", "tray", "Ctrl+Shift+E")
        self.parked.setCheckable(False)
        self.parked.clicked.connect(self.parked_wanted)
        self.demo = DemoMark()
        self.demo.clicked.connect(self.checklist_wanted)
        self._list: QVBoxLayout = column(gap=0)
        body = column(self._list, gap=0, margins=(_PAD, _PAD, _PAD + 1, 0), parent=self)
        body.addStretch(1)
        body.addWidget(self.parked)
        body.addWidget(self.demo)
        self.set_parked(0)
        self.set_collapsed(False)

    def show_areas(self, specs: Sequence[AreaSpec], *, enabled: bool) -> None:
        """Show these areas, those of another group below a line."""
        while (place := self._list.takeAt(0)) is not None:
            gone = place.widget()
            if gone is not None:
                gone.hide()
                gone.deleteLater()
        self._items = {}
        group = specs[0].group if specs else 0
        for spec in sorted((spec for spec in specs if not spec.within), key=lambda spec: spec.group):
            if spec.group != group:
                group = spec.group
                self._add_divider()
            self._add(spec, enabled)

    def item(self, key: str) -> RailItem:
        """Return an area's line."""
        return self._items[key]

    @property
    def keys(self) -> list[str]:
        """The areas shown, in order."""
        return list(self._items)

    def set_current(self, key: str) -> None:
        """Mark the open area."""
        for known, item in self._items.items():
            item.setChecked(known == key)

    def set_count(self, key: str, count: int | None) -> None:
        """Show a number beside an area; unknown keys (not permitted) are fine."""
        item = self._items.get(key)
        if item is not None:
            item.set_count(count)

    def set_parked(self, count: int) -> None:
        """Show how many forms are parked; none hides the line."""
        self.parked.rename(tn("Parked (1)", "Parked ({n})", count))
        self.parked.setVisible(count > 0)

    @property
    def collapsed(self) -> bool:
        """Whether only icons are shown."""
        return self._collapsed

    def set_collapsed(self, collapsed: bool) -> None:
        """Show only icons, or titles too."""
        self._collapsed = collapsed
        shell = Theme.current().tokens.shell
        self.setFixedWidth(shell.rail_collapsed if collapsed else shell.rail)
        for item in (*self._items.values(), self.parked):
            item.collapsed = collapsed
            item.updateGeometry()
            item.update()
        self.demo.set_collapsed(collapsed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move along the rail with the arrows."""
        if event.key() in {Qt.Key.Key_Up, Qt.Key.Key_Down}:
            self.focusNextPrevChild(event.key() == Qt.Key.Key_Down)
            event.accept()
            return
        super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the surface and the line at the right."""
        painter, c = QPainter(self), Theme.current().colors
        painter.fillRect(self.rect(), c.surface)
        painter.fillRect(self.width() - 1, 0, 1, self.height(), c.line)

    def _add(self, spec: AreaSpec, enabled: bool) -> None:
        item = RailItem(spec.key, t(spec.title), spec.icon, spec.shortcut)
        item.collapsed = self._collapsed
        item.setEnabled(enabled)
        item.clicked.connect(lambda: self._clicked(item))
        self._list.addWidget(item)
        self._items[spec.key] = item

    def _add_divider(self) -> None:
        self._list.addSpacing(8)
        self._list.addWidget(Divider())
        self._list.addSpacing(8)

    def _clicked(self, item: RailItem) -> None:
        item.setChecked(True)
        self.chosen.emit(item.key)
