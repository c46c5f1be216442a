"""How this program starts itself again: from a checkout by Python, from a frozen build by its own executable."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path

_ORIGINAL = "_ORIG"
_ANEW = "PYINSTALLER_RESET_ENVIRONMENT"
_SEARCH_PATHS = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


def is_frozen() -> bool:
    """Tell whether this is the installed one-folder build."""
    return bool(getattr(sys, "frozen", False))


def bundle_folder() -> Path | None:
    """Return the folder that holds what a frozen build brings along; None in a checkout."""
    found = getattr(sys, "_MEIPASS", None)
    return Path(found) if is_frozen() and found else None


def own_command(*arguments: str) -> list[str]:
    """Return the command that runs this program with other arguments, as a process of its own."""
    return [sys.executable, *arguments] if is_frozen() else [sys.executable, "-m", "app.main", *arguments]


def screen_missing(environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether there is surely no screen to open a window on: Qt would end the program without a word of ours."""
    named = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return sys.platform == "linux" and not any(environment.get(name) for name in named)


def leave_bundle(environment: MutableMapping[str, str] = os.environ) -> None:
    """Let programs that this one starts (a browser, a printer's dialog, PostgreSQL) find their own libraries.

    A frozen program is started with a search path that puts its own libraries first; this process has read it. When
    it starts itself again, that one sets the path anew: it must not take itself for a part of this process.
    """
    if not is_frozen():
        return
    for name in _SEARCH_PATHS:
        before = environment.pop(name + _ORIGINAL, None)
        environment.pop(name, None)
        if before:
            environment[name] = before
    environment[_ANEW] = "1"
