"""Check box, radio button, switch and segmented control, on Qt's own buttons so that keyboard and readers work."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QRadioButton, QSizePolicy, QWidget

from app.kernel.i18n import t
from app.ui.theme.focus import note_focus
from app.ui.theme.icons import paint_icon
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.button import IconButton
from app.ui.widgets.menu import MenuItem, PopupMenu, open_menu
from app.ui.widgets.paint import box, draw_text, text_width

_MARK = 16
_GAP = 10
_EDGE, _BETWEEN = 3, 2


def _text_size(button: QAbstractButton, mark: int) -> QSize:
    width = text_width(button.text(), TypeRole.BODY) + _GAP if button.text() else 0
    return QSize(math.ceil(mark + width) + 2, Theme.current().tokens.control)


def _paint_text(painter: QPainter, button: QAbstractButton, mark: int) -> None:
    area = QRectF(mark + _GAP, 0, button.width() - mark - _GAP, button.height())
    draw_text(painter, area, button.text(), TypeRole.BODY, Theme.current().colors.text)


def _start(button: QAbstractButton) -> QPainter:
    """Return a painter to be used in a ``with``: one that outlives an error would end the program."""
    painter = QPainter(button)
    if not button.isEnabled():
        painter.setOpacity(Theme.current().tokens.states.disabled)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    return painter


class Checkbox(QCheckBox):
    """A check box with its text; with ``elide`` a text that is too long is cut, and told in full by the tooltip."""

    MARK = _MARK

    def __init__(
        self, text: str = "", *, name: str = "", checked: bool = False, elide: bool = False,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(text, parent)
        self.setAccessibleName(name or text)
        self.setChecked(checked)
        self.setFont(Theme.current().font())
        wide = QSizePolicy.Policy.Ignored if elide else QSizePolicy.Policy.Minimum
        self.setSizePolicy(wide, QSizePolicy.Policy.Fixed)
        self.setToolTip(text if elide else "")

    def sizeHint(self) -> QSize:
        """Return the size: 32 px high, so that the whole row can be hit."""
        return _text_size(self, self.MARK)

    def hitButton(self, pos: QPoint) -> bool:
        """Let a click anywhere in the row count."""
        return self.rect().contains(pos)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Tell the focus ring what brought the focus."""
        note_focus(self, event)
        super().focusInEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint box, tick and text."""
        c = Theme.current().colors
        with _start(self) as painter:
            on = self.isChecked()
            area = QRectF(0, (self.height() - _MARK) / 2, _MARK, _MARK)
            box(painter, area, 4, c.surface, c.text if on else c.control_line)
            if on:
                painter.setPen(
                    QPen(c.text, 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
                )
                left, top = area.left(), area.top()
                painter.drawPolyline([QPointF(left + x, top + y) for x, y in ((4.0, 8.3), (6.8, 11.1), (12.0, 5.2))])
            _paint_text(painter, self, _MARK)


class Switch(Checkbox):
    """An on/off switch: for what takes effect at once."""

    MARK = 34

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint track, knob and text."""
        c = Theme.current().colors
        with _start(self) as painter:
            on = self.isChecked()
            track = QRectF(0, (self.height() - 20) / 2, self.MARK, 20)
            box(painter, track, 10, c.accent if on else c.sunken, None if on else c.control_line)
            knob: QColor = c.on_accent if on else c.control_line
            left = track.right() - 17 if on else track.left() + 3
            box(painter, QRectF(left, track.top() + 3, 14, 14), 7, knob)
            _paint_text(painter, self, self.MARK)


class _Segment(QRadioButton):
    """One choice of a segmented control."""

    again = Signal()

    def __init__(self, key: str, text: str, icon: str, parent: QWidget) -> None:
        super().__init__(text, parent)
        self.key = key
        self._icon_name = icon
        self._keys = ""
        self._roomy = True
        self._was_on = False
        self.pressed.connect(self._pressed)
        self.clicked.connect(self._clicked)
        self.setAccessibleName(text)
        self.setFont(Theme.current().font())
        self.setProperty("focusRadius", 4)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Expanding)

    def set_keys(self, keys: str) -> None:
        """Say beside the words which keys choose it, as long as there is room for all of them."""
        self._keys = keys
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.updateGeometry()

    def set_roomy(self, roomy: bool) -> None:
        """Show the keys, or leave them out."""
        self._roomy = roomy
        self.update()

    def _pressed(self) -> None:
        """Notice whether it is on already: a radio button keeps quiet about being clicked then."""
        self._was_on = self.isChecked()

    def _clicked(self) -> None:
        if self._was_on:
            self.again.emit()

    def _parts(self) -> float:
        return text_width(self.text(), TypeRole.BODY, True) + (24 if self._icon_name else 0)

    def _keys_width(self) -> float:
        return text_width(self._keys, TypeRole.META) + 8 if self._keys else 0

    def sizeHint(self) -> QSize:
        return QSize(math.ceil(self._parts() + self._keys_width()) + 22, 26)

    def minimumSizeHint(self) -> QSize:
        return QSize(math.ceil(self._parts()) + 22, 26)

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Tell the focus ring what brought the focus."""
        note_focus(self, event)
        super().focusInEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        c = Theme.current().colors
        with _start(self) as painter:
            on = self.isChecked()
            if on or self.underMouse():
                box(painter, QRectF(self.rect()), 4, c.selected if on else c.hover)
            keys = self._keys_width() if self._roomy else 0
            width = text_width(self.text(), TypeRole.BODY, on) + (24 if self._icon_name else 0)
            left = max(4.0, (self.width() - width - keys) / 2)
            color = c.text if on else c.muted
            if self._icon_name:
                paint_icon(painter, self._icon_name, color, round(left), round((self.height() - 16) / 2), 16)
                left += 24
            area = QRectF(left, 0, self.width() - left - keys, self.height())
            draw_text(painter, area, self.text(), TypeRole.BODY, color, strong=on)
            if keys:
                left += text_width(self.text(), TypeRole.BODY, on) + 8
                hint = QRectF(left, 0, self.width() - left, self.height())
                draw_text(painter, hint, self._keys, TypeRole.META, c.muted)


class SegmentedControl(QWidget):
    """A few choices side by side, one of them on; arrow keys move between them.

    Where it gets less room than their words need, those at the end stand in a menu, never the one that is on.
    """

    changed = Signal(str)
    again = Signal(str)
    """The choice that was on already was clicked once more."""

    def __init__(
        self, choices: Sequence[tuple[str, str] | tuple[str, str, str]], *, name: str, parent: QWidget | None = None
    ) -> None:
        """``choices`` are (key, text) or (key, text, icon); the first one starts on."""
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(Theme.current().tokens.control)
        self._segments: list[_Segment] = []
        for choice in choices:
            segment = _Segment(choice[0], choice[1], choice[2] if len(choice) == 3 else "", self)
            self._segments.append(segment)
            segment.toggled.connect(lambda on, key=choice[0]: self.changed.emit(key) if on else None)
            segment.toggled.connect(partial(self._lead_focus, segment))
            segment.toggled.connect(self._arrange)
            segment.again.connect(partial(self.again.emit, choice[0]))
        self.more = IconButton("more", t("More for {name}", name=name), small=True, parent=self)
        self.more.setFixedSize(26, 26)
        self.more.hide()
        self.more.clicked.connect(self.open_more)
        if self._segments:
            self._segments[0].blockSignals(True)
            self._segments[0].setChecked(True)
            self._segments[0].blockSignals(False)
            self.setFocusProxy(self._segments[0])

    @property
    def current(self) -> str:
        """The key of the choice that is on."""
        return next((segment.key for segment in self._segments if segment.isChecked()), "")

    def set_current(self, key: str) -> None:
        """Turn a choice on; an unknown key raises ``KeyError``."""
        found = next((segment for segment in self._segments if segment.key == key), None)
        if found is None:
            raise KeyError(key)
        found.setChecked(True)

    def _lead_focus(self, segment: _Segment, on: bool) -> None:
        """Who gives the keyboard to the control gives it to the choice that is on: arrows mean nothing elsewhere."""
        if on:
            self.setFocusProxy(segment)

    def show_current(self, key: str) -> None:
        """Show which choice it comes to by itself, "" for none of them; nothing is told."""
        for segment in self._segments:
            segment.blockSignals(True)
            segment.setAutoExclusive(False)
            segment.setChecked(segment.key == key)
            segment.setAutoExclusive(True)
            segment.blockSignals(False)
        self._arrange()

    def set_text(self, key: str, text: str) -> None:
        """Change a choice's text, for example its count."""
        for segment in self._segments:
            if segment.key == key:
                segment.setText(text)
                segment.setAccessibleName(text)
                segment.updateGeometry()
        self.updateGeometry()
        self._arrange()

    def set_keys(self, keys: Sequence[str]) -> None:
        """Say beside each choice which keys take it; all of them are left out where there is no room for all."""
        for segment, one in zip(self._segments, keys, strict=True):
            segment.set_keys(one)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.updateGeometry()
        self._arrange()

    def folded(self) -> tuple[str, ...]:
        """Return the keys of the choices that there is no room for: they stand in the menu."""
        return tuple(segment.key for segment in self._segments if segment.isHidden())

    def open_more(self) -> PopupMenu:
        """Open the menu of the choices that there is no room for."""
        items = [MenuItem(one.text(), partial(self._choose, one.key)) for one in self._segments if one.isHidden()]
        return open_menu(self.more, self.more.accessibleName(), items)

    def _choose(self, key: str) -> None:
        self.set_current(key)
        chosen = next(one for one in self._segments if one.key == key)
        chosen.setFocus(Qt.FocusReason.OtherFocusReason)

    def sizeHint(self) -> QSize:
        """Return room for all choices with their keys, those that are in the menu now among them."""
        return QSize(self._width([one.sizeHint().width() for one in self._segments]), self.minimumHeight())

    def minimumSizeHint(self) -> QSize:
        """Return room for the words of all choices."""
        return QSize(self._width([one.minimumSizeHint().width() for one in self._segments]), self.minimumHeight())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the keys where all of them fit, and all words or a menu."""
        super().resizeEvent(event)
        self._arrange()

    def event(self, event: QEvent) -> bool:
        """Arrange anew when a choice's size has changed."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._arrange()
        return super().event(event)

    def _arrange(self) -> None:
        """Place what there is room for and hide choices from the end, never the one that is on; no word is cut.

        By hand: a layout that hides its own widgets while it is being laid out leaves its neighbours squeezed.
        """
        keys = self.width() >= self.sizeHint().width()
        wide = {one.key: (one.sizeHint() if keys else one.minimumSizeHint()).width() for one in self._segments}
        shown, current, room = list(wide), self.current, self.width()
        if self._width(list(wide.values())) > room:
            room -= self.more.width() + _BETWEEN
            for key in reversed(list(wide)):
                if key != current and len(shown) > 1 and self._width([wide[one] for one in shown]) > room:
                    shown.remove(key)
        self._place(shown, wide, room)
        for segment in self._segments:
            segment.set_roomy(keys)
            segment.setVisible(segment.key in shown)
        self.more.setVisible(len(shown) < len(wide))

    def _place(self, shown: Sequence[str], wide: Mapping[str, int], room: int) -> None:
        """Share what room is left among those that are shown."""
        spare, left = room - self._width([wide[key] for key in shown]), _EDGE
        high = self.height() - 2 * _EDGE
        for number, key in enumerate(shown):
            width = wide[key] + (spare * (number + 1) // len(shown) - spare * number // len(shown))
            next(one for one in self._segments if one.key == key).setGeometry(left, _EDGE, width, high)
            left += width + _BETWEEN
        self.more.move(left, (self.height() - self.more.height()) // 2)

    @staticmethod
    def _width(parts: Sequence[int]) -> int:
        return sum(parts) + _BETWEEN * (len(parts) - 1) + 2 * _EDGE

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the frame around the choices."""
        theme = Theme.current()
        box(QPainter(self), QRectF(self.rect()), theme.tokens.radius.control, theme.colors.surface, theme.colors.line)
