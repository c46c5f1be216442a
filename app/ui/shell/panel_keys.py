"""The keys of a side panel while somebody works beside it: where the keyboard is comes first."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from app.ui.shell.actions import ActionBook

_WINDOW = Qt.ShortcutContext.WindowShortcut
_DIRECT = Qt.FindChildOption.FindDirectChildrenOnly


class SharedKeys:
    """Lets a panel's keys hold in the whole window but where what is beside it, with the keyboard, has the same.

    To Qt both would be meant then, and neither did anything: a measurement beside the note of its visit, a new task
    beside the rules, a numbered time beside the board of requests. ``area`` is what stands beside panels, ``book`` has
    the keys of its actions.
    """

    def __init__(self, area: QWidget | None = None, book: ActionBook | None = None) -> None:
        self._area, self._book = area, book
        self._lent: list[QShortcut] = []

    def share(self, panel: QWidget, focus: QWidget | None) -> None:
        """Give each key to the side that has the keyboard; ``panel`` is all of it, its foot too."""
        self._return()
        beside = focus is not None and not panel.isAncestorOf(focus)
        there = set(_own_keys(focus)) if focus is not None else set()
        mine, theirs = _everywhere(panel), [one for one in _everywhere(self._area) if _seen(one)]
        taken = there | {_key(one) for one in theirs} | self._actions() if beside else set()
        for shortcut in mine:
            shortcut.setEnabled(_key(shortcut) not in taken)
        self._lend(theirs, set() if beside else there | {_key(one) for one in mine})

    def take_back(self) -> None:
        """Give the area and its actions the keys that were lent to a panel."""
        self._return()
        self._lend([], set())

    def _return(self) -> None:
        for shortcut in filter(isValid, self._lent):
            shortcut.setEnabled(True)
        self._lent = []

    def _lend(self, theirs: list[QShortcut], keys: set[str]) -> None:
        self._lent = [one for one in theirs if one.isEnabled() and _key(one) in keys]
        for shortcut in self._lent:
            shortcut.setEnabled(False)
        if self._book is not None:
            self._book.lend_keys(keys)

    def _actions(self) -> set[str]:
        return self._book.keys() if self._book is not None else set()


def _key(shortcut: QShortcut) -> str:
    return shortcut.key().toString()


def _everywhere(root: QWidget | None) -> list[QShortcut]:
    """The shortcuts there that hold in the whole window."""
    return [one for one in root.findChildren(QShortcut) if one.context() is _WINDOW] if root is not None else []


def _seen(shortcut: QShortcut) -> bool:
    """Those of pages that aren't open don't work anyhow."""
    place = shortcut.parent()
    return isinstance(place, QWidget) and place.isVisible()


def _own_keys(focus: QWidget) -> Iterator[str]:
    """The keys that hold only where the keyboard is."""
    place: QWidget | None = focus
    while place is not None:
        for shortcut in place.findChildren(QShortcut, options=_DIRECT):
            if shortcut.context() is not _WINDOW:
                yield _key(shortcut)
        place = place.parentWidget()
