"""Files of devices for tests: made in memory, and the real ones beside the checkout."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from app.domain.imports import BmiRow, HrvRow, MeasurementRow, Skipped, SourceId
from app.interop.devices.assemble import DayHere, DeviceFiles
from app.interop.devices.findings import DeviceSetting
from app.interop.devices.opening import open_files
from app.interop.devices.rows import Subject
from tests.support.fhir import Memory

REAL = Path(__file__).parents[3] / "shared" / "data" / "device"
"""Real files; the folder lies beside the checkout."""

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 5, 4, 8, 42, tzinfo=UTC)


class EmptyChart:
    """A chart that holds nothing yet."""

    def twins(self, rows: Sequence[MeasurementRow | HrvRow]) -> frozenset[SourceId]:
        """Nothing stands there."""
        del rows
        return frozenset()

    def days(self, kind: str, days: Sequence[date]) -> Mapping[date, DayHere]:
        """Nothing stands there."""
        del kind, days
        return {}


@dataclass
class DeviceRead:
    """What files brought."""

    files: DeviceFiles
    rows: list[MeasurementRow] = field(default_factory=list)
    hrv: list[HrvRow] = field(default_factory=list)
    bmi: list[BmiRow] = field(default_factory=list)

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What was left out."""
        return self.files.skipped

    def reasons(self) -> dict[str, str]:
        """Why, by kind."""
        return {row.resource.partition("/")[0]: row.reason for row in self.skipped}

    def of(self, kind: str) -> list[MeasurementRow]:
        """The measurements of a kind, in the order of their times."""
        return sorted((row for row in self.rows if row.type == kind), key=lambda row: row.at)

    def values(self, kind: str) -> list[object]:
        """Their values."""
        return [row.value for row in self.of(kind)]


def read_devices(
    *given: bytes | Path, born: date | None = None, height: float | None = None, zone: ZoneInfo = ZONE,
    now: datetime = NOW,
) -> DeviceRead:  # fmt: skip
    """Read files as one patient's."""
    sources = [Memory(f"file{n}", one) if isinstance(one, bytes) else Memory(one.name, one.read_bytes())
               for n, one in enumerate(given, 1)]  # fmt: skip
    subject = Subject("c-1", "p-1", "p-1", born, height)
    found = DeviceRead(DeviceFiles(sources, open_files, subject, DeviceSetting(zone, now), EmptyChart()))
    for part in found.files.patients():
        found.rows += part.measurements
        found.hrv += part.variability
        found.bmi += part.bmi
    return found


def apple(records: Iterable[str], me: str = "<Me/>", head: str = "") -> bytes:
    """Make an export.xml."""
    lines = "\n".join(records)
    top = f'<?xml version="1.0" encoding="UTF-8"?>\n{head}<HealthData locale="en_US">'
    return f"{top}\n{me}\n{lines}\n</HealthData>".encode()


def record(kind: str, value: object, start: str, end: str = "", unit: str = "", source: str = "Watch") -> str:
    """Make a record of an export.xml; times like ``2026-01-02 07:00:00 -0500``."""
    return (f'<Record type="HK{kind}" sourceName="{source}" unit="{unit}" startDate="{start}" '
            f'endDate="{end or start}" value="{value}"/>')  # fmt: skip
