"""Pictures of what is recorded: the audit with one of its entries, an import's report record by record."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QWidget

from app.queries.audit import AuditEntry, AuditKind
from app.ui.areas.settings.audit_section import AuditSection
from app.ui.parts.imports.view import ImportView
from app.ui.work.places import ImportPatients, ShowSettings
from tests.screens.views import View, settle


def audit(window: Any) -> AuditSection:
    """Open the audit."""
    window.stack.go(ShowSettings(section="audit"))
    settle(2000)
    sections: list[AuditSection] = window.findChildren(AuditSection)
    return next(one for one in sections if one.isVisible())


def show_audit(window: QWidget) -> None:
    """Check the chain, so that its answer stands above the list."""
    section = audit(window)
    section.check()
    settle(4000)


def show_entry(window: QWidget) -> None:
    """Open the newest change of a visit."""
    section = audit(window)
    section.filters.table.set_current("visits")
    settle(2000)

    def rank(entry: AuditEntry) -> bool:
        return entry.kind is AuditKind.CHANGED

    best = max(range(len(section.model.rows)), key=lambda n: rank(section.model.rows[n]))
    section.table.setCurrentIndex(section.model.index(best, 0))
    section.table.chosen.emit(section.model.index(best, 0))
    settle(2000)


def show_import(window: Any) -> None:
    """Try an import of a few records, some of which can't be taken."""
    window.stack.go(ImportPatients())
    settle()
    view = next(one for one in window.findChildren(ImportView) if one.isVisible())
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder))
        view.set_paths([Path(folder)])
        view.start(dry_run=True)
        settle(4000)


def _write(folder: Path) -> None:
    people: list[dict[str, Any]] = [
        {"resourceType": "Patient", "id": f"p{n}", "birthDate": born, "name": [{"family": family, "given": [given]}]}
        for n, (given, family, born) in enumerate(
            (("Ada", "Winter", "1970-03-04"), ("Élodie", "Roux", "1988"), ("Jan", "Kot", "2970-01-01")), 1
        )
    ]
    weight = {
        "resourceType": "Observation", "id": "w1", "status": "final", "subject": {"reference": "Patient/p1"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
        "effectiveDateTime": "2024-05-06T10:00:00-04:00",
        "valueQuantity": {"value": 81, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"},
    }  # fmt: skip
    claim = {"resourceType": "Claim", "id": "c1"}
    lines = [json.dumps(one) for one in (*people, weight, {**weight, "id": "w2", "valueQuantity": {"value": 9000}})]
    (folder / "export.ndjson").write_text("\n".join([*lines, json.dumps(claim), "{"]), encoding="utf-8")
    (folder / "photo.jpg").write_text("", encoding="utf-8")


RECORDS = (View("audit", 3, show_audit), View("audit-entry", 3, show_entry), View("import-report", 3, show_import))
