"""The keys of a side panel while somebody works beside it: where the keyboard is comes first."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QWidget

_WINDOW = Qt.ShortcutContext.WindowShortcut
_DIRECT = Qt.FindChildOption.FindDirectChildrenOnly


def yield_keys(panel: QWidget, focus: QWidget | None) -> None:
    """Let a panel's keys hold in the whole window but where a form beside it, which has the keyboard, has the same.

    To Qt both would be meant then, and neither did anything: a measurement beside the note of its visit.
    """
    beside = focus is not None and not panel.isAncestorOf(focus)
    taken = set(_own_keys(focus)) if focus is not None and beside else set()
    for shortcut in panel.findChildren(QShortcut):
        if shortcut.context() is _WINDOW:
            shortcut.setEnabled(shortcut.key().toString() not in taken)


def _own_keys(focus: QWidget) -> Iterator[str]:
    """The keys that hold only where the keyboard is."""
    place: QWidget | None = focus
    while place is not None:
        for shortcut in place.findChildren(QShortcut, options=_DIRECT):
            if shortcut.context() is not _WINDOW:
                yield shortcut.key().toString()
        place = place.parentWidget()
