"""What moves over a calendar page: hover, cursor ring, ranges, holds counting down, a drag with its verdict."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.kernel.i18n import t
from app.ui.theme.focus import paint_ring
from app.ui.theme.icons import paint_icon
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import StatusKind, TypeRole
from app.ui.widgets.calendar.geometry import GUTTER, HEAD, Geometry
from app.ui.widgets.calendar.model import DayEvent, DayHold, DropKind, DropVerdict, clock_text
from app.ui.widgets.calendar.tiles import TileKey, glyph_top, tile
from app.ui.widgets.paint import box, draw_text, text_width

LINE = 16


@dataclass(frozen=True, slots=True)
class DragLook:
    """A drag as it is painted: where it would land, what is carried, and what the calendar thinks of it."""

    event: DayEvent
    target: QRectF
    ghost: QRectF
    minute: int
    pointer: QPointF
    verdict: DropVerdict
    keyboard: bool = False


def verdict_color(kind: DropKind) -> QColor:
    """Return the colour of a verdict: accent, warn or critical."""
    theme = Theme.current()
    if kind is DropKind.OK:
        return theme.colors.accent
    status = StatusKind.ARRIVED if kind is DropKind.WARN else StatusKind.CRITICAL
    return theme.status(status).text


def countdown(hold: DayHold, now: datetime) -> str:
    """Return the time a hold has left, ``M:SS``; empty without an end or past it."""
    if hold.expires is None:
        return ""
    seconds = int((hold.expires - now).total_seconds())
    return f"{seconds // 60}:{seconds % 60:02d}" if seconds >= 0 else ""


def hold_text(hold: DayHold, now: datetime, *, narrow: bool = False) -> str:
    """Return what a hold says: the patient on one's own, else who holds it and for how long."""
    if hold.note:
        return hold.note
    left = countdown(hold, now)
    if hold.mine:
        return hold.name or f"{t('yours') if narrow else t('held for you')} {left}".strip()
    return (
        f"{hold.holder} {left}".strip() if narrow else t("held by {name} {left}", name=hold.holder, left=left).strip()
    )


def paint_hold(painter: QPainter, hold: DayHold, rect: QRectF, now: datetime, scale: float) -> None:
    """Paint a hold: one's own in accent, another desk's grey; both dashed."""
    theme = Theme.current()
    look = "mine" if hold.mine else "held"
    narrow = rect.width() < 170
    glyphs = () if narrow and not hold.mine else ("lock",)
    top = glyph_top(rect.height(), two_lines=False)
    key = TileKey(look, int(rect.width()), int(rect.height()), None, glyphs, top, theme.mode, scale)
    painter.drawPixmap(rect.topLeft(), tile(key))
    area = rect.adjusted(12, 0, -8 - 18 * len(glyphs), 0)
    color = theme.colors.text if hold.mine else theme.colors.muted
    text = hold_text(hold, now, narrow=narrow)
    draw_text(painter, area, text, TypeRole.META, color, strong=hold.mine)


def paint_hover(painter: QPainter, rect: QRectF, minute: int) -> None:
    """Paint a free time under the pointer: its frame and its time."""
    theme = Theme.current()
    c = theme.colors
    box(painter, rect, theme.tokens.radius.control, c.hover, c.control_line)
    area = rect.adjusted(11, 0, -8, 0)
    draw_text(painter, area, clock_text(minute), TypeRole.META, c.muted)


def paint_cursor(painter: QPainter, rect: QRectF) -> None:
    """Paint the keyboard's ring around a thing."""
    theme = Theme.current()
    paint_ring(painter, rect.adjusted(1, 1, -1, -1), theme.tokens.radius.control, theme.colors.accent)


def paint_range(painter: QPainter, rect: QRectF, start: int, end: int) -> None:
    """Paint a range of time that is being chosen."""
    theme = Theme.current()
    c = theme.colors
    box(painter, rect, theme.tokens.radius.control, c.selected, c.accent, width=2)
    text = f"{clock_text(start)}–{clock_text(end)}"
    draw_text(painter, QRectF(rect.left() + 10, rect.top() + 3, rect.width() - 14, LINE), text, TypeRole.META, c.text)


def paint_gutter_time(painter: QPainter, geometry: Geometry, minute: int, color: QColor) -> None:
    """Paint the time of a drag in the gutter."""
    theme = Theme.current()
    area = QRectF(GUTTER - 44, geometry.y(minute) - 8, 44, LINE)
    if area.top() < HEAD - 8:
        return
    box(painter, area, theme.tokens.radius.key, theme.colors.surface, color)
    middle = Qt.AlignmentFlag.AlignHCenter
    draw_text(painter, area, clock_text(minute), TypeRole.META, color, align=middle)


def paint_drag(painter: QPainter, drag: DragLook, geometry: Geometry, scale: float) -> None:
    """Paint a drag: target, carried event, time in the gutter, the verdict beside the pointer."""
    theme = Theme.current()
    color = verdict_color(drag.verdict.kind)
    painter.save()
    painter.setClipRect(geometry.body)
    tint = QColor(color)
    tint.setAlphaF(0.14)
    box(painter, drag.target, theme.tokens.radius.control, tint, color, width=2)
    painter.restore()
    paint_ghost(painter, drag, scale)
    paint_gutter_time(painter, geometry, drag.minute, color)
    if drag.verdict.text or drag.keyboard:
        _paint_bubble(painter, drag, geometry, color)


def paint_ghost(painter: QPainter, drag: DragLook, scale: float) -> None:
    """Paint the visit that is carried."""
    theme = Theme.current()
    rect = QRectF(round(drag.ghost.left()), round(drag.ghost.top()), drag.ghost.width(), drag.ghost.height())
    _paint_shadow(painter, rect, theme.tokens.radius.control)
    two = rect.height() >= 2 * LINE
    glyph = theme.status(drag.event.status).icon
    size = (int(rect.width()), int(rect.height()))
    key = TileKey(
        "event", *size, drag.event.status, (glyph,), glyph_top(rect.height(), two_lines=two), theme.mode, scale
    )
    painter.drawPixmap(rect.topLeft(), tile(key))
    color = theme.status(drag.event.status).text
    spare = max(0.0, min(4.0, (rect.height() - 2 * LINE) / 2)) if two else (rect.height() - LINE) / 2
    name = QRectF(rect.left() + 12, rect.top() + spare, rect.width() - 38, LINE)
    draw_text(painter, name, drag.event.name, TypeRole.META, color, strong=True)
    if two:
        words = f"{clock_text(drag.minute)} · {drag.event.type}" if drag.event.type else clock_text(drag.minute)
        draw_text(painter, name.translated(0, LINE), words, TypeRole.META, color)


def _paint_shadow(painter: QPainter, rect: QRectF, radius: float) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    for reach, alpha in ((10, 8), (7, 12), (4, 16), (2, 20)):
        painter.setBrush(QColor(0, 0, 0, alpha))
        painter.drawRoundedRect(rect.adjusted(-reach, -reach + 6, reach, reach + 6), radius + reach, radius + reach)


def _keys(drag: DragLook) -> list[tuple[str, str]]:
    if drag.keyboard:
        moves = [("↵", t("drop here")), ("Esc", t("put back"))]
        return moves[1:] if drag.verdict.kind is DropKind.REFUSED else moves
    return [("Esc", t("put back")), ("Alt", t("free times only"))]


def _paint_bubble(painter: QPainter, drag: DragLook, geometry: Geometry, color: QColor) -> None:
    theme = Theme.current()
    c = theme.colors
    title = drag.verdict.text or t("Free")
    keys = _keys(drag)
    key_width = sum(text_width(k, TypeRole.META) + 10 + 4 + text_width(w, TypeRole.META) + 12 for k, w in keys)
    hint = text_width(drag.verdict.hint, TypeRole.META) + 12 if drag.verdict.hint else 0
    width = max(text_width(title, TypeRole.BODY, True), hint + key_width) + 24 + 24
    left = min(drag.pointer.x() + 24, geometry.width - width - 8)
    top = min(drag.pointer.y() + 12, geometry.height - 56 - 8)
    area = QRectF(max(8.0, round(left)), max(float(HEAD), round(top)), width, 56)
    _paint_shadow(painter, area, theme.tokens.radius.panel)
    box(painter, area, theme.tokens.radius.panel, c.surface, c.line)
    icon = "check" if drag.verdict.kind is DropKind.OK else "warn"
    paint_icon(painter, icon, color, area.left() + 12, area.top() + 10, 16)
    inner = QRectF(area.left() + 36, area.top() + 8, width - 48, 20)
    draw_text(painter, inner, title, TypeRole.BODY, c.text, strong=True)
    at = inner.left()
    if drag.verdict.hint:
        draw_text(painter, QRectF(at, area.top() + 31, hint, LINE), drag.verdict.hint, TypeRole.META, c.muted)
        at += hint
    for key, words in keys:
        at = _paint_key(painter, key, words, at, area.top() + 30)


def _paint_key(painter: QPainter, key: str, words: str, left: float, top: float) -> float:
    theme = Theme.current()
    c = theme.colors
    frame = QRectF(left, top, text_width(key, TypeRole.META) + 10, 18)
    painter.setPen(QPen(c.line))
    box(painter, frame, theme.tokens.radius.key, c.surface, c.line)
    draw_text(painter, frame, key, TypeRole.META, c.muted, align=Qt.AlignmentFlag.AlignHCenter)
    width = text_width(words, TypeRole.META)
    area = QRectF(frame.right() + 4, top + 1, width + 2, LINE)
    draw_text(painter, area, words, TypeRole.META, c.muted)
    return area.right() + 10
