"""Three results that wait, as a provider's workspace answers them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from app.domain.enums import LabOrderStatus, ReviewState, Role
from app.domain.labs import LabResult
from app.queries.core import Page
from app.queries.lab_inbox import lab_message_count
from app.queries.labs import Gist, OrderRow, ReviewList, ReviewRow, Which, results_to_review, waiting_orders
from app.queries.labs_grid import Signer, lab_signers
from app.queries.labs_order import Earlier, OrderResults, ResultLine, order_results
from tests.support.shell import NOW, FakeShell, FakeWorkspace, an_actor

ME = "u-1"


def potassium(value: float, **more: Any) -> LabResult:
    """A potassium in mmol/L."""
    values: dict[str, Any] = {"unit": "mmol/L", "low": 3.5, "high": 5.1, "observed_at": NOW, **more}
    return LabResult(code="2823-3", name="Potassium", value=value, **values)


def order(number: int, *items: LabResult, **more: Any) -> OrderResults:
    """An order with its results; the first item has been corrected in order 1."""
    earlier = Earlier(potassium(4.9), NOW, "wrong label", "Dr Chen")
    lines = tuple(
        ResultLine(item, (potassium(4.1), None), (earlier,) if number == 1 and place == 0 else ())
        for place, item in enumerate(items)
    )
    values: dict[str, Any] = {
        "id": f"o{number}", "patient_id": f"p{number}", "patient_name": f"Patient {number}",
        "born": date(1970, 1, number), "age": 56, "mrn": f"00{number}", "medications": ("lisinopril",),
        "tests": ("BMP",), "status": LabOrderStatus.COMPLETED, "notes": "", "ordered_at": NOW, "completed_at": NOW,
        "collected_at": None, "priority": "ROUTINE", "fasting": False, "diagnosis": "", "laboratory": "",
        "cancel_reason": "", "repeat_of": None, "provider_id": "pr", "provider_name": "Dr Whitfield",
        "review": ReviewState.WAITING, "resulted_at": NOW, "critical": False, "abnormal": False, "partial": False,
        "owner_user": ME, "owner_name": "Dr Whitfield", "may_sign": True,
        "dates": (date(2026, 2, 12), date(2025, 11, 3)), "lines": lines, "missing": (), "unreadable": 0,
        "results_hash": f"hash{number}", "signatures": (), **more,
    }  # fmt: skip
    return OrderResults(**values)


def review(number: int, lead: LabResult | None = None, **more: Any) -> ReviewRow:
    """A line of the list."""
    values: dict[str, Any] = {
        "order_id": f"o{number}", "patient_id": f"p{number}", "patient_name": f"Patient {number}",
        "born": date(1970, 1, number), "age": 56, "tests": ("BMP",), "state": ReviewState.WAITING,
        "resulted_at": NOW - timedelta(hours=number), "critical": bool(lead and lead.critical), "abnormal": bool(lead),
        "partial": False, "corrected": False, "history": False, "owner_user": ME, "owner_name": "Dr Whitfield",
        "provider_name": "Dr Whitfield", "mine": True, "signs_for": False, "next_step": None, "released_text": "",
        "gist": Gist(lead, 0, 2, 2, 0), "results_hash": f"hash{number}", **more,
    }  # fmt: skip
    return ReviewRow(**values)


class Clinic:
    """What the workspace answers; tests change it."""

    some_are_mine = False
    """Whether the counts say which are the reader's own."""
    open_orders: tuple[OrderRow, ...] = ()
    more = False
    """Whether the list is cut off."""

    def __init__(self) -> None:
        self.rows = [review(1, potassium(6.4, flag="HH")), review(2), review(3)]
        self.orders = {
            "o1": order(1, potassium(6.4, flag="HH"), potassium(4.0, observed_at=None), critical=True, abnormal=True),
            "o2": order(2, potassium(4.2)),
            "o3": order(3, potassium(4.3)),
        }

    def listed(self, which: Which) -> ReviewList:
        """The list."""
        shown = [row for row in self.rows if which is not Which.CRITICAL or row.critical]
        if which is Which.MINE:
            shown = [row for row in shown if row.mine]
        counts = dict.fromkeys(Which, 0) | {Which.ALL: len(self.rows), Which.CRITICAL: 1}
        counts[Which.MINE] = sum(row.mine for row in self.rows) if self.some_are_mine else 0
        return ReviewList(tuple(shown), counts, NOW, more=self.more)

    def change(self, order_id: str, **values: Any) -> None:
        """Change an order."""
        self.orders[order_id] = replace(self.orders[order_id], **values)


@pytest.fixture
def clinic() -> Clinic:
    """Three results."""
    return Clinic()


@pytest.fixture
def shell(clinic: Clinic) -> FakeShell:
    """A provider's window."""
    return FakeShell(workspace_of(clinic, Role.PROVIDER))


def workspace_of(clinic: Clinic, role: Role) -> FakeWorkspace:
    """The workspace of somebody with a role."""
    answers: dict[Any, Any] = {
        results_to_review: clinic.listed,
        order_results: lambda order_id: clinic.orders[order_id],
        lab_message_count: 2,
        waiting_orders: lambda **_: Page(clinic.open_orders, more=False),
        lab_signers: (Signer(ME, "Dr Whitfield"), Signer("u-2", "Dr Chen")),
    }
    return FakeWorkspace(answers=answers, actor=an_actor(role, name="Dr Whitfield"))
