"""FHIR files → what they bring, patient by patient.

The files are read at least twice: once to know who is in them, then for the records. Big sets are
read in several rounds, each for a share of the patients, so that memory stays bounded.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar, cast
from zoneinfo import ZoneInfo

from app.domain.import_report import Heard
from app.domain.imports import (
    AskedRow,
    ImportedRow,
    PatientImport,
    PatientRow,
    PractitionerRow,
    RetractedRow,
    Skipped,
    SourceId,
    VisitRow,
)
from app.interop.documents import Source, read_document
from app.interop.entries import Entry, label_of
from app.interop.fhir.chart import Chart
from app.interop.fhir.clinical import allergy_row, condition_row, medication_row
from app.interop.fhir.communication import message_row
from app.interop.fhir.directory import Directory, Scopes
from app.interop.fhir.encounter import leading_participants, visit_row
from app.interop.fhir.identity import Reference, reference, source_id
from app.interop.fhir.inside import HOLDERS, contained, holder_inside, medicine_of
from app.interop.fhir.modifiers import check_modifiers
from app.interop.fhir.observation import Finding, read_observation
from app.interop.fhir.orders import Asked, lab_item_row, lab_report_row, order_row, own_order_of
from app.interop.fhir.papers import Paper, document_row
from app.interop.fhir.patient import patient_row
from app.interop.fhir.people import Found, reason_of
from app.interop.fhir.plans import plan_row
from app.interop.fhir.survey import OF_A_PATIENT, Survey, Surveyor, is_record
from app.interop.fhir.variability import is_variability, read_variability
from app.interop.limits import DEFAULT_LIMITS, Limits
from app.interop.skips import SkipLog
from app.interop.values import Object, SkipError, moment, obj, objects, string, token
from app.kernel.errors import Refused
from app.kernel.i18n import t

RECORDS_PER_ROUND = 40_000
_MOST_ROUNDS = 250
_ALWAYS = 255
A = TypeVar("A", bound=AskedRow)

_UTC = ZoneInfo("UTC")
_MOST_NAMES = 5


@dataclass(frozen=True, slots=True)
class Setting:
    """Where the files arrive: the clinic's time zone, now (aware UTC), and the bounds."""

    zone: ZoneInfo
    now: datetime
    limits: Limits = DEFAULT_LIMITS
    records_per_round: int = RECORDS_PER_ROUND


def _nothing() -> None:
    return None


class FhirFiles:
    """A set of files that belong together. ``tick`` is called for every resource read and may raise to stop.

    ``heard`` is told of every record that is left out, as it is read.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        setting: Setting,
        tick: Callable[[], None] = _nothing,
        heard: Heard | None = None,
    ) -> None:
        self._sources = tuple(sources)
        self._setting = setting
        self._tick = tick
        self._log = SkipLog(heard)
        self._today = setting.now.astimezone(setting.zone).date()
        self._survey: Survey | None = None

    @property
    def survey(self) -> Survey:
        """What the files hold; reads them all when asked first."""
        if self._survey is None:
            surveyor = Surveyor(self._sources, self._setting.limits, self._today, self._log)
            self._survey = surveyor.run(self._tick)
        return self._survey

    @property
    def total(self) -> int:
        """How many records of people there are to write."""
        return self.survey.records + len(self.survey.people.practitioners)

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What was left out so far, and why."""
        return self._log.rows()

    @property
    def repeated(self) -> Counter[str]:
        """How many records of each kind stood in the files more than once, word for word."""
        return self._survey.people.repeated if self._survey else Counter()

    @property
    def rounds(self) -> int:
        """How often the files are read for records."""
        return min(max(1, -(-self.survey.records // self._setting.records_per_round)), _MOST_ROUNDS)

    def practitioners(self) -> tuple[PractitionerRow, ...]:
        """Return all practitioners."""
        return tuple(self.survey.people.practitioners.values())

    def patients(self) -> Iterator[PatientImport]:
        """Yield every patient's records, also of patients who are only referred to."""
        shares = _Shares(self.rounds)
        for number in range(self.rounds):
            yield from _Round(self._sources, self._setting, self.survey, self._log, number, shares).run(self._tick)


class _Shares:
    """Which round takes which line, noted in the first one: later rounds need not decode the others."""

    def __init__(self, rounds: int) -> None:
        self.rounds = rounds
        self._lines: dict[int, bytearray] = {}
        self._files: dict[int, set[int]] = {}

    def note(self, file: int, line: int, share: int) -> None:
        """Remember whose a line, or an entry of a document, is."""
        self._files.setdefault(file, set()).add(share)
        lines = self._lines.setdefault(file, bytearray())
        if line >= len(lines):
            lines.extend(bytes(max(1024, line + 1 - len(lines))))
        lines[line] = share + 1 if lines[line] in (0, share + 1) else _ALWAYS

    def has(self, file: int, share: int) -> bool:
        """Tell whether a round has anything to read in a file."""
        return share == 0 or share in self._files.get(file, ())

    def wanted(self, file: int, share: int) -> Callable[[int], bool]:
        """Return what tells the lines of a file that a round reads."""
        lines = self._lines.get(file, bytearray())
        return lambda line: share == 0 or (line < len(lines) and lines[line] in (share + 1, _ALWAYS))


@dataclass(slots=True)
class _Pending:
    """A row whose encounter is known by reference only until the round is read. The resource itself is let go."""

    row: ImportedRow
    version: str
    encounter: Reference | None = None
    scopes: Scopes = ()
    base: str = ""


class _Round:
    """One reading for the records of a share of the patients."""

    def __init__(self, sources: Sequence[Source], setting: Setting, survey: Survey, log: SkipLog, number: int,
                 shares: _Shares) -> None:  # fmt: skip
        self._sources = sources
        self._setting = setting
        self._survey = survey
        self._log = log
        self._number = number
        self._shares = shares
        self._today = setting.now.astimezone(setting.zone).date()
        self._encounters = Directory()
        self._pending: dict[SourceId, list[_Pending]] = {}
        self._called: dict[SourceId, dict[str, None]] = {}

    def run(self, tick: Callable[[], None]) -> Iterator[PatientImport]:
        """Read the files and yield the patients of this share."""
        for file, source in enumerate(self._sources):
            if file in self._survey.refused or file not in self._survey.with_records:
                continue
            if not self._shares.has(file, self._number):
                continue
            wanted = self._shares.wanted(file, self._number)
            try:
                with source.open() as stream:
                    for entry in read_document(stream, source.name, self._setting.limits, wanted):
                        tick()
                        if isinstance(entry, Entry) and not entry.deleted and is_record(entry):
                            self._take(Found(file, source.name, source.folder, entry))
            except OSError:
                continue  # the first reading has named it
        for patient, rows in self._pending.items():
            made = self._chart(patient, rows).finish(tuple(self._called.get(patient, ())))
            if made is not None:
                yield made

    def _chart(self, patient: SourceId, rows: list[_Pending]) -> Chart:
        chart = Chart(patient, self._log, self._survey.people.repeated)
        for pending in rows:
            row = pending.row
            if pending.encounter is not None:
                encounter = self._encounters.find(pending.encounter, pending.scopes, pending.base)
                row = replace(cast(Finding | Asked | Paper, row), encounter=encounter)
            chart.add(row, pending.version)
        return chart

    def _take(self, found: Found) -> None:
        resource = found.entry.resource
        patient: SourceId | None = None
        mine = self._number == 0
        try:
            patient = self._patient_of(found)
            mine = self._is_mine(patient, found)
            if mine:
                self._map(found, patient)
        except SkipError as problem:
            if mine and patient is not None and problem.retracted:
                row = RetractedRow(source=source_id(found.entry), where=found.where, reason=problem.reason)
                self._pending.setdefault(patient, []).append(_Pending(row, _version(resource)))
            elif mine:
                where = found.name if problem.general else found.where
                self._log.add(where, label_of(resource), problem.reason, general=problem.general, where=found.where)
        except Refused as problem:
            if mine:
                self._log.add(found.where, label_of(resource), reason_of(problem))

    def _is_mine(self, patient: SourceId, found: Found) -> bool:
        """Whether this round takes the patient; what has none belongs to the first round."""
        if self._shares.rounds == 1:
            return True
        share = zlib.crc32(f"{patient.system}|{patient.value}".encode("utf-8", "replace")) % self._shares.rounds
        if self._number == 0:
            self._shares.note(found.file, found.entry.line, share)
        return share == self._number

    def _patient_of(self, found: Found) -> SourceId:
        entry = found.entry
        if entry.kind == "Patient":
            return source_id(entry)
        element = OF_A_PATIENT[entry.kind]
        whose = reference(entry.resource.get(element), "Patient")
        if whose is not None and whose.contained:
            raise SkipError(t("its patient stands only inside it"))
        if whose is None or not (whose.key or whose.identifier):
            raise SkipError(t("it names no patient"))
        if whose.kind not in {"Patient", ""}:
            raise SkipError(t("it is not about a patient"))
        source = self._survey.people.patient(replace(whose, kind="Patient"), found)
        if source is None:
            raise SkipError(t("its patient can't be told from the files"))
        self._check_focus(entry.resource, source, found)
        names = self._called.setdefault(source, {})
        if whose.display and len(names) < _MOST_NAMES:
            names[string(whose.display, f"{element}.display")] = None
        return source

    def _check_focus(self, resource: Object, patient: SourceId, found: Found) -> None:
        """An observation in a mother's record may be her child's, one in a recipient's the donor's."""
        for one in objects(resource.get("focus")):
            meant = reference(one, "Patient")
            about = self._survey.people.patient(meant, found) if meant and meant.kind == "Patient" else None
            if about != patient:
                raise SkipError(t("it is about somebody or something else than its patient (focus)"))

    def _map(self, found: Found, patient: SourceId) -> None:
        entry = found.entry
        source = patient if entry.kind == "Patient" else source_id(entry)
        if source in self._survey.deleted:
            raise SkipError(t("deleted at its source"))
        row = self._row(found, source, patient)
        check_modifiers(entry.resource)
        encounter = None
        if entry.kind == "Encounter":
            self._encounters.add(found.scopes, entry, source)
        elif isinstance(row, Finding | Asked | Paper):
            encounter = reference(_encounter(entry.resource), "Encounter")
        pending = _Pending(row, _version(entry.resource), encounter, found.scopes, found.base)
        self._pending.setdefault(patient, []).append(pending)

    def _row(self, found: Found, source: SourceId, patient: SourceId) -> ImportedRow:
        resource, where, setting = found.entry.resource, found.where, self._setting
        kind = found.entry.kind
        if kind == "Patient":
            return self._with_insurance(patient_row(resource, source, where, self._today))
        if kind == "Encounter":
            return self._with_practitioner(visit_row(resource, source, where, setting.zone, setting.now), found)
        if kind == "Communication":
            return message_row(resource, source, where, found.base, patient, setting.zone, setting.now)
        if kind == "ServiceRequest":
            return self._asked_by("requester", order_row(resource, source, where, setting.zone, setting.now), found)
        if kind == "DiagnosticReport":
            return lab_report_row(resource, source, where, found.base, setting.zone)
        if kind == "DocumentReference":
            paper = document_row(resource, source, where, found.base, setting.zone, setting.now)
            return self._asked_by("author", paper, found)
        if kind == "CarePlan":
            return plan_row(resource, source, where, setting.zone, setting.now)
        if kind == "Observation":
            if (order := own_order_of(resource, found.base)) is not None:
                return lab_item_row(resource, source, where, order, setting.zone, setting.now)
            read = read_variability if is_variability(resource) else read_observation
            return read(resource, source, where, setting.zone, setting.now)
        if kind == "Condition":
            return condition_row(resource, source, where)
        if kind == "AllergyIntolerance":
            return allergy_row(resource, source, where)
        return medication_row(resource, self._medication(found), source, where)

    def _with_insurance(self, row: PatientRow) -> PatientRow:
        cover = self._survey.people.covers.get(row.source)
        if cover is None:
            return row
        demographics = {**row.demographics, "insurance": dict(cover.insurance)}
        return replace(row, demographics=demographics, also=(cover.source,))

    def _with_practitioner(self, row: VisitRow, found: Found) -> VisitRow:
        source, name = self._practitioner(leading_participants(found.entry.resource), found)
        return replace(row, practitioner=source, practitioner_name=name)

    def _asked_by(self, element: str, row: A, found: Found) -> A:
        source, _ = self._practitioner(objects(found.entry.resource.get(element)), found)
        return replace(row, practitioner=source)

    def _practitioner(self, participants: list[Object], found: Found) -> tuple[SourceId | None, str]:
        """The first participant who can be told; else only the name that the record gives."""
        name = ""
        for participant in participants:
            wanted = reference(participant, "Practitioner")
            if wanted is None or wanted.kind not in HOLDERS:
                continue
            inside = holder_inside(found.entry.resource, wanted.contained, self._today) if wanted.contained else ""
            if inside is None:
                continue
            name = name or string(participant.get("display"), "participant.individual.display") or inside
            practitioner = self._survey.people.practitioner(wanted, found)
            if practitioner is not None:
                return practitioner, name
        return None, name

    def _medication(self, found: Found) -> object:
        """The medicine's code: in place, contained, or in a Medication of its own."""
        resource = found.entry.resource
        concept = resource.get("medicationCodeableConcept")
        if isinstance(concept, dict):
            return concept
        pointer = obj(resource.get("medicationReference"))
        wanted = reference(pointer, "Medication")
        if wanted is None:
            raise SkipError(t("nothing says what it is"))
        inside = contained(resource, wanted.contained) if wanted.contained else None
        code = medicine_of(inside) if inside else self._survey.people.medication(wanted, found)
        return code or {"text": pointer.get("display")}


def _encounter(resource: Object) -> object:
    """Return in which encounter something was done, wherever the resource says so."""
    return resource.get("encounter") or next(iter(objects(obj(resource.get("context")).get("encounter"))), None)


def _version(resource: Object) -> str:
    """What orders the versions of a record: when it was last changed, else its version number."""
    meta = obj(resource.get("meta"))
    try:
        updated = moment(meta.get("lastUpdated"), _UTC, "meta.lastUpdated")
    except SkipError:
        updated = None
    number = token(meta.get("versionId"))
    return f"{updated.at.isoformat() if updated else ''}|{number.zfill(20) if number.isdecimal() else ''}"
