"""Backgrounds of calendar things, drawn once for each look and size and then only copied."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPixmap

from app.ui.theme.icons import paint_icon
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import Mode, StatusKind
from app.ui.widgets.paint import box, hatch

GLYPH = 12
GLYPH_STEP = GLYPH + 6
END_PADDING = 8


@dataclass(frozen=True, slots=True)
class TileKey:
    """What a tile looks like. ``look`` is a name of ``_PAINTERS``; ``mode`` and ``scale`` make it this screen's."""

    look: str
    width: int
    height: int
    status: StatusKind | None
    glyphs: tuple[str, ...]
    glyph_top: int
    mode: Mode
    scale: float


def glyph_top(height: float, *, two_lines: bool) -> int:
    """Return where glyphs begin: on the first of two lines, else in the middle."""
    return 6 if two_lines else max(0, int((height - GLYPH) // 2))


def glyph_room(count: int) -> float:
    """Return the width that glyphs take at the right of a tile, padding included."""
    return END_PADDING + count * GLYPH_STEP


@lru_cache(maxsize=1024)
def tile(key: TileKey) -> QPixmap:
    """Return the pixmap of a tile."""
    made = QPixmap(max(1, round(key.width * key.scale)), max(1, round(key.height * key.scale)))
    made.setDevicePixelRatio(key.scale)
    made.fill(Qt.GlobalColor.transparent)
    with QPainter(made) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _PAINTERS[key.look](painter, key)
    return made


def status_colors(key: TileKey) -> tuple[QColor, QColor]:
    """Return the text and fill colours of a tile's status; something done recedes."""
    theme = Theme.current()
    style = theme.status(key.status or StatusKind.PLANNED)
    fill = theme.done_fill() if style.kind is StatusKind.DONE else style.fill
    return style.text, fill


def _area(key: TileKey) -> QRectF:
    return QRectF(0, 0, key.width, key.height)


def _glyphs(painter: QPainter, key: TileKey, color: QColor) -> None:
    top = key.glyph_top
    left = key.width - END_PADDING - GLYPH
    for glyph in reversed(key.glyphs):
        paint_icon(painter, glyph, color, left, top, GLYPH)
        left -= GLYPH_STEP


def _bar(painter: QPainter, key: TileKey, color: QColor) -> None:
    path = QPainterPath()
    radius = Theme.current().tokens.radius.control
    path.addRoundedRect(_area(key), radius, radius)
    strip = QPainterPath()
    strip.addRect(QRectF(0, 0, Theme.current().tokens.event.bar, key.height))
    painter.fillPath(path.intersected(strip), color)


def _event(painter: QPainter, key: TileKey) -> None:
    text, fill = status_colors(key)
    box(painter, _area(key), Theme.current().tokens.radius.control, fill)
    _bar(painter, key, text)
    _glyphs(painter, key, text)


def _unsent(painter: QPainter, key: TileKey) -> None:
    text, fill = status_colors(key)
    theme = Theme.current()
    box(painter, _area(key), theme.tokens.radius.control, fill, theme.colors.control_line, dashed=True)
    _bar(painter, key, text)
    _glyphs(painter, key, text)


def _to_move(painter: QPainter, key: TileKey) -> None:
    theme = Theme.current()
    c = theme.colors
    box(painter, _area(key), theme.tokens.radius.control, c.surface, c.control_line, dashed=True)
    _glyphs(painter, key, c.muted)


def _source(painter: QPainter, key: TileKey) -> None:
    theme = Theme.current()
    box(painter, _area(key), theme.tokens.radius.control, None, theme.colors.control_line, dashed=True)
    _glyphs(painter, key, theme.colors.muted)


def _free(painter: QPainter, key: TileKey) -> None:
    theme = Theme.current()
    c = theme.colors
    box(painter, _area(key), theme.tokens.radius.control, c.surface, c.line)
    _glyphs(painter, key, c.control_line)


def _alternative(painter: QPainter, key: TileKey) -> None:
    theme = Theme.current()
    c = theme.colors
    box(painter, _area(key), theme.tokens.radius.control, c.surface, c.control_line)
    _glyphs(painter, key, c.control_line)


def _held(painter: QPainter, key: TileKey) -> None:
    theme = Theme.current()
    fill = theme.status(StatusKind.HELD).fill
    box(painter, _area(key), theme.tokens.radius.control, fill, theme.colors.control_line, dashed=True)
    _glyphs(painter, key, theme.colors.muted)


def _mine(painter: QPainter, key: TileKey) -> None:
    theme = Theme.current()
    c = theme.colors
    box(painter, _area(key), theme.tokens.radius.control, c.selected, c.accent, dashed=True)
    _bar(painter, key, c.accent)
    _glyphs(painter, key, c.text)


def _block(painter: QPainter, key: TileKey) -> None:
    theme = Theme.current()
    path = QPainterPath()
    path.addRoundedRect(_area(key), theme.tokens.radius.control, theme.tokens.radius.control)
    painter.fillPath(path, hatch(theme.colors.closed, theme.colors.hatch, key.scale))


_PAINTERS = {
    "event": _event,
    "unsent": _unsent,
    "to_move": _to_move,
    "source": _source,
    "free": _free,
    "alternative": _alternative,
    "held": _held,
    "mine": _mine,
    "block": _block,
}
