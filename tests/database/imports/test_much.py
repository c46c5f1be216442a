"""A patient with more records than a workstation's journal keeps in one command comes in parts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from app.commands.imports import ImportRecords
from app.db.models import BMIReading, Measurement, Patient
from app.domain.imports import PatientImport, PatientRow, SourceId
from app.kernel.errors import Refused
from app.workspace.workspace import Workspace
from tests.database.imports.test_import import Importer, reasons
from tests.support.desk import Desk
from tests.support.fhir import observation, patient

MOST = 7


class Narrow(Workspace):
    """A workspace that keeps few records in one command, as a journal keeps few bytes."""

    def execute(self, command: Any, *args: Any, **how: Any) -> Any:
        if isinstance(command, ImportRecords) and sum(one.size for one in command.patients) > MOST:
            raise Refused("TooLong", "more than can be saved at once", field="at")
        return super().execute(command, *args, **how)


def test_what_is_too_much_for_one_command_comes_in_parts(desk: Desk, tmp_path: Path) -> None:
    bring = Importer(desk, tmp_path)
    wide = bring.workspace
    bring.workspace = Narrow(wide.store, wide.actor, wide.clinic, desk.clock, wide.workstation)
    height = observation("8302-2", 180, "cm", id="h", effectiveDateTime="2024-05-01T10:00:00Z")
    weights = [observation("29463-7", 80 + n, "kg", id=f"w{n}", effectiveDateTime=f"2024-05-{n + 1:02}T10:00:00Z")
               for n in range(20)]  # fmt: skip
    report = bring(patient(), height, *weights)
    assert reasons(report) == {}
    assert dict(report.tally.taken) == {"Patient": 1, "Observation": 21}
    counts = [desk.rows(select(func.count()).select_from(table))[0][0] for table in (Measurement, BMIReading)]
    assert counts[0] == 21
    assert counts[1] == 20, "each weight has its body mass index"
    assert desk.rows(select(Patient.height_cm).where(Patient.first_name == "Ada")) == [(180.0,)]
    assert dict(bring(patient(), height, *weights).tally.taken) == {}


def test_a_patient_alone_cannot_be_divided() -> None:
    source = SourceId("local", "Patient", "p")
    alone = PatientImport(source=source, patient=PatientRow(source=source, last_name="Winter"))
    assert alone.halves() == ()
