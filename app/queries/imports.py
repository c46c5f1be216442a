"""What an import must know of the database before it decides, and the rehearsal that writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import ARRAY, Row, Select, Text, and_, cast, column, func, literal_column, or_, select, true
from sqlalchemy.orm import Session

from app.db.models import (
    BMIReading,
    ImportLink,
    ImportRun,
    Measurement,
    Patient,
    PatientDetail,
    PatientSearch,
    Provider,
    Visit,
)
from app.domain.import_digest import digest
from app.domain.import_people import plan_import
from app.domain.import_plan import (
    Draft,
    ImportState,
    Link,
    LinkKey,
    PatientNow,
    ProviderNow,
    RowNow,
    sources_of,
)
from app.domain.imports import ImportBatch, PatientImport, PatientRow, Remark, SourceId, Tally
from app.domain.patients import Person, same_person
from app.kernel.i18n import t
from app.kernel.ids import FreshIds
from app.queries.core import Page, Reader, query
from app.queries.import_history import conversations_now, notes_now, orders_now
from app.queries.import_own import find_own

AnySelect: TypeAlias = Select[*tuple[Any, ...]]
AnyRow: TypeAlias = Row[*tuple[Any, ...]]
Fetch: TypeAlias = Callable[[AnySelect], Sequence[AnyRow]]
"""Runs a select and returns all rows."""


def load_state(fetch: Fetch, clinic_id: str, batch: ImportBatch, *, online: bool) -> ImportState:
    """Load links, patients and providers of a batch, and the rows whose content changed; one to six questions."""
    links = _links(fetch, clinic_id, sources_of(batch), online=online)
    state = ImportState(links=links)
    find_own(fetch, clinic_id, batch, state)
    patients = {link.row_id for (_, table), link in links.items() if table == "patients"}
    providers = {link.row_id for (_, table), link in links.items() if table == "providers"}
    if patients:
        state.patients = _patients(fetch, patients)
    if providers:
        state.providers = _providers(fetch, providers)
    state.rows = _changed_rows(fetch, batch, links)
    return state


def _links(fetch: Fetch, clinic_id: str, sources: Iterable[SourceId], *, online: bool) -> dict[LinkKey, Link]:
    wanted = sorted(sources, key=lambda source: (source.system, source.kind, source.value))
    found = fetch(_links_on_server(clinic_id, wanted) if online else _links_in_store(clinic_id, wanted))
    return {
        (SourceId(row.system, row.type, row.source_id), row.table_name): Link(row.id, row.row_id, row.content_hash)
        for row in found
    }


_LINK = (
    ImportLink.id, ImportLink.system, ImportLink.type, ImportLink.source_id, ImportLink.table_name, ImportLink.row_id,
    ImportLink.content_hash,
)  # fmt: skip


def _links_on_server(clinic_id: str, wanted: Sequence[SourceId]) -> AnySelect:
    """One look into the unique index for each record: OFFSET 0 keeps the planner from reading all links instead.

    It would want to, as long as nobody has analysed a table that an import is just filling.
    """
    names = [column("system", Text), column("kind", Text), column("value", Text)]
    lists = ([getattr(source, name.name) for source in wanted] for name in names)
    asked = func.unnest(*(cast(list_, ARRAY(Text)) for list_ in lists)).table_valued(*names).render_derived("asked")
    link = (
        select(*_LINK)
        .where(
            ImportLink.clinic_id == clinic_id,
            ImportLink.system == asked.c.system,
            ImportLink.type == asked.c.kind,
            ImportLink.source_id == asked.c.value,
        )
        .offset(literal_column("0"))
        .lateral("link")
    )
    return select(*link.c).select_from(asked.join(link, true()))


def _links_in_store(clinic_id: str, wanted: Sequence[SourceId]) -> AnySelect:
    groups: dict[tuple[str, str], list[str]] = {}
    for source in wanted:
        groups.setdefault((source.system, source.kind), []).append(source.value)
    asked = [
        and_(ImportLink.system == system, ImportLink.type == kind, ImportLink.source_id.in_(values))
        for (system, kind), values in groups.items()
    ]
    return select(*_LINK).where(ImportLink.clinic_id == clinic_id, or_(*asked))


def _patients(fetch: Fetch, ids: Iterable[str]) -> dict[str, PatientNow]:
    """Load patients, and those whom they were merged into."""
    wanted, found = set(ids), dict[str, PatientNow]()
    while wanted:
        rows = fetch(
            select(
                Patient.id, Patient.first_name, Patient.last_name, Patient.date_of_birth, Patient.height_cm,
                Patient.demographics, Patient.flags, Patient.updated_at, PatientDetail.merged_into, Patient.user_id,
            )
            .outerjoin(PatientDetail, PatientDetail.patient_id == Patient.id)
            .where(Patient.id.in_(sorted(wanted)))
        )  # fmt: skip
        found.update({row.id: _patient(row) for row in rows})
        wanted = {row.merged_into for row in rows if row.merged_into} - found.keys()
    return found


def _patient(row: AnyRow) -> PatientNow:
    demographics = row.demographics if isinstance(row.demographics, dict) else {}
    return PatientNow(
        row.id, row.first_name, row.last_name, row.date_of_birth, row.height_cm, demographics, tuple(row.flags or ()),
        row.updated_at, row.merged_into, row.user_id,
    )  # fmt: skip


def _providers(fetch: Fetch, ids: Iterable[str]) -> dict[str, ProviderNow]:
    rows = fetch(
        select(Provider.id, Provider.name, Provider.specialties, Provider.updated_at).where(
            Provider.id.in_(sorted(ids))
        )
    )
    return {row.id: ProviderNow(row.id, row.name, tuple(row.specialties or ()), row.updated_at) for row in rows}


def _changed_rows(fetch: Fetch, batch: ImportBatch, links: dict[LinkKey, Link]) -> dict[tuple[str, str], RowNow]:
    """Load the rows of records whose content is not what it was: only those will be touched."""
    changed: dict[str, list[str]] = {"visits": [], "measurements": [], "bmi_readings": []}
    for item in batch.patients:
        for table, rows in (("visits", item.visits), ("measurements", item.measurements), ("bmi_readings", item.bmi)):
            for row in rows:
                link = links.get((row.source, table))
                if link is not None and link.content != digest(row, item.source):
                    changed[table].append(link.row_id)
        encounters = {row.encounter for row in (*item.orders, *item.referrals, *item.notes, *item.excuses)}
        found = (links.get((encounter, "visits")) for encounter in encounters if encounter)
        changed["visits"].extend(known.row_id for known in found if known)
        for retracted in item.retracted:
            for table in ("visits", "measurements"):
                if (retracted.source, table) in links:
                    changed[table].append(links[retracted.source, table].row_id)
    now: dict[tuple[str, str], RowNow] = {}
    if changed["measurements"]:
        now.update(_measurements(fetch, changed["measurements"]))
    if changed["bmi_readings"]:
        here = fetch(select(BMIReading.id, BMIReading.patient_id).where(BMIReading.id.in_(changed["bmi_readings"])))
        now.update({("bmi_readings", one.id): RowNow(one.patient_id) for one in here})
    if changed["visits"]:
        columns = select(Visit.id, Visit.patient_id, Visit.slot_id, Visit.status, Visit.updated_at)
        for one in fetch(columns.where(Visit.id.in_(changed["visits"]))):
            now["visits", one.id] = RowNow(one.patient_id, one.slot_id, one.status.value, one.updated_at)
    return (
        now | conversations_now(fetch, batch, links) | orders_now(fetch, batch, links) | notes_now(fetch, batch, links)
    )


def _measurements(fetch: Fetch, ids: Sequence[str]) -> dict[tuple[str, str], RowNow]:
    columns = select(
        Measurement.id, Measurement.patient_id, Measurement.type, Measurement.value, Measurement.timestamp,
        Measurement.metadata_,
    )  # fmt: skip
    found: dict[tuple[str, str], RowNow] = {}
    for one in fetch(columns.where(Measurement.id.in_(ids))):
        metadata = one.metadata_ if isinstance(one.metadata_, dict) else {}
        values = {"type": one.type, "value": one.value, "timestamp": one.timestamp, "metadata_": metadata}
        found["measurements", one.id] = RowNow(one.patient_id, values=values)
    return found


def likely_duplicates(fetch: Fetch, clinic_id: str, items: Iterable[PatientImport]) -> list[Remark]:
    """Name new patients who look like somebody who is here already: same birth date, similar name."""
    rows = [item.patient for item in items if item.patient is not None and item.patient.birth_date is not None]
    days = sorted({row.birth_date for row in rows if row.birth_date})
    if not days:
        return []
    here = fetch(
        select(Patient.id, Patient.first_name, Patient.last_name, Patient.date_of_birth)
        .join(PatientSearch, PatientSearch.patient_id == Patient.id)
        .where(PatientSearch.clinic_id == clinic_id, PatientSearch.birth_date.in_(days))
    )
    people = [Person(p.first_name or "", p.last_name or "", p.date_of_birth, frozenset()) for p in here]
    text = t("looks like a patient who is here already; compare them and merge if they are one")
    return [
        Remark(row.where, row.source.label, text) for row in rows if any(same_person(_person(row), p) for p in people)
    ]


def _person(row: PatientRow) -> Person:
    return Person(row.first_name or "", row.last_name or "", row.birth_date, frozenset())


def new_patients(batch: ImportBatch, state: ImportState) -> list[PatientImport]:
    """Return the patients of a batch that no earlier import brought, and that aren't ours."""
    return [item for item in batch.patients if item.patient and (item.source, "patients") not in state.links]


@query(offline=True)
def import_preview(session: Session, reader: Reader, *, batch: ImportBatch) -> Tally:
    """Tell what importing a batch would do; nothing is written."""

    def fetch(statement: AnySelect) -> Sequence[AnyRow]:
        return session.execute(statement).all()

    state = load_state(fetch, reader.clinic_id, batch, online=reader.online)
    fresh = new_patients(batch, state)
    tally = plan_import(batch, Draft(state, reader.clinic_id, reader.now, FreshIds())).tally
    tally.remarks.extend(likely_duplicates(fetch, reader.clinic_id, fresh))
    return tally


@dataclass(frozen=True, slots=True)
class ImportRunRow:
    """An import that was made: what kind, when (aware UTC), by whom, and its report."""

    id: str
    kind: str
    started_at: datetime
    finished_at: datetime | None
    by_user: str
    summary: Any


@query(offline=True)
def import_runs(session: Session, reader: Reader, *, limit: int = 50) -> Page[ImportRunRow]:
    """List the clinic's imports, latest first."""
    rows = session.execute(
        select(
            ImportRun.id, ImportRun.kind, ImportRun.started_at, ImportRun.finished_at, ImportRun.by_user,
            ImportRun.summary,
        )
        .where(ImportRun.clinic_id == reader.clinic_id)
        .order_by(ImportRun.started_at.desc(), ImportRun.id)
        .limit(limit + 1)
    ).all()  # fmt: skip
    items = tuple(ImportRunRow(*row) for row in rows[:limit])
    return Page(items, more=len(rows) > limit)
