"""What people measured, in words: for the list of what waits to be sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.domain.vitals_entry import unit_text
from app.domain.vitals_metrics import Metric, metric_title
from app.kernel.i18n import t
from app.ui.parts.command_facts import Facts


def _measured(c: Any, f: Facts) -> str:
    what = metric_title(Metric(c.type.value))
    value = f"{c.value} {unit_text(c.unit)}".strip()
    return t("Measure {name}: {what} {value}", name=f.patient(c.patient_id), what=what, value=value)


VITAL_WORDS: Mapping[str, Callable[[Any, Facts], str]] = {
    "RecordMeasurement": _measured,
    "RetractMeasurement": lambda c, _: t("Take back a measurement: {reason}", reason=c.reason),
    "TakeBackDeviceFiles": lambda c, _: t("Take back files of devices: {reason}", reason=c.reason),
    "RestoreDeviceFiles": lambda _c, _: t("Bring back files of devices"),
    "RestoreMeasurement": lambda _c, _: t("Bring back a measurement"),
}
