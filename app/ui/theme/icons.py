"""Our icons: one outline set of SVGs, tinted with a colour and rendered at the screen's scale."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.kernel.resources import resource

# Icons inside QIcon are drawn once for each of these scales, so that 100 to 250 % stay sharp.
SCALES = (1.0, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5)


@cache
def icon_names() -> frozenset[str]:
    """Return the names that exist."""
    return frozenset(file.stem for file in resource("icons").glob("*.svg"))


@cache
def _source(name: str) -> str:
    if name not in icon_names():
        raise KeyError(f"no icon {name!r}")
    return resource("icons", f"{name}.svg").read_text(encoding="utf-8")


@cache
def _renderer(name: str, color: str, stroke: float) -> QSvgRenderer:
    source = _source(name).replace("currentColor", color).replace('stroke-width="1.5"', f'stroke-width="{stroke}"')
    return QSvgRenderer(QByteArray(source.encode()))


@cache
def _pixmap(name: str, color: str, alpha: int, size: int, scale: float) -> QPixmap:
    pixels = max(1, round(size * scale))
    made = QPixmap(pixels, pixels)
    made.fill(Qt.GlobalColor.transparent)
    with QPainter(made) as painter:
        painter.setOpacity(alpha / 255)
        # Small glyphs need a heavier line to stay legible; the set is drawn for 20 px.
        stroke = 1.5 if size >= 16 else 2.0
        _renderer(name, color, stroke).render(painter, QRectF(0, 0, pixels, pixels))
    made.setDevicePixelRatio(pixels / size)
    return made


def icon_pixmap(name: str, color: QColor, size: int = 20, scale: float = 1.0) -> QPixmap:
    """Return the icon as a pixmap of ``size`` logical pixels, rendered for the device scale (cached)."""
    return _pixmap(name, color.name(), color.alpha(), size, scale)


def paint_icon(painter: QPainter, name: str, color: QColor, x: float, y: float, size: int = 20) -> None:
    """Paint the icon with its top left corner at ``x``, ``y``."""
    painter.drawPixmap(QPointF(x, y), icon_pixmap(name, color, size, painter.device().devicePixelRatioF()))


def icon(name: str, color: QColor, disabled: QColor, size: int = 20) -> QIcon:
    """Return a QIcon for actions and menus; remake it when the theme changes."""
    made = QIcon()
    for scale in SCALES:
        made.addPixmap(icon_pixmap(name, color, size, scale), QIcon.Mode.Normal)
        made.addPixmap(icon_pixmap(name, disabled, size, scale), QIcon.Mode.Disabled)
    made.actualSize(QSize(size, size))
    return made
