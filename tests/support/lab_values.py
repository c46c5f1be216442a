"""Results and orders for tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from app.commands.labs import OrderLabs
from app.commands.labs_results import RecordResults
from app.commands.labs_review import Shown, SignResults
from app.db.models import LabOrder, LabReview
from app.domain.labs import LabResult, content_hash
from tests.support.desk import NOW, Desk

POTASSIUM, SODIUM, A1C, HEMOGLOBIN = "2823-3", "2951-2", "4548-4", "718-7"
_KNOWN: dict[str, tuple[str, str, float, float]] = {
    POTASSIUM: ("Potassium", "mmol/L", 3.5, 5.1),
    SODIUM: ("Sodium", "mmol/L", 135, 145),
    A1C: ("A1C", "%", 4, 5.6),
    HEMOGLOBIN: ("Hemoglobin", "g/dL", 12, 16),
}


def result(code: str, value: Any, **more: Any) -> LabResult:
    """A result of a known test, observed now."""
    name, unit, low, high = _KNOWN[code]
    values = {"name": name, "unit": unit, "low": low, "high": high, "observed_at": NOW, **more}
    return LabResult(code=code, value=value, **values)


def order(desk: Desk, tests: Sequence[str] = ("BMP",), patient: str = "lis", who: str = "okafor", **more: Any) -> str:
    """Order tests; returns the order's id."""
    command = OrderLabs(patient_id=f"pat-{patient}", tests=tuple(tests), **more)
    getattr(desk, who).run(command)
    return command.order_id


def resulted(desk: Desk, *items: LabResult, tests: Sequence[str] = ("BMP",), patient: str = "lis", **more: Any) -> str:
    """Order tests and record results; returns the order's id."""
    order_id = order(desk, tests, patient)
    desk.okafor.run(RecordResults(order_id=order_id, items=items or (result(SODIUM, 140),), **more))
    return order_id


def shown(desk: Desk, order_id: str) -> Shown:
    """What somebody sees of an order now."""
    row = desk.rows(select(LabOrder.results).where(LabOrder.id == order_id))[0]
    return Shown(order_id, content_hash(row.results))


def signing(desk: Desk, *order_ids: str, **more: Any) -> SignResults:
    """Sign what stands there now."""
    return SignResults(shown=tuple(shown(desk, order_id) for order_id in order_ids), **more)


def review(desk: Desk, order_id: str) -> Any:
    """The review's row."""
    return desk.rows(select(LabReview.__table__).where(LabReview.order_id == order_id))[0]
