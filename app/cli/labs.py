"""``labs …``: order, results, sign, list; the requisition as PDF."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from app.cli.living import living
from app.cli.verbs import verb
from app.commands.labs import CancelLabOrder, OrderLabs, StartLabOrder
from app.commands.labs_results import RecordResults
from app.commands.labs_review import HandOverResults, Shown, SignResults
from app.domain.enums import NextStep
from app.domain.lab_codes import find_panel, find_test
from app.domain.labs import parse_results, results_json
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.labs import OrderRow, Which, lab_orders, results_to_review
from app.queries.labs_grid import lab_grid, order_sets
from app.queries.labs_order import order_results
from app.queries.labs_requisition import requisition
from app.queries.papers import paper_head
from app.workspace.workspace import Workspace

MOST_BYTES = 5_000_000


@verb("labs order")
def order(
    ws: Workspace,
    patient: str,
    tests: tuple[str, ...],
    notes: str = "",
    visit: str | None = None,
    provider: str | None = None,
    priority: str = "ROUTINE",
    fasting: bool = False,
    diagnosis: str = "",
    laboratory: str = "",
) -> dict[str, Any]:
    """Order tests for a patient, by set, name or code; several with commas or the option again."""
    names = [part.strip() for one in tests for part in ([one] if find_panel(one) or find_test(one) else one.split(","))]
    command = OrderLabs(
        patient_id=patient, tests=tuple(filter(None, names)), notes=notes or None, visit_id=visit, provider_id=provider,
        priority=priority.upper(), fasting=fasting, diagnosis=diagnosis, laboratory=laboratory,
    )  # fmt: skip
    return dict(ws.execute(command).result)


@verb("labs result", positional=("order", "file"))
def result(
    ws: Workspace, order: str, file: str, partial: bool = False, imported: bool = False, reason: str = ""
) -> dict[str, Any]:
    """Take results of an order from a JSON file: a list of {code, name, value, unit, low, high, flag, observedAt …}."""
    items, unreadable = parse_results(_read(file))
    if unreadable:
        raise Refused("BadResults", t("{n} entries of the file are no results.", n=unreadable), field="file")
    command = RecordResults(order_id=order, items=items, complete=not partial, imported=imported, reason=reason)
    return dict(ws.execute(command).result)


def _read(file: str) -> Any:
    path = Path(file)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Refused("TooLarge", t("This file is too large to be results."), field="file")
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Refused(
            "NotReadable", t("This file can't be read: {why}", why=error.strerror or ""), field="file"
        ) from error
    except ValueError as error:
        raise Refused("BadResults", t("This is not JSON."), field="file") from error


@verb("labs start", positional=("order",))
def start(ws: Workspace, order: str) -> dict[str, Any]:
    """Note that the specimen was taken or sent."""
    return dict(ws.execute(StartLabOrder(order_id=order, collected_at=ws.clock.now())).result)


@verb("labs cancel", positional=("order",))
def cancel(ws: Workspace, order: str, reason: str) -> dict[str, Any]:
    """Cancel an order."""
    return dict(ws.execute(CancelLabOrder(order_id=order, reason=reason)).result)


@verb("labs sign", positional=("order",), names={"next_step": "--next"})
def sign(
    ws: Workspace,
    order: str,
    next_step: NextStep = NextStep.NOTHING,
    sign_for: str | None = None,
    say: str = "",
    due: date | None = None,
    weeks: int | None = None,
    note: str = "",
) -> dict[str, Any]:
    """Sign the results of an order as they stand; ``say`` is what the desk may tell, never a value."""
    view = ws.ask(order_results, order_id=order)
    command = SignResults(
        shown=(Shown(order, view.results_hash),), next_step=next_step, sign_for=sign_for, released_text=say,
        due_on=due, weeks=weeks, note=note,
    )  # fmt: skip
    return dict(ws.execute(command).result)


@verb("labs hand-over", positional=("order", "user"))
def hand_over(ws: Workspace, order: str, user: str) -> dict[str, Any]:
    """Let another provider (a user's id) review the results of an order."""
    view = ws.ask(order_results, order_id=order)
    return dict(ws.execute(HandOverResults(order_id=order, owner_user=user, old_user=view.owner_user)).result)


@verb("labs show", positional=("order",))
def show(ws: Workspace, order: str) -> dict[str, Any]:
    """Show one order with its results."""
    view = ws.ask(order_results, order_id=order)
    return {
        "id": view.id, "patientId": view.patient_id, "patientName": view.patient_name, "tests": list(view.tests),
        "status": view.status.value, "review": view.review.value if view.review else None,
        "ownerName": view.owner_name, "unreadable": view.unreadable, "missing": list(view.missing),
        "results": results_json([line.item for line in view.lines]),
    }  # fmt: skip


@verb("labs list")
def orders(
    ws: Workspace, patient: str | None = None, open_only: bool = False, limit: int = 100, cursor: str | None = None
) -> dict[str, Any]:
    """List orders, the newest first."""
    if patient is not None:
        living(ws, patient)
    page = ws.ask(lab_orders, patient_id=patient, open_only=open_only, limit=limit, cursor=cursor)
    return {"items": [_order(row) for row in page.items], "more": page.more, "cursor": page.cursor}


def _order(row: OrderRow) -> dict[str, Any]:
    return {
        "id": row.id, "patientId": row.patient_id, "patientName": row.patient_name, "providerId": row.provider_id,
        "tests": list(row.tests), "status": row.status.value, "priority": row.priority,
        "orderedAt": row.ordered_at.isoformat(),
        "completedAt": row.completed_at.isoformat() if row.completed_at else None,
        "review": row.review.value if row.review else None, "critical": row.critical, "ownerName": row.owner_name,
        "releasedText": row.released_text, "late": row.late,
        "wantedOn": row.wanted_on.isoformat() if row.wanted_on else None,
    }  # fmt: skip


@verb("labs review")
def review(ws: Workspace, which: Which = Which.ALL) -> dict[str, Any]:
    """List the results that wait for a signature, critical ones first."""
    found = ws.ask(results_to_review, which=which)
    items = [
        {
            "orderId": row.order_id, "patientId": row.patient_id, "patientName": row.patient_name,
            "tests": list(row.tests), "state": row.state.value, "resultedAt": row.resulted_at.isoformat(),
            "critical": row.critical, "abnormal": row.abnormal, "partial": row.partial, "ownerUser": row.owner_user,
            "ownerName": row.owner_name, "releasedText": row.released_text,
        }
        for row in found.items
    ]  # fmt: skip
    return {"items": items, "more": found.more, "counts": {one.value: n for one, n in found.counts.items()}}


@verb("labs grid", positional=("patient",))
def grid(ws: Workspace, patient: str) -> dict[str, Any]:
    """Show a patient's results, tests by dates."""
    found = ws.ask(lab_grid, patient_id=patient)
    items = [
        {
            "code": row.key, "name": row.name, "unit": row.unit, "low": row.low, "high": row.high,
            "values": [{"at": one.at.isoformat(), "value": one.item.value, "flag": one.item.flag or None}
                       for one in row.points],
        }
        for row in found.rows
    ]  # fmt: skip
    return {"items": items, "more": found.earlier_dates > 0}


@verb("labs sets")
def sets(ws: Workspace) -> dict[str, Any]:
    """List the order sets."""
    found = ws.ask(order_sets)
    items = [{"id": one.id, "name": one.name, "tests": [ref.name for ref in one.single_tests]} for one in found]
    return {"items": items, "more": False}


@verb("labs requisition", positional=("order", "file"))
def requisition_pdf(ws: Workspace, order: str, file: str) -> dict[str, Any]:
    """Write an order's requisition as PDF."""
    from app.documents.from_workspace import (  # noqa: PLC0415 - Qt is loaded for papers only
        PatientPaper,
        export_pdf,
        made_now,
    )
    from app.documents.lab_requisition import requisition_paper  # noqa: PLC0415 - Qt is loaded for papers only

    view = ws.ask(requisition, order_id=order)
    head = ws.ask(paper_head, patient_id=view.patient_id)
    made = made_now(ws, ("lab_orders", order), ("lab_order_detail", order))
    size = export_pdf(ws, PatientPaper(view.patient_id, requisition_paper(head, view, made)), file)
    return {"file": file, "bytes": size}


@verb("labs documents", positional=("order", "folder"))
def documents(ws: Workspace, order: str, folder: str) -> dict[str, Any]:
    """Write the documents (PDF and others) that a laboratory sent with an order's results into a folder."""
    from app.workspace.lab_documents import lab_documents, save_document  # noqa: PLC0415 - needed here only

    items = []
    found = lab_documents(ws, order)
    for number, one in enumerate(found.items, 1):
        file = Path(folder) / f"{number} {one.file_name}"
        items.append({"test": one.name, "file": str(file), "bytes": save_document(ws, found.patient_id, one, file)})
    return {"items": items, "more": False}
