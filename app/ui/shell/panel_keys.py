"""The keys of a side panel while somebody works beside it: where the keyboard is comes first."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QWidget

from app.ui.shell.actions import ActionBook

_WINDOW = Qt.ShortcutContext.WindowShortcut
_DIRECT = Qt.FindChildOption.FindDirectChildrenOnly


def yield_keys(panel: QWidget, focus: QWidget | None, book: ActionBook | None = None) -> None:
    """Let a panel's keys hold in the whole window but where what is beside it, with the keyboard, has the same.

    To Qt both would be meant then, and neither did anything: a measurement beside the note of its visit, a new task
    beside the rules. ``panel`` is all of it, its foot too; ``book`` has the keys of the open area's actions.
    """
    beside = focus is not None and not panel.isAncestorOf(focus)
    there = set(_own_keys(focus)) if focus is not None else set()
    taken = there if beside else set()
    if beside and book is not None:
        taken = taken | book.keys()
    mine = [shortcut for shortcut in panel.findChildren(QShortcut) if shortcut.context() is _WINDOW]
    for shortcut in mine:
        shortcut.setEnabled(shortcut.key().toString() not in taken)
    if book is not None:
        book.lend_keys(() if beside else there | {shortcut.key().toString() for shortcut in mine})


def _own_keys(focus: QWidget) -> Iterator[str]:
    """The keys that hold only where the keyboard is."""
    place: QWidget | None = focus
    while place is not None:
        for shortcut in place.findChildren(QShortcut, options=_DIRECT):
            if shortcut.context() is not _WINDOW:
                yield shortcut.key().toString()
        place = place.parentWidget()
