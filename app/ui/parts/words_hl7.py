"""Sentences for commands about laboratories' messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.kernel.i18n import t, tn
from app.ui.parts.command_facts import Facts

HL7_WORDS: dict[str, Callable[[Any, Facts], str]] = {
    "TakeLabMessages": lambda c, _f: tn(
        "Take a laboratory's message", "Take {n} messages of laboratories", len(c.messages)
    ),
    "AssignLabMessage": lambda c, f: t("File a laboratory's message for {name}", name=f.patient(c.patient_id)),
    "RefuseLabMessage": lambda c, _f: t("Refuse a laboratory's message: {reason}", reason=c.reason),
    "TakeBackLabMessage": lambda c, _f: t("Take a laboratory's message out of a chart: {reason}", reason=c.reason),
    "ReopenLabMessage": lambda _c, _f: t("Let a laboratory's message wait again"),
}
