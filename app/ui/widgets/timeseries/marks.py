"""Paints a lane: band, axis, gaps, and its points by source and by whether they lie in range.

Lists of lines and points are painted in one call each: ten years of readings are as quick as a month of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.kernel.i18n import t, tn
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.paint import draw_text, hatch, text_width
from app.ui.widgets.timeseries.frame import Frame, Heights, LaneFrame
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
    signs: list[QPolygonF] = field(default_factory=list)
    """Triangles at critical values: above a high one, below a low one."""

    def warn(self, x: float, top: float, bottom: float, *, high: bool) -> None:
        """Add the sign of a critical value; it points at it."""
        tip, base = (top - 6, top - 13) if high else (bottom + 6, bottom + 13)
        self.signs.append(QPolygonF([QPointF(x, tip), QPointF(x - 4.5, base), QPointF(x + 4.5, base)]))

    def put(self, shape: Shape, x: float, y: float) -> None:
        """Add a point of a shape."""
        if shape is Shape.SQUARE:
            self.squares.append(QRectF(x - _MARK / 2, y - _MARK / 2, _MARK, _MARK))
        elif shape is Shape.RING:
            self.rings.append(QPointF(x, y))
        else:
            self.dots.append(QPointF(x, y))


ByPlace: TypeAlias = tuple[Marks, Marks, Marks]
"""What lies within, outside, and critically outside of the normal band."""


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
    roomy = (last - first) * _ROOM <= frame.right - frame.left
    marks = (Marks(), Marks(), Marks())
    # Many times a second while panning: pixels by one multiplication, heights worked out once a lane.
    per_ms, offset = frame.per_ms(span), frame.left - span.start * frame.per_ms(span)
    xs = [point.middle * per_ms + offset for point in lane.points[first:last]]
    if not roomy:
        _envelope(painter, placed, frame, first, xs)
    lines = [] if lane.pair and roomy else _joined(placed, first, xs)
    fill = _pairs if lane.pair else _singles
    fill(placed, first, xs, marks, roomy)
    _draw(painter, lines, marks, roomy)


def _envelope(painter: QPainter, placed: LaneFrame, frame: Frame, first: int, xs: list[float]) -> None:
    """Fill from the lowest to the highest values, darker where they lie outside: one polygon for hundreds of bars."""
    ys, ends, c = placed.heights, placed.breaks, Theme.current().colors
    polygons, begin = [], 0
    for number in range(len(xs)):
        if number == len(xs) - 1 or first + number in ends:
            part = range(begin, number + 1)
            edge = [QPointF(xs[at], ys[first + at].top) for at in part]
            polygons.append(QPolygonF(edge + [QPointF(xs[at], ys[first + at].bottom + 1) for at in reversed(part)]))
            begin = number + 1
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(Qt.PenStyle.NoPen)
    for area, color, alpha in ((None, c.muted, 70), *((one, c.text, 110) for one in _outside(placed, frame))):
        if area is not None:
            painter.setClipRect(area)
        shade = QColor(color)
        shade.setAlpha(alpha)
        painter.setBrush(shade)
        for polygon in polygons:
            painter.drawPolygon(polygon)
    painter.restore()


def _outside(placed: LaneFrame, frame: Frame) -> list[QRectF]:
    """The parts of a lane above and below all of its bands."""
    highs = [band.high for band in placed.lane.bands]
    lows = [band.low for band in placed.lane.bands]
    top, width, found = placed.top - 2, frame.right - frame.left, []
    if highs and None not in highs:
        edge = placed.scale.y(max(high for high in highs if high is not None))
        found.append(QRectF(frame.left, top, width, edge - top))
    if lows and None not in lows:
        edge = placed.scale.y(min(low for low in lows if low is not None))
        found.append(QRectF(frame.left, edge, width, placed.bottom + 2 - edge))
    return found


def _joined(placed: LaneFrame, first: int, xs: list[float]) -> list[QLineF]:
    """Lines from point to point, but not over gaps. Segments are painted twenty times as fast as a polyline."""
    ys, ends = placed.heights, placed.breaks
    joined = [number for number in range(len(xs) - 1) if first + number not in ends]
    lines = [QLineF(xs[at], ys[first + at].mean, xs[at + 1], ys[first + at + 1].mean) for at in joined]
    if placed.lane.pair:
        lines += [QLineF(xs[at], ys[first + at].second, xs[at + 1], ys[first + at + 1].second) for at in joined]
    return lines


def _chosen(marks: ByPlace, point: Point, x: float, at: Heights) -> Marks:
    """What a point is painted with; a critical one gets its sign, however dense the lane is."""
    if point.critical:
        marks[2].warn(x, at.top, at.bottom, high=point.place > 0)
    return marks[min(abs(point.place), 2)]


def _singles(placed: LaneFrame, first: int, xs: list[float], marks: ByPlace, roomy: bool) -> None:
    points, ys = placed.lane.points, placed.heights
    alone = placed.alone
    for number, x in enumerate(xs, first):
        point, at = points[number], ys[number]
        chosen = _chosen(marks, point, x, at)
        if roomy and at.bottom - at.top > 1:
            chosen.ranges.append(QLineF(x, at.bottom, x, at.top))
        if roomy or number in alone:
            chosen.put(point.shape, x, at.mean)


def _pairs(placed: LaneFrame, first: int, xs: list[float], marks: ByPlace, roomy: bool) -> None:
    points, ys = placed.lane.points, placed.heights
    alone = placed.alone
    for number, x in enumerate(xs, first):
        point, at = points[number], ys[number]
        chosen = _chosen(marks, point, x, at)
        if not roomy and number not in alone:
            continue
        chosen.bars.append(QLineF(x, at.mean, x, at.second))
        if point.count > 1:
            chosen.ranges.append(QLineF(x, at.bottom, x, at.top))
        if roomy:
            chosen.put(point.shape, x, at.mean)
            chosen.put(point.shape, x, at.second)


def _draw(painter: QPainter, lines: list[QLineF], by_place: ByPlace, roomy: bool) -> None:
    c = Theme.current().colors
    colored = tuple(zip(by_place, (c.muted, c.text, Theme.current().tone(Tone.CRITICAL)), strict=True))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for marks, color in colored:
        thin = QColor(color)
        thin.setAlpha(110)
        painter.setPen(QPen(thin, 1.5))
        painter.drawLines(marks.ranges)
        painter.setPen(QPen(color, 2.0 if roomy else 1.5))
        painter.drawLines(marks.bars)
    painter.setPen(QPen(c.muted, 1.25))
    painter.drawLines(lines)
    for marks, color in colored:
        _shapes(painter, marks, color, c.surface)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(Theme.current().tone(Tone.CRITICAL))
    for sign in by_place[2].signs:
        painter.drawPolygon(sign)


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
