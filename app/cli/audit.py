"""``audit …``: who changed and opened what, and whether anybody touched the record of it. For ADMINs."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from app.cli.verbs import verb
from app.domain.audit_words import command_words, field_words, table_words
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.audit import AuditEntry, AuditFilter, AuditKind, audit_search
from app.queries.clinic import staff
from app.workspace.audit import chain_words, check_chain, export_audit
from app.workspace.workspace import Workspace


@verb("audit verify")
def verify(ws: Workspace, anchor: str | None = None) -> dict[str, Any]:
    """Check the audit's chain; --anchor is a head that was kept outside the database."""
    check = check_chain(ws, anchor=anchor)
    state = check.state
    if state.ok:
        return {"ok": True, "checked": state.checked, "sealed": check.sealed, "head": state.head}
    where = t("Row {n}: {problem}.", n=state.first_bad, problem=chain_words(state.problem))
    message = where if state.first_bad is not None else chain_words(state.problem)
    raise Refused(
        "AuditBroken", message, ok=False, checked=state.checked, firstBad=state.first_bad, problem=state.problem,
        head=state.head, entry=_item(check.entry) if check.entry is not None else None,
    )  # fmt: skip


@verb("audit search", names={"first": "--from", "last": "--to"})
def search(
    ws: Workspace,
    person: str = "",
    patient: str = "",
    row: str = "",
    table: str = "",
    kind: AuditKind | None = None,
    first: date | None = None,
    last: date | None = None,
    workstation: str = "",
    command: str = "",
    limit: int = 100,
    cursor: str | None = None,
    export: str | None = None,
) -> dict[str, Any]:
    """List entries of the audit, newest first; --person takes an e-mail or id, --export FILE writes all as CSV."""
    what = AuditFilter(
        person_id=_person(ws, person), patient_id=patient, row_id=row, table=table, kind=kind, first=first, last=last,
        workstation=workstation, command_id=command,
    )  # fmt: skip
    if export is not None:
        return {"file": export, "entries": export_audit(ws, Path(export), what)}
    page = ws.ask(audit_search, what=what, cursor=cursor, limit=limit)
    return {"items": [_item(entry) for entry in page.items], "more": page.more, "cursor": page.cursor}


def _person(ws: Workspace, said: str) -> str:
    if "@" not in said:
        return said
    for one in ws.ask(staff):
        if one.email.lower() == said.strip().lower():
            return one.user_id
    raise Refused("NoAccount", t("There is no account {email} in this clinic.", email=said), field="person")


def _item(entry: AuditEntry) -> dict[str, Any]:
    return {
        "id": entry.key,
        "at": entry.at.isoformat(),
        "kind": entry.kind.value,
        "who": entry.who,
        "onBehalfOf": entry.on_behalf_of,
        "workstation": entry.workstation,
        "command": entry.command,
        "commandWords": command_words(entry.command),
        "commandId": entry.command_id,
        "table": entry.table,
        "tableWords": table_words(entry.table),
        "rowId": entry.row_id,
        "patientId": entry.patient_id,
        "patientName": entry.patient_name,
        "access": entry.detail,
        "reason": entry.reason,
        "changes": [
            {"field": name, "words": field_words(name), "before": (entry.before or {}).get(name),
             "after": (entry.after or {}).get(name)}
            for name in entry.changed
        ],
    }  # fmt: skip
