"""Small charts for paper, drawn into pictures: a band, lines that end at gaps, the last value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QImageWriter, QPainter, QPen

from app.domain.vitals_metrics import Band

_INK, _PALE, _BAND, _AXIS = QColor("#26312e"), QColor("#5d6b66"), QColor("#e6efec"), QColor("#c9d1ce")
_SCALE = 4
"""Pixels for a point: sharp on a printer."""
_QUICK = 30
"""A third less work than usual for a tenth more bytes: a chart has many pictures, and the window waits for them."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Points (x, y) in the order of x; ``gap`` is the distance in x from which on no line joins two points."""

    points: tuple[tuple[float, float], ...]
    gap: float = float("inf")


def chart_png(
    curves: Sequence[Curve], width: float, height: float, bands: Sequence[Band] = (), *,
    span: tuple[float, float] | None = None, least: float = 0.0,
) -> bytes:  # fmt: skip
    """Return a PNG for ``width`` by ``height`` points. ``bands`` are what is normal, ``span`` the x shown.

    ``least``: so many of the values' own units are drawn at least, so that a small change doesn't look like a big one.
    """
    points = [point for curve in curves for point in curve.points]
    image = QImage(round(width * _SCALE), round(height * _SCALE), QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    if points:
        limits = [limit for band in bands for limit in (band.low, band.high) if limit is not None]
        left, right = span or (min(x for x, _ in points), max(x for x, _ in points))
        values = [y for _, y in points] + limits
        area = QRectF(2, 3, width - 6, height - 6)
        more = max(0.0, least - (max(values) - min(values))) / 2
        frame = _Frame(area, left, right, min(values) - more, max(values) + more)
        with QPainter(image) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.scale(_SCALE, _SCALE)
            for band in bands:
                _draw_band(painter, band, frame)
            painter.setPen(QPen(_AXIS, 0.5))
            painter.drawLine(QPointF(area.left(), height - 1), QPointF(area.right(), height - 1))
            for curve in curves:
                _draw(painter, curve, frame)
    return _png(image)


@dataclass(frozen=True, slots=True)
class _Frame:
    area: QRectF
    left: float
    right: float
    low: float
    high: float

    def x(self, value: float) -> float:
        return self.area.left() + (value - self.left) / ((self.right - self.left) or 1.0) * self.area.width()

    def y(self, value: float) -> float:
        if self.high == self.low:
            return self.area.center().y()
        return self.area.bottom() - (value - self.low) / (self.high - self.low) * self.area.height()


def _draw_band(painter: QPainter, band: Band, frame: _Frame) -> None:
    area = frame.area
    if band.low is None and band.high is None:
        return
    top = frame.y(band.high) if band.high is not None else area.top()
    bottom = frame.y(band.low) if band.low is not None else area.bottom()
    painter.fillRect(QRectF(area.left(), top, area.width(), max(1.0, bottom - top)), _BAND)


def _draw(painter: QPainter, curve: Curve, frame: _Frame) -> None:
    places = [QPointF(frame.x(x), frame.y(y)) for x, y in curve.points]
    painter.setPen(QPen(_PALE, 1.0))
    for (one, here), (other, there) in pairwise(zip(curve.points, places, strict=True)):
        if other[0] - one[0] <= curve.gap:
            painter.drawLine(here, there)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_PALE)
    if len(places) <= 60:
        for place in places:
            painter.drawEllipse(place, 1.0, 1.0)
    if places:
        painter.setBrush(_INK)
        painter.drawEllipse(places[-1], 1.9, 1.9)


def _png(image: QImage) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, b"png")
    writer.setCompression(_QUICK)
    writer.write(image)
    return bytes(data.data())
