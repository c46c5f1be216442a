"""Which records of an import are rows of this clinic: an export of ours that comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Row, Select, select

from app.db.models import (
    BMIReading,
    CarePlan,
    ExcuseNote,
    HRVReading,
    LabOrder,
    Measurement,
    Message,
    MessageThread,
    Patient,
    PatientSearch,
    Provider,
    Referral,
    Visit,
    VisitNote,
    VitalReading,
)
from app.domain.import_own import THREAD, may_be_own, own_system, row_ids
from app.domain.import_plan import ImportState, Link, sources_of
from app.domain.imports import ImportBatch, PatientImport, SourceId
from app.kernel.fold import fold

Fetch: TypeAlias = Callable[[Select[*tuple[Any, ...]]], Sequence[Row[*tuple[Any, ...]]]]
_KEPT = {"ServiceRequest": (LabOrder, Referral), "CarePlan": (CarePlan,),
         "DocumentReference": (VisitNote, ExcuseNote)}  # fmt: skip
_OBSERVED = (Measurement, VitalReading, HRVReading, BMIReading)


def find_own(fetch: Fetch, clinic_id: str, batch: ImportBatch, state: ImportState) -> None:
    """Note in ``state`` which records stand here: patients by id or record number, what is theirs by id.

    Nothing is asked where no record has an address of ours. At most fourteen questions.
    """
    wanted = {source for source in sources_of(batch) if may_be_own(source, clinic_id)}
    people = {source: source.value for source in wanted if source.kind == "Patient"}
    found = _ids(fetch, select(Patient.id).where(Patient.clinic_id == clinic_id), Patient.id, people.values())
    own = {source: row_id for source, row_id in people.items() if row_id in found}
    own |= _by_number(fetch, clinic_id, [one for one in batch.patients if one.source in people.keys() - own.keys()])
    providers = {source: source.value for source in wanted if source.kind == "Practitioner"}
    known = _ids(fetch, select(Provider.id).where(Provider.clinic_id == clinic_id), Provider.id, providers.values())
    own |= {source: row_id for source, row_id in providers.items() if row_id in known}
    for source, row_id in own.items():
        _link(state, source, "patients" if source.kind == "Patient" else "providers", row_id)
    if any(source.kind == "Patient" for source in own):
        own |= _records(fetch, clinic_id, wanted - own.keys(), state)
    state.own = own


def _link(state: ImportState, source: SourceId, table: str, row_id: str) -> None:
    """What an earlier import linked stays linked."""
    state.links.setdefault((source, table), Link("", row_id, ""))


def _ids(fetch: Fetch, statement: Any, column: Any, values: Any) -> set[str]:
    wanted = sorted(set(values))
    return {row.id for row in fetch(statement.where(column.in_(wanted)))} if wanted else set()


def _by_number(fetch: Fetch, clinic_id: str, items: Sequence[PatientImport]) -> dict[SourceId, str]:
    """Find those with another id by the clinic's own record number, where one patient has it."""
    numbers = {
        item.source: fold(str(item.patient.demographics.get("mrn") or ""))
        for item in items if item.patient and item.source.system == own_system(clinic_id)
    }  # fmt: skip
    wanted = sorted({number for number in numbers.values() if number})
    if not wanted:
        return {}
    rows = fetch(
        select(PatientSearch.mrn, PatientSearch.patient_id)
        .where(PatientSearch.clinic_id == clinic_id, PatientSearch.mrn.in_(wanted))
    )  # fmt: skip
    people: dict[str, list[str]] = {}
    for row in rows:
        people.setdefault(row.mrn, []).append(row.patient_id)
    return {source: people[number][0] for source, number in numbers.items() if len(people.get(number, ())) == 1}


def _records(fetch: Fetch, clinic_id: str, wanted: set[SourceId], state: ImportState) -> dict[SourceId, str]:
    """Return whose each visit and reading is."""
    found: dict[SourceId, str] = {}
    visits = {source.value: source for source in wanted if source.kind == "Encounter"}
    for row_id, patient_id in _owners(fetch, clinic_id, Visit, visits):
        found[visits[row_id]] = patient_id
        _link(state, visits[row_id], "visits", row_id)
    threads = {source.value: source for source in wanted if source.kind == THREAD}
    for row_id, patient_id in _owners(fetch, clinic_id, MessageThread, threads):
        found[threads[row_id]] = patient_id
        _link(state, threads[row_id], "message_threads", row_id)
    written = {source.value: source for source in wanted if source.kind == "Communication"}
    found |= {written[row_id]: whose for row_id, whose in _writers(fetch, clinic_id, written)}
    for kind, tables in _KEPT.items():
        kept = {source.value: source for source in wanted if source.kind == kind}
        found |= {kept[row_id]: whose for one in tables for row_id, whose in _owners(fetch, clinic_id, one, kept)}
    observed = [source for source in wanted if source.kind == "Observation"]
    ids = {row_id: source for source in observed for row_id in row_ids(source)}
    for table in _OBSERVED:
        owners = dict(_owners(fetch, clinic_id, table, ids))
        for source in observed:
            whose = next((owners[row_id] for row_id in row_ids(source) if row_id in owners), None)
            if whose is not None:
                found[source] = whose
    return found


def _owners(fetch: Fetch, clinic_id: str, table: Any, ids: Any) -> Iterator[tuple[str, str]]:
    if ids:
        mine = select(table.id, table.patient_id).join(Patient, Patient.id == table.patient_id)
        for row in fetch(mine.where(Patient.clinic_id == clinic_id, table.id.in_(sorted(ids)))):
            yield row.id, row.patient_id


def _writers(fetch: Fetch, clinic_id: str, ids: Any) -> Iterator[tuple[str, str]]:
    """Yield messages and whose conversation each stands in."""
    if ids:
        whose = select(Message.id, MessageThread.patient_id).join(MessageThread, MessageThread.id == Message.thread_id)
        mine = whose.join(Patient, Patient.id == MessageThread.patient_id).where(Patient.clinic_id == clinic_id)
        for row in fetch(mine.where(Message.id.in_(sorted(ids)))):
            yield row.id, row.patient_id
