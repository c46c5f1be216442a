"""The demo's laboratory: orders, results that wait this morning, earlier values beside them, one corrected."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from app.domain.enums import LabOrderStatus, ReviewState
from app.domain.lab_codes import LabTest, expected, lab_tests
from app.domain.labs import instant_text
from app.kernel.ids import DerivedIds
from app.setup.demo.clinic import DemoProvider
from app.setup.demo.patients import DemoPatient
from app.setup.demo.world import World

_TESTS: tuple[tuple[str, str, float, float, float], ...] = (
    ("4548-4", "A1C", 4.0, 5.6, 6.4),
    ("2345-7", "CMP", 70, 99, 112),
    ("2823-3", "CMP", 3.5, 5.1, 4.3),
    ("2160-0", "CMP", 0.6, 1.2, 1.0),
    ("718-7", "CBC", 12.0, 16.0, 13.4),
    ("6690-2", "CBC", 4.0, 11.0, 7.1),
    ("2093-3", "Lipid panel", 0, 200, 208),
)
PENDING_RESULTS = 30
_POTASSIUM = "2823-3"
_EARLIER_DAYS = (95, 190, 280)


class Laboratory:
    """Draws values with dice of its own, so that what follows in the demo stays as it was."""

    def __init__(self, world: World, name: str = "labs") -> None:
        self.world = world
        self.dice = random.Random(f"{name}/{world.seed}")  # noqa: S311 - invented values
        self.ids = DerivedIds(f"demo-{name}/{world.seed}")

    def results(self, panels: tuple[str, ...], known: dict[str, float], at: datetime) -> list[dict[str, Any]]:
        """A value for each test of the panels; ``known`` ones are given."""
        tests = [lab_tests()[ref.code] for ref in expected(panels) if ref.code]
        return [self._result(test, known.get(test.code), at) for test in tests if test.numeric]

    def _result(self, test: LabTest, known: float | None, at: datetime) -> dict[str, Any]:
        low, high = test.low, test.high
        lowest = low if low is not None else (high or 1) * 0.35
        highest = high if high is not None else lowest * 1.7
        value = known if known is not None else self.dice.gauss((lowest + highest) / 2, (highest - lowest) / 5)
        value = round(max(value, lowest * 0.4), 0 if highest >= 60 else 2 if highest < 2 else 1)
        flag = "H" if high is not None and value > high else "L" if low is not None and value < low else None
        if test.critical is not None and test.code == _POTASSIUM:
            flag = "HH" if value >= (test.critical.high or 99) else "LL" if value <= (test.critical.low or 0) else flag
        return {"code": test.code, "name": test.name, "value": value, "unit": test.unit, "low": low, "high": high,
                "flag": flag, "observedAt": instant_text(at), "status": "final", "note": None}  # fmt: skip

    def earlier(self, patient: DemoPatient, provider: DemoProvider, panels: tuple[str, ...]) -> None:
        """Three orders of the past with the same tests, signed."""
        for days in _EARLIER_DAYS:
            at = self.world.ago(days=days + self.dice.randrange(0, 20), hours=2)
            self.signed(patient, provider, panels, {}, at)

    def signed(
        self, patient: DemoPatient, provider: DemoProvider, panels: tuple[str, ...], known: dict[str, float],
        at: datetime,
    ) -> None:  # fmt: skip
        """An order whose results came at ``at`` and were signed."""
        row = self.world.add(
            "lab_orders", id=self.ids.cuid(), patient_id=patient.id, visit_id=None, provider_id=provider.id,
            tests=panels, notes=None, status=LabOrderStatus.COMPLETED, ordered_at=at - timedelta(days=1),
            completed_at=at, results=self.results(panels, known, at), created_at=at - timedelta(days=1), updated_at=at,
        )  # fmt: skip
        _review(self.world, row, provider, waits=False)

    def correct(self, row: dict[str, Any], at: datetime) -> None:
        """The first critical value replaced another one: a label was wrong."""
        item = next(one for one in row["results"] if one["code"] == _POTASSIUM)
        before = {**item, "value": 4.9, "flag": None, "observedAt": item["observedAt"]}
        item.update(status="corrected", note="wrong specimen label")
        self.world.add("lab_result_history", id=self.ids.uuid(), clinic_id=self.world.clinic_id, order_id=row["id"],
                       code=_POTASSIUM, item=before, reason="wrong specimen label",
                       replaced_at=at + timedelta(hours=1), by_user=None)  # fmt: skip


def make_labs(world: World, patients: tuple[DemoPatient, ...], providers: tuple[DemoProvider, ...]) -> None:
    """Add orders in every state; 30 results wait, two of them critical."""
    laboratory = Laboratory(world)
    people = world.dice.sample(patients, min(len(patients), 75))
    for index, patient in enumerate(people):
        provider = world.dice.choice(providers)
        recent = index < PENDING_RESULTS
        ordered = world.ago(days=2 if recent else world.dice.randrange(10, 200), hours=index % 9)
        tests = world.dice.sample(_TESTS, world.dice.randrange(1, 4))
        at = ordered + timedelta(days=1)
        known = {test[0]: world.dice.gauss(test[4], (test[3] - test[2]) / 5) for test in tests}
        panels = tuple(dict.fromkeys(test[1] for test in tests))
        if index < 2:
            known[_POTASSIUM] = 6.9 if index else 2.4
            panels = ("CMP", *(panel for panel in panels if panel != "CMP"))
        done = recent or index % 10 != 9
        status = LabOrderStatus.COMPLETED if done else LabOrderStatus.IN_PROGRESS
        if index > 65:
            status, done = (LabOrderStatus.ORDERED, False) if index % 2 else (LabOrderStatus.CANCELLED, False)
        row = world.add(
            "lab_orders", id=world.ids.cuid(), patient_id=patient.id, visit_id=None, provider_id=provider.id,
            tests=panels, notes=None, status=status, ordered_at=ordered, completed_at=at if done else None,
            results=laboratory.results(panels, known, at) if done else None, created_at=ordered,
            updated_at=at if done else ordered,
        )  # fmt: skip
        if done:
            _review(world, row, provider, waits=recent, corrected=index == 1)
        if recent:
            laboratory.earlier(patient, provider, panels)
        if index < 2:
            _alert(world, row, at)
        if index == 1:
            laboratory.correct(row, at)


def _review(world: World, row: dict[str, Any], provider: DemoProvider, *, waits: bool, corrected: bool = False) -> None:
    flags = {item["flag"] for item in row["results"]}
    at = row["completed_at"]
    world.add(
        "lab_review", order_id=row["id"], clinic_id=world.clinic_id, patient_id=row["patient_id"],
        state=ReviewState.WAITING if waits else ReviewState.SIGNED, owner_user=provider.user_id, resulted_at=at,
        critical=bool(flags & {"HH", "LL"}), abnormal=bool(flags - {None}), partial=False, corrected=corrected,
        history=False, signed_at=None if waits else at + timedelta(hours=3),
        signed_by=None if waits else provider.user_id, next_step=None, released_text="", updated_at=at,
    )  # fmt: skip


def _alert(world: World, row: dict[str, Any], at: datetime) -> None:
    world.add(
        "alerts", id=world.ids.uuid(), patient_id=row["patient_id"], severity="CRITICAL", type="LAB_CRITICAL",
        title="Critical result: Potassium", body="A laboratory result is critical. Open the results and act.",
        payload={"orderId": row["id"], "code": _POTASSIUM, "name": "Potassium"}, status="ACTIVE", created_at=at,
        resolved_at=None,
    )  # fmt: skip
