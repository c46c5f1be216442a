"""Who is in the files: patients to refer to, practitioners with their roles, and what belongs to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date

from app.domain.imports import PractitionerRow, SourceId
from app.interop.entries import Entry, label_of
from app.interop.fhir.directory import Directory, Scopes
from app.interop.fhir.identity import Reference, base_of, reference, source_id
from app.interop.fhir.inside import medicine_of
from app.interop.fhir.modifiers import check_modifiers
from app.interop.fhir.names import person_names
from app.interop.fhir.patient import insurance
from app.interop.fhir.practitioner import practitioner_row, role_specialties
from app.interop.skips import SkipLog
from app.interop.values import Object, SkipError
from app.kernel.errors import Refused
from app.kernel.i18n import t

KINDS = ("Patient", "Practitioner", "PractitionerRole", "Medication", "Coverage")
"""In this order they are entered, so that what refers to people finds them whatever the order of the files."""


@dataclass(frozen=True, slots=True)
class Found:
    """A resource and the file it stood in."""

    file: int
    name: str
    folder: str
    entry: Entry

    @property
    def scopes(self) -> Scopes:
        """Where what it refers to is looked for: in its file, its folder, everywhere."""
        return (f"#{self.file}", f"/{self.folder}", "")

    @property
    def where(self) -> str:
        """File and place in it."""
        return self.place(self.name, self.entry.where)

    @property
    def base(self) -> str:
        """The server's base address, if the file names it."""
        return base_of(self.entry.full_url)

    @staticmethod
    def place(name: str, where: str) -> str:
        """Name a place in a file."""
        return f"{name}, {where}" if where else name


@dataclass(frozen=True, slots=True)
class Role:
    """A PractitionerRole: whose, and which specialties."""

    found: Found
    source: SourceId
    whose: Reference | None
    specialties: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cover:
    """What a Coverage says of a patient's insurance."""

    source: SourceId
    insurance: Mapping[str, str]


class People:
    """The people of all files, found by reference."""

    def __init__(self, today: date, log: SkipLog) -> None:
        self._today = today
        self._log = log
        self._directories = {kind: Directory() for kind in KINDS}
        self._roles: dict[SourceId, Role] = {}
        self._medications: dict[SourceId, Object] = {}
        self.practitioners: dict[SourceId, PractitionerRow] = {}
        self.covers: dict[SourceId, Cover] = {}
        self.repeated: Counter[str] = Counter()

    def enter_all(self, people: Iterable[Found], deleted: AbstractSet[SourceId]) -> None:
        """Enter everybody; those that can't be taken are logged (patients when they are mapped, later)."""
        for found in sorted(people, key=lambda person: KINDS.index(person.entry.kind)):
            resource = found.entry.resource
            try:
                source = source_id(found.entry)
                if source in deleted:
                    raise SkipError(t("deleted at its source"))
                self._enter(found, source)
            except (SkipError, Refused) as problem:
                if found.entry.kind != "Patient":
                    self._log.add(found.where, label_of(resource), reason_of(problem))
        self._give_specialties()

    def _enter(self, found: Found, source: SourceId) -> None:
        kind = found.entry.kind
        if kind != "Patient":
            check_modifiers(found.entry.resource)
        if kind == "Practitioner":
            self._practitioner(found, source)
        elif kind == "PractitionerRole":
            self._role(found, source)
        elif kind == "Medication":
            self._medication(found, source)
        elif kind == "Coverage":
            self._coverage(found, source)
        else:
            self._directories[kind].add(found.scopes, found.entry, source, self._names(found))

    def _names(self, found: Found) -> list[str]:
        return [f"{name.full} {name.text}" for name in person_names(found.entry.resource, self._today)]

    def _practitioner(self, found: Found, source: SourceId) -> None:
        row = practitioner_row(found.entry.resource, source, found.where, self._today)
        self._directories["Practitioner"].add(found.scopes, found.entry, source, self._names(found))
        known = self.practitioners.setdefault(source, row)
        if known is not row:
            if known.name != row.name:
                raise SkipError(t("another version of the same record came first"))
            self.repeated["Practitioner"] += 1
            self._log.again(found.where, source.label)

    def _role(self, found: Found, source: SourceId) -> None:
        resource = found.entry.resource
        self._directories["PractitionerRole"].add(found.scopes, found.entry, source)
        if source in self._roles:
            self.repeated["PractitionerRole"] += 1
            self._log.again(found.where, source.label)
            return
        whose = reference(resource.get("practitioner"), "Practitioner")
        self._roles[source] = Role(found, source, whose, role_specialties(resource))

    def _medication(self, found: Found, source: SourceId) -> None:
        self._directories["Medication"].add(found.scopes, found.entry, source)
        self._medications[source] = medicine_of(found.entry.resource)
        reason = t("read only as part of a prescription")
        self._log.add(found.name, "Medication", reason, general=True, where=found.where)

    def _coverage(self, found: Found, source: SourceId) -> None:
        said = insurance(found.entry.resource)
        if not said:
            raise SkipError(t("says nothing that is kept"))
        whose = reference(found.entry.resource.get("beneficiary"), "Patient")
        patient = self.patient(whose, found) if whose else None
        if patient is None:
            raise SkipError(t("its patient is not in these files"))
        known = self.covers.setdefault(patient, Cover(source, said))
        if known.source == source and known.insurance is not said:
            self.repeated["Coverage"] += 1
            self._log.again(found.where, source.label)
        elif known.source != source:
            raise SkipError(t("one insurance is kept; another came first"))

    def _give_specialties(self) -> None:
        for role in self._roles.values():
            source = self._practitioner_of(role)
            row = self.practitioners.get(source) if source else None
            if row is None:
                reason = t("its practitioner is not in these files")
                self._log.add(role.found.where, role.source.label, reason)
                continue
            specialties = tuple(dict.fromkeys((*row.specialties, *role.specialties)))
            self.practitioners[row.source] = replace(row, specialties=specialties, also=(*row.also, role.source))

    def _practitioner_of(self, role: Role) -> SourceId | None:
        if role.whose is None:
            return None
        return self._directories["Practitioner"].find(role.whose, role.found.scopes, role.found.base)

    def patient(self, wanted: Reference, found: Found) -> SourceId | None:
        """Return the patient that a reference in ``found`` means, in these files or by address alone."""
        source = self._directories["Patient"].find(wanted, found.scopes, found.base)
        return source if source is not None and source.kind in {"Patient", ""} else None

    def practitioner(self, wanted: Reference, found: Found) -> SourceId | None:
        """Return the practitioner that a reference means; through a role where it names one."""
        source = self._directories["Practitioner"].find(wanted, found.scopes, found.base)
        if source is not None and source in self._directories["Practitioner"]:
            return source
        role_id = self._directories["PractitionerRole"].find(wanted, found.scopes, found.base)
        role = self._roles.get(role_id) if role_id else None
        if role is not None:
            return self._practitioner_of(role)
        return source if source is not None and source.kind == "Practitioner" else None

    def medication(self, wanted: Reference, found: Found) -> Object | None:
        """Return the code of the Medication that a reference means."""
        source = self._directories["Medication"].find(wanted, found.scopes, found.base)
        return self._medications.get(source) if source else None


def reason_of(problem: SkipError | Refused) -> str:
    """Return the reason for people; a refused text names its field."""
    if isinstance(problem, SkipError):
        return problem.reason
    return f"{problem.field}: {problem.message}" if problem.field else problem.message
