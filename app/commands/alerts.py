"""Alerts: resolved, dismissed with a reason, put to sleep, given to somebody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Text, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from app.commands.core import Change, Command, Context, Outcome, handles, not_allowed
from app.commands.task_rows import check_user
from app.db.models import Alert, AlertDetail, Login
from app.db.types import UtcDateTime
from app.domain.enums import AlertSeverity, AlertStatus, Role
from app.domain.permissions import Permission, allowed
from app.domain.states import ALERT, AlertAction
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t
from app.kernel.text import clean_text

LONGEST_SLEEP = timedelta(days=90)
MOST_TOGETHER = 50
REOPEN_WITHIN = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveAlert(Command):
    """What an alert said has been dealt with; ``also`` are earlier ones of the same patient and kind."""

    alert_id: str
    note: str = ""
    also: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DismissAlert(Command):
    """An alert needs nothing, for a reason. An assistant may say so of INFO alerts. ``also`` as in ResolveAlert."""

    alert_id: str
    reason: str
    also: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenAlerts(Command):
    """Alerts weren't to be closed after all: one's own closing, within 15 minutes, of all of them or none."""

    alert_ids: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SnoozeAlert(Command):
    """Let an alert sleep until an instant (aware); None wakes it. CRITICAL ones don't sleep."""

    alert_id: str
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignAlert(Command):
    """Give an alert to somebody, or to nobody; ``old_owner`` is the owner that was seen."""

    alert_id: str
    owner_user: str | None
    old_owner: str | None = None


@handles(ResolveAlert, permission=Permission.RESOLVE_ALERTS)
def resolve_alert(cmd: ResolveAlert, ctx: Context) -> Outcome:
    """Close it, and keep who and when."""
    return _close(ctx, (cmd.alert_id, *cmd.also), AlertAction.RESOLVE, clean_text(cmd.note, "note", 2000))


@handles(DismissAlert, permission=Permission.DISMISS_INFO_ALERTS)
def dismiss_alert(cmd: DismissAlert, ctx: Context) -> Outcome:
    """Close it with the reason."""
    reason = clean_text(cmd.reason, "reason", 2000)
    if not reason:
        raise Refused("Required", t("Say why this alert needs nothing."), field="reason")
    return _close(ctx, (cmd.alert_id, *cmd.also), AlertAction.DISMISS, reason)


@handles(ReopenAlerts, permission=Permission.DISMISS_INFO_ALERTS)
def reopen_alerts(cmd: ReopenAlerts, ctx: Context) -> Outcome:
    """Open them again; one that is open is fine. The machine has no way back: a guarded function of the server's."""
    if not cmd.alert_ids or len(cmd.alert_ids) > MOST_TOGETHER:
        raise Refused("BadValue", t("At most {n} alerts are closed together, each once.", n=MOST_TOGETHER))
    rows = [_closed(ctx, alert_id) for alert_id in cmd.alert_ids]
    shut = [row for row in rows if row.status != AlertStatus.ACTIVE.value]
    if ctx.online and shut:
        ids, at = literal([row.id for row in shut], ARRAY(Text)), literal(ctx.occurred_at, UtcDateTime())
        ctx.emit(select(func.desktop.reopen_alerts(ids, at)))
    for row in () if ctx.online else shut:
        ctx.emit(update(Alert).where(Alert.id == row.id).values(status=AlertStatus.ACTIVE.value, resolved_at=None))
        _detail(ctx, row, closed_by=None, closed_at=None, close_reason=None)
    changes = [change for row in shut for change in (Change("alerts", row.id), Change("alert_detail", row.id))]
    result = {"alertId": cmd.alert_ids[0], "status": AlertStatus.ACTIVE.value, "opened": len(shut)}
    return Outcome(result=result, changes=tuple(changes))


@handles(SnoozeAlert, permission=Permission.RESOLVE_ALERTS)
def snooze_alert(cmd: SnoozeAlert, ctx: Context) -> Outcome:
    """Keep until when it sleeps."""
    row = _active(ctx, cmd.alert_id)
    if cmd.until is not None:
        if row.severity == AlertSeverity.CRITICAL.value:
            raise Refused("CriticalAlert", t("A critical alert can't be put off."), field="until")
        if not ctx.occurred_at < cmd.until <= ctx.occurred_at + LONGEST_SLEEP:
            raise Refused("BadValue", t("An alert sleeps {n} days at most.", n=LONGEST_SLEEP.days), field="until")
    _detail(ctx, row, snoozed_until=cmd.until)
    slept = row.snoozed_until is not None and row.snoozed_until > ctx.occurred_at
    undo = SnoozeAlert(alert_id=cmd.alert_id, until=row.snoozed_until if slept else None)
    return _outcome(cmd.alert_id, AlertStatus.ACTIVE, undo, t("putting off the alert"))


@handles(AssignAlert, permission=Permission.DISMISS_INFO_ALERTS)
def assign_alert(cmd: AssignAlert, ctx: Context) -> Outcome:
    """Keep whose it is."""
    row = _active(ctx, cmd.alert_id)
    if row.owner_user != cmd.old_owner:
        message = t("Someone gave this alert to somebody else.")
        raise Conflict("StateChanged", message, field="ownerUser", server={"ownerUser": row.owner_user})
    if cmd.owner_user is not None:
        check_user(ctx, cmd.owner_user, "ownerUser")
        _check_may_close(ctx, cmd.owner_user, row.severity)
    _detail(ctx, row, owner_user=cmd.owner_user)
    undo = AssignAlert(alert_id=cmd.alert_id, owner_user=row.owner_user, old_owner=cmd.owner_user)
    return _outcome(cmd.alert_id, AlertStatus.ACTIVE, undo, t("giving the alert away"))


def closing_needs(severity: str) -> Permission:
    """Return what somebody must be allowed to for closing an alert of a severity."""
    info = severity == AlertSeverity.INFO.value
    return Permission.DISMISS_INFO_ALERTS if info else Permission.RESOLVE_ALERTS


def _check_may_close(ctx: Context, user_id: str, severity: str) -> None:
    login = ctx.first(select(Login.roles).where(Login.user_id == user_id))
    known = [Role(one) for one in (login.roles if login is not None else ()) if one in set(Role)]
    if not allowed(known, closing_needs(severity)):
        raise Refused("NotTheirs", t("This person may not close such an alert."), field="ownerUser")


def resolve_critical_results(ctx: Context, order_id: str, patient_id: str) -> tuple[Change, ...]:
    """Close the alerts that an order's critical results raised: whoever signs them has seen them."""
    found = select(
        Alert.id, Alert.payload, AlertDetail.alert_id.label("known"), AlertDetail.updated_at.label("detail_at")
    ).outerjoin(AlertDetail, AlertDetail.alert_id == Alert.id).where(
        Alert.patient_id == patient_id, Alert.type == "LAB_CRITICAL", Alert.status == AlertStatus.ACTIVE.value
    )  # fmt: skip
    changes: list[Change] = []
    for row in ctx.all(found):
        if isinstance(row.payload, dict) and row.payload.get("orderId") == order_id:
            changes += _shut(ctx, row, AlertAction.RESOLVE, t("Results signed"))
    return tuple(changes)


def _close(ctx: Context, alert_ids: Sequence[str], action: AlertAction, reason: str) -> Outcome:
    if len(set(alert_ids)) != len(alert_ids) or len(alert_ids) > MOST_TOGETHER:
        raise Refused("TooMany", t("At most {n} alerts are closed together, each once.", n=MOST_TOGETHER), field="also")
    rows = [_active(ctx, alert_id) for alert_id in alert_ids]
    if len({(row.patient_id, row.type) for row in rows}) > 1:
        message = t("Only alerts of one patient and one kind are closed together.")
        raise Refused("NotTogether", message, field="also")
    changes = [change for row in rows for change in _shut(ctx, row, action, reason)]
    status, _ = ALERT[AlertStatus.ACTIVE, action]
    result = {"alertId": alert_ids[0], "status": status.value, "closed": len(rows)}
    return Outcome(result=result, changes=tuple(changes), undo=ReopenAlerts(alert_ids=tuple(alert_ids)),
                   undo_label=t("closing the alert"))  # fmt: skip


def _shut(ctx: Context, row: Any, action: AlertAction, reason: str) -> tuple[Change, Change]:
    status, _ = ALERT[AlertStatus.ACTIVE, action]
    ctx.emit(update(Alert).where(Alert.id == row.id).values(status=status.value, resolved_at=ctx.occurred_at))
    _detail(ctx, row, closed_by=ctx.actor.user_id, closed_at=ctx.occurred_at, close_reason=reason or None)
    return Change("alerts", row.id), Change("alert_detail", row.id)


def _closed(ctx: Context, alert_id: str) -> Any:
    """Read an alert that the person may open again; the server's function looks once more, and locks."""
    row = ctx.first(_found(alert_id))
    if row is None:
        raise Refused("NoAlert", t("This alert is not known."), field="alertIds")
    if row.status != AlertStatus.ACTIVE.value:
        if row.closed_by != ctx.actor.user_id:
            raise Refused("UndoNotYours", t("Only the person who did this can undo it."))
        if row.closed_at is None or row.closed_at < ctx.occurred_at - REOPEN_WITHIN:
            raise Refused("UndoTooLate", t("Too much time has passed to undo this."))
    return row


def _found(alert_id: str) -> Any:
    return select(
        Alert.id, Alert.patient_id, Alert.type, Alert.severity, Alert.status, AlertDetail.alert_id.label("known"),
        AlertDetail.owner_user, AlertDetail.snoozed_until, AlertDetail.closed_by, AlertDetail.closed_at,
        AlertDetail.updated_at.label("detail_at"),
    ).outerjoin(AlertDetail, AlertDetail.alert_id == Alert.id).where(Alert.id == alert_id)  # fmt: skip


def _active(ctx: Context, alert_id: str) -> Any:
    """Lock and read an alert with its detail; Conflict when it was closed. The desk deals with INFO ones only."""
    found = _found(alert_id)
    row = ctx.first(found)
    if row is None:
        raise Refused("NoAlert", t("This alert is not known."), field="alertId")
    if row.severity != AlertSeverity.INFO.value and not ctx.actor.may(Permission.RESOLVE_ALERTS):
        raise not_allowed()
    row = ctx.first(ctx.lock(found, of=Alert)) or row  # the server locks only what the person may change
    if row.status != AlertStatus.ACTIVE.value:
        message = t("This alert has been dealt with.")
        raise Conflict("StateChanged", message, field="status", server={"alertId": alert_id, "status": row.status})
    return row


def _detail(ctx: Context, row: Any, **values: Any) -> None:
    if row.known is None:
        ctx.emit(insert(AlertDetail).values(alert_id=row.id, clinic_id=ctx.actor.clinic_id,
                                            updated_at=ctx.occurred_at, **values))  # fmt: skip
        return
    stamp = ctx.stamp(row.detail_at)
    ctx.emit(update(AlertDetail).where(AlertDetail.alert_id == row.id).values(updated_at=stamp, **values))


def _outcome(alert_id: str, status: AlertStatus, undo: Command | None = None, label: str = "") -> Outcome:
    changes = (Change("alerts", alert_id), Change("alert_detail", alert_id))
    return Outcome(result={"alertId": alert_id, "status": status.value}, changes=changes, undo=undo, undo_label=label)
