"""The page of the patients' import: FHIR and lists of patients."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.domain.permissions import Permission
from app.kernel.i18n import t
from app.ui.areas.patients.import_run import run_files
from app.ui.parts.imports.run import Runner
from app.ui.parts.imports.view import ImportView, ImportWords
from app.ui.work import ShellApi


def import_view(api: ShellApi, *, runner: Runner = run_files, parent: QWidget | None = None) -> ImportView:
    """Make the page."""
    lines = [t("FHIR R4 bundles, NDJSON and single resources, or a CSV list of patients.")]
    if not api.can(Permission.IMPORT_ALL):
        lines.append(t("You import lists of patients; records need an administrator."))
    kinds = t("Records (*.json *.ndjson *.jsonl *.gz *.csv *.tsv);;All files (*)")
    words = ImportWords(t("Import patients"), t("Back to the list"), tuple(lines), kinds)
    return ImportView(api, words, runner, parent)
