"""The way of a dropped visit from the pointer into its place, 180 ms; nothing with reduced motion."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QAbstractAnimation, QEasingCurve, QRectF, QVariantAnimation
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from app.ui.theme.theme import Theme
from app.ui.widgets.calendar.overlay import DragLook, paint_ghost


class Landing(QVariantAnimation):
    """Carries the picture of what was dropped; ``viewport`` is painted anew at each step."""

    def __init__(self, viewport: QWidget) -> None:
        super().__init__(viewport)
        self._viewport = viewport
        self._look: DragLook | None = None
        self.setEasingCurve(QEasingCurve.Type.OutCubic)
        self.valueChanged.connect(self._step)
        self.finished.connect(self.cancel)

    @property
    def is_under_way(self) -> bool:
        """Whether something is still on its way."""
        return self._look is not None

    def begin(self, look: DragLook) -> None:
        """Carry a visit from where it was let go to its target."""
        self.cancel()
        duration = Theme.current().drop_ms()
        if duration == 0 or look.ghost == look.target:
            return
        self._look = look
        self.setDuration(duration)
        self.setStartValue(look.ghost)
        self.setEndValue(look.target)
        self.start()

    def cancel(self) -> None:
        """Leave it to the page to show the visit."""
        if self.state() is QAbstractAnimation.State.Running:
            self.stop()
        if self._look is not None:
            self._look = None
            self._viewport.update()

    def paint(self, painter: QPainter, scale: float) -> None:
        """Paint the visit on its way."""
        if self._look is not None:
            paint_ghost(painter, self._look, scale)

    def _step(self, at: QRectF) -> None:
        if self._look is not None:
            self._look = replace(self._look, ghost=at)
            self._viewport.update()
