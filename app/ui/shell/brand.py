"""The program's own icon: the heart with the pulse line, in the accent colour."""

from __future__ import annotations

from PySide6.QtGui import QIcon

from app.ui.theme.icons import icon_pixmap
from app.ui.theme.theme import Theme

_SIZES = (16, 24, 32, 48, 64, 128, 256)


def window_icon() -> QIcon:
    """Return the icon of windows and task bars; needs the theme."""
    made = QIcon()
    for size in _SIZES:
        pixmap = icon_pixmap("brand", Theme.current().colors.accent, size)
        pixmap.setDevicePixelRatio(1.0)
        made.addPixmap(pixmap)
    return made
