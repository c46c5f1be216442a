"""Loads code while a person looks at the sign-in page, so that no page has to wait for an import.

What lies below the window is imported on a worker thread. What makes classes of Qt is not: whenever Qt asks a widget
what it is, PySide (6.11) looks that up without Python's lock, and a class made on another thread just then ended the
whole program. So the window's own modules are imported on the GUI thread, a few milliseconds at a time.
"""

from __future__ import annotations

import pkgutil
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from importlib.abc import InspectLoader
from importlib.machinery import ModuleSpec

from PySide6.QtCore import QObject, QTimer, Signal

from app.ui.work import AreaSpec, Lane

AREAS = "app.ui.areas."
OURS = "app."
WITH_QT = ("app.ui.", "app.documents.")
_MOST_SECONDS = 20.0
_TURN_SECONDS = 0.008


class Preload(QObject):
    """One run for the program; a mistake in a module's code ends it, and is met again (and reported) on opening."""

    ended = Signal()
    """All is imported."""

    def __init__(self, names: Sequence[str], parent: QObject) -> None:
        super().__init__(parent)
        self._names = names
        self._left: deque[str] = deque()
        self._waiting: list[Callable[[], object]] = []
        self._begun = self._complete = False
        self._done = done = threading.Event()
        self.destroyed.connect(lambda: done.set())  # noqa: PLW0108 - Qt keeps bound methods weakly
        self._lane = Lane(self)
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._turn)

    def start(self) -> None:
        """Begin, unless that was done already."""
        if not self._begun:
            self._begun = True
            self._lane.run(lambda _: self._load_below(), on_result=self._go_on)

    def wait(self) -> None:
        """Wait until it is over, as it ended; on a worker thread."""
        self._done.wait(_MOST_SECONDS)

    def then(self, go_on: Callable[[], object]) -> None:
        """Call ``go_on`` when all is imported: now, or once."""
        if self._complete:
            go_on()
        else:
            self._waiting.append(go_on)

    def _load_below(self) -> list[str]:
        try:
            return loaded_below(self._names)
        except BaseException:
            self._done.set()
            raise

    def _go_on(self, names: list[str]) -> None:
        self._left.extend(names)
        self._timer.start()

    def _turn(self) -> None:
        until = time.perf_counter() + _TURN_SECONDS
        try:
            while self._left and time.perf_counter() < until:
                import_module(self._left.popleft())
        except BaseException:
            self._end()
            raise
        if not self._left:
            self._end()
            self._complete = True
            self.ended.emit()
            for go_on in self._waiting:
                go_on()

    def _end(self) -> None:
        self._timer.stop()
        self._done.set()


def modules_of(specs: Iterable[AreaSpec]) -> list[str]:
    """Return the packages of the areas; of those that live elsewhere (tests) none."""
    return [name for name in map(package_of, specs) if name]


def package_of(spec: AreaSpec) -> str:
    """Return the area's package; empty for areas that live elsewhere (tests)."""
    module = spec.factory.__module__
    return module.rpartition(".")[0] if module.startswith(AREAS) else ""


def loaded_below(names: Iterable[str]) -> list[str]:
    """Import what modules, and the modules of packages, need from below the window; safe on a worker thread.

    Returns what is left to import on the GUI thread: each after all that it imports itself, so that each is short.
    """
    found: dict[str, None] = {}
    seen: set[str] = set()

    def visit(name: str) -> None:
        if name in seen or name in sys.modules:
            return
        seen.add(name)
        visit(name.rpartition(".")[0])
        if not name.startswith(WITH_QT):
            import_module(name)
            return
        spec = _spec(name)
        if spec is None or not isinstance(spec.loader, InspectLoader):
            return  # met again, and reported, where it is imported
        code = spec.loader.get_code(name)
        for one in code.co_names if code is not None else ():  # of names only those of modules have dots
            if one.startswith(OURS):
                visit(one)
        found[name] = None

    for name in names:
        spec = _spec(name)
        if spec is None:
            raise ModuleNotFoundError(name)
        visit(name)
        for module in pkgutil.iter_modules(spec.submodule_search_locations or (), f"{name}."):
            visit(module.name)
    return list(found)


def _spec(name: str) -> ModuleSpec | None:
    """Find a module without importing the package that it lies in, which ``find_spec`` of importlib does."""
    package = name.rpartition(".")[0]
    path: Sequence[str] | None = None
    if package in sys.modules:
        path = sys.modules[package].__path__
    elif package:
        above = _spec(package)
        path = above.submodule_search_locations if above is not None else []
    found = (finder.find_spec(name, path) for finder in sys.meta_path)
    return next((spec for spec in found if spec is not None), None)
