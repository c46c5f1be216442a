"""A measurement of a visit as one line; what can't be read is called so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.domain.vitals_metrics import UNIT_TEXT, Metric, metric_named, metric_title, value_text
from app.kernel.i18n import t
from app.queries.visit_content import Measured


def measured_line(one: Measured) -> str:
    """Return "Weight 82.4 kg", "Blood pressure 144/90 mmHg"."""
    metric = metric_named(one.kind)
    if metric is None:
        return f"{one.kind} · {t('unreadable value')}"
    value = _text(metric, one.value)
    return f"{metric_title(metric)}  {value or t('unreadable value')}"


def _text(metric: Metric, value: Any) -> str:
    unit = UNIT_TEXT[metric]
    if metric is Metric.BLOOD_PRESSURE:
        if not isinstance(value, Mapping):
            return ""
        above, below = value.get("systolic"), value.get("diastolic")
        if not isinstance(above, int | float) or not isinstance(below, int | float):
            return ""
        return f"{value_text(metric, above, below)} {unit}"
    return f"{value_text(metric, value)} {unit}".strip() if isinstance(value, int | float) else ""
