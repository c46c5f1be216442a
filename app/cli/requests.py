"""``requests …``: patients' wishes for a visit, triaged, offered a time, booked, called off."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.cli.verbs import verb
from app.commands.requests import CancelRequest, ConvertRequest, ProposeSlot, TriageRequest
from app.domain.enums import RequestStatus, SeverityLevel
from app.queries.requests import Proposal, RequestBox, RequestRow, request_page, request_view
from app.workspace.workspace import Workspace


@verb("requests list")
def list_requests(
    ws: Workspace,
    box: RequestBox = RequestBox.OPEN,
    status: RequestStatus | None = None,
    severity: SeverityLevel | None = None,
    patient: str | None = None,
    limit: int = 100,
    cursor: str | None = None,
) -> dict[str, Any]:
    """List visit requests, the most severe first, then the oldest: open, ours, patient (to answer) or closed."""
    page = ws.ask(
        request_page, box=box, status=status, severity=severity, patient_id=patient, limit=limit, cursor=cursor
    )
    return {"items": [_item(one) for one in page.items], "more": page.more, "cursor": page.cursor}


@verb("requests show", positional=("request",))
def show(ws: Workspace, request: str) -> dict[str, Any]:
    """Show one request with a glimpse of the chart."""
    view = ws.ask(request_view, request_id=request)
    return {
        **_item(view.row),
        "allergies": [one.name for one in view.allergies.active],
        "problems": [one.name for one in view.problems.active],
        "lastVisit": _time(view.last_visit.start if view.last_visit else None),
        "nextVisit": _time(view.next_visit.start if view.next_visit else None),
        "openItems": len(view.open),
    }


@verb("requests triage", positional=("request",))
def triage(
    ws: Workspace, request: str, severity: SeverityLevel, note: str | None = None, owner: str | None = None
) -> dict[str, Any]:
    """Say how urgent a request is; --owner gives it to somebody (a user's id)."""
    command = TriageRequest(request_id=request, severity=severity, note=note, owner_user=owner)
    return dict(ws.execute(command).result)


@verb("requests propose", positional=("request",))
def propose(ws: Workspace, request: str, slot: str) -> dict[str, Any]:
    """Offer the patient a slot and keep it for the answer."""
    return dict(ws.execute(ProposeSlot(request_id=request, slot_id=slot)).result)


@verb("requests convert", positional=("request",))
def convert(ws: Workspace, request: str, slot: str | None = None, overbook: bool = False) -> dict[str, Any]:
    """Book the proposed slot, or the one given: the patient agrees."""
    outcome = ws.execute(ConvertRequest(request_id=request, slot_id=slot, overbook=overbook))
    return {**outcome.result, **({"warnings": list(outcome.warnings)} if outcome.warnings else {})}


@verb("requests cancel", positional=("request",))
def cancel(ws: Workspace, request: str, reason: str) -> dict[str, Any]:
    """Say that no visit comes of a request, and why."""
    return dict(ws.execute(CancelRequest(request_id=request, reason=reason)).result)


def _item(one: RequestRow) -> dict[str, Any]:
    return {
        "id": one.request_id, "patientId": one.patient_id, "patientName": one.patient_name,
        "requestType": one.kind.value, "visitMode": one.mode.value, "reasonText": one.reason,
        "reasonCategory": one.category or None, "severity": one.severity.value, "status": one.status.value,
        "requestedDate": one.wanted.isoformat() if one.wanted else None, "windowStart": _time(one.window_start),
        "windowEnd": _time(one.window_end), "createdAt": one.created_at.isoformat(), "note": one.note,
        "ownerUser": one.owner_user, "proposedSlotId": one.proposal.slot_id if one.proposal else None,
        "proposal": _proposal(one.proposal) if one.proposal else None, "visitId": one.visit_id,
        "closeReason": one.close_reason or None,
    }  # fmt: skip


def _proposal(one: Proposal) -> dict[str, Any]:
    return {
        "slotId": one.slot_id, "state": one.state.value, "startTime": _time(one.start), "endTime": _time(one.end),
        "providerName": one.provider_name, "heldUntil": _time(one.ends_at),
    }  # fmt: skip


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
