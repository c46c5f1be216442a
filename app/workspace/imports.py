"""Importing files for a signed-in person: find them, read them, write batch by batch, report every record.

What a batch wrote stays, whatever happens after it: an import that was cancelled or lost its server is
simply started again, and finds what is there already unchanged.
"""

from __future__ import annotations

import stat
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from app.commands.imports import ImportRecords, NoteImport
from app.domain.import_report import ReportLine, RowOutcome, Tell, Teller, report_rows
from app.domain.imports import ImportBatch, ImportedRow, PatientImport, PractitionerRow, Skipped, Tally
from app.domain.permissions import Permission
from app.interop.fhir.files import FhirFiles, Setting
from app.interop.limits import DEFAULT_LIMITS
from app.interop.lists.patients import ListMap, PatientList
from app.kernel.errors import AppError, Cancelled, Conflict, Refused
from app.kernel.i18n import t
from app.kernel.ids import new_uuid
from app.queries.imports import import_preview
from app.workspace.workspace import Workspace

_SUFFIXES = (".json", ".ndjson", ".jsonl", ".json.gz", ".ndjson.gz", ".jsonl.gz")
_ROWS = 250
_TICKS = 200


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file on this computer."""

    path: Path
    name: str
    folder: str

    def open(self) -> BinaryIO:
        """Open it for reading."""
        return self.path.open("rb")


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far an import is: ``writing`` after everything was read once; ``total`` is 0 while unknown."""

    writing: bool
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of the records of all files."""

    tally: Tally
    files: int
    seconds: float
    dry_run: bool = False
    cancelled: bool = False
    run_id: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the shape of ``import … --json``."""
        return {
            **self.tally.to_json(),
            "files": self.files,
            "seconds": round(self.seconds, 3),
            "dryRun": self.dry_run,
            "cancelled": self.cancelled,
        }


Progress = Callable[[ImportProgress], None]


def run_import(
    workspace: Workspace,
    paths: Sequence[Path],
    *,
    dry_run: bool = False,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    tell: Tell | None = None,
) -> ImportReport:
    """Import FHIR files and folders of them; ``tell`` hears what became of every record, as soon as it is known.

    Returns a report also when ``cancelled`` said so midway. Raises ``Refused`` for a path that isn't there
    ("NoFile") or a person who may not import ("NotAllowed"), ``Unavailable`` when the server is lost.
    """
    if not workspace.actor.may(Permission.IMPORT_PATIENTS):
        raise Refused("NotAllowed", t("Your role doesn't allow this."))
    sources, strange = find_files(paths)
    teller = Teller(tell or nobody, (source.name for source in sources))
    run = Run(workspace, dry_run=dry_run, progress=progress, cancelled=cancelled, teller=teller)
    run.tally.skipped.extend(strange)
    for one in strange:
        teller.say(one.source, one.resource, RowOutcome.SKIPPED, one.reason)
    setting = Setting(workspace.clinic.zone, workspace.clock.now())
    files = FhirFiles(sources, setting, run.tick, teller.say if tell else None)
    return run.everything("fhir", files, len(sources))


def nobody(_line: ReportLine) -> None:
    """Nobody wants to hear it."""


def run_list_import(
    workspace: Workspace,
    path: Path,
    *,
    map_text: str | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    tell: Tell | None = None,
) -> ImportReport:
    """Import a list of patients (CSV); ``map_text`` is a map (JSON) that says what the file doesn't say itself.

    Raises as ``run_import`` does, and ``Refused`` for a file that can't be read as such a list:
    "UnreadableFile", "UnknownEncoding", "NoNameColumn", "BadMap".
    """
    if not workspace.actor.may(Permission.IMPORT_PATIENTS):
        raise Refused("NotAllowed", t("Your role doesn't allow this."))
    try:
        with path.open("rb") as file:
            data = file.read(DEFAULT_LIMITS.document_bytes + 1)
    except OSError as error:
        raise Refused("NoFile", t("{path}: {why}", path=path, why=error.strerror), field="path") from None
    how = ListMap.read(map_text) if map_text is not None else None
    today = workspace.clock.now().astimezone(workspace.clinic.zone).date()
    teller = Teller(tell or nobody, [path.name])
    found = PatientList(path.name, data, today, how, teller.say if tell else None)
    run = Run(workspace, dry_run=dry_run, progress=progress, cancelled=cancelled, teller=teller)
    return run.everything("csv", found, 1)


def find_files(paths: Iterable[Path], *, any_name: bool = False) -> tuple[list[FileSource], list[Skipped]]:
    """Return the files to read, folders searched in depth, and those left out with the reason.

    In folders a FHIR file is told by its name; ``any_name`` takes all of them.
    """
    found: list[FileSource] = []
    strange: list[Skipped] = []
    for path in paths:
        try:
            mode = path.stat().st_mode
        except OSError as error:
            raise Refused("NoFile", t("{path}: {why}", path=path, why=error.strerror), field="paths") from None
        if not stat.S_ISDIR(mode):
            found.append(FileSource(path, path.name, str(path.parent)))
            continue
        for inner in _files_below(path):
            name = str(inner.relative_to(path))
            if (any_name or inner.name.lower().endswith(_SUFFIXES)) and inner.is_file():
                found.append(FileSource(inner, name, str(inner.parent)))
            else:
                packed = inner.suffix.lower() == ".zip"
                reason = t("a ZIP archive; unpack it first") if packed else t("not a FHIR file by its name")
                strange.append(Skipped(name, "", reason))
    return found, strange


def _files_below(folder: Path) -> Iterator[Path]:
    """Yield files in order, without hidden ones and without following links to folders."""
    for inner in sorted(folder.iterdir()):
        if inner.name.startswith("."):
            continue
        if inner.is_dir():
            if not inner.is_symlink():
                yield from _files_below(inner)
        else:
            yield inner


class Readable(Protocol):
    """Files that have been opened for import. ``total`` counts the records to be written, roughly."""

    @property
    def total(self) -> int:
        """How many records there are."""
        ...

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What was left out so far."""
        ...

    @property
    def repeated(self) -> Counter[str]:
        """What stood there more than once."""
        ...

    def practitioners(self) -> tuple[PractitionerRow, ...]:
        """The practitioners."""
        ...

    def patients(self) -> Iterator[PatientImport]:
        """The patients with their records."""
        ...


@dataclass(slots=True)
class Run:
    """One import on its way."""

    workspace: Workspace
    dry_run: bool
    progress: Progress | None
    cancelled: Callable[[], bool] | None
    teller: Teller
    about: Mapping[str, Any] = field(default_factory=dict)
    """What the kept report says beside the figures."""
    tally: Tally = field(default_factory=Tally)
    forbidden: Counter[tuple[str, str]] = field(default_factory=Counter)
    ticks: int = 0
    done: int = 0
    total: int = 0

    def everything(
        self, kind: str, files: Readable, count: int, check: Callable[[], object] | None = None
    ) -> ImportReport:
        """Read and write all there is; ``check`` hears when all was read once, and may refuse it."""
        begun, started = time.monotonic(), self.workspace.clock.now()
        run_id = None if self.dry_run else new_uuid()
        stopped = False
        try:
            if check is not None:
                self.total = files.total
                check()
            if run_id:
                self.workspace.execute(NoteImport(run_id=run_id, kind=kind, started_at=started, summary=self.about))
            self.total = files.total
            self._write_all(files)
        except _Stop:
            stopped = True
        self.tally.skipped.extend(files.skipped)
        reason = t("only an administrator imports these")
        self.tally.skipped.extend(Skipped(file, kind, reason, n) for (file, kind), n in self.forbidden.items())
        self.tally.unchanged.update(files.repeated)
        seconds = time.monotonic() - begun
        report = ImportReport(self.tally, count, seconds, dry_run=self.dry_run, cancelled=stopped, run_id=run_id)
        if run_id:
            ended = self.workspace.clock.now()
            summary = {**_summary(report), **self.about}
            self.workspace.execute(
                NoteImport(run_id=run_id, kind=kind, started_at=started, finished_at=ended, summary=summary)
            )
        return report

    def tick(self) -> None:
        """Hear that another resource was read."""
        self.ticks += 1
        if self.ticks % _TICKS == 0:
            self._check(writing=False, done=self.ticks)

    def _check(self, *, writing: bool, done: int) -> None:
        """Say how far it is, and stop if that is wanted."""
        if self.progress is not None and (writing or not self.total):
            self.progress(ImportProgress(writing, done, self.total))
        if self.cancelled is not None and self.cancelled():
            raise _Stop

    def _write_all(self, files: Readable) -> None:
        practitioners = files.practitioners()
        if practitioners and not self.workspace.actor.may(Permission.IMPORT_ALL):
            self._refuse(practitioners)
            practitioners = ()
        for at in range(0, len(practitioners), _ROWS):
            self._write(ImportBatch(practitioners=practitioners[at : at + _ROWS]))
        waiting: list[PatientImport] = []
        for item in map(self._allowed, files.patients()):
            waiting.append(item)
            if sum(one.size for one in waiting) >= _ROWS:
                self._write(ImportBatch(patients=tuple(waiting)))
                waiting = []
        if waiting:
            self._write(ImportBatch(patients=tuple(waiting)))

    def _allowed(self, item: PatientImport) -> PatientImport:
        """Leave of a patient's records what the person may import."""
        if not item.has_records or self.workspace.actor.may(Permission.IMPORT_ALL):
            return item
        self._refuse(item.records)
        self._refuse_kinds((row.where, source.kind) for row in item.bmi for source in row.also)
        self.teller.refuse(item.bmi, t("only an administrator imports these"))
        return PatientImport(source=item.source, patient=item.patient, called=item.called)

    def _refuse(self, rows: Sequence[ImportedRow]) -> None:
        self.teller.refuse(rows, t("only an administrator imports these"))
        self._refuse_kinds((row.where, source.kind) for row in rows for source in (row.source, *row.also))

    def _refuse_kinds(self, kinds: Iterable[tuple[str, str]]) -> None:
        """Count what this person may not import, by file and kind."""
        for where, kind in kinds:
            self.forbidden[self.teller.file_of(where), kind] += 1

    def _write(self, batch: ImportBatch) -> None:
        batch = replace(batch, patients=tuple(item for item in batch.patients if item.patient or item.has_records))
        if self.dry_run:
            self._add(batch, self.workspace.ask(import_preview, batch=batch))
        else:
            self._execute(batch)
        self.done += len(batch.practitioners) + sum(item.size for item in batch.patients)
        self._check(writing=True, done=min(self.done, self.total))

    def _execute(self, batch: ImportBatch) -> None:
        """Write a batch; when the database refuses it, find the patient who is the cause and go on without."""
        command = ImportRecords(practitioners=batch.practitioners, patients=batch.patients)
        try:
            outcome = self._once_more(command)
        except (Refused, Conflict) as problem:
            if problem.code == "NotAllowed":
                raise
            parts = _halves(batch, problem)
            if not parts:
                self._give_up(batch, f"{problem.field}: {problem.message}" if problem.field else problem.message)
            for part in parts:
                self._execute(part)
        else:
            self._add(batch, Tally.from_json(outcome.result))

    def _add(self, batch: ImportBatch, tally: Tally) -> None:
        for row in report_rows(batch):
            if row.remark:
                tally.remark(row, row.remark)
        self.tally.add(tally)
        self.teller.batch(batch, tally)

    def _once_more(self, command: ImportRecords) -> Any:
        """Another import of the same files may be running: what it brought is there on the second try."""
        try:
            return self.workspace.execute(command)
        except Conflict:
            return self.workspace.execute(command)

    def _give_up(self, batch: ImportBatch, reason: str) -> None:
        rows: list[ImportedRow] = [*batch.practitioners]
        for item in batch.patients:
            rows += [*([item.patient] if item.patient else []), *item.records]
            self.teller.refuse(item.bmi, reason)
        self.teller.refuse(rows, reason)
        for row in rows:
            self.tally.skip(row, reason)
        for item in batch.patients:
            for bmi in item.bmi:
                self.tally.skipped.extend(Skipped(bmi.where, source.label, reason) for source in bmi.also)


class _Stop(Cancelled):
    """The person wants the import to stop."""

    def __init__(self) -> None:
        super().__init__("Cancelled", t("The import was cancelled."))


def _halves(batch: ImportBatch, problem: AppError) -> list[ImportBatch]:
    """Split a batch in two; a single patient's records only where they are more than can be saved at once."""
    people: tuple[PractitionerRow, ...] = batch.practitioners
    if len(people) > 1:
        middle = len(people) // 2
        return [ImportBatch(practitioners=people[:middle]), ImportBatch(practitioners=people[middle:])]
    if len(batch.patients) > 1:
        middle = len(batch.patients) // 2
        return [ImportBatch(patients=batch.patients[:middle]), ImportBatch(patients=batch.patients[middle:])]
    if problem.code == "TooLong" and batch.patients:
        return [ImportBatch(patients=(part,)) for part in batch.patients[0].halves()]
    return []


def _summary(report: ImportReport) -> dict[str, Any]:
    """What is kept of a report: figures and reasons, without the single records."""
    reasons: Counter[tuple[str, str]] = Counter()
    for row in report.tally.skipped:
        reasons[row.resource.partition("/")[0], row.reason] += row.count
    skipped = [{"resource": kind, "reason": reason, "count": n} for (kind, reason), n in reasons.most_common(500)]
    whole = report.to_json()
    return {**{k: v for k, v in whole.items() if k != "remarks"}, "skipped": skipped}
