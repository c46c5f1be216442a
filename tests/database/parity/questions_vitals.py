"""What is asked about readings, with spans and widths of every sort."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from app.domain.vitals_metrics import Metric
from app.queries.device_files import device_file_sources
from app.queries.limits import clinical_limits
from app.queries.vitals import vital_extents, vital_page
from app.queries.vitals_panel import vitals_panel
from app.queries.vitals_series import vital_series
from tests.support.desk import NOW

EVERY = tuple(Metric)


def vital_questions(patients: tuple[str, ...]) -> Iterator[tuple[Callable[..., Any], dict[str, Any]]]:
    """Every question about vitals; within what a workstation keeps."""
    yield clinical_limits, {}
    for patient_id in patients:
        span = {"start": NOW - timedelta(days=30), "end": NOW + timedelta(days=1)}
        asked = {"patient_id": patient_id, "metrics": EVERY}
        yield vital_series, {**asked, **span}
        yield vital_series, {**asked, **span, "few": 0, "buckets": 7}
        yield vital_series, {**asked, **span, "few": 1, "buckets": 100_000}
        yield vitals_panel, {"patient_id": patient_id}
        yield vital_extents, {"patient_id": patient_id}
        yield device_file_sources, {"patient_id": patient_id}
        yield vital_page, {**asked, "limit": 2}
        yield vital_page, {**asked, **span, "limit": 3, "cursor": f"{(NOW - timedelta(days=1)).isoformat()}|30|zzz"}
