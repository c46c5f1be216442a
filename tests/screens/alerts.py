"""Pictures of alerts and reports."""

from __future__ import annotations

from typing import Any

from tests.screens.views import View, keys, settle


def open_alerts(window: Any) -> None:
    """Open all alerts and wait for the first."""
    window.stack.open_area("alerts")
    settle(1500)
    window.stack.page("alerts").boxes.set_current("all")
    settle(2000)


def second_alert(window: Any) -> None:
    """Go to one with readings."""
    open_alerts(window)
    page = window.stack.page("alerts")
    drawn = [key for key, one in page._alerts.items() if one.payload.get("evidence")]
    page.list.set_current((drawn or list(page._alerts))[0])
    settle(1500)


def close_alert(window: Any) -> None:
    """Open the form that resolves it."""
    second_alert(window)
    keys("Ctrl+D")(window)
    settle(800)


def open_reports(window: Any) -> None:
    """Open the reports."""
    window.stack.open_area("reports")
    settle(2500)


def waiting_report(window: Any) -> None:
    """Show how long patients waited."""
    open_reports(window)
    window.stack.page("reports").kinds.set_current("waiting")
    settle(1500)


def weeks_report(window: Any) -> None:
    """Show a quarter by weeks."""
    open_reports(window)
    window.stack.page("reports").periods.set_current("quarter")
    window.stack.page("reports").kinds.set_current("over-time")
    settle(1500)


ALERTS = (
    View("alerts", 2, second_alert),
    View("alerts-resolve", 2, close_alert),
    View("alerts-desk", 1, open_alerts),
    View("reports", 3, open_reports),
    View("reports-waiting", 3, waiting_report),
    View("reports-weeks", 3, weeks_report),
)
