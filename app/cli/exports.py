"""``export fhir/csv/ics``: what is known of patients, for other programs. Each export is kept in the access log."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from app.cli.known import require_patient, require_provider
from app.cli.verbs import verb
from app.domain.csv_text import csv_text
from app.domain.enums import VisitStatus
from app.domain.labs import parse_results
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.access import Access, note_access
from app.queries.chart_record import ChartRecord, chart_record
from app.queries.patient_card import patient_list
from app.queries.visit_list import VisitRow, visit_list
from app.workspace.workspace import Workspace

_PAGE = 500
_GONE = frozenset({VisitStatus.CANCELLED, VisitStatus.NO_SHOW})


class Table(StrEnum):
    """What ``export csv`` can write."""

    PATIENTS = "patients"
    VISITS = "visits"
    MEASUREMENTS = "measurements"
    LABS = "labs"


@verb("export fhir")
def export_fhir(ws: Workspace, patient: str, file: str | None = None, since: date | None = None) -> Any:
    """Write a patient's record as a FHIR R4 bundle; --since leaves older measurements out."""
    from app.workspace.exports import fhir_bundle  # noqa: PLC0415 - iCalendar is slow to load

    made = fhir_bundle(ws, patient, since)
    if file is None:
        return made
    size = write_file(file, json.dumps(made, ensure_ascii=False, indent=1))
    return {"file": file, "bytes": size, "resources": len(made["entry"])}


@verb("export csv", positional=("what",))
def export_csv(
    ws: Workspace, what: Table, patient: str | None = None, file: str | None = None, since: date | None = None
) -> Any:
    """Write patients, visits, measurements or labs as a table; the last two of one --patient."""
    rows = list(_TABLES[what](ws, patient, since))
    if len(rows) == 1:  # the heads alone: of a mistyped patient that would read as "nothing there"
        require_patient(ws, patient)
    text = csv_text(rows)
    return text if file is None else {"file": file, "bytes": write_file(file, text), "rows": len(rows) - 1}


@verb("export ics", names={"first": "--from", "last": "--to"})
def export_ics(
    ws: Workspace, provider: str, first: date | None = None, last: date | None = None, file: str | None = None
) -> Any:
    """Write a provider's visits as a calendar (initials only), from today for 90 days unless dates are given."""
    from app.workspace.exports import visits_calendar  # noqa: PLC0415 - iCalendar is slow to load

    begin = first or ws.reader().today
    found = _visits(ws, provider_id=provider, first=begin, last=last or begin + timedelta(days=90))
    visits = [visit for visit in found if visit.status not in _GONE]
    if not visits:
        require_provider(ws, provider)
    text = visits_calendar(ws, visits[0].provider_short if visits else ws.clinic.name, visits)
    return text if file is None else {"file": file, "bytes": write_file(file, text), "visits": len(visits)}


def write_file(file: str, text: str) -> int:
    """Write a file in UTF-8; returns its size. Raises ``Refused`` "NoFile" with the system's reason."""
    data = text.encode("utf-8")
    try:
        Path(file).write_bytes(data)
    except OSError as error:
        raise Refused("NoFile", t("{path}: {why}", path=file, why=error.strerror), field="file") from None
    return len(data)


def _patients(ws: Workspace, patient: str | None, _since: date | None) -> Iterator[Sequence[str]]:
    yield ("id", "name", "dateOfBirth", "phone", "mrn", "flags")
    cursor = None
    while True:
        page = ws.ask(patient_list, cursor=cursor, limit=_PAGE)
        rows = [row for row in page.items if patient in (None, row.id)]
        _note(ws, {row.id for row in rows})
        for row in rows:
            born = row.born.isoformat() if row.born else ""
            yield (row.id, row.name, born, row.phone, row.mrn, " ".join(row.flags))
        cursor = page.cursor
        if not page.more:
            return


def _note(ws: Workspace, patients: set[str]) -> None:
    """Keep the export in the access log, where there is one: the server."""
    if patients and ws.reader().online:
        ws.ask(note_access, patient_ids=patients, kind=Access.EXPORT)


def _visits(ws: Workspace, **which: Any) -> Iterator[VisitRow]:
    cursor = None
    while True:
        page = ws.ask(visit_list, cursor=cursor, limit=_PAGE, **which)
        _note(ws, {row.patient_id for row in page.items})
        yield from page.items
        cursor = page.cursor
        if not page.more:
            return


def _visit_rows(ws: Workspace, patient: str | None, since: date | None) -> Iterator[Sequence[str]]:
    yield ("id", "patientId", "patientName", "providerName", "startTime", "endTime", "status", "visitMode", "type")
    for row in _visits(ws, patient_id=patient, first=since):
        times = (row.start.astimezone(ws.clinic.zone).isoformat(), row.end.astimezone(ws.clinic.zone).isoformat())
        yield (row.id, row.patient_id, row.patient_name, row.provider_short, *times, row.status.value, row.mode.value,
               row.type_name or "")  # fmt: skip


def _record(ws: Workspace, patient: str | None, since: date | None) -> ChartRecord:
    if patient is None:
        raise Refused("BadArgument", t("Name a patient."), field="patient")
    return ws.ask(chart_record, patient_id=patient, since=since)


def _measurement_rows(ws: Workspace, patient: str | None, since: date | None) -> Iterator[Sequence[str]]:
    record = _record(ws, patient, since)
    yield ("id", "type", "value", "timestamp", "source")
    for row in record.measurements:
        if isinstance(row["metadata_"], Mapping) and row["metadata_"].get("retracted"):
            continue
        yield (row["id"], row["type"], _plain(row["value"]), row["timestamp"].isoformat(), row["source"])


def _plain(value: Any) -> str:
    if isinstance(value, Mapping) and set(value) == {"systolic", "diastolic"}:
        return f"{value['systolic']}/{value['diastolic']}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _lab_rows(ws: Workspace, patient: str | None, since: date | None) -> Iterator[Sequence[str]]:
    record = _record(ws, patient, since)
    if record.results_hidden:
        raise Refused("NotAllowed", t("Your role doesn't allow this."))
    yield ("orderId", "code", "name", "value", "unit", "low", "high", "flag", "observedAt", "status", "note")
    for order in record.orders:
        for one in parse_results(order["results"])[0]:
            at = one.observed_at.isoformat() if one.observed_at else ""
            limits = ["" if limit is None else str(limit) for limit in (one.low, one.high)]
            yield (order["id"], one.code, one.name, str(one.value), one.unit, *limits, one.flag, at, one.status,
                   one.note)  # fmt: skip


_TABLES: Mapping[Table, Callable[[Workspace, str | None, date | None], Iterator[Sequence[str]]]] = {
    Table.PATIENTS: _patients,
    Table.VISITS: _visit_rows,
    Table.MEASUREMENTS: _measurement_rows,
    Table.LABS: _lab_rows,
}
