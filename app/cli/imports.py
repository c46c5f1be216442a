"""``import fhir``, ``import csv``: bring files in, with a report of what was taken and why the rest was not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.cli.verbs import verb
from app.domain.import_report import Tell
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.workspace.import_report import ReportFile
from app.workspace.imports import run_import, run_list_import
from app.workspace.workspace import Workspace


@verb("import fhir", positional=("paths",))
def import_fhir(
    ws: Workspace, paths: tuple[str, ...], dry_run: bool = False, report: str | None = None
) -> dict[str, Any]:
    """Import FHIR R4 files and folders: bundles, NDJSON, single resources; --report FILE tells of every record."""
    with _report(report) as tell:
        return run_import(ws, [Path(path) for path in paths], dry_run=dry_run, tell=tell).to_json()


@verb("import csv", positional=("file",), names={"map_file": "--map"})
def import_csv(
    ws: Workspace, file: str, map_file: str | None = None, dry_run: bool = False, report: str | None = None
) -> dict[str, Any]:
    """Import a list of patients in columns; --map names a JSON file that says which column is what."""
    map_text = _text(map_file)
    with _report(report) as tell:
        return run_list_import(ws, Path(file), map_text=map_text, dry_run=dry_run, tell=tell).to_json()


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
