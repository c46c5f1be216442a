"""What is asked of alerts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import select

from app.db.models import Alert
from app.domain.enums import AlertSeverity
from app.queries.alerts import AlertBox, alert_detail, alert_page, earlier_alerts
from tests.support.desk import NOW, Desk


def alert_questions(desk: Desk) -> Iterator[tuple[Callable[..., Any], dict[str, Any]]]:
    """Every box, a page at a time, and each alert."""
    for box in AlertBox:
        yield alert_page, {"box": box}
        yield alert_page, {"box": box, "limit": 1}
        yield alert_page, {"box": box, "cursor": f"1|{NOW.isoformat()}|alert-1", "limit": 2}
    yield alert_page, {"severity": AlertSeverity.CRITICAL, "patient_id": "pat-lis"}
    yield earlier_alerts, {"alert_id": "alert-1"}
    yield alert_detail, {"alert_id": "nobody's"}
    for row in desk.rows(select(Alert.id).order_by(Alert.id)):
        yield alert_detail, {"alert_id": row.id}
        yield earlier_alerts, {"alert_id": row.id}
