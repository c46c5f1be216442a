"""Loads the areas' code while a person looks at the sign-in page, so that no page has to wait for an import."""

from __future__ import annotations

import pkgutil
import threading
from collections.abc import Iterable
from importlib import import_module

from app.ui.work import AreaSpec

AREAS = "app.ui.areas."
_MOST_SECONDS = 20.0


class Preload:
    """One run for the program; a mistake in an area's code ends it, and is met again (and reported) on opening."""

    def __init__(self, specs: Iterable[AreaSpec]) -> None:
        self._packages = [name for name in map(package_of, specs) if name]
        self._done = threading.Event()

    def run(self) -> None:
        """Import everything; on a worker thread."""
        try:
            for name in self._packages:
                package = import_module(name)
                for module in pkgutil.iter_modules(package.__path__, f"{name}."):
                    import_module(module.name)
        finally:
            self._done.set()

    def wait(self) -> None:
        """Wait until it is over; on a worker thread."""
        self._done.wait(_MOST_SECONDS)


def package_of(spec: AreaSpec) -> str:
    """Return the area's package; empty for areas that live elsewhere (tests)."""
    module = spec.factory.__module__
    return module.rpartition(".")[0] if module.startswith(AREAS) else ""
