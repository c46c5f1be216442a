"""``alerts …``: what wants attention, resolved, dismissed, put off or given to somebody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.cli.verbs import verb
from app.commands.alerts import AssignAlert, DismissAlert, ResolveAlert, SnoozeAlert
from app.domain.enums import AlertSeverity
from app.queries.alerts import AlertBox, AlertRow, alert_detail, alert_page
from app.workspace.workspace import Workspace


@verb("alerts list")
def list_alerts(
    ws: Workspace,
    box: AlertBox = AlertBox.ALL,
    severity: AlertSeverity | None = None,
    patient: str | None = None,
    limit: int = 100,
    cursor: str | None = None,
) -> dict[str, Any]:
    """List alerts, the most severe first, then the oldest: mine, all, asleep or closed."""
    page = ws.ask(alert_page, box=box, severity=severity, patient_id=patient, limit=limit, cursor=cursor)
    return {"items": [_item(one) for one in page.items], "more": page.more, "cursor": page.cursor}


@verb("alerts show", positional=("alert",))
def show(ws: Workspace, alert: str) -> dict[str, Any]:
    """Show one alert with what raised it."""
    one = ws.ask(alert_detail, alert_id=alert)
    return {**_item(one), "payload": dict(one.payload)}


@verb("alerts resolve", positional=("alert",))
def resolve(ws: Workspace, alert: str, note: str = "") -> dict[str, Any]:
    """Say that what an alert said has been dealt with."""
    return dict(ws.execute(ResolveAlert(alert_id=alert, note=note)).result)


@verb("alerts dismiss", positional=("alert",))
def dismiss(ws: Workspace, alert: str, reason: str) -> dict[str, Any]:
    """Say that an alert needs nothing, and why."""
    return dict(ws.execute(DismissAlert(alert_id=alert, reason=reason)).result)


@verb("alerts snooze", positional=("alert",))
def snooze(ws: Workspace, alert: str, until: datetime | None = None) -> dict[str, Any]:
    """Put an alert off until an instant; without --until it wakes."""
    return dict(ws.execute(SnoozeAlert(alert_id=alert, until=until)).result)


@verb("alerts assign", positional=("alert",))
def assign(ws: Workspace, alert: str, to: str | None = None) -> dict[str, Any]:
    """Give an alert to somebody (a user's id), or to nobody."""
    known = ws.ask(alert_detail, alert_id=alert)
    return dict(ws.execute(AssignAlert(alert_id=alert, owner_user=to, old_owner=known.owner_user)).result)


def _item(one: AlertRow) -> dict[str, Any]:
    return {
        "id": one.alert_id, "patientId": one.patient_id, "patientName": one.patient_name, "severity": one.severity,
        "type": one.type, "title": one.title, "body": one.body, "status": one.status,
        "createdAt": one.created_at.isoformat(), "resolvedAt": _time(one.resolved_at), "ownerUser": one.owner_user,
        "ownerName": one.owner_name, "snoozedUntil": _time(one.snoozed_until), "closeReason": one.close_reason,
        "escalatesAt": _time(one.escalates_at), "escalatedAt": _time(one.escalated_at), "repeats": one.repeats,
    }  # fmt: skip


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
