"""Checking and exporting the audit, for the window and the command line."""

from __future__ import annotations

import csv
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

from app.commands.audit import NoteAuditExport
from app.domain.audit_words import (
    access_words,
    command_words,
    field_words,
    id_values,
    table_words,
    value_words,
)
from app.domain.csv_text import BYTE_ORDER_MARK, safe_cell
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.paths import Paths
from app.queries.audit import (
    SEAL_ROWS,
    AuditEntry,
    AuditFilter,
    AuditKind,
    ChainState,
    audit_entry,
    audit_names,
    audit_seal,
    audit_search,
    audit_verify,
)
from app.security.audit import Anchors
from app.workspace.workspace import Workspace

log = logging.getLogger(__name__)
_EXPORT_PAGE = 500
Tell = Callable[[int], object]
"""Hears how many rows are done; raises to stop."""


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """What checking the chain found; ``entry`` is the first bad row, where it is one of this clinic."""

    state: ChainState
    sealed: int
    entry: AuditEntry | None = None


def check_chain(
    workspace: Workspace, *, anchor: str | None = None, paths: Paths | None = None, tell: Tell | None = None
) -> ChainCheck:
    """Seal what is settled, check the whole chain, and keep its head outside the database when it is good.

    Without ``anchor`` the head kept last time is looked for. Raises ``Refused``: "NotAllowed", "NeedsServer",
    "BadAnchor" for an anchor that is no hash.
    """
    anchors = Anchors(paths or Paths.from_environment())
    wanted = _hex(anchor) if anchor else anchors.head(workspace.clinic.clinic_id)
    sealed = 0
    while (made := workspace.ask(audit_seal)) > 0:
        sealed += made
        if tell is not None:
            tell(sealed)
        if made < SEAL_ROWS:
            break
    state = workspace.ask(audit_verify, anchor=wanted)
    while not state.done:
        if tell is not None:
            tell(state.checked)
        state = workspace.ask(audit_verify, before=state, anchor=wanted)
    if state.ok:
        try:
            anchors.keep(workspace.clinic.clinic_id, state.head)
        except OSError as error:
            log.warning("the head of the audit's chain was not kept: %s", type(error).__name__)
        return ChainCheck(state, sealed)
    entry = workspace.ask(audit_entry, seq=state.first_bad) if state.first_bad is not None else None
    return ChainCheck(state, sealed, entry)


def _hex(anchor: str) -> str:
    text = anchor.strip().lower()
    with suppress(ValueError):
        if len(bytes.fromhex(text)) == 32:
            return text
    raise Refused("BadAnchor", t("The anchor is 64 hexadecimal digits."), field="anchor")


def chain_words(problem: str) -> str:
    """Return what is wrong with the chain, for people."""
    known = {
        "a row is missing before this one": t("a row is missing before this one"),
        "the row was changed": t("the row was changed"),
        "the row was added behind the chain": t("the row was added behind the chain"),
        "the anchored row is missing": t("the end was cut off: the row kept outside the database is missing"),
    }
    return known.get(problem, problem)


def kind_words(kind: AuditKind) -> str:
    """Return a kind of entry for people."""
    return {
        AuditKind.ADDED: t("Added"),
        AuditKind.CHANGED: t("Changed"),
        AuditKind.REMOVED: t("Removed"),
        AuditKind.EMPTIED: t("Emptied"),
        AuditKind.ACCESS: t("Access"),
    }[kind]


def export_audit(workspace: Workspace, path: Path, what: AuditFilter, tell: Tell | None = None) -> int:
    """Write the entries of a filter as CSV, one line for each field that changed; returns how many entries.

    The access event is written first, so that no export goes unseen. Raises ``Refused`` "NotWritten" where the file
    can't be written, and whatever ``tell`` raises; half a file is removed.
    """
    workspace.execute(NoteAuditExport(what=f"audit: {filter_text(what) or 'all'}"))
    written = 0
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            file.write(BYTE_ORDER_MARK)
            writer = csv.writer(file, lineterminator="\r\n")
            writer.writerow(_heads())
            for page in _pages(workspace, what):
                names = workspace.ask(audit_names, ids=id_values([doc for e in page for doc in (e.before, e.after)]))
                for entry in page:
                    writer.writerows(_lines(workspace, entry, names))
                written += len(page)
                if tell is not None:
                    tell(written)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise Refused("NotWritten", t("{name} can't be written: {why}", name=path.name, why=why)) from None
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return written


def filter_text(what: AuditFilter) -> str:
    """Return a filter as it is kept with an export: names of its parts, ids, days."""
    said = []
    for one in fields(what):
        value = getattr(what, one.name)
        if value:
            said.append(f"{one.name}={value.isoformat() if isinstance(value, date) else value}")
    return " ".join(said)


def _pages(workspace: Workspace, what: AuditFilter) -> Iterator[Sequence[AuditEntry]]:
    cursor: str | None = None
    while True:
        page = workspace.ask(audit_search, what=what, cursor=cursor, limit=_EXPORT_PAGE)
        if page.items:
            yield page.items
        if not page.more:
            return
        cursor = page.cursor


def _heads() -> list[str]:
    return [
        t("When"), t("Kind"), t("Table"), t("Row"), t("Patient"), t("Who"), t("On behalf of"), t("Workstation"),
        t("Command"), t("Command id"), t("Field"), t("Before"), t("After"),
    ]  # fmt: skip


def _lines(workspace: Workspace, entry: AuditEntry, names: Mapping[str, str]) -> Iterator[list[str]]:
    zone = workspace.clinic.zone
    head = [
        entry.at.astimezone(zone).isoformat(sep=" ", timespec="milliseconds"), kind_words(entry.kind),
        table_words(entry.table), entry.row_id, entry.patient_name or entry.patient_id, entry.who, entry.on_behalf_of,
        entry.workstation, command_words(entry.command), entry.command_id,
    ]  # fmt: skip
    changed = entry.changed
    if not changed:
        said = access_words(entry.detail) if entry.detail else ""
        yield _safe([*head, said, "", entry.reason])
    for name in changed:
        pair = ((document or {}).get(name) for document in (entry.before, entry.after))
        yield _safe([*head, field_words(name), *(value_words(name, value, zone, names) for value in pair)])


def _safe(cells: list[str]) -> list[str]:
    return [safe_cell(cell.replace("\x00", "")) for cell in cells]
