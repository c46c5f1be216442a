"""What is asked of visit requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import select

from app.db.models import Visit, VisitRequest
from app.domain.enums import RequestStatus, SeverityLevel
from app.queries.requests import RequestBox, request_page, request_view
from app.queries.virtual_visits import video_room
from tests.support.desk import NOW, Desk


def request_questions(desk: Desk) -> Iterator[tuple[Callable[..., Any], dict[str, Any]]]:
    """Every box, a page at a time, and each request."""
    for box in RequestBox:
        yield request_page, {"box": box}
        yield request_page, {"box": box, "limit": 1}
        yield request_page, {"box": box, "cursor": f"1|{NOW.isoformat()}|req-1", "limit": 2}
    yield request_page, {"severity": SeverityLevel.RED, "patient_id": "pat-lis"}
    yield request_page, {"status": RequestStatus.CONVERTED_TO_VISIT}
    yield request_view, {"request_id": "nothing"}
    for row in desk.rows(select(VisitRequest.id).order_by(VisitRequest.id)):
        yield request_view, {"request_id": row.id}
    for row in desk.rows(select(Visit.id).order_by(Visit.id)):
        yield video_room, {"visit_id": row.id}
