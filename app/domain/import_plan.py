"""Deciding what an import writes: pure, from the batch and from what the database knows of it.

The same plan serves a rehearsal (only its tally is shown) and the import itself (its rows are written).
Rows are plain values by column name; tables go by their names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from app.domain.import_merge import LinkContent
from app.domain.import_person import PersonSeen
from app.domain.imports import AskedRow, ImportBatch, ImportedRow, LabOrderRow, NoteAddition, SourceId, Tally
from app.kernel.clock import truncate_ms
from app.kernel.i18n import t
from app.kernel.ids import Ids

EXTERNAL_NAME = "External records"
EXTERNAL = SourceId("desktop", "Practitioner", "external-records")
"""The provider at whom past visits stand that no provider here held."""

RETRACTED = "retracted"
"""What a link remembers of a record that its source has withdrawn."""

TABLES = (
    "users",
    "patients",
    "patient_detail",
    "providers",
    "provider_settings",
    "slot_detail",
    "visit_slots",
    "visits",
    "virtual_visit_sessions",
    "measurements",
    "bmi_readings",
    "hrv_readings",
    "message_threads",
    "messages",
    "thread_detail",
    "referrals",
    "referral_detail",
    "care_plans",
    "visit_note",
    "visit_note_addendum",
    "excuse_notes",
    "excuse_note_detail",
    "import_link",
)
"""The tables that an import inserts into, in the order in which they must be written."""

LinkKey = tuple[SourceId, str]
"""A record elsewhere and the table it came into."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a record became here: the row, and its content at the last import."""

    id: str
    row_id: str
    content: str

    @property
    def taken_back(self) -> bool:
        """Whether what it became went with its files; their next reading brings it anew."""
        return self.content.startswith(f"{RETRACTED} ")


@dataclass(frozen=True, slots=True)
class PatientNow:
    """A patient as it stands here. ``merged_into`` is the patient who took over."""

    id: str
    first_name: str | None
    last_name: str | None
    birth_date: date | None
    height_cm: float | None
    demographics: Mapping[str, Any]
    flags: tuple[str, ...]
    updated_at: datetime
    merged_into: str | None = None
    user_id: str = ""

    @property
    def person(self) -> PersonSeen:
        """Who it is, by name and birth date."""
        return PersonSeen.of([self.first_name, self.last_name], self.birth_date)


@dataclass(frozen=True, slots=True)
class ProviderNow:
    """A provider as it stands here."""

    id: str
    name: str
    specialties: tuple[str, ...]
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class RowNow:
    """A row that an import once made or found: whose it is; a visit's slot and status.

    ``values`` are the columns that decide, by attribute name.
    """

    patient_id: str
    slot_id: str = ""
    status: str = ""
    updated_at: datetime | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class ImportState:
    """What the database knows about a batch."""

    links: dict[LinkKey, Link] = field(default_factory=dict)
    patients: dict[str, PatientNow] = field(default_factory=dict)
    providers: dict[str, ProviderNow] = field(default_factory=dict)
    rows: dict[tuple[str, str], RowNow] = field(default_factory=dict)
    own: dict[SourceId, str] = field(default_factory=dict)
    """Records that are rows of this clinic, not copies: whose they are, or which patient or provider it is."""


@dataclass(frozen=True, slots=True)
class OrderFiling:
    """A laboratory order to be filed as results are that laboratories send. ``made``: it isn't here yet."""

    row: LabOrderRow
    order_id: str
    patient_id: str
    provider_id: str
    visit_id: str | None
    made: bool


@dataclass(slots=True)
class ImportPlan:
    """Rows to insert by table, changes as (table, id, columns), orders to file, and what became of each record."""

    inserts: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {table: [] for table in TABLES})
    updates: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    filings: list[OrderFiling] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)


class Draft:
    """A plan in the making: who imports when, what is known, what has been decided so far."""

    def __init__(self, state: ImportState, clinic_id: str, at: datetime, ids: Ids) -> None:
        self.state = state
        self.clinic_id = clinic_id
        self.at = at
        self.ids = ids
        self.plan = ImportPlan()

    @property
    def tally(self) -> Tally:
        """What became of each record."""
        return self.plan.tally

    def stamp(self, old: datetime | None) -> datetime:
        """Return the ``updated_at`` of a change: now, but always after the old one."""
        return self.at if old is None else max(self.at, truncate_ms(old) + timedelta(milliseconds=1))

    def insert(self, table: str, **values: Any) -> None:
        """Plan a new row."""
        self.plan.inserts[table].append(values)

    def update(self, table: str, row_id: str, /, **values: Any) -> None:
        """Plan a change of a row."""
        self.plan.updates.append((table, row_id, values))

    def link(self, source: SourceId, table: str) -> Link | None:
        """Return what a record became, here or earlier in this batch."""
        return self.state.links.get((source, table))

    def content(self, source: SourceId, table: str) -> LinkContent | None:
        """Return what the last import of a record left with its link."""
        found = self.link(source, table)
        return None if found is None else LinkContent.read(found.content)

    def own_row(self, table: str, row_id: str, row: ImportedRow, patient_id: str) -> RowNow | None:
        """Return the row that a record became, if it is this patient's; else note why it is left alone."""
        now = self.state.rows.get((table, row_id))
        if now is None:
            self.tally.skip(row, t("what it became is no longer here"))
        elif now.patient_id != patient_id:
            self.tally.skip(row, t("its id belongs to another patient's record here"))
        else:
            return now
        return None

    def keep_link(self, source: SourceId, table: str, row_id: str, content: str) -> None:
        """Plan that a record is linked with a row and remembers this content."""
        known = self.link(source, table)
        if known is None or not known.id:
            known = Link(self.ids.uuid(), row_id, content)
            self.insert(
                "import_link",
                id=known.id,
                clinic_id=self.clinic_id,
                system=source.system,
                type=source.kind,
                source_id=source.value,
                table_name=table,
                row_id=row_id,
                content_hash=content,
                updated_at=self.at,
            )
        elif known.content != content:
            moved = {} if known.row_id == row_id else {"row_id": row_id}
            self.update("import_link", known.id, content_hash=content, updated_at=self.at, **moved)
        self.state.links[source, table] = Link(known.id, row_id, content)

    def new_provider(self, source: SourceId, name: str, specialties: tuple[str, ...], content: str) -> str:
        """Plan a provider who isn't offered for booking until an administrator says so."""
        provider_id = self.ids.cuid()
        self.insert(
            "providers",
            id=provider_id,
            name=name,
            specialties=specialties,
            telemed_enabled=False,
            clinic_id=self.clinic_id,
            created_at=self.at,
            updated_at=self.at,
        )
        short = name.rpartition(" ")[2][:40]
        self.insert("provider_settings", provider_id=provider_id, short_name=short, active=False, updated_at=self.at)
        self.keep_link(source, "providers", provider_id, content)
        return provider_id

    def provider_for(self, source: SourceId | None) -> str:
        """Return the provider of a past visit: the record's, else "External records", made when first needed."""
        known = self.link(source, "providers") if source else None
        known = known or self.link(EXTERNAL, "providers")
        return known.row_id if known else self.new_provider(EXTERNAL, EXTERNAL_NAME, (), "")


def addition_source(note: SourceId, addition: NoteAddition) -> SourceId:
    """Return how an addition to a note is known, which FHIR has no resource for."""
    return SourceId(note.system, "Addendum", f"{note.value}/{addition.key}")


def sources_of(batch: ImportBatch) -> set[SourceId]:
    """Return all records whose links the plan asks for."""
    found = {EXTERNAL, *(row.source for row in batch.practitioners)}
    for item in batch.patients:
        found.add(item.source)
        for row in (*item.records, *item.bmi):
            found.add(row.source)
        asked: tuple[AskedRow, ...] = (*item.orders, *item.referrals, *item.notes, *item.excuses)
        found.update(visit.practitioner for visit in item.visits if visit.practitioner)
        found.update(row.encounter for row in item.measurements if row.encounter)
        found.update(source for row in asked for source in (row.practitioner, row.encounter) if source)
        found.update(row.thread for row in item.messages)
        found.update(row.replaces for row in item.excuses if row.replaces)
        found.update(addition_source(row.source, one) for row in item.notes for one in row.addenda)
    return found
