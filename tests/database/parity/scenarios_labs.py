"""Laboratory orders from the order to the signature, with every way beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

from sqlalchemy import insert, select

from app.commands.labs import CancelLabOrder, OrderLabs, StartLabOrder
from app.commands.labs_results import RecordResults
from app.commands.labs_review import HandOverResults, SignResults
from app.commands.labs_sets import SaveOrderSet
from app.db.models import Cover, LabOrder
from app.domain.enums import NextStep
from app.domain.lab_codes import OrderedTest
from app.kernel.errors import AppError
from app.queries.labs import Which, lab_orders, results_to_review, waiting_orders
from app.queries.labs_grid import lab_grid, lab_signers, order_sets
from app.queries.labs_order import order_results
from app.queries.labs_requisition import requisition
from tests.support.desk import CLINIC, NOW
from tests.support.lab_values import A1C, HEMOGLOBIN, POTASSIUM, SODIUM, result, signing
from tests.support.twins import Twins


def ordering(twins: Twins) -> None:
    order = OrderLabs(patient_id="pat-lis", tests=("CBC", "Potassium"), notes="Early", fasting=True, priority="STAT")
    ordered = twins.okafor.run(order)
    assert ordered.undo is not None
    twins.desk.run(StartLabOrder(order_id=order.order_id, collected_at=NOW))
    with suppress(AppError):  # no tests
        twins.okafor.run(OrderLabs(patient_id="pat-lis", tests=()))
    with suppress(AppError):  # not the desk's
        twins.desk.run(CancelLabOrder(order_id=order.order_id, reason="No"))
    twins.okafor.run(ordered.undo)
    with suppress(AppError):  # it is cancelled
        twins.desk.run(StartLabOrder(order_id=order.order_id))
    twins.okafor.run(OrderLabs(patient_id="pat-roux", tests=("A1C",), provider_id="p-chen"))
    named = SaveOrderSet(name="Annual", tests=(OrderedTest("", "CBC"), OrderedTest("4548-4", "A1C")))
    made = twins.admin.run(named)
    assert made.undo is not None
    twins.admin.run(SaveOrderSet(set_id=named.set_id, name="Yearly", tests=named.tests, sort_order=3))
    twins.admin.run(made.undo)


def resulting(twins: Twins) -> None:
    order = OrderLabs(patient_id="pat-lis", tests=("BMP", "A1C"))
    twins.okafor.run(order)

    def record(*items: Any, **more: Any) -> None:
        twins.pass_time(timedelta(minutes=7))
        twins.okafor.run(RecordResults(order_id=order.order_id, items=items, **more))

    record(result(POTASSIUM, 4.0), result(SODIUM, 140.0, low=135.0), complete=False)
    record(result(POTASSIUM, 6.9), result(A1C, "7.10"), reason="wrong label", laboratory="Bayview", filler_id="F1")
    twins.okafor.run(signing(twins, order.order_id, next_step=NextStep.CALL, released_text="Call", owner_user="u-desk"))
    record(result(POTASSIUM, 4.1, status="corrected"), result(SODIUM, 140))
    with suppress(AppError):  # it can't be true
        record(result(POTASSIUM, 41))
    old = OrderLabs(patient_id="pat-lis", tests=("CBC",))
    twins.okafor.run(old)
    seen = result(HEMOGLOBIN, 6.1, observed_at=NOW - timedelta(days=30))
    twins.okafor.run(RecordResults(order_id=old.order_id, items=(seen,), imported=True))


def signing_results(twins: Twins) -> None:
    orders = [OrderLabs(patient_id=f"pat-{who}", tests=("BMP",)) for who in ("lis", "roux", "brandt", "kowalska")]
    for number, order in enumerate(orders):
        twins.okafor.run(order)
        twins.okafor.run(RecordResults(order_id=order.order_id, items=(result(SODIUM, 138 + number),)))
    ids = [order.order_id for order in orders]
    with suppress(AppError):  # somebody else's
        twins.chen.run(signing(twins, ids[0]))
    handed = twins.okafor.run(HandOverResults(order_id=ids[0], owner_user="u-chen", old_user="u-okafor"))
    assert handed.undo is not None
    twins.chen.run(handed.undo)
    twins.write(
        insert(Cover).values(
            id="cover", clinic_id=CLINIC, for_user="u-okafor", by_user="u-chen", starts_at=NOW - timedelta(hours=1),
            ends_at=NOW + timedelta(days=1), may_sign=True, created_by="u-admin", created_at=NOW, updated_at=NOW,
        )
    )  # fmt: skip
    twins.chen.run(signing(twins, ids[0], next_step=NextStep.REPEAT, weeks=3))
    twins.okafor.run(signing(twins, ids[1], next_step=NextStep.VISIT, due_on=date(2026, 5, 20)))
    twins.okafor.run(signing(twins, *ids[2:]))


LAB_SCENARIOS = {
    ordering: frozenset({OrderLabs, StartLabOrder, CancelLabOrder, SaveOrderSet}),
    resulting: frozenset({RecordResults}),
    signing_results: frozenset({HandOverResults, SignResults}),
}


def lab_questions(twins: Twins) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Everything that is asked about laboratories."""
    for which in Which:
        yield results_to_review, {"which": which}
    yield lab_orders, {}
    yield lab_orders, {"patient_id": "pat-lis", "open_only": True, "limit": 1}
    yield waiting_orders, {}
    yield waiting_orders, {"limit": 1}
    yield lab_grid, {"patient_id": "pat-lis"}
    yield order_sets, {"inactive": True}
    yield lab_signers, {}
    yield order_results, {"order_id": "nobody's"}
    yield requisition, {"order_id": "nobody's"}
    for row in twins.rows(select(LabOrder.id).order_by(LabOrder.id)):
        yield order_results, {"order_id": row.id}
        yield requisition, {"order_id": row.id}
