"""What is painted over the lanes: the gutter's titles and values, the time axis, the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.kernel.i18n import t
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.paint import box, draw_text, text_width
from app.ui.widgets.timeseries.cursor import Reading, under_value
from app.ui.widgets.timeseries.frame import GUTTER, TOP, Frame, LaneFrame
from app.ui.widgets.timeseries.model import DAY_MS
from app.ui.widgets.timeseries.span import Span
from app.ui.widgets.timeseries.ticks import Tick, day_text, local

CENTER = Qt.AlignmentFlag.AlignHCenter


def paint_gutter(painter: QPainter, placed: LaneFrame, reading: Reading | None, zone: ZoneInfo, at: int | None) -> None:
    """Paint a lane's title, unit and value at the left of it; ``at``: the cursor's instant, None without one."""
    c, lane = Theme.current().colors, placed.lane
    top = placed.top - 8
    first, rest = title_lines(lane.title)
    draw_text(painter, QRectF(0, top, GUTTER, 16), first, TypeRole.META, c.text, strong=True)
    draw_text(painter, QRectF(0, top + 16, GUTTER, 16), rest, TypeRole.META, c.text, strong=True)
    wide = text_width(f"{rest} ", TypeRole.META, True) if rest else 0
    draw_text(painter, QRectF(wide, top + 16, GUTTER - wide, 16), lane.unit, TypeRole.META, c.muted)
    if reading is None or reading.point is None:
        return
    point = reading.point
    value = lane.text(point)
    color = Theme.current().tone(Tone.CRITICAL) if point.critical else c.text
    value_top = top + (38 if placed.height >= 80 else 32)
    draw_text(
        painter, QRectF(0, value_top, GUTTER, 24), value, TypeRole.SECTION, color, strong=bool(point.place)
    )  # fmt: skip
    if lane.beside is not None:
        left = text_width(value, TypeRole.SECTION, bool(point.place))
        beside = f" · {point.mean * lane.beside:.1f}"
        draw_text(painter, QRectF(left, value_top, GUTTER - left, 24), beside, TypeRole.SECTION, c.text, strong=True)
    words = under_value(reading, zone, at)
    draw_text(painter, QRectF(0, value_top + 22, GUTTER, 16), words, TypeRole.META, c.muted)


def title_lines(title: str) -> tuple[str, str]:
    """Return a lane's title in one line, or in two where it is too long; the second one stands before the unit."""
    words = title.split(" ")
    taken = len(words)
    while taken > 1 and text_width(" ".join(words[:taken]), TypeRole.META, True) > GUTTER:
        taken -= 1
    return " ".join(words[:taken]), " ".join(words[taken:])


def paint_waiting(painter: QPainter, frame: Frame, span: Span, loaded: Span) -> None:
    """Cover what isn't loaded yet and say so: an empty stretch would be read as one without readings."""
    c, text = Theme.current().colors, f"{t('Loading')} …"
    start, end = (min(max(frame.x(one, span), frame.left), frame.right) for one in (loaded.start, loaded.end))
    veil = QColor(c.sunken)
    veil.setAlphaF(0.85)
    for left, right in ((frame.left, start), (max(start, end), frame.right)):
        if right - left < 1 or not frame.lanes:
            continue
        painter.fillRect(QRectF(left, TOP, right - left, frame.bottom - TOP), veil)
        wide = text_width(text, TypeRole.META)
        if wide < right - left:
            area = QRectF((left + right - wide) / 2, (TOP + frame.bottom) / 2 - 8, wide + 1, 16)
            draw_text(painter, area, text, TypeRole.META, c.muted)


def paint_axis(painter: QPainter, frame: Frame, span: Span, ticks: Sequence[Tick], hidden: QRectF | None) -> None:
    """Paint the time axis under the lanes; labels under the cursor's own are left out."""
    c = Theme.current().colors
    y = frame.bottom + 8
    painter.fillRect(QRectF(frame.left, y, frame.right - frame.left, 1), c.line)
    last = -1000.0
    for tick in ticks:
        x = frame.x(tick.at, span)
        painter.fillRect(QRectF(round(x), y, 1, 4), c.line)
        wide = text_width(tick.text, TypeRole.META)
        area = QRectF(x - wide / 2, y + 5, wide + 1, 16)
        if area.left() < last + 8 or area.right() > frame.width:
            continue
        if hidden is not None and area.intersects(hidden):
            continue
        draw_text(painter, area, tick.text, TypeRole.META, c.muted)
        last = area.right()


def cursor_label(frame: Frame, span: Span, at: int, zone: ZoneInfo) -> tuple[QRectF, str]:
    """Return where the cursor's date stands on the axis, and the date; with the time when days are wide."""
    moment = local(at, zone)
    form = "ddd d MMM" if span.width < 400 * DAY_MS else "d MMM yyyy"
    text = day_text(moment.date(), form)
    if span.width < 5 * DAY_MS:
        text = f"{text} {moment:%H:%M}"
    wide = text_width(text, TypeRole.META) + 12
    left = min(max(frame.x(at, span) - wide / 2, frame.left - 8), frame.width - wide)
    return QRectF(left, frame.bottom + 10, wide, 20), text


def paint_cursor(
    painter: QPainter, frame: Frame, span: Span, at: int, zone: ZoneInfo, readings: Sequence[Reading]
) -> None:
    """Paint the line, a ring around each value under it, and the date on the axis."""
    c = Theme.current().colors
    area, text = cursor_label(frame, span, at, zone)
    x = frame.x(at, span)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(c.accent, 1.5))
    painter.drawLine(QLineF(x, TOP - 8, x, area.top()))
    box(painter, area, 4, c.accent)
    draw_text(painter, area, text, TypeRole.META, c.on_accent, align=CENTER)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(c.accent, 2.0))
    for placed, reading in zip(frame.lanes, readings, strict=True):
        point = reading.point
        if point is None or not reading.exact:
            continue
        column = frame.x(point.middle, span)
        for value in (point.mean, point.mean2):
            if value is not None:
                painter.drawEllipse(QPointF(column, placed.scale.y(value)), 6, 6)
