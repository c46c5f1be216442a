"""``measure`` and ``series``: values in, values out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from app.cli.living import living
from app.cli.verbs import verb
from app.commands.device_files import RestoreDeviceFiles, TakeBackDeviceFiles
from app.commands.measurements import RecordMeasurement, RetractMeasurement
from app.domain.vitals_metrics import UNIT_TEXT, Metric, metric_named
from app.domain.vitals_ranges import VitalRanges
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.limits import clinical_limits
from app.queries.vitals_series import MOST_BUCKETS, Spot, vital_series
from app.workspace.workspace import Workspace

DAYS = 90
FEW = 2000
"""Up to so many readings come one by one; more as at most ``MOST_BUCKETS`` buckets."""


def _metric(name: str, field: str) -> Metric:
    metric = metric_named(name)
    if metric is None:
        known = ", ".join(one.value.lower() for one in Metric)
        raise Refused("BadMetric", t("There is no {name}. Known: {known}.", name=name[:40], known=known), field=field)
    return metric


@verb("measure", positional=("patient", "type", "value"))
def measure(
    ws: Workspace,
    patient: str,
    type: str,  # noqa: A002 - the contract's name
    value: str,
    unit: str = "",
    at: datetime | None = None,
    visit: str | None = None,
    confirmed: bool = False,
) -> dict[str, Any]:
    """Record a measurement ("120/80" for a blood pressure); --confirmed accepts an unlikely value."""
    kind = _metric(type, "type").measured
    if kind is None:
        raise Refused("BadMetric", t("This is computed or comes from devices; it isn't typed."), field="type")
    if at is not None and at.utcoffset() is None:
        at = at.replace(tzinfo=ws.reader().zone)
    command = RecordMeasurement(
        patient_id=patient, type=kind, value=value, unit=unit, at=at, visit_id=visit, confirmed=confirmed
    )
    outcome = ws.execute(command)
    metric, kept = Metric(kind.value), outcome.result["value"]
    values = (kept["systolic"], kept["diastolic"]) if isinstance(kept, Mapping) else (kept,)
    place = ws.ask(clinical_limits).ranges.place(metric, *values)
    return {**outcome.result, "unit": UNIT_TEXT[metric], "place": _PLACES[place]}


@verb("measurement retract", positional=("measurement",))
def retract(ws: Workspace, measurement: str, reason: str) -> dict[str, Any]:
    """Say that a measurement was entered in error."""
    return dict(ws.execute(RetractMeasurement(measurement_id=measurement, reason=reason)).result)


@verb("measurement retract-files", positional=("run",))
def retract_files(ws: Workspace, run: str, reason: str, confirmed: bool = False) -> dict[str, Any]:
    """Take back what one reading of device files brought (chart devices names them); --confirmed: the rest of it."""
    return dict(ws.execute(TakeBackDeviceFiles(run_id=run, reason=reason, confirmed=confirmed)).result)


@verb("measurement restore-files", positional=("run",))
def restore_files(ws: Workspace, run: str, reason: str = "") -> dict[str, Any]:
    """Bring back what was taken back with its files."""
    return dict(ws.execute(RestoreDeviceFiles(run_id=run, reason=reason)).result)


@verb("series", positional=("patient", "metric"), names={"start": "--from", "end": "--to"})
def series(
    ws: Workspace,
    patient: str,
    metric: str,
    start: date | None = None,
    end: date | None = None,
    buckets: int = MOST_BUCKETS,
) -> dict[str, Any]:
    """Show a metric over time, dates of the clinic inclusive; the last 90 days unless told."""
    living(ws, patient)
    reader = ws.reader()
    chosen = _metric(metric, "metric")
    last = end or reader.today
    first = start or last - timedelta(days=DAYS)
    if first > last:
        raise Refused("BadValue", t("The end comes before the beginning."), field="to")
    begin, until = (
        datetime.combine(day, time(), tzinfo=reader.zone).astimezone(UTC) for day in (first, last + timedelta(days=1))
    )
    found = ws.ask(
        vital_series, patient_id=patient, metrics=(chosen,), start=begin, end=until, buckets=buckets, few=FEW
    )  # fmt: skip
    one, ranges = found.series[0], ws.ask(clinical_limits).ranges
    return {
        "patientId": patient, "metric": chosen.value, "unit": UNIT_TEXT[chosen], "from": first.isoformat(),
        "to": last.isoformat(), "readings": one.readings, "unreadable": one.unreadable,
        "bucketSeconds": one.bucket.total_seconds() if one.bucket is not None else None,
        "olderNeedServer": found.older_missing, "more": False,
        "items": [_item(chosen, spot, ranges) for spot in one.spots],
    }  # fmt: skip


_PLACES = {-2: "criticallyLow", -1: "low", 0: "normal", 1: "high", 2: "criticallyHigh"}
"""Where a value lies among the clinic's own limits."""


def _item(metric: Metric, spot: Spot, ranges: VitalRanges) -> dict[str, Any]:
    """A reading with its value, or a bucket with lowest, highest and mean; pressures as objects."""
    pair = metric is Metric.BLOOD_PRESSURE

    def value(first: float, second: float | None) -> Any:
        return {"systolic": first, "diastolic": second} if pair else first

    item: dict[str, Any] = {
        "timestamp": spot.at.isoformat(), "value": value(spot.mean, spot.second_mean),
        "place": _PLACES[_place(metric, spot, ranges)],
        "source": spot.origin.value if spot.origin is not None else None,
    }  # fmt: skip
    if spot.count == 1:
        return item | {"id": spot.id}
    return item | {
        "until": spot.until.isoformat(), "count": spot.count, "low": value(spot.low, spot.second_low),
        "high": value(spot.high, spot.second_high),
    }  # fmt: skip


def _place(metric: Metric, spot: Spot, ranges: VitalRanges) -> int:
    if spot.count == 1:
        return ranges.place(metric, spot.mean, spot.second_mean)
    seconds = (spot.second_low, spot.second_high, spot.second_mean)
    return ranges.place_of_bucket(metric, spot.low, spot.high, spot.mean, *seconds)
