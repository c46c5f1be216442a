"""All actions of the window in one book: shortcuts, palette, F1 and menus read from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from app.domain.permissions import Permission
from app.kernel.i18n import t
from app.kernel.text import fold
from app.ui.work import Action, AreaSpec, action_tip


class ShortcutTaken(ValueError):
    """Two actions want the same keys where both would work: a mistake in a spec."""


class ActionBook(QObject):
    """The actions that the signed-in person may use, as QActions of the window."""

    place_changed = Signal()
    """Other actions work now: another area is open, or none."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._actions: dict[str, tuple[Action, QAction]] = {}
        self._always: set[str] = set()
        self._lent: frozenset[str] = frozenset()
        self._area = ""
        self._active = False

    def add(self, action: Action, run: Callable[[Action], object], *, always: bool = False) -> QAction:
        """Register an action; ``run`` carries it out (it finds the page). ``always``: before sign-in too."""
        self._require_free(action)
        made = QAction(t(action.title), self._window)
        made.setObjectName(action.id)
        made.setToolTip(action_tip(action))
        if action.shortcut:
            self._give_key(action, made)
            made.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        made.triggered.connect(lambda: run(action))
        self._window.addAction(made)
        self._actions[action.id] = (action, made)
        if always:
            self._always.add(action.id)
        self._enable(action, made)
        return made

    def clear(self, *, keep: Iterable[str] = ()) -> None:
        """Forget the actions of the person who leaves."""
        kept = set(keep)
        for ident in [known for known in self._actions if known not in kept]:
            _, made = self._actions.pop(ident)
            self._window.removeAction(made)
            made.deleteLater()

    def set_place(self, area: str, *, active: bool) -> None:
        """Say which area is open, and whether actions work at all (not before sign-in, not behind the lock)."""
        self._area, self._active = area, active
        for action, made in self._actions.values():
            self._enable(action, made)
        self.place_changed.emit()

    def keys(self) -> set[str]:
        """Return the keys of the actions that work now, as Qt writes them."""
        return {QKeySequence(one.shortcut).toString() for one, made in self._actions.values()
                if one.shortcut and made.isEnabled()}  # fmt: skip

    def lend_keys(self, keys: Iterable[str]) -> None:
        """Leave keys, as Qt writes them, to the panel that has the keyboard; what was lent before comes back.

        The actions still work, from the palette or a menu: only the key isn't theirs for now.
        """
        before, self._lent = self._lent, frozenset(keys)
        if before != self._lent:
            for action, made in self._actions.values():
                self._give_key(action, made)

    def qaction(self, ident: str) -> QAction:
        """Return the QAction of an id."""
        return self._actions[ident][1]

    def all(self) -> Sequence[Action]:
        """Return every action, the open area's first, then those for everywhere, then other areas'."""
        actions = [action for action, _ in self._actions.values()]
        return sorted(actions, key=lambda action: (action.area != self._area, not action.everywhere))

    def matching(self, text: str, allowed: Callable[[Action], bool]) -> Sequence[Action]:
        """Return the actions whose title has all the words typed, as beginnings of words."""
        words = fold(text).split()
        return [action for action in self.all() if _matches(fold(t(action.title)), words) and allowed(action)]

    def _works(self, action: Action) -> bool:
        return not action.area or action.everywhere or action.area == self._area

    def _enable(self, action: Action, made: QAction) -> None:
        made.setEnabled(action.id in self._always or (self._active and self._works(action)))

    def _give_key(self, action: Action, made: QAction) -> None:
        keys = QKeySequence(action.shortcut)
        wanted = QKeySequence() if keys.toString() in self._lent else keys
        if made.shortcut() != wanted:
            made.setShortcut(wanted)

    def _require_free(self, action: Action) -> None:
        keys = QKeySequence(action.shortcut)
        for other, _ in self._actions.values():
            if action.id == other.id:
                raise ShortcutTaken(f"two actions are called {action.id}")
            overlap = not action.area or not other.area or action.everywhere or other.everywhere
            overlap = overlap or action.area == other.area
            if action.shortcut and overlap and QKeySequence(other.shortcut) == keys:
                raise ShortcutTaken(f"{action.shortcut} is wanted by {action.id} and {other.id}")


def _matches(title: str, words: Sequence[str]) -> bool:
    parts = title.split()
    return all(any(part.startswith(word) for part in parts) for word in words)


def permitted(specs: Sequence[AreaSpec], may: Callable[[Permission], bool]) -> list[AreaSpec]:
    """Return the areas that the person may open."""
    return [spec for spec in specs if spec.permission is None or may(spec.permission)]


def area_actions(specs: Sequence[AreaSpec], may: Callable[[Permission], bool]) -> list[Action]:
    """Return what the person may do in the areas, and the way to each area."""
    found: list[Action] = []
    for spec in specs:
        if not spec.within:
            found.append(way_to(spec))
        found += [action for action in spec.actions if action.permission is None or may(action.permission)]
    return found


def way_to(spec: AreaSpec) -> Action:
    """Return the action that opens an area."""
    return Action(
        id=f"open.{spec.key}",
        title=spec.title,
        shortcut=spec.shortcut,
        area=spec.key,
        icon=spec.icon,
        everywhere=True,
        handler=_stay,
    )


def _stay(_page: Any) -> None:
    """Opening an area is all there is to do."""
