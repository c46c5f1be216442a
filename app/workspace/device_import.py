"""Reading files of a patient's devices for a signed-in administrator: whose they are is said, never guessed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from app.domain.import_person import PersonSeen, is_somebody_else
from app.domain.import_report import RowOutcome, Tell, Teller
from app.domain.imports import HrvRow, MeasurementRow, SourceId
from app.domain.permissions import Permission
from app.domain.wallclock import day_of, local_date
from app.interop.devices.assemble import DayHere, DeviceFiles
from app.interop.devices.findings import DeviceSetting, Owner
from app.interop.devices.opening import open_files
from app.interop.devices.rows import Subject, twin_of
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.device_import import DevicePatient, ReadingHere, device_patient, readings_here, variability_here
from app.workspace.imports import ImportReport, Progress, Run, find_files, nobody
from app.workspace.workspace import Workspace

_DAY = timedelta(days=1)
_FEW = 20
"""So many names of files an import remembers."""


def run_device_import(
    workspace: Workspace,
    paths: Sequence[Path],
    patient_id: str,
    *,
    other_person: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    tell: Tell | None = None,
) -> ImportReport:
    """Read files and folders of one patient's devices into that patient's chart; needs the server.

    ``other_person`` takes them though they name somebody else's birth date, sex or name. Raises as ``run_import``
    does, ``Refused`` "OtherPerson" with the field that differs, "NotFound" for an unknown patient, ``Unavailable``
    without the server.
    """
    if not workspace.actor.may(Permission.IMPORT_ALL):
        raise Refused("NotAllowed", t("Your role doesn't allow this."))
    patient = workspace.ask(device_patient, patient_id=patient_id)
    sources, strange = find_files(paths, any_name=True)
    teller = Teller(tell or nobody, (source.name for source in sources))
    about = {"patientId": patient.id, "fileNames": [source.name for source in sources[:_FEW]]}
    run = Run(workspace, dry_run=dry_run, progress=progress, cancelled=cancelled, teller=teller, about=about)
    run.tally.skipped.extend(strange)
    for one in strange:
        teller.say(one.source, one.resource, RowOutcome.SKIPPED, one.reason)
    subject = Subject(workspace.actor.clinic_id, patient.id, patient.id, patient.born, patient.height_cm)
    setting = DeviceSetting(workspace.clinic.zone, workspace.clock.now())
    heard = teller.say if tell else None
    files = DeviceFiles(sources, open_files, subject, setting, _Chart(workspace, patient.id), run.tick, heard)

    def check() -> None:
        if not other_person:
            check_owners(files.owners, patient)

    return run.everything("device", files, len(sources), check)


def check_owners(owners: Sequence[tuple[str, Owner]], patient: DevicePatient) -> None:
    """Refuse ("OtherPerson") files that say that they are somebody else's: birth date, sex, or every name differ."""
    for file, owner in owners:
        found = _difference(owner, patient)
        if found is not None:
            field, what = found
            text = t("{file} is somebody else's: {what} in it isn't this patient's. Nothing was read in.", file=file,
                     what=what)  # fmt: skip
            raise Refused("OtherPerson", text, field=field)


def _difference(owner: Owner, patient: DevicePatient) -> tuple[str, str] | None:
    """Return the field that tells the two apart, and its name for people."""
    if owner.born is not None and patient.born is not None and owner.born != patient.born:
        return "dateOfBirth", t("the birth date")
    if owner.sex and patient.sex.lower() in ("male", "female") and owner.sex != patient.sex.lower():
        return "sex", t("the sex")
    if is_somebody_else(PersonSeen.of(owner.names), PersonSeen.of(patient.names)):
        return "name", t("the name")
    return None


@dataclass(frozen=True, slots=True)
class _Chart:
    """What the patient's chart holds already (``Here``)."""

    workspace: Workspace
    patient_id: str

    def twins(self, rows: Sequence[MeasurementRow | HrvRow]) -> frozenset[SourceId]:
        """Return the rows that stand there from another source."""
        found = self._measured([row for row in rows if isinstance(row, MeasurementRow)])
        return found | self._beats([row for row in rows if isinstance(row, HrvRow)])

    def _measured(self, rows: Sequence[MeasurementRow]) -> frozenset[SourceId]:
        if not rows:
            return frozenset()
        here: dict[object, set[str]] = {}
        for one in self._readings({row.type for row in rows}, [row.at for row in rows]):
            here.setdefault((one.type, one.at.replace(microsecond=0), one.value), set()).add(one.source_id)
        found = ((row.source, here.get(twin_of(row), set())) for row in rows)
        return frozenset(source for source, ids in found if ids and source.value not in ids)

    def _beats(self, rows: Sequence[HrvRow]) -> frozenset[SourceId]:
        if not rows:
            return frozenset()
        times = [row.at for row in rows]
        here = self.workspace.ask(
            variability_here, patient_id=self.patient_id, first=min(times), last=max(times) + timedelta(seconds=1)
        )
        return frozenset(row.source for row in rows if (row.device, row.at) in here)

    def _readings(self, types: set[str], times: Sequence[datetime]) -> tuple[ReadingHere, ...]:
        first, last = min(times).replace(microsecond=0), max(times) + timedelta(seconds=1)
        return self.workspace.ask(readings_here, patient_id=self.patient_id, types=types, first=first, last=last)

    def days(self, kind: str, days: Sequence[date]) -> Mapping[date, DayHere]:
        """Return what stands there for each day, by the clinic's calendar."""
        if not days:
            return {}
        zone = self.workspace.clinic.zone
        times = [day_of(min(days), zone).start, day_of(max(days), zone).end]
        found: dict[date, DayHere] = {}
        for one in self._readings({kind}, times):
            day = local_date(one.at, zone)
            if isinstance(one.value, int | float):
                known = found.get(day, DayHere(0.0, frozenset()))
                found[day] = DayHere(max(known.value, float(one.value)), known.source_ids | {one.source_id})
        return found
