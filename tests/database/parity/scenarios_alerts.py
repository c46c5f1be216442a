"""Alerts that people deal with, put off and give away."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import insert

from app.commands.alerts import AssignAlert, DismissAlert, ReopenAlerts, ResolveAlert, SnoozeAlert
from app.commands.core import Command
from app.db.models import Alert
from app.kernel.errors import AppError
from tests.support.desk import NOW
from tests.support.twins import Twins


def alerts(twins: Twins) -> None:
    """Resolved, dismissed by the desk where it may, put off and taken back, given to somebody."""
    for number, severity in enumerate(("INFO", "WARNING", "CRITICAL", "INFO")):
        twins.write(
            insert(Alert).values(
                id=f"alert-{number}", patient_id="pat-lis", severity=severity, type="BP_HIGH", title="Pressure",
                body="High", payload={"ruleId": "r"}, created_at=NOW - timedelta(hours=number), resolved_at=None,
            )
        )  # fmt: skip
    dismissed = twins.desk.run(DismissAlert(alert_id="alert-0", reason="Known"))
    assert dismissed.undo is not None
    with suppress(AppError):  # whoever closed it opens it again, nobody else
        twins.okafor.run(dismissed.undo)
    twins.desk.run(dismissed.undo)
    twins.desk.run(dismissed.undo)  # it is open
    twins.desk.run(DismissAlert(alert_id="alert-0", reason="Known"))
    with suppress(AppError):  # the desk dismisses no warnings
        twins.desk.run(DismissAlert(alert_id="alert-1", reason="Known"))
    sleeping = twins.okafor.run(SnoozeAlert(alert_id="alert-1", until=NOW + timedelta(days=2)))
    assert sleeping.undo is not None
    twins.okafor.run(sleeping.undo)
    with suppress(AppError):  # a critical one doesn't sleep
        twins.okafor.run(SnoozeAlert(alert_id="alert-2", until=NOW + timedelta(days=2)))
    given = twins.okafor.run(AssignAlert(alert_id="alert-1", owner_user="u-okafor"))
    assert given.undo is not None
    twins.okafor.run(given.undo)
    twins.okafor.run(ResolveAlert(alert_id="alert-2", note="Called"))
    together = twins.okafor.run(DismissAlert(alert_id="alert-1", reason="Seen today", also=("alert-3",)))
    assert together.undo is not None
    twins.okafor.run(together.undo)
    twins.okafor.run(DismissAlert(alert_id="alert-1", reason="Seen today after all", also=("alert-3",)))
    with suppress(AppError):  # it has been dealt with
        twins.okafor.run(ResolveAlert(alert_id="alert-2"))


ALERT_SCENARIOS: dict[Callable[[Twins], None], frozenset[type[Command]]] = {
    alerts: frozenset({ResolveAlert, DismissAlert, ReopenAlerts, SnoozeAlert, AssignAlert}),
}
