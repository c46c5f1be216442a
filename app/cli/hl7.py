"""``import hl7`` and the inbox of laboratories' messages on the command line."""

from __future__ import annotations

import json
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from app.cli.verbs import verb
from app.commands.lab_messages import RefuseLabMessage, ReopenLabMessage
from app.domain.enums import LabMessageState
from app.queries.lab_inbox import LabMessageRow, lab_inbox
from app.workspace.hl7_import import Hl7Report, assign_message, open_message, run_hl7_import, take_back_message
from app.workspace.hl7_watch import FolderWatch
from app.workspace.hl7_watch import watch as watch_folder
from app.workspace.lab_offers import OffersFiled, file_offers, lab_offers
from app.workspace.workspace import Workspace


@verb("import hl7", positional=("paths",))
def import_hl7(ws: Workspace, paths: tuple[str, ...], watch: bool = False, done: str | None = None) -> dict[str, Any]:
    """Import laboratories' HL7 v2 files and folders; --watch goes on with new files, --done FOLDER moves taken ones."""
    found = [Path(path) for path in paths]
    if not watch:
        return run_hl7_import(ws, found).to_json()
    total, stop = Hl7Report(), threading.Event()

    def heard(report: Hl7Report) -> None:
        _add(total, report)
        sys.stderr.write(json.dumps(report.to_json(), ensure_ascii=False) + "\n")
        sys.stderr.flush()

    _stop_on_signals(stop)
    watch_folder(FolderWatch(ws, found, Path(done) if done else None), heard, stop)
    return total.to_json()


def _stop_on_signals(stop: threading.Event) -> None:
    """Ctrl+C and the service manager's stop end the watch after the file under way."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())


def _add(total: Hl7Report, report: Hl7Report) -> None:
    for fate, count in report.counts.items():
        total.counts[fate].update(count)
    total.skipped.extend(report.skipped)
    total.remarks.extend(report.remarks)
    for name in ("files", "messages", "waiting", "refused", "corrected", "history", "alerts"):
        setattr(total, name, getattr(total, name) + getattr(report, name))
    total.seconds += report.seconds


@verb("lab-messages list")
def list_messages(
    ws: Workspace, state: LabMessageState = LabMessageState.UNMATCHED, limit: int = 50, cursor: str | None = None
) -> dict[str, Any]:
    """List laboratories' messages: UNMATCHED (waiting for a person), REFUSED or APPLIED."""
    page = ws.ask(lab_inbox, state=state, limit=limit, cursor=cursor)
    return {"items": [_row(row) for row in page.items], "more": page.more, "cursor": page.cursor}


def _row(row: LabMessageRow) -> dict[str, Any]:
    return {
        "id": row.id, "receivedAt": row.received_at.isoformat(), "source": row.source, "kind": row.kind,
        "sender": row.sender, "controlId": row.control_id, "state": row.state.value, "reason": row.reason,
        "name": row.name, "birthDate": row.born or None, "patientId": row.patient_id,
    }  # fmt: skip


@verb("lab-messages show", positional=("message_id",))
def show_message(ws: Workspace, message_id: str) -> dict[str, Any]:
    """Show a message with its text and whom it may mean."""
    found = open_message(ws, message_id)
    candidates = [
        {
            "patientId": one.patient_id, "name": one.name, "birthDate": one.born.isoformat() if one.born else None,
            "mrn": one.mrn, "sameNumber": one.same_number, "sameName": one.same_name, "sameBirth": one.same_birth,
        }
        for one in found.candidates
    ]  # fmt: skip
    return {**_row(found.text.row), "body": found.text.body, "candidates": candidates}


@verb("lab-messages assign", positional=("message_id",))
def assign(ws: Workspace, message_id: str, patient: str) -> dict[str, Any]:
    """File a waiting message for a patient."""
    outcome = assign_message(ws, message_id, patient)
    return {**outcome.result, "warnings": list(outcome.warnings)}


@verb("lab-messages match")
def match(ws: Workspace, file: bool = False) -> dict[str, Any]:
    """List waiting messages whose patient is certain by now (registered or put right since); --file files them."""
    offers = lab_offers(ws)
    done = file_offers(ws, offers) if file else OffersFiled((), ())
    items = [
        {"messageId": one.message_id, "patientId": one.patient_id, "patientName": one.patient_name,
         "filed": one.message_id in done.filed}
        for one in offers
    ]  # fmt: skip
    left = [{"messageId": message_id, "reason": reason} for message_id, reason in done.left]
    return {"items": items, "more": False, "filed": len(done.filed), "left": left}


@verb("lab-messages refuse", positional=("message_id",))
def refuse(ws: Workspace, message_id: str, reason: str) -> dict[str, Any]:
    """Lay a waiting message aside, with the reason."""
    return dict(ws.execute(RefuseLabMessage(message_id=message_id, reason=reason)).result)


@verb("lab-messages take-back", positional=("message_id",))
def take_back(ws: Workspace, message_id: str, reason: str) -> dict[str, Any]:
    """Take a message that was filed with the wrong patient out of that chart, with the reason; it waits again."""
    outcome = take_back_message(ws, message_id, reason)
    return {**outcome.result, "warnings": list(outcome.warnings)}


@verb("lab-messages reopen", positional=("message_id",))
def reopen(ws: Workspace, message_id: str) -> dict[str, Any]:
    """Let a message that a person laid aside wait again."""
    return dict(ws.execute(ReopenLabMessage(message_id=message_id)).result)
