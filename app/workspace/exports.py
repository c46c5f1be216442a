"""What leaves the program for others: a patient's record as FHIR, a provider's visits as iCalendar."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from app.domain.enums import VisitMode
from app.interop.calendar_file import CalendarEntry, calendar_text, initials
from app.interop.fhir.export import bundle
from app.queries.chart_record import ChartRecord, chart_record
from app.queries.visit_list import VisitRow
from app.workspace.workspace import Workspace


def fhir_bundle(workspace: Workspace, patient_id: str, since: date | None = None) -> dict[str, Any]:
    """Return a patient's record as a FHIR R4 Bundle; the access log keeps it. Raises ``Refused`` "NoPatient"."""
    return record_bundle(workspace.ask(chart_record, patient_id=patient_id, since=since))


def record_bundle(record: ChartRecord) -> dict[str, Any]:
    """Return a record that was asked for as an export, as a FHIR R4 Bundle."""
    return bundle(record)


def visits_calendar(workspace: Workspace, name: str, visits: Iterable[VisitRow]) -> str:
    """Return visits as iCalendar in the clinic's zone; initials instead of names."""
    entries = [
        CalendarEntry(v.id, v.start, v.end, ", ".join(filter(None, (initials(v.patient_name), v.type_name))),
                      virtual=v.mode is VisitMode.VIRTUAL)
        for v in visits
    ]  # fmt: skip
    return calendar_text(name, entries, workspace.clinic.zone, workspace.clock.now())
