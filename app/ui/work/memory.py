"""What keeps the window's memory small, beside not asking for much."""

from __future__ import annotations

import ctypes
import gc
import sys
from types import ModuleType

_M_ARENA_MAX = -8
"""glibc's name of the setting (malloc.h)."""


def _uses_no_features(_module: ModuleType) -> bool:
    return False


def leave_sources_alone() -> bool:
    """Keep PySide from reading the source of every module that is imported from now on; True when it would have.

    It looks there for uses of its ``__feature__`` switches, which this program has none of, and the text stays in
    memory: 38 MB in a checkout with all areas open. Where a later PySide does so otherwise nothing is changed.
    """
    feature = sys.modules.get("shibokensupport.feature")
    if not callable(getattr(feature, "_mod_uses_pyside", None)):
        return False
    setattr(feature, "_mod_uses_pyside", _uses_no_features)  # noqa: B010 - a module of PySide's without types
    return True


def share_one_heap() -> None:
    """Have all threads take memory from one heap, where the system's library would give each of them its own.

    What a thread frees in its own heap stays there: 5 MB with all areas open. Only glibc has the setting.
    """
    if sys.platform.startswith("linux"):
        set_option = getattr(ctypes.CDLL(None), "mallopt", None)
        if set_option is not None:
            set_option(_M_ARENA_MAX, 1)


def keep_what_is_loaded() -> None:
    """Tell the garbage collector not to look through modules and types again and again: they stay until the end.

    Each look would hold the window up for a tenth of a second.
    """
    gc.freeze()
