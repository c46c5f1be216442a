"""The next patient of my day, one key away from any tab."""

from __future__ import annotations

import math
from zoneinfo import ZoneInfo

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.kernel.i18n import t
from app.queries.chart import DayPerson
from app.ui.parts.words import clock
from app.ui.theme.icons import paint_icon
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.paint import box, draw_text, text_width
from app.ui.widgets.text import key_text

_KEYS = "Alt+Right"
_MOST_NAME = 180
_PAD, _GAP = 12, 8


class NeighbourButton(Button):
    """Says "Next Fatima Al-Sayed 10:40 →". Takes no room while nobody is next."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._person, self._time, self._short = "", "", 0
        super().__init__("", icon="right", keys=_KEYS, name=t("Next patient of my day"), parent=parent)
        self.hide()

    def show_person(self, person: DayPerson | None, zone: ZoneInfo) -> None:
        """Show who is next."""
        self._person = person.name if person else ""
        self._time = clock(person.start, zone) if person else ""
        whole = t("Next patient of my day: {name}, {time}", name=self._person, time=self._time)
        self.setAccessibleName(whole if person else t("Next patient of my day"))
        self.setToolTip(f"{whole} ({key_text(_KEYS)})" if person else "")
        self.setVisible(person is not None and self.parentWidget() is not None)
        self.updateGeometry()
        self.update()

    def set_short(self, short: int) -> None:
        """Leave out the name (1), then all but the time (2), where the patient's own name needs the room.

        Tooltip and screen reader still say all of it.
        """
        if short != self._short:
            self._short = short
            self.updateGeometry()
            self.update()

    def _parts(self) -> tuple[tuple[str, TypeRole, bool, float], ...]:
        """The words, each with its role, weight and width."""
        name = min(text_width(self._person, TypeRole.BODY, True), _MOST_NAME)
        when = (self._time, TypeRole.BODY, False, text_width(self._time, TypeRole.BODY))
        if self._short > 1:
            return (when,)
        who = ((self._person, TypeRole.BODY, True, name),) if not self._short else ()
        return ((t("Next"), TypeRole.BODY, False, text_width(t("Next"), TypeRole.BODY)), *who, when)

    @property
    def _arrow_keys(self) -> str:
        return key_text(_KEYS) if self._short < 2 else ""

    def sizeHint(self) -> QSize:
        """Return room for the words, the arrow and the keys; a long name is cut."""
        width = sum(part[3] + _GAP for part in self._parts())
        width += 16 + (_GAP + text_width(self._arrow_keys, TypeRole.META) if self._arrow_keys else 0) + 2 * _PAD
        return QSize(math.ceil(width), Theme.current().tokens.control)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the words, the name in weight 600."""
        theme = Theme.current()
        with QPainter(self) as painter:
            ground, border, text, hint = self._colors()
            box(painter, QRectF(self.rect()), theme.tokens.radius.control, ground, border)
            left = float(_PAD)
            for words, role, strong, width in self._parts():
                color = text if strong else theme.colors.muted
                draw_text(painter, QRectF(left, 0, width + 1, self.height()), words, role, color, strong=strong)
                left += width + _GAP
            paint_icon(painter, "right", text, round(left), (self.height() - 16) / 2, 16)
            left += 16 + _GAP
            keys = QRectF(left, 0, self.width() - left, self.height())
            draw_text(painter, keys, self._arrow_keys, TypeRole.META, hint)
