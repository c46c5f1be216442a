"""Paints a lane: band, axis, gaps, and its points by source and by whether they lie in range.

Lists of lines and points are painted in one call each: ten years of readings are as quick as a month of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.kernel.i18n import t, tn
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.paint import draw_text, hatch, text_width
from app.ui.widgets.timeseries.frame import Frame, LaneFrame
from app.ui.widgets.timeseries.model import DAY_MS, Gap, Point, Shape
from app.ui.widgets.timeseries.span import Span

_ROOM = 5.0
"""Pixels per point from which on points get their shapes."""
_DOT, _MARK = 6.0, 7.0
_SHORTEST_HATCH = 10.0


@dataclass
class Marks:
    """What is painted in one colour."""

    bars: list[QLineF] = field(default_factory=list)
    ranges: list[QLineF] = field(default_factory=list)
    dots: list[QPointF] = field(default_factory=list)
    squares: list[QRectF] = field(default_factory=list)
    rings: list[QPointF] = field(default_factory=list)

    def put(self, shape: Shape, x: float, y: float) -> None:
        """Add a point of a shape."""
        if shape is Shape.SQUARE:
            self.squares.append(QRectF(x - _MARK / 2, y - _MARK / 2, _MARK, _MARK))
        elif shape is Shape.RING:
            self.rings.append(QPointF(x, y))
        else:
            self.dots.append(QPointF(x, y))


def paint_lane(
    painter: QPainter, placed: LaneFrame, frame: Frame, span: Span, scale_factor: float, above: LaneFrame | None = None
) -> None:
    """Paint one lane without its titles. A gap that the lane ``above`` has too is named only there."""
    _bands(painter, placed, frame)
    _axis(painter, placed, frame)
    painter.save()
    painter.setClipRect(QRectF(frame.left - 5, placed.top - 14, frame.right - frame.left + 10, placed.height + 20))
    for gap in placed.gaps:
        named = above is not None and any(_same(gap, other) for other in above.gaps)
        _gap(painter, placed, frame, span, gap, "" if named else gap_text(gap), scale_factor)
    if placed.lane.points:
        _points(painter, placed, frame, span)
    painter.restore()


def _bands(painter: QPainter, placed: LaneFrame, frame: Frame) -> None:
    c, scale = Theme.current().colors, placed.scale
    for band in placed.lane.bands:
        top = scale.y(scale.high if band.high is None else band.high)
        bottom = scale.y(scale.low if band.low is None else band.low)
        painter.fillRect(QRectF(frame.left, top, frame.right - frame.left, bottom - top), c.sunken)


def _axis(painter: QPainter, placed: LaneFrame, frame: Frame) -> None:
    c, lane = Theme.current().colors, placed.lane
    for value in placed.scale.ticks:
        y = placed.scale.y(value)
        painter.fillRect(QRectF(frame.left, round(y), frame.right - frame.left, 1), c.line)
        box = QRectF(frame.left - 48, y - 8, 40, 16)
        draw_text(painter, box, f"{value:g}", TypeRole.META, c.muted, align=Qt.AlignmentFlag.AlignRight)
        if lane.beside is not None:
            beside = QRectF(frame.right + 8, y - 8, 36, 16)
            draw_text(painter, beside, f"{value * lane.beside:.1f}", TypeRole.META, c.muted)


def _same(gap: Gap, other: Gap) -> bool:
    common = min(gap.end, other.end) - max(gap.start, other.start)
    return common * 10 >= (gap.end - gap.start) * 7


def _gap(
    painter: QPainter, placed: LaneFrame, frame: Frame, span: Span, gap: Gap, text: str, scale_factor: float
) -> None:
    left = max(frame.left, frame.x(gap.start, span) + 5)
    right = min(frame.right, frame.x(gap.end, span) - 5)
    if right - left < _SHORTEST_HATCH:
        return
    c = Theme.current().colors
    clear = QColor(c.surface)
    clear.setAlpha(0)
    painter.fillRect(QRectF(left, placed.top, right - left, placed.height), hatch(clear, c.line, scale_factor))
    shown = next(
        (one for one in (text, text.split(",", maxsplit=1)[0]) if text_width(one, TypeRole.META) <= right - left + 8),
        "",
    )
    if shown:
        wide = text_width(shown, TypeRole.META)
        box = QRectF((left + right - wide) / 2 - 3, placed.top - 8, wide + 6, 16)
        painter.fillRect(box, c.surface)
        draw_text(painter, box, shown, TypeRole.META, c.muted, align=Qt.AlignmentFlag.AlignHCenter)


def gap_text(gap: Gap) -> str:
    """Say how long there were no readings."""
    days = (gap.end - gap.start) / DAY_MS
    if days >= 2:
        return t("{days}, no readings", days=tn("{n} day", "{n} days", round(days)))
    return t("{hours}, no readings", hours=tn("{n} hour", "{n} hours", max(1, round(days * 24))))


def _points(painter: QPainter, placed: LaneFrame, frame: Frame, span: Span) -> None:
    lane = placed.lane
    first, last = lane.around(span.start, span.end)
    shown = lane.points[first:last]
    roomy = len(shown) * _ROOM <= frame.right - frame.left
    within, outside = Marks(), Marks()
    lines: list[list[QPointF]] = []
    for number, point in enumerate(shown, first):
        x, marks = frame.x(point.middle, span), outside if point.place else within
        if lane.pair:
            _pair(placed, point, x, marks, roomy)
        else:
            y = placed.scale.y(point.mean)
            if not lines or number - 1 in placed.breaks:
                lines.append([])
            lines[-1].append(QPointF(x, y))
            if point.count > 1 and point.high > point.low:
                marks.ranges.append(QLineF(x, placed.scale.y(point.low), x, placed.scale.y(point.high)))
            if roomy or len(lines[-1]) == 1:
                marks.put(point.shape, x, y)
    _draw(painter, lines, within, outside, roomy)


def _pair(placed: LaneFrame, point: Point, x: float, marks: Marks, roomy: bool) -> None:
    scale, second = placed.scale, point.mean2 if point.mean2 is not None else point.mean
    top, bottom = scale.y(point.mean), scale.y(second)
    marks.bars.append(QLineF(x, top, x, bottom))
    if point.count > 1:
        marks.ranges.append(QLineF(x, scale.y(point.bottom), x, scale.y(point.top)))
    if roomy:
        marks.put(point.shape, x, top)
        marks.put(point.shape, x, bottom)


def _draw(painter: QPainter, lines: list[list[QPointF]], within: Marks, outside: Marks, roomy: bool) -> None:
    c = Theme.current().colors
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for marks, color in ((within, c.muted), (outside, c.text)):
        thin = QColor(color)
        thin.setAlpha(110)
        painter.setPen(QPen(thin, 1.5))
        painter.drawLines(marks.ranges)
        painter.setPen(QPen(color, 2.0 if roomy else 1.5))
        painter.drawLines(marks.bars)
    painter.setPen(QPen(c.muted, 1.25))
    for line in lines:
        painter.drawPolyline(QPolygonF(line))
    for marks, color in ((within, c.muted), (outside, c.text)):
        _shapes(painter, marks, color, c.surface)


def _shapes(painter: QPainter, marks: Marks, color: QColor, inside: QColor) -> None:
    round_cap = Qt.PenCapStyle.RoundCap
    painter.setPen(QPen(color, _DOT, Qt.PenStyle.SolidLine, round_cap))
    painter.drawPoints(marks.dots)
    painter.setPen(QPen(color, _MARK + 0.5, Qt.PenStyle.SolidLine, round_cap))
    painter.drawPoints(marks.rings)
    painter.setPen(QPen(inside, _MARK - 2.5, Qt.PenStyle.SolidLine, round_cap))
    painter.drawPoints(marks.rings)
    painter.setPen(QPen(color, 1.5))
    painter.setBrush(inside)
    painter.drawRects(marks.squares)
    painter.setBrush(Qt.BrushStyle.NoBrush)
