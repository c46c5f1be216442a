"""Messages to patients as plain sentences; ``command_words`` takes them in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.kernel.i18n import t
from app.ui.parts.command_facts import Facts

MESSAGE_WORDS: Mapping[str, Callable[[Any, Facts], str]] = {
    "SendMessage": lambda c, f: (
        t("Send a message to {name}", name=f.patient(c.patient_id)) if c.patient_id else t("Answer a message")
    ),
    "MarkRead": lambda _c, _: t("Mark messages as read"),
    "AssignThread": lambda _c, _: t("Give a conversation to somebody"),
    "CloseThread": lambda _c, _: t("Be done with a conversation"),
    "ReopenThread": lambda _c, _: t("Open a conversation again"),
    "SaveMessageTemplate": lambda c, _: t("Change the template {name}", name=c.name),
    "DecideHeldMessage": lambda c, _: t("Send a rule's message") if c.send else t("Drop a rule's message"),
}
