"""Actions: one dataclass carries what menu, tooltip, palette, F1 and the shortcut show and do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractButton

from app.domain.permissions import Permission
from app.kernel.i18n import t


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something a person can do. ``handler`` gets the page of ``area`` (or the window when ``area`` is empty)."""

    id: str
    title: str
    handler: Callable[[Any], object]
    shortcut: str = ""
    area: str = ""
    permission: Permission | None = None
    icon: str = ""
    everywhere: bool = False
    enabled: Callable[[Any], bool] | None = None

    def is_enabled(self, page: Any) -> bool:
        """Whether the action makes sense now on ``page``."""
        return self.enabled is None or self.enabled(page)


def shortcut_text(shortcut: str) -> str:
    """Return a shortcut as this platform writes it (portable text in)."""
    return QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText)


def action_tip(action: Action) -> str:
    """Return the tooltip of an action's button: its title and its shortcut."""
    title = t(action.title)
    return f"{title} ({shortcut_text(action.shortcut)})" if action.shortcut else title


def bind(button: QAbstractButton, action: Action, page: Any) -> None:
    """Let a button carry out an action: text, tooltip, accessible name, enabled state, click."""
    title = t(action.title)
    if not button.text():
        button.setText(title)
    button.setToolTip(action_tip(action))
    button.setAccessibleName(title)
    button.setEnabled(action.is_enabled(page))
    button.clicked.connect(lambda: action.handler(page) if action.is_enabled(page) else None)
