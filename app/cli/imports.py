"""``import fhir``, ``csv``, ``device``: bring files in, with a report of what was taken and why the rest was not."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.cli.interrupt import until_interrupted
from app.cli.verbs import verb
from app.domain.import_report import Tell
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.workspace.device_import import run_device_import
from app.workspace.import_report import ReportFile
from app.workspace.imports import ImportProgress, run_import, run_list_import
from app.workspace.workspace import Workspace

_EVERY_SECONDS = 2.0


@verb("import fhir", positional=("paths",))
def import_fhir(
    ws: Workspace, paths: tuple[str, ...], dry_run: bool = False, report: str | None = None
) -> dict[str, Any]:
    """Import FHIR R4 files and folders: bundles, NDJSON, single resources; --report FILE tells of every record."""
    with _report(report) as tell, until_interrupted() as stopped:
        found = [Path(path) for path in paths]
        return run_import(ws, found, dry_run=dry_run, tell=tell, cancelled=stopped, progress=_Steps()).to_json()


@verb("import csv", positional=("file",), names={"map_file": "--map"})
def import_csv(
    ws: Workspace, file: str, map_file: str | None = None, dry_run: bool = False, report: str | None = None
) -> dict[str, Any]:
    """Import a list of patients in columns; --map names a JSON file that says which column is what."""
    map_text = _text(map_file)
    with _report(report) as tell, until_interrupted() as stopped:
        made = run_list_import(
            ws, Path(file), map_text=map_text, dry_run=dry_run, tell=tell, cancelled=stopped, progress=_Steps()
        )
        return made.to_json()


@verb("import device", positional=("paths",))
def import_device(
    ws: Workspace,
    paths: tuple[str, ...],
    patient: str,
    dry_run: bool = False,
    report: str | None = None,
    other_person_confirmed: bool = False,
) -> dict[str, Any]:
    """Read files of a patient's devices: Apple Health, Fitbit, Garmin, Withings, Oura, Open mHealth and others."""
    with _report(report) as tell, until_interrupted() as stopped:
        found = [Path(path) for path in paths]
        made = run_device_import(
            ws, found, patient, other_person=other_person_confirmed, dry_run=dry_run, tell=tell, cancelled=stopped,
            progress=_Steps(),
        )  # fmt: skip
        return made.to_json()


class _Steps:
    """Says on standard error how far an import is, now and then; Ctrl+C ends it with its report."""

    def __init__(self) -> None:
        self._next = time.monotonic() + _EVERY_SECONDS

    def __call__(self, at: ImportProgress) -> None:
        """Hear how far it is."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _EVERY_SECONDS
        text = t("written: {done} of {total} …", done=at.done, total=at.total)
        sys.stderr.write((text if at.writing else t("read: {done} …", done=at.done)) + "\n")
        sys.stderr.flush()


@contextmanager
def _report(path: str | None) -> Iterator[Tell | None]:
    """Open the file that gets a line for every record: CSV by its name, else JSON lines."""
    if path is None:
        yield None
        return
    with ReportFile(Path(path)) as file:
        yield file.add


def _text(path: str | None) -> str | None:
    if path is None:
        return None
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else t("no UTF-8")
        raise Refused("NoFile", t("{path}: {why}", path=path, why=why), field="map") from None
