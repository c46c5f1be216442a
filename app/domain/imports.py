"""What an import brings, as plain rows: read from files, not yet in the database.

Every row names the record it came from (``SourceId``) so that a repeated import recognises it, and where it stood
(``where``: file, line or entry) for the report. Its ``digest`` says whether its content, without that, has changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from app.domain.enums import (
    DeviceProvider,
    ExcuseNoteStatus,
    ExcuseNoteType,
    HRVContext,
    LabOrderStatus,
    ReferralPriority,
    ReferralStatus,
    VisitMode,
    VisitStatus,
    VisitType,
)
from app.domain.import_person import PersonSeen
from app.domain.labs import LabResult
from app.domain.messages import Attachment


@dataclass(frozen=True, slots=True)
class SourceId:
    """A record elsewhere: the system that made the id, the kind of record (``Patient``), the id."""

    system: str
    kind: str
    value: str

    @property
    def label(self) -> str:
        """How a report names the record."""
        return f"{self.kind}/{self.value}"


@dataclass(frozen=True, slots=True)
class Skipped:
    """Records that were not taken: from where, which, why, and how many alike; 0 for what is no record itself."""

    source: str
    resource: str
    reason: str
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedRow:
    """What all rows share. ``also``: further records in it; ``remark``: for people, what of it could not be taken."""

    source: SourceId
    where: str = ""
    also: tuple[SourceId, ...] = ()
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PractitionerRow(ImportedRow):
    """A provider elsewhere."""

    name: str
    specialties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientRow(ImportedRow):
    """A person: names, a complete birth date or none, demographics in the shape of ``patients.demographics``."""

    first_name: str | None = None
    last_name: str | None = None
    birth_date: date | None = None
    demographics: Mapping[str, Any] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    identity_to_confirm: bool = False
    contact_email: str | None = None

    @property
    def person(self) -> PersonSeen:
        """Who it is, by all names."""
        others = self.demographics.get("names", ())
        further = [text for name in others for text in (name.get("family"), name.get("text"), *name.get("given", ()))]
        return PersonSeen.of([self.first_name, self.last_name, *further], self.birth_date)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRow(ImportedRow):
    """A past encounter; times are aware UTC. Without ``practitioner`` it goes to the external records."""

    start: datetime
    end: datetime
    mode: VisitMode
    visit_type: VisitType
    status: VisitStatus
    reason: str
    practitioner: SourceId | None = None
    practitioner_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurementRow(ImportedRow):
    """A measurement in the stored unit; ``at`` is aware UTC."""

    type: str
    value: Any
    at: datetime
    metadata: Mapping[str, Any] = field(default_factory=dict)
    encounter: SourceId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HrvRow(ImportedRow):
    """Heart-rate variability in ms from a device; ``at`` is aware UTC. ``sdnn_ms``: what RMSSD may be derived from."""

    at: datetime
    rmssd_ms: float
    sdnn_ms: float | None
    device: DeviceProvider
    context: HRVContext = HRVContext.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRow(ImportedRow):
    """A message of a clinic's own export by ``sender`` of its staff, in ``thread``; ``papers``: records and names."""

    at: datetime
    text: str
    thread: SourceId
    subject: str = ""
    from_patient: bool = False
    sender: str = ""
    read_at: datetime | None = None
    attachments: tuple[Attachment, ...] = ()
    papers: tuple[tuple[SourceId, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedRow(ImportedRow):
    """What somebody ordered at ``at`` (aware UTC, as all times), perhaps at a visit; in a clinic's own export only."""

    at: datetime
    practitioner: SourceId | None = None
    encounter: SourceId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabOrderRow(AskedRow):
    """A laboratory order with its results."""

    status: LabOrderStatus
    tests: tuple[str, ...] = ()
    notes: str = ""
    items: tuple[LabResult, ...] = ()
    completed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralRow(AskedRow):
    """A referral."""

    specialty: str
    reason: str
    priority: ReferralPriority
    status: ReferralStatus
    referred_to: str = ""
    notes: str = ""
    sent_at: datetime | None = None
    completed_at: datetime | None = None
    letter: str = ""
    recipient: Mapping[str, str] | None = None
    """As ``referral_detail.recipient`` keeps it."""
    accepted_at: datetime | None = None
    appointment_on: date | None = None
    answer: str = ""
    cancel_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarePlanRow(ImportedRow):
    """A care plan of a clinic's own export, ``phases`` as ``care_plans`` keeps them, from ``at`` on (aware UTC)."""

    at: datetime
    phases: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class NoteAddition:
    """A dated addition to a signed note; ``key`` tells it from the others of its note."""

    key: str
    text: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRow(AskedRow):
    """A signed visit note of a clinic's own export, begun at ``at``. People are named, they have no account here."""

    parts: Mapping[str, str]
    signed_at: datetime
    signed_by: str = ""
    addenda: tuple[NoteAddition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcuseRow(AskedRow):
    """An excuse note of a clinic's own export, both days included; people are named. ``replaces``: what it corrects."""

    kind: ExcuseNoteType
    start: date
    end: date
    reason: str
    status: ExcuseNoteStatus
    restrictions: str = ""
    show_reason: bool = False
    code: str = ""
    sent_at: datetime | None = None
    drafted_by: str = ""
    signed_at: datetime | None = None
    signed_by: str = ""
    withdrawn_at: datetime | None = None
    withdrawn_by: str = ""
    withdrawn_reason: str = ""
    replaces: SourceId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BmiRow(ImportedRow):
    """A body mass index with the weight (kg) and height (cm) that it was computed from."""

    at: datetime
    weight_kg: float
    height_cm: float
    bmi: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntryRow(ImportedRow):
    """An entry of ``demographics``' allergies, conditions or medications; without ``entry``, "none known"."""

    name: str
    entry: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetractedRow(ImportedRow):
    """A record that its source calls entered in error: if an earlier import brought it, it is marked so here."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientImport:
    """All that an import brings for one patient; ``patient`` is None when only further records came.

    ``called`` are the names that those records give the patient: a check on whom they are about.
    """

    source: SourceId
    patient: PatientRow | None = None
    called: tuple[str, ...] = ()
    height_cm: float | None = None
    visits: tuple[VisitRow, ...] = ()
    measurements: tuple[MeasurementRow, ...] = ()
    bmi: tuple[BmiRow, ...] = ()
    entries: tuple[ListEntryRow, ...] = ()
    retracted: tuple[RetractedRow, ...] = ()
    variability: tuple[HrvRow, ...] = ()
    messages: tuple[MessageRow, ...] = ()
    orders: tuple[LabOrderRow, ...] = ()
    referrals: tuple[ReferralRow, ...] = ()
    plans: tuple[CarePlanRow, ...] = ()
    notes: tuple[NoteRow, ...] = ()
    excuses: tuple[ExcuseRow, ...] = ()

    @property
    def has_records(self) -> bool:
        """Whether there is more than the patient's own data."""
        return bool(self.records or self.bmi or self.height_cm)

    @property
    def records(self) -> tuple[ImportedRow, ...]:
        """All rows that stand for records of their own, without the patient's."""
        return (*self.visits, *self.measurements, *self.entries, *self.retracted, *self.variability, *self.messages,
                *self.orders, *self.referrals, *self.plans, *self.notes, *self.excuses)  # fmt: skip

    @property
    def size(self) -> int:
        """How many rows there are, roughly what they weigh in a transaction."""
        return 1 + len(self.records) + len(self.bmi) + sum(len(order.items) for order in self.orders)

    def halves(self) -> tuple[PatientImport, ...]:
        """Return two that together bring the same, what others name in the first; none when it can't be divided."""
        names = ("visits", "measurements", "bmi", "entries", "variability", "messages", "orders", "referrals", "plans",
                 "notes", "excuses", "retracted")  # fmt: skip
        whole = [(name, row) for name in names for row in getattr(self, name)]
        middle = len(whole) // 2
        parts: list[dict[str, Any]] = [{name: tuple(row for key, row in rows if key == name) for name in names}
                 for rows in (whole[:middle], whole[middle:])]  # fmt: skip
        rest: dict[str, Any] = {"patient": None, "height_cm": None, **parts[1]}
        return (replace(self, **parts[0]), replace(self, **rest)) if middle else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportBatch:
    """What goes into one transaction."""

    practitioners: tuple[PractitionerRow, ...] = ()
    patients: tuple[PatientImport, ...] = ()

    @property
    def is_patient_list(self) -> bool:
        """Whether there are only patients' own data, which an assistant may import too."""
        return not self.practitioners and not any(item.has_records for item in self.patients)


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to know about a record that was taken."""

    source: str
    resource: str
    text: str


@dataclass(slots=True)
class Tally:
    """What became of the records of an import, counted by their kind."""

    taken: Counter[str] = field(default_factory=Counter)
    updated: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)
    skipped: list[Skipped] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    fates: str = ""
    """A batch's rows in their order, a letter each (``import_report.report_rows``); not kept for a whole import."""
    marks: dict[int, str] = field(default_factory=dict, repr=False, compare=False)
    """The letters while a batch is planned, by ``id(row)``."""

    def count(self, into: Counter[str], row: ImportedRow) -> None:
        """Count a row and what else went into it."""
        into[row.source.kind] += 1
        self.count_also(into, row)

    def count_also(self, into: Counter[str], row: ImportedRow) -> None:
        """Count only what else went into a row that is no record itself."""
        for source in row.also:
            into[source.kind] += 1
        self.marks[id(row)] = "T" if into is self.taken else "U" if into is self.updated else "N"

    def skip(self, row: ImportedRow, reason: str) -> None:
        """Note that a row and what went into it are not taken."""
        self.skipped.extend(Skipped(row.where, source.label, reason) for source in (row.source, *row.also))

    def remark(self, row: ImportedRow, text: str) -> None:
        """Note something about a row that is taken."""
        self.remarks.append(Remark(row.where, row.source.label, text))

    def add(self, other: Tally) -> None:
        """Add another tally to this one."""
        for key in ("taken", "updated", "unchanged"):
            getattr(self, key).update(getattr(other, key))
        self.skipped.extend(other.skipped)
        self.remarks.extend(other.remarks)

    def to_json(self) -> dict[str, Any]:
        """Return the shape that ``cli.md`` promises, and what there is to know beside it."""
        return {
            **{key: dict(sorted(getattr(self, key).items())) for key in ("taken", "updated", "unchanged")},
            "skipped": [_skip_json(row) for row in self.skipped],
            "remarks": [{"source": r.source, "resource": r.resource, "text": r.text} for r in self.remarks],
        }

    def batch_json(self) -> dict[str, Any]:
        """Return the same for a single batch: what became of each row goes along."""
        return {**self.to_json(), "fates": self.fates}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Tally:
        """Rebuild a tally."""
        taken, updated, unchanged = (Counter(document[key]) for key in ("taken", "updated", "unchanged"))
        skipped = [Skipped(s["source"], s["resource"], s["reason"], s.get("count", 1)) for s in document["skipped"]]
        remarks = [Remark(r["source"], r["resource"], r["text"]) for r in document["remarks"]]
        return cls(taken, updated, unchanged, skipped, remarks, fates=document.get("fates", ""))


def _skip_json(row: Skipped) -> dict[str, Any]:
    found: dict[str, Any] = {"source": row.source, "resource": row.resource, "reason": row.reason}
    return found if row.count == 1 else {**found, "count": row.count}
