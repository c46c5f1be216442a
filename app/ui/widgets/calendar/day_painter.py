"""Paints a calendar page from its scene: grid, things, now-line, heads and hours."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath

from app.ui.theme.icons import paint_icon
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.calendar.geometry import GUTTER, HEAD, Geometry
from app.ui.widgets.calendar.model import DayColumn, DayModel, clock_text
from app.ui.widgets.calendar.scene import LINE, Scene
from app.ui.widgets.paint import box, draw_text, hatch, text_width

RIGHT = Qt.AlignmentFlag.AlignRight
MIDDLE = Qt.AlignmentFlag.AlignHCenter


@dataclass(frozen=True, slots=True)
class Page:
    """What one repaint works from."""

    model: DayModel
    geometry: Geometry
    scene: Scene
    scale: float


def paint_grid(painter: QPainter, page: Page) -> None:
    """Paint the surface, closed time, hour lines and column lines."""
    geometry, c = page.geometry, Theme.current().colors
    painter.fillRect(QRectF(0, 0, geometry.width, geometry.height), c.surface)
    painter.save()
    painter.setClipRect(geometry.body)
    painter.translate(-geometry.scroll_x, -geometry.scroll_y)
    for rect in page.scene.closed:
        painter.fillRect(rect, c.closed)
    if page.scene.hatched:
        brush = hatch(c.closed, c.hatch, page.scale)
        for rect in page.scene.hatched:
            painter.fillRect(rect, brush)
    painter.restore()
    painter.save()
    painter.setClipRect(geometry.body)
    for hour in range(geometry.first // 60 + 1, geometry.last // 60 + 1):
        painter.fillRect(QRectF(GUTTER, round(geometry.y(hour * 60)) - 1, geometry.width, 1), c.line)
    painter.restore()
    painter.save()
    painter.setClipRect(QRectF(GUTTER, 0, geometry.width - GUTTER, geometry.height))
    for number in range(geometry.columns):
        painter.fillRect(QRectF(geometry.x(number), 0, 1, geometry.height), c.line)
    painter.restore()


def paint_things(painter: QPainter, page: Page, clip: QRectF) -> None:
    """Paint tiles and texts that touch the clip."""
    geometry, theme, scene = page.geometry, Theme.current(), page.scene
    painter.save()
    painter.setClipRect(geometry.body.intersected(clip))
    painter.translate(-geometry.scroll_x, -geometry.scroll_y)
    low = clip.top() + geometry.scroll_y - 400
    high = clip.bottom() + geometry.scroll_y
    left, right = clip.left() + geometry.scroll_x - geometry.column_width, clip.right() + geometry.scroll_x
    draw_pixmap = painter.drawPixmap
    for pixmap, at in scene.tiles:
        if low <= at.y() <= high and left <= at.x() <= right:
            draw_pixmap(at, pixmap)
    for label in scene.labels:
        box(painter, label, 4, theme.colors.closed)
    for area, number in scene.numbers:
        box(painter, area, 4, None, theme.colors.control_line)
        draw_text(painter, area, number, TypeRole.META, theme.colors.muted, strong=True, align=MIDDLE)
    _paint_texts(painter, page, low, high)
    painter.restore()


def _paint_texts(painter: QPainter, page: Page, low: float, high: float) -> None:
    theme = Theme.current()
    strong: bool | None = None
    color: QColor | None = None
    draw = painter.drawStaticText
    for text in page.scene.texts:
        top = text.top
        if top < low or top > high:
            continue
        if text.strong is not strong:
            strong = text.strong
            painter.setFont(theme.font(TypeRole.META, strong))
        if text.color is not color:
            color = text.color
            painter.setPen(color)
        draw(text.origin, text.piece.static)


def paint_now(painter: QPainter, page: Page) -> None:
    """Paint the now-line; it stops before a text that it would cross and goes on behind it."""
    model, geometry = page.model, page.geometry
    if model.now is None or not geometry.first <= model.now <= geometry.last:
        return
    y = geometry.y(model.now)
    left, right = float(GUTTER), float(geometry.width)
    if model.now_column:
        number = next((k for k, column in enumerate(model.columns) if column.id == model.now_column), None)
        if number is None:
            return
        left, right = geometry.x(number), geometry.x(number + 1)
    painter.save()
    painter.setClipRect(geometry.body)
    accent = Theme.current().colors.accent
    for start, end in _open_parts(left, right, _crossed(page, y)):
        painter.fillRect(QRectF(start, y - 1, end - start, 2), accent)
    painter.restore()


def _crossed(page: Page, y: float) -> list[tuple[float, float]]:
    """Return the horizontal extents of the texts that a line at ``y`` would cross."""
    geometry = page.geometry
    found: list[tuple[float, float]] = []
    for text in page.scene.texts:
        top = text.top - geometry.scroll_y
        if top + 1 < y + 1 and y - 1 < top + LINE - 1:
            start = text.left - geometry.scroll_x
            found.append((start - 3, start + text.piece.width + 3))
    return sorted(found)


def _open_parts(left: float, right: float, taken: list[tuple[float, float]]) -> list[tuple[float, float]]:
    parts: list[tuple[float, float]] = []
    at = left
    for start, end in taken:
        if at < min(start, right):
            parts.append((at, min(start, right)))
        at = max(at, end)
    if at < right:
        parts.append((at, right))
    return parts


def paint_hours(painter: QPainter, page: Page) -> None:
    """Paint the gutter: hours, and the time now on accent."""
    geometry, theme = page.geometry, Theme.current()
    c = theme.colors
    painter.save()
    painter.setClipRect(QRectF(0, HEAD, GUTTER, geometry.height))
    painter.fillRect(QRectF(0, HEAD, GUTTER, geometry.height), c.surface)
    now_y = geometry.y(page.model.now) if page.model.now is not None else -100.0
    for hour in range(geometry.first // 60, geometry.last // 60 + 1):
        y = geometry.y(hour * 60)
        top = y + 2 if hour * 60 == geometry.first and geometry.scroll_y == 0 else y - 8
        if abs(y - now_y) >= 15 or top > y:
            draw_text(painter, QRectF(0, top, GUTTER - 8, LINE), f"{hour:02d}:00", TypeRole.META, c.muted, align=RIGHT)
    if page.model.now is not None:
        text = clock_text(page.model.now)
        area = QRectF(GUTTER - 44, now_y - 8, 44, LINE)
        box(painter, area, theme.tokens.radius.key, c.accent)
        draw_text(painter, area, text, TypeRole.META, c.on_accent, strong=True, align=MIDDLE)
    painter.restore()


def paint_heads(painter: QPainter, page: Page) -> None:
    """Paint the columns' heads; narrow ones use the short texts."""
    geometry, theme = page.geometry, Theme.current()
    c = theme.colors
    painter.fillRect(QRectF(0, 0, geometry.width, HEAD), c.surface)
    painter.save()
    painter.setClipRect(QRectF(GUTTER, 0, geometry.width - GUTTER, HEAD))
    for number, column in enumerate(page.model.columns):
        left, right = geometry.x(number), geometry.x(number + 1)
        if right < GUTTER or left > geometry.width:
            continue
        painter.fillRect(QRectF(left, 0, 1, HEAD), c.line)
        _paint_head(painter, page, column, QRectF(left + 9, 4, right - left - 13, HEAD - 8))
    painter.restore()
    painter.fillRect(QRectF(0, HEAD - 1, geometry.width, 1), c.line)


def _paint_head(painter: QPainter, page: Page, column: DayColumn, area: QRectF) -> None:
    theme = Theme.current()
    c = theme.colors
    narrow = page.geometry.column_width < theme.tokens.event.short_names_below
    title = column.short_title if narrow and column.short_title else column.title
    meta = column.short_meta if narrow and column.short_meta else column.meta
    line = QRectF(area.left(), area.top(), area.width(), 20)
    # Today in a week wears the accent: it is where the now-line is.
    color = c.accent if page.model.now_column == column.id else c.text
    draw_text(painter, line, title, TypeRole.BODY, color, strong=True)
    left = area.left()
    if column.chip:
        width = text_width(column.chip, TypeRole.META) + 28
        chip = QRectF(left, area.top() + 20, min(width, area.width()), LINE)
        box(painter, chip, 8, c.sunken)
        paint_icon(painter, column.chip_icon, c.muted, round(left + 6), round(chip.top() + 2), 12)
        words = QRectF(left + 22, chip.top(), chip.width() - 24, LINE)
        draw_text(painter, words, column.chip, TypeRole.META, c.muted)
        left += width + 6
        if narrow or left + text_width(meta, TypeRole.META) > area.right():
            return
    draw_text(painter, QRectF(left, area.top() + 20, area.right() - left, LINE), meta, TypeRole.META, c.muted)


def paint_frame(painter: QPainter, page: Page) -> None:
    """Paint the rounded line around the page, and the canvas outside of its corners."""
    theme = Theme.current()
    width, height, radius = page.geometry.width, page.geometry.height, theme.tokens.radius.panel
    area = QRectF(0, 0, width, height)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for x, y in ((0, 0), (width - radius, 0), (0, height - radius), (width - radius, height - radius)):
        corner, round_part = QPainterPath(), QPainterPath()
        corner.addRect(QRectF(x, y, radius, radius))
        centre_x, centre_y = (radius if x == 0 else x), (radius if y == 0 else y)
        round_part.addEllipse(QPointF(centre_x, centre_y), radius, radius)
        painter.fillPath(corner.subtracted(round_part), theme.colors.canvas)
    box(painter, area, radius, None, theme.colors.line)


def paint_page(painter: QPainter, page: Page, clip: QRectF) -> None:
    """Paint all that stays while nothing is moved: grid, things, now-line, hours, heads and frame."""
    paint_grid(painter, page)
    paint_things(painter, page, clip)
    paint_now(painter, page)
    paint_hours(painter, page)
    paint_heads(painter, page)
    paint_frame(painter, page)
