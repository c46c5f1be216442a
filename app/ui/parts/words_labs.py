"""Laboratory orders and results as plain sentences; ``command_words`` takes them in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.kernel.i18n import t, tn
from app.ui.parts.command_facts import Facts


def _ordered(c: Any, f: Facts) -> str:
    return t("Order labs for {name}: {tests}", name=f.patient(c.patient_id), tests=", ".join(c.tests))


def _signed(c: Any, f: Facts) -> str:
    if len(c.shown) == 1:
        return t("Sign the results of {name}", name=f.place(c.shown[0].order_id))
    return tn("Sign {n} result", "Sign {n} results", len(c.shown))


LAB_WORDS: Mapping[str, Callable[[Any, Facts], str]] = {
    "OrderLabs": _ordered,
    "StartLabOrder": lambda c, f: t("Labs of {name} are under way", name=f.place(c.order_id)),
    "CancelLabOrder": lambda c, f: t("Cancel the lab order of {name}", name=f.place(c.order_id)),
    "RecordResults": lambda c, f: t("Enter results of {name}", name=f.place(c.order_id)),
    "SignResults": _signed,
    "HandOverResults": lambda c, f: t("Hand over the results of {name}", name=f.place(c.order_id)),
    "SaveOrderSet": lambda c, _: t("Change the order set {name}", name=c.name),
}
