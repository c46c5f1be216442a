"""``visit …``: through the states, to another slot."""

from __future__ import annotations

from datetime import date
from typing import Any

from app.cli.verbs import verb
from app.commands.cancelling import CancelVisit, DidNotArrive, MarkNoShow
from app.commands.core import Command
from app.commands.moving import MoveVisit
from app.commands.undoing import UndoVisitStatus
from app.commands.virtual_visits import EndSession, JoinSession
from app.commands.visits import CheckIn, CompleteVisit, ConfirmVisit, StartVisit
from app.domain.enums import VisitStatus
from app.domain.visits import CancelKind
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.visit_list import visit_list
from app.workspace.workspace import Workspace

DID_NOT_ARRIVE = "did not arrive"


@verb("visit advance", positional=("visit", "status"))
def advance(ws: Workspace, visit: str, status: VisitStatus, reason: str = "") -> dict[str, Any]:
    """Take a visit to its next status."""
    return dict(ws.execute(_command(visit, status, reason)).result)


def _command(visit: str, status: VisitStatus, reason: str) -> Command:
    if status is VisitStatus.CHECKED_IN:
        return CheckIn(visit_id=visit)
    if status is VisitStatus.IN_PROGRESS:
        return StartVisit(visit_id=visit)
    if status is VisitStatus.COMPLETED:
        return CompleteVisit(visit_id=visit)
    if status is VisitStatus.NO_SHOW:
        return MarkNoShow(visit_id=visit, reason=reason)
    if status is VisitStatus.CANCELLED:
        if reason.strip().lower() == DID_NOT_ARRIVE:
            return DidNotArrive(visit_id=visit)
        return CancelVisit(visit_id=visit, kind=CancelKind.PATIENT, reason=reason)
    raise Refused("BadTransition", t("This step isn't possible from the present state."), field="status")


@verb("visit confirm", positional=("visit",))
def confirm(ws: Workspace, visit: str, withdrawn: bool = False) -> dict[str, Any]:
    """Note that the patient said that they will come (--withdrawn: that was a mistake)."""
    return dict(ws.execute(ConfirmVisit(visit_id=visit, confirmed=not withdrawn)).result)


@verb("visit join", positional=("visit",))
def join(ws: Workspace, visit: str) -> dict[str, Any]:
    """Enter the room of one's own virtual visit; its address is in "roomUrl"."""
    return dict(ws.execute(JoinSession(visit_id=visit)).result)


@verb("visit close-room", positional=("visit",))
def close_room(ws: Workspace, visit: str) -> dict[str, Any]:
    """Close the room of one's own virtual visit."""
    return dict(ws.execute(EndSession(visit_id=visit)).result)


@verb("visits list", names={"day": "--date"})
def visits_list(
    ws: Workspace,
    day: date | None = None,
    status: VisitStatus | None = None,
    provider: str | None = None,
    patient: str | None = None,
    limit: int = 100,
    cursor: str | None = None,
) -> dict[str, Any]:
    """List visits by start time."""
    page = ws.ask(
        visit_list, first=day, last=day, status=(status,) if status else (), provider_id=provider,
        patient_id=patient, limit=limit, cursor=cursor,
    )  # fmt: skip
    items = [
        {"id": v.id, "patientId": v.patient_id, "patientName": v.patient_name, "providerId": v.provider_id,
         "slotId": v.slot_id, "startTime": v.start.isoformat(), "endTime": v.end.isoformat(),
         "status": v.status.value, "visitMode": v.mode.value, "visitType": v.visit_type.value, "type": v.type_name,
         "reason": v.reason, "cancelReason": v.cancel_reason}
        for v in page.items
    ]  # fmt: skip
    return {"items": items, "more": page.more, "cursor": page.cursor}


@verb("visit undo", positional=("visit", "status"))
def undo(ws: Workspace, visit: str, status: VisitStatus) -> dict[str, Any]:
    """Take the last step of a visit back; STATUS is the one that it has now."""
    return dict(ws.execute(UndoVisitStatus(visit_id=visit, expected=status)).result)


@verb("visit move", positional=("visit",))
def move(ws: Workspace, visit: str, slot: str, overbook: bool = False) -> dict[str, Any]:
    """Move a visit to another slot."""
    return dict(ws.execute(MoveVisit(visit_id=visit, slot_id=slot, overbook=overbook)).result)
