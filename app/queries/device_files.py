"""What files of devices brought into a chart: by source, and by the readings of files that can be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.models import HRVReading, ImportLink, ImportRun, Login, Measurement
from app.db.readings import json_has_object, json_part
from app.domain.device_formats import FORMAT_NAMES
from app.queries.core import Reader, query
from app.queries.merged import with_merged

_DEVICE = "DEVICE"
_RUNS = 50


@dataclass(frozen=True, slots=True)
class FileSource:
    """A source of readings that came from files: the format's name, how many count, the last one (aware UTC)."""

    name: str
    readings: int
    last_reading: datetime


@query(offline=True)
def device_file_sources(session: Session, reader: Reader, *, patient_id: str) -> tuple[FileSource, ...]:
    """Return the sources whose files were read into a chart, by name; what was taken back doesn't count.

    Without variability, whose rows can't say where they come from: ``device_file_beats``.
    """
    del reader
    own = Measurement
    origin = json_part(own.metadata_, "origin")
    rows = session.execute(
        select(origin, func.count(), func.max(own.timestamp))
        .where(own.patient_id == patient_id, own.source == _DEVICE, ~json_has_object(own.metadata_, "retracted"))
        .group_by(origin)
    ).all()
    found = (FileSource(name, count, last) for name, count, last in rows if isinstance(name, str) and name)
    return tuple(sorted(found, key=lambda one: one.name))


@query(offline=False)
def device_file_beats(session: Session, reader: Reader, *, patient_id: str) -> tuple[FileSource, ...]:
    """Return the sources whose files brought variability into a chart, by name. Only the import knows of it."""
    own, link = HRVReading, ImportLink
    rows = session.execute(
        select(link.system, func.count(), func.max(own.timestamp))
        .join(link, link.row_id == own.id)
        .where(
            own.patient_id == patient_id, link.clinic_id == reader.clinic_id, link.table_name == own.__tablename__,
            link.system.in_(FORMAT_NAMES),
        )
        .group_by(link.system)
    ).all()  # fmt: skip
    found = (FileSource(FORMAT_NAMES[system], count, last) for system, count, last in rows)
    return tuple(sorted(found, key=lambda one: one.name))


def together(*parts: tuple[FileSource, ...]) -> tuple[FileSource, ...]:
    """Return the sources of several answers, each once, by name."""
    found: dict[str, FileSource] = {}
    for one in (one for part in parts for one in part):
        before = found.get(one.name, FileSource(one.name, 0, one.last_reading))
        last = max(before.last_reading, one.last_reading)
        found[one.name] = FileSource(one.name, before.readings + one.readings, last)
    return tuple(found[name] for name in sorted(found))


@dataclass(frozen=True, slots=True)
class DeviceRun:
    """Files that were read into a chart at one time: when (aware UTC), by whom, their names, how many readings."""

    id: str
    at: datetime
    by: str
    files: tuple[str, ...]
    readings: int


@query(offline=False)
def device_runs(session: Session, reader: Reader, *, patient_id: str) -> tuple[DeviceRun, ...]:
    """Return the last readings of files into a chart that count, latest first."""
    own = ImportRun
    part = func.jsonb_extract_path_text
    rows = session.execute(
        select(own.id, own.started_at, own.summary, Login.display_name)
        .outerjoin(Login, Login.user_id == own.by_user)
        .where(
            own.clinic_id == reader.clinic_id, own.kind == "device",
            part(own.summary, "patientId").in_(with_merged(patient_id)),
            part(own.summary, "takenBack").is_(None),
        )
        .order_by(own.started_at.desc(), own.id)
        .limit(_RUNS)
    ).all()  # fmt: skip
    found = (
        DeviceRun(row.id, row.started_at, row.display_name or "", _files(row.summary), _count(row.summary))
        for row in rows
    )
    return tuple(one for one in found if one.readings)


def _files(summary: Any) -> tuple[str, ...]:
    files = summary.get("fileNames") if isinstance(summary, dict) else None
    return tuple(one for one in files if isinstance(one, str)) if isinstance(files, list) else ()


def _count(summary: dict[str, Any]) -> int:
    """How many were taken or renewed; an import that never ended has said nothing, and counts as one."""
    if "taken" not in summary:
        return 1
    parts = (summary.get("taken"), summary.get("updated"))
    return sum(n for one in parts if isinstance(one, dict) for n in one.values() if isinstance(n, int))
