"""Where the parts of a care plan's line are, and how they are painted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from app.kernel.i18n import t, tn
from app.ui.areas.chart.care_plan.rows import DAY, DAYS, RowKind, SheetRow, counted, often_text, prompt, weeks_text
from app.ui.theme.icons import paint_icon
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.paint import box, draw_text, text_width

ROW, PAD, GAP = 36, 16, 12
_TICK, _SQUARE, _COUNT, _OFTEN, _NARROW = 16, 9, 64, 132, 760
_BAR = 72


@dataclass(frozen=True, slots=True)
class Geometry:
    """The columns for a width. In a narrow sheet the squares of days give way to bars."""

    width: float

    @property
    def wide(self) -> bool:
        """Whether there is room for a square a day."""
        return self.width >= _NARROW

    @property
    def _days(self) -> QRectF:
        right = self.width - PAD - _COUNT - GAP
        length = DAYS * _SQUARE if self.wide else _BAR
        return QRectF(right - length, 0, length, ROW)

    def cell(self, row: SheetRow, cell: str, today: date) -> QRectF:
        """Return a cell's place within its line."""
        if cell.startswith(DAY):
            ago = (today - date.fromisoformat(cell.removeprefix(DAY))).days
            left = self._days.right() - (ago + 1) * _SQUARE
            return QRectF(left, 0, _SQUARE, ROW) if self.wide else self._days
        if row.kind is RowKind.PHASE:
            name = QRectF(PAD, 0, min(self.width * 0.4, text_width(row.name, TypeRole.BODY, True) + 16), ROW)
            return name if cell == "name" else QRectF(name.right() + GAP, 0, 90, ROW)
        if row.kind is not RowKind.TASK:
            return QRectF(PAD + _TICK + GAP, 0, self.width * 0.5, ROW)
        often = QRectF(self._days.left() - GAP - _OFTEN, 0, _OFTEN, ROW)
        left = PAD + _TICK + GAP
        room = often.left() - GAP - left
        places = {
            "completed": QRectF(PAD - 4, 0, _TICK + 8, ROW),
            "title": QRectF(left, 0, room * 0.55 - GAP, ROW),
            "description": QRectF(left + room * 0.55, 0, room * 0.45, ROW),
            "frequency": often,
        }
        return places[cell]

    def count(self) -> QRectF:
        """Return where "23 of 28" stands."""
        return QRectF(self.width - PAD - _COUNT, 0, _COUNT, ROW)

    def bar(self) -> QRectF:
        """Return where a bar stands in place of days."""
        return self._days


def paint_row(painter: QPainter, row: SheetRow, top: float, geometry: Geometry, today: date) -> None:
    """Paint one line."""
    painter.save()
    painter.translate(0, top)
    colors = Theme.current().colors
    if top:
        inset = 0 if row.kind in {RowKind.PHASE, RowKind.NEW_PHASE} else PAD
        painter.fillRect(QRectF(inset, 0, geometry.width - 2 * inset, 1), colors.line)
    if row.kind is RowKind.PHASE:
        _phase(painter, row, geometry, today)
    elif row.kind is RowKind.TASK:
        _task(painter, row, geometry, today)
    else:
        paint_icon(painter, "plus", colors.muted, PAD, (ROW - _TICK) // 2, _TICK)
        draw_text(painter, geometry.cell(row, "name", today), prompt(row), TypeRole.BODY, colors.muted)
    painter.restore()


def _phase(painter: QPainter, row: SheetRow, geometry: Geometry, today: date) -> None:
    colors = Theme.current().colors
    draw_text(painter, geometry.cell(row, "name", today), row.name, TypeRole.BODY, colors.text, strong=True)
    weeks = geometry.cell(row, "weeks", today)
    draw_text(painter, weeks, weeks_text(row.weeks), TypeRole.BODY, colors.muted)
    bar = geometry.bar()
    if row.progress[1]:
        done = t("{done} of {due}", done=row.progress[0], due=row.progress[1])
        draw_text(painter, geometry.count(), done, TypeRole.META, colors.muted, align=Qt.AlignmentFlag.AlignRight)
        _bar(painter, QRectF(bar.right() - _BAR, 0, _BAR, ROW), row.progress[0], row.progress[1])
    strange = tn("{n} unreadable task", "{n} unreadable tasks", row.unreadable) if row.unreadable else ""
    now = (t("ended") if row.over else t("now")) if row.current else ""
    words = " · ".join(filter(None, (row.span, now)))
    area = QRectF(weeks.right() + GAP, 0, bar.right() - _BAR - weeks.right() - 2 * GAP, ROW)
    draw_text(painter, area, words, TypeRole.META, colors.muted)
    if strange:
        left = area.left() + text_width(words, TypeRole.META) + GAP
        rest = QRectF(left, 0, max(0.0, area.right() - left), ROW)
        draw_text(painter, rest, strange, TypeRole.META, Theme.current().tone(Tone.WARN))


def _task(painter: QPainter, row: SheetRow, geometry: Geometry, today: date) -> None:
    colors = Theme.current().colors
    tick = geometry.cell(row, "completed", today)
    square = QRectF(PAD, tick.center().y() - _TICK / 2, _TICK, _TICK)
    box(painter, square, 4, colors.accent if row.completed else None, None if row.completed else colors.control_line)
    if row.completed:
        paint_icon(painter, "check", colors.surface, round(square.left()) + 2, round(square.top()) + 2, _TICK - 4)
    title = geometry.cell(row, "title", today)
    draw_text(painter, title, row.name, TypeRole.BODY, colors.muted if row.completed else colors.text)
    draw_text(painter, geometry.cell(row, "description", today),  " · ".join(filter(None, (row.description, row.rule))),
              TypeRole.META, colors.muted)  # fmt: skip
    often = often_text(row.frequency) or t("how often?")
    draw_text(painter, geometry.cell(row, "frequency", today), often, TypeRole.META, colors.muted)
    align = Qt.AlignmentFlag.AlignRight
    draw_text(painter, geometry.count(), counted(row), TypeRole.META, colors.muted, align=align)
    if geometry.wide and row.days:
        _squares(painter, row, geometry, today)
    elif row.followed is not None and row.followed.due:
        bar = geometry.bar()
        _bar(painter, QRectF(bar.right() - _BAR, 0, _BAR, ROW), row.followed.done, row.followed.due)


def _squares(painter: QPainter, row: SheetRow, geometry: Geometry, today: date) -> None:
    colors = Theme.current().colors
    for day in row.days:
        place = geometry.cell(row, f"{DAY}{day.isoformat()}", today)
        square = QRectF(place.left() + 1, ROW / 2 - 7, _SQUARE - 2, 14)
        done = day in row.done
        box(painter, square, 2, colors.muted if done else None, None if done else colors.control_line)


def _bar(painter: QPainter, area: QRectF, done: int, due: int) -> None:
    colors = Theme.current().colors
    track = QRectF(area.left(), area.center().y() - 2, area.width(), 4)
    box(painter, track, 2, colors.line)
    share = min(1.0, done / due) if due else 0.0
    if share:
        box(painter, QRectF(track.left(), track.top(), track.width() * share, 4), 2, colors.muted)
