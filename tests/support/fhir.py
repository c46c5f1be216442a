"""FHIR files for tests: made in memory, and the real ones beside the checkout."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from app.domain.imports import PatientImport, PractitionerRow, Skipped
from app.interop.fhir.files import FhirFiles, Setting

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 1, 15, 15, tzinfo=UTC)
SETTING = Setting(ZONE, NOW)
REAL = Path(__file__).parents[3] / "shared" / "data" / "fhir"
"""Real files; the folder lies beside the checkout."""

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"


@dataclass(frozen=True)
class Memory:
    """A file in memory."""

    name: str
    data: bytes
    folder: str = "here"

    def open(self) -> BinaryIO:
        """Open it."""
        return io.BytesIO(self.data)


@dataclass(frozen=True)
class OnDisk:
    """A real file, named from the folder of all of them."""

    path: Path

    @property
    def name(self) -> str:
        """The name in reports."""
        return str(self.path.relative_to(REAL))

    @property
    def folder(self) -> str:
        """Its folder."""
        return str(self.path.parent)

    def open(self) -> BinaryIO:
        """Open it."""
        return self.path.open("rb")


@dataclass
class Read:
    """What came out of some files."""

    practitioners: tuple[PractitionerRow, ...]
    patients: list[PatientImport]
    skipped: tuple[Skipped, ...]
    taken: Counter[str]
    repeated: Counter[str]
    total: int
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def only(self) -> PatientImport:
        """The one patient."""
        (patient,) = self.patients
        return patient

    @property
    def reason(self) -> str:
        """The one reason for which something was skipped."""
        (reason,) = self.reasons
        return reason

    @property
    def adds_up(self) -> bool:
        """Whether every record is accounted for, once."""
        return self.taken.total() + self.repeated.total() + sum(s.count for s in self.skipped) == self.total


def read(sources: Sequence[Any], setting: Setting = SETTING) -> Read:
    """Read files to the end."""
    files = FhirFiles(sources, setting)
    practitioners, patients = files.practitioners(), list(files.patients())
    taken: Counter[str] = Counter()
    for item in patients:
        rows = [*([item.patient] if item.patient else []), *item.records]
        taken.update(source.kind for row in rows for source in (row.source, *row.also))
        taken.update(source.kind for row in item.bmi for source in row.also)
    taken.update(source.kind for row in practitioners for source in (row.source, *row.also))
    reasons: Counter[str] = Counter()
    for row in files.skipped:
        reasons[row.reason] += row.count
    return Read(practitioners, patients, files.skipped, taken, files.repeated, files.survey.total, reasons)


def read_resources(*resources: Any, setting: Setting = SETTING) -> Read:
    """Read resources that stand in one Bundle."""
    entries = [{"resource": resource} for resource in resources]
    return read([document({"resourceType": "Bundle", "type": "collection", "entry": entries})], setting)


def document(value: Any, name: str = "file.json", folder: str = "here") -> Memory:
    """A file that holds one JSON value."""
    return Memory(name, json.dumps(value).encode(), folder)


def lines(*resources: Any, name: str = "file.ndjson", folder: str = "here") -> Memory:
    """An NDJSON file."""
    return Memory(name, b"".join(json.dumps(r).encode() + b"\n" for r in resources), folder)


def patient(key: str = "p1", /, **more: Any) -> dict[str, Any]:
    """A patient with a name and birth date."""
    base = {"resourceType": "Patient", "id": key, "birthDate": "1970-03-04",
            "name": [{"use": "official", "family": "Winter", "given": ["Ada"]}]}  # fmt: skip
    return {**base, **more}


def of(name: str = "p1") -> dict[str, str]:
    """A reference to a patient."""
    return {"reference": f"Patient/{name}"}


def observation(code: str, value: Any = None, unit: str | None = None, /, **more: Any) -> dict[str, Any]:
    """An observation with a LOINC code; ``unit`` is a UCUM code."""
    base: dict[str, Any] = {
        "resourceType": "Observation",
        "id": f"o-{code}",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "subject": of(),
        "effectiveDateTime": "2024-05-06T10:00:00-04:00",
    }
    if value is not None:
        base["valueQuantity"] = {"value": value, "unit": unit, "system": UCUM, "code": unit}
    return {**base, **more}


def encounter(key: str = "e1", /, **more: Any) -> dict[str, Any]:
    """A finished visit to the surgery."""
    base = {
        "resourceType": "Encounter",
        "id": key,
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "type": [{"text": "Check-up"}],
        "subject": of(),
        "period": {"start": "2024-05-06T10:00:00-04:00", "end": "2024-05-06T10:20:00-04:00"},
    }
    return {**base, **more}


def in_rounds_of(records: int) -> Setting:
    """The setting with small rounds."""
    return replace(SETTING, records_per_round=records)
