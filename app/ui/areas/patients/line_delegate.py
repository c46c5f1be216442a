"""Paints the patient list's rows: the name strong, the birth date in text colour, the rest muted, marks as chips."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from app.domain.patient_flags import flag_text
from app.kernel.i18n import t
from app.ui.areas.patients.lines import BORN, MARKS, NAME, Line
from app.ui.models.delegates import paint_ground
from app.ui.models.paged import ROW_ROLE, Index
from app.ui.parts.link_state import not_yet
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import StatusKind, TypeRole
from app.ui.widgets.lists import ChipSpec, paint_chip
from app.ui.widgets.paint import draw_text, text_width

PADDING = 12
ROW = 40


class LineDelegate(QStyledItemDelegate):
    """One cell of a patient's row. ``unsent`` tells which rows the server hasn't confirmed."""

    def __init__(self, unsent: Callable[[Line], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._unsent = unsent

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the comfortable row height."""
        return QSize(super().sizeHint(option, index).width() + 2 * PADDING, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint the ground, then text or chips."""
        painter.save()
        paint_ground(painter, option, index)
        area = QRectF(option.rect).adjusted(PADDING, 0, -PADDING, -1)
        line = index.data(ROW_ROLE)
        if index.column() == MARKS and isinstance(line, Line):
            self._chips(painter, area, line)
        else:
            self._text(painter, area, index, known=not isinstance(line, Line) or line.born is not None)
        painter.restore()

    @staticmethod
    def _text(painter: QPainter, area: QRectF, index: Index, *, known: bool) -> None:
        c = Theme.current().colors
        plain = index.column() == NAME or (index.column() == BORN and known)
        text = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
        draw_text(painter, area, text, TypeRole.BODY, c.text if plain else c.muted, strong=index.column() == NAME)

    def _chips(self, painter: QPainter, area: QRectF, line: Line) -> None:
        """Paint what fits; the rest is a number."""
        chips = [ChipSpec(not_yet(), "clock", StatusKind.HELD, outlined=True)] if self._unsent(line) else []
        if line.identity_to_confirm:
            chips.append(ChipSpec(t("Identity to confirm"), "warn", StatusKind.ARRIVED))
        chips += [ChipSpec(flag_text(flag), "flag") for flag in line.flags]
        left, top = area.left(), area.center().y() - 10
        for number, chip in enumerate(chips):
            width = text_width(chip.text, TypeRole.META) + 30
            rest = len(chips) - number
            if left + width > area.right() - (28 if rest > 1 else 0):
                draw_text(painter, QRectF(left, area.top(), 40, area.height()), f"+{rest}", TypeRole.META,
                          Theme.current().colors.muted)  # fmt: skip
                return
            left += paint_chip(painter, chip, left, top) + 6
