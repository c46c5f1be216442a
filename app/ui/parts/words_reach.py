"""Alerts, requests and messages as plain sentences; ``command_words`` takes them in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.kernel.i18n import t
from app.ui.parts.command_facts import Facts

ALERT_WORDS: Mapping[str, Callable[[Any, Facts], str]] = {
    "ResolveAlert": lambda _c, _: t("Resolve an alert"),
    "DismissAlert": lambda _c, _: t("Dismiss an alert"),
    "ReopenAlerts": lambda _c, _: t("Open an alert again"),
    "SnoozeAlert": lambda c, _: t("Put off an alert") if c.until is not None else t("Wake an alert"),
    "AssignAlert": lambda _c, _: t("Give an alert to somebody"),
}


def _proposed(c: Any, f: Facts) -> str:
    return t("Propose {time} to {name}", time=f.time(c.slot_id), name=f.place(c.request_id))


REQUEST_WORDS: Mapping[str, Callable[[Any, Facts], str]] = {
    "JoinSession": lambda c, f: t("Join the video room of {name}", name=f.visitor(c.visit_id)),
    "EndSession": lambda c, f: t("Close the video room of {name}", name=f.visitor(c.visit_id)),
    "TriageRequest": lambda c, f: t("Triage the request of {name}", name=f.place(c.request_id)),
    "ProposeSlot": _proposed,
    "ConvertRequest": lambda c, f: t("Book the request of {name}", name=f.place(c.request_id)),
    "UndoRequestStep": lambda c, f: t("Take back a step of the request of {name}", name=f.place(c.request_id)),
    "CancelRequest": lambda c, f: t("Cancel the request of {name}", name=f.place(c.request_id)),
}
