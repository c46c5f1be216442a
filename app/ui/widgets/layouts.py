"""Short ways to lay widgets out on the 4 px grid."""

from __future__ import annotations

from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLayout, QSpacerItem, QVBoxLayout, QWidget


class Stretch:
    """Stands for the space that grows, between the items given to ``row`` and ``column``."""


STRETCH = Stretch()
Item = QWidget | QLayout | QSpacerItem | Stretch | int
Margins = tuple[int, int, int, int]


def fill(layout: QBoxLayout, items: tuple[Item, ...]) -> None:
    """Append items: widgets, layouts, ``STRETCH`` or extra pixels."""
    for item in items:
        if isinstance(item, QWidget):
            layout.addWidget(item)
        elif isinstance(item, QLayout):
            layout.addLayout(item)
        elif isinstance(item, Stretch):
            layout.addStretch(1)
        elif isinstance(item, QSpacerItem):
            layout.addSpacerItem(item)
        else:
            layout.addSpacing(item)


def row(*items: Item, gap: int = 8, margins: Margins = (0, 0, 0, 0), parent: QWidget | None = None) -> QHBoxLayout:
    """Return items side by side; pass ``parent`` to make it that widget's layout."""
    layout = QHBoxLayout(parent) if parent is not None else QHBoxLayout()
    layout.setContentsMargins(*margins)
    layout.setSpacing(gap)
    fill(layout, items)
    return layout


def column(*items: Item, gap: int = 8, margins: Margins = (0, 0, 0, 0), parent: QWidget | None = None) -> QVBoxLayout:
    """Return items one below the other; pass ``parent`` to make it that widget's layout."""
    layout = QVBoxLayout(parent) if parent is not None else QVBoxLayout()
    layout.setContentsMargins(*margins)
    layout.setSpacing(gap)
    fill(layout, items)
    return layout
