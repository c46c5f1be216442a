"""Alerts, requests and messages as plain sentences; ``command_words`` takes them in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.kernel.i18n import t
from app.ui.parts.command_facts import Facts

ALERT_WORDS: Mapping[str, Callable[[Any, Facts], str]] = {
    "ResolveAlert": lambda _c, _: t("Resolve an alert"),
    "DismissAlert": lambda _c, _: t("Dismiss an alert"),
    "SnoozeAlert": lambda c, _: t("Put off an alert") if c.until is not None else t("Wake an alert"),
    "AssignAlert": lambda _c, _: t("Give an alert to somebody"),
}
