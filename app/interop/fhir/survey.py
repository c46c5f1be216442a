"""The first reading of all files: what they hold, who is in them, which are of another release."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from app.domain.import_own import is_own_system
from app.domain.import_report import RowOutcome
from app.domain.imports import SourceId
from app.interop.documents import Source, read_document
from app.interop.entries import Entry, Flaw, Page, label_of
from app.interop.fhir.identity import base_of, identified
from app.interop.fhir.people import KINDS, Found, People
from app.interop.fhir.version import other_release
from app.interop.limits import Limits
from app.interop.skips import SkipLog
from app.kernel.i18n import t

OF_A_PATIENT: Mapping[str, str] = {
    "Patient": "",
    "Encounter": "subject",
    "Observation": "subject",
    "Condition": "subject",
    "AllergyIntolerance": "patient",
    "MedicationRequest": "subject",
    "MedicationStatement": "subject",
    "Communication": "subject",
    "ServiceRequest": "subject",
    "DiagnosticReport": "subject",
    "CarePlan": "subject",
    "DocumentReference": "subject",
}
"""The kinds that make a patient's record, and the element that names the patient."""

_OURS = frozenset({"ServiceRequest", "DiagnosticReport", "CarePlan", "DocumentReference"})
"""Kinds that only a clinic's own export says enough of."""


def is_record(entry: Entry) -> bool:
    """Tell whether a resource is one of a patient's record that is read here."""
    if entry.kind in _OURS:
        return is_own_system(base_of(entry.full_url))
    return entry.kind in OF_A_PATIENT


_LINES = (".ndjson", ".jsonl")
_MOST_UNTOLD = 20_000
_LEAN = ("resourceType", "id", "identifier", "name")


@dataclass(slots=True)
class Survey:
    """What the first reading found. ``total`` counts resources, ``records`` those of patients.

    Files go by their place in the list: those ``refused``, and those ``with_records``.
    """

    people: People
    refused: set[int] = field(default_factory=set)
    deleted: set[SourceId] = field(default_factory=set)
    with_records: set[int] = field(default_factory=set)
    total: int = 0
    records: int = 0


@dataclass(slots=True)
class _Scan:
    """What is noted while reading, before it is known which files count."""

    people: list[Found] = field(default_factory=list)
    flaws: list[tuple[int, Flaw]] = field(default_factory=list)
    counts: Counter[int] = field(default_factory=Counter)
    strange: Counter[tuple[int, str]] = field(default_factory=Counter)
    releases: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    untold: list[tuple[str, str, str]] = field(default_factory=list)
    pages: list[tuple[int, Page]] = field(default_factory=list)


class Surveyor:
    """Reads every file once and enters people in directories; problems go to the log."""

    def __init__(self, sources: Sequence[Source], limits: Limits, today: date, log: SkipLog) -> None:
        self._sources = sources
        self._limits = limits
        self._log = log
        self._survey = Survey(People(today, log))

    def run(self, tick: Callable[[], None]) -> Survey:
        """Do it; ``tick`` is called for every resource and may raise to stop."""
        scan = _Scan()
        for file, source in enumerate(self._sources):
            try:
                with source.open() as stream:
                    for found in read_document(stream, source.name, self._limits):
                        tick()
                        self._take(scan, file, source, found)
            except OSError as error:
                scan.flaws.append((file, Flaw("", "", t("the file can't be read: {why}", why=error.strerror))))
            self._tell_strange(scan, file)
        self._survey.total = scan.counts.total()
        self._refuse_files(scan)
        self._note(scan)
        kept = [found for found in scan.people if found.file not in self._survey.refused]
        self._survey.people.enter_all(kept, self._survey.deleted)
        return self._survey

    def _take(self, scan: _Scan, file: int, source: Source, found: Entry | Flaw) -> None:
        if isinstance(found, Page):
            scan.pages.append((file, found))
            return
        scan.counts[file] += 1
        if isinstance(found, Flaw):
            scan.flaws.append((file, found))
            return
        if file not in scan.releases and (release := other_release(found.resource)):
            scan.releases[file] = (*release, Found.place(source.name, found.where))
        if found.deleted:
            where = Found.place(source.name, found.where)
            self._log.add(source.name, label_of(found.resource), t("deleted at its source"), where=where)
            gone = identified(found.kind, str(found.resource["id"]), base_of(found.full_url))
            self._survey.deleted.add(gone)
            return
        if found.kind in KINDS:
            scan.people.append(Found(file, source.name, source.folder, _lean(found)))
        elif not is_record(found):
            self._strange(scan, file, source.name, found)
        if is_record(found):
            self._survey.with_records.add(file)
            self._survey.records += 1

    def _strange(self, scan: _Scan, file: int, name: str, found: Entry) -> None:
        """Count a record of a kind that isn't imported."""
        kind = label_of({"resourceType": found.kind})
        scan.strange[file, kind] += 1
        scan.untold.append((Found.place(name, found.where), label_of(found.resource), kind))
        if len(scan.untold) >= _MOST_UNTOLD:
            self._tell_strange(scan, file)

    def _tell_strange(self, scan: _Scan, file: int) -> None:
        """Tell of them when the file was read, or of many at once; not of those in a file of another release."""
        if file not in scan.releases:
            for where, label, kind in scan.untold:
                self._log.tell(where, label, RowOutcome.SKIPPED, t("{kind} is not imported", kind=kind))
        scan.untold.clear()

    def _refuse_files(self, scan: _Scan) -> None:
        """Refuse files of another release, and with an NDJSON file the others of its export."""
        releases = scan.releases
        folders = {self._sources[n].folder: found for n, found in releases.items() if _is_lines(self._sources[n].name)}
        for file, source in enumerate(self._sources):
            where, reason = source.name, ""
            if file in releases:
                release, element, where = releases[file]
                reason = t("FHIR {release} ({element}); only R4 and R4B are read", release=release, element=element)
            elif _is_lines(source.name) and source.folder in folders:
                release, _, place = folders[source.folder]
                reason = t(
                    "belongs to an export of FHIR {release} (see {place}); only R4 and R4B are read",
                    release=release,
                    place=place,
                )
            if reason:
                self._survey.refused.add(file)
                self._log.add(where, t("all resources"), reason, count=max(scan.counts[file], 1))

    def _note(self, scan: _Scan) -> None:
        for file, flaw in scan.flaws:
            if file not in self._survey.refused:
                general = flaw.resource == "Bundle.entry"
                exact = Found.place(self._sources[file].name, flaw.where)
                where = self._sources[file].name if general else exact
                self._log.add(where, flaw.resource, flaw.reason, general=general, where=exact)
        self._note_pages(scan)
        for (file, kind), count in scan.strange.items():
            if file not in self._survey.refused:
                reason = t("{kind} is not imported", kind=kind)
                self._log.collect(self._sources[file].name, kind, reason, general=True, count=count)

    def _note_pages(self, scan: _Scan) -> None:
        """Say which pages of a search are followed by one that nobody has brought along; a page is no record itself."""
        known = {page.own for _, page in scan.pages}
        for file, page in scan.pages:
            if file not in self._survey.refused and page.next and page.next not in known:
                self._log.add(Found.place(self._sources[file].name, page.where), page.resource, page.reason, count=0)


def _is_lines(name: str) -> bool:
    return name.lower().removesuffix(".gz").endswith(_LINES)


def _lean(entry: Entry) -> Entry:
    """Keep of a patient only what finds it again: the rest is read in the second reading."""
    if entry.kind != "Patient":
        return entry
    return replace(entry, resource={key: entry.resource[key] for key in _LEAN if key in entry.resource})
