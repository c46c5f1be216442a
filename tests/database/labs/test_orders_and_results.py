"""Orders and their results, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from app.commands.labs import CancelLabOrder, OrderLabs, StartLabOrder
from app.commands.labs_results import RecordResults
from app.db.models import Alert, LabOrder, LabOrderDetail, LabResultHistory, Patient
from app.domain.enums import LabOrderStatus, NextStep, ReviewState
from app.domain.labs import LabResult
from app.kernel.errors import Conflict, Refused
from app.queries.labs import lab_orders, waiting_orders
from app.queries.labs_grid import lab_grid
from app.queries.labs_order import order_results
from tests.support.desk import NOW, Desk
from tests.support.lab_values import A1C, POTASSIUM, SODIUM, order, result, resulted, review, signing

DONE = LabOrderStatus.COMPLETED


def status(desk: Desk, order_id: str) -> LabOrderStatus:
    found: LabOrderStatus = desk.rows(select(LabOrder.status).where(LabOrder.id == order_id))[0].status
    return found


def completed(desk: Desk, order_id: str) -> datetime | None:
    found: datetime | None = desk.rows(select(LabOrder.completed_at).where(LabOrder.id == order_id))[0].completed_at
    return found


def alerts(desk: Desk) -> list[Any]:
    return desk.rows(select(Alert.title, Alert.body, Alert.payload, Alert.severity).order_by(Alert.id))


def test_an_order_says_what_who_and_how(desk: Desk) -> None:
    order_id = order(
        desk, ("CBC", "Lipid panel", "CBC"), notes="Early", priority="URGENT", fasting=True, diagnosis="E78.5"
    )
    row = desk.rows(select(LabOrder.__table__).where(LabOrder.id == order_id))[0]
    assert (tuple(row.tests), row.status, row.notes) == (("CBC", "Lipid panel"), LabOrderStatus.ORDERED, "Early")
    assert (row.provider_id, row.results) == ("p-okafor", None)
    detail = desk.rows(select(LabOrderDetail.__table__).where(LabOrderDetail.order_id == order_id))[0]
    assert (detail.priority, detail.fasting, detail.diagnosis) == ("URGENT", True, "E78.5")


def test_results_name_the_medicines_that_are_taken_not_those_that_were(desk: Desk) -> None:
    listed = [{"display": "Lisinopril", "status": "active"}, {"display": "Spironolactone", "status": "stopped"},
              {"display": "Warfarin", "status": "entered-in-error"}]  # fmt: skip
    desk.write(update(Patient).where(Patient.id == "pat-lis").values(demographics={"medications": listed}))
    assert desk.okafor.ask(order_results, order_id=resulted(desk)).medications == ("Lisinopril",)


def test_the_undo_of_an_order_cancels_it(desk: Desk) -> None:
    command = OrderLabs(patient_id="pat-lis", tests=("TSH",))
    outcome = desk.okafor.run(command)
    assert outcome.undo is not None
    desk.okafor.run(outcome.undo)
    assert status(desk, command.order_id) is LabOrderStatus.CANCELLED


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"tests": ()}, "tests"),
        ({"tests": ("",)}, "tests"),
        ({"tests": ("x" * 10_000_000,)}, "tests"),
        ({"tests": tuple(f"T{n}" for n in range(61))}, "tests"),
        ({"priority": "SOON"}, "priority"),
        ({"patient_id": "pat-nobody"}, "patientId"),
        ({"provider_id": "p-nobody"}, "providerId"),
        ({"visit_id": "v-nobody"}, "visitId"),
        ({"notes": "n" * 10_000_000}, "notes"),
        ({"notes": "a\x00b"}, "notes"),
    ],
)
def test_a_bad_order_is_refused_by_field(desk: Desk, change: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as found:
        desk.okafor.run(replace(OrderLabs(patient_id="pat-lis", tests=("CBC",)), **change))
    assert found.value.field == field
    assert desk.rows(select(LabOrder.id)) == []


def test_who_may_do_what(desk: Desk) -> None:
    order_id = order(desk)
    for who in (desk.desk, desk.admin):
        for command in (
            OrderLabs(patient_id="pat-lis", tests=("CBC",), provider_id="p-okafor"),
            CancelLabOrder(order_id=order_id, reason="No"),
            RecordResults(order_id=order_id, items=(result(SODIUM, 140),)),
        ):
            with pytest.raises(Refused, match="role"):
                who.run(command)
    with pytest.raises(Refused, match="role"):
        desk.admin.run(StartLabOrder(order_id=order_id))
    desk.desk.run(StartLabOrder(order_id=order_id, collected_at=NOW))
    assert status(desk, order_id) is LabOrderStatus.IN_PROGRESS
    detail = desk.rows(select(LabOrderDetail.collected_at).where(LabOrderDetail.order_id == order_id))[0]
    assert detail.collected_at == NOW
    with pytest.raises(Refused):
        desk.desk.ask(order_results, order_id=order_id)
    with pytest.raises(Refused):
        desk.desk.ask(lab_grid, patient_id="pat-lis")


def test_the_desk_starts_an_order_that_the_backend_made(desk: Desk) -> None:
    desk.write(
        insert(LabOrder).values(id="backend", patient_id="pat-lis", provider_id="p-chen", tests=("CBC",),
                                ordered_at=NOW, created_at=NOW, updated_at=NOW)
    )  # fmt: skip
    desk.desk.run(StartLabOrder(order_id="backend", collected_at=NOW))
    assert status(desk, "backend") is LabOrderStatus.IN_PROGRESS
    kept = select(LabOrderDetail.cancel_reason).where(LabOrderDetail.order_id == "backend")
    assert desk.rows(kept) == [], "beside an order of the backend a provider is the first who writes"
    desk.okafor.run(CancelLabOrder(order_id="backend", reason="Moved away"))
    assert [row.cancel_reason for row in desk.rows(kept)] == ["Moved away"]


def test_partial_then_complete(desk: Desk) -> None:
    order_id = order(desk)
    desk.okafor.run(RecordResults(order_id=order_id, items=(result(POTASSIUM, 4.2),), complete=False))
    assert (status(desk, order_id), completed(desk, order_id)) == (LabOrderStatus.IN_PROGRESS, None)
    assert review(desk, order_id).partial
    desk.okafor.run(RecordResults(order_id=order_id, items=(result(SODIUM, 140),)))
    assert (status(desk, order_id), completed(desk, order_id)) == (DONE, NOW)
    row = review(desk, order_id)
    assert (row.partial, row.abnormal, row.critical, row.owner_user) == (False, False, False, "u-okafor")
    view = desk.okafor.ask(order_results, order_id=order_id)
    assert {line.item.name: line.item.value for line in view.lines} == {"Potassium": 4.2, "Sodium": 140}
    assert "Chloride" in view.missing


def test_a_preliminary_result_keeps_the_order_open(desk: Desk) -> None:
    order_id = resulted(desk, result(POTASSIUM, 4.2, status="preliminary"))
    assert status(desk, order_id) is LabOrderStatus.IN_PROGRESS


def test_flags_come_from_the_range_unless_the_laboratory_gave_them(desk: Desk) -> None:
    order_id = resulted(desk, result(POTASSIUM, 5.6), result(SODIUM, 134), result(A1C, 5.0, flag="A"))
    view = desk.okafor.ask(order_results, order_id=order_id)
    assert {line.item.name: line.item.flag for line in view.lines} == {"Potassium": "H", "Sodium": "L", "A1C": "A"}
    assert review(desk, order_id).abnormal
    assert alerts(desk) == []


def test_a_critical_result_raises_one_alert_that_names_order_and_code_but_no_value(desk: Desk) -> None:
    order_id = resulted(desk, result(POTASSIUM, 6.9), result(SODIUM, 140))
    (alert,) = alerts(desk)
    assert (alert.severity, alert.payload["orderId"], alert.payload["code"]) == ("CRITICAL", order_id, POTASSIUM)
    assert "6.9" not in f"{alert.title} {alert.body} {alert.payload}"
    desk.okafor.run(RecordResults(order_id=order_id, items=(result(POTASSIUM, 6.8),)))
    assert len(alerts(desk)) == 1
    desk.write(update(Alert).values(status="RESOLVED"))
    desk.okafor.run(RecordResults(order_id=order_id, items=(result(POTASSIUM, 7.0),)))
    assert len(alerts(desk)) == 2


def test_a_limit_in_another_unit_doesnt_count(desk: Desk) -> None:
    resulted(desk, result(POTASSIUM, 16.4, unit="mg/dL", low=13.7, high=20), imported=True)
    assert alerts(desk) == []


def test_a_corrected_result_keeps_the_earlier_one_and_waits_again(desk: Desk) -> None:
    order_id = resulted(desk, result(POTASSIUM, 4.9), result(SODIUM, 140))
    desk.okafor.run(signing(desk, order_id))
    assert review(desk, order_id).state is ReviewState.SIGNED
    desk.pass_time(timedelta(hours=1))
    fixed = RecordResults(order_id=order_id, items=(result(POTASSIUM, 6.4),), reason="wrong specimen label")
    desk.okafor.run(fixed)
    row = review(desk, order_id)
    assert (row.state, row.corrected, row.critical, row.signed_by) == (ReviewState.WAITING, True, True, None)
    (kept,) = desk.rows(select(LabResultHistory.__table__))
    assert (kept.item["value"], kept.reason, kept.code) == (4.9, "wrong specimen label", POTASSIUM)
    view = desk.okafor.ask(order_results, order_id=order_id)
    first = view.lines[0]
    assert (first.item.value, first.item.status, first.history[0].item.value) == (6.4, "corrected", 4.9)
    assert [one.current for one in view.signatures] == [False]


def test_the_same_again_changes_nothing(desk: Desk) -> None:
    order_id = resulted(desk, result(POTASSIUM, 4.9))
    desk.okafor.run(signing(desk, order_id))
    before = desk.rows(select(LabOrder.__table__))
    outcome = desk.okafor.run(RecordResults(order_id=order_id, items=(result(POTASSIUM, 4.9),)))
    assert outcome.changes == ()
    assert desk.rows(select(LabOrder.__table__)) == before
    assert review(desk, order_id).state is ReviewState.SIGNED


def test_the_same_test_at_another_time_is_another_result(desk: Desk) -> None:
    order_id = resulted(desk, result(POTASSIUM, 4.9))
    later = result(POTASSIUM, 4.4, observed_at=NOW - timedelta(hours=2))
    desk.okafor.run(RecordResults(order_id=order_id, items=(later,)))
    view = desk.okafor.ask(order_results, order_id=order_id)
    assert sorted(line.item.number or 0 for line in view.lines) == [4.4, 4.9]
    assert desk.rows(select(LabResultHistory.id)) == []


def test_what_nobody_can_read_stays_and_blanks_nothing(desk: Desk) -> None:
    order_id = order(desk)
    odd = [{"code": POTASSIUM, "name": "Potassium", "value": 4.4, "unit": "mmol/L", "extra": 1}, 17, {"value": {}}]
    desk.write(update(LabOrder).where(LabOrder.id == order_id).values(results=odd))
    view = desk.okafor.ask(order_results, order_id=order_id)
    assert (len(view.lines), view.unreadable) == (1, 2)
    desk.okafor.run(RecordResults(order_id=order_id, items=(result(SODIUM, 140),)))
    kept = desk.rows(select(LabOrder.results))[0].results
    assert kept[:2] == [17, {"value": {}}]
    assert odd[0] in kept
    assert len(kept) == 4


def test_a_mapping_of_the_backend_is_read(desk: Desk) -> None:
    order_id = order(desk, ("A1C",))
    desk.write(update(LabOrder).where(LabOrder.id == order_id).values(results={"A1C": 6.1}))
    view = desk.okafor.ask(order_results, order_id=order_id)
    assert [(line.item.name, line.item.value) for line in view.lines] == [("A1C", 6.1)]


@pytest.mark.parametrize(
    ("item", "field"),
    [
        (result(POTASSIUM, 64), "items[0].value"),
        (result(POTASSIUM, float("nan")), "items[0].value"),
        (result(POTASSIUM, ""), "items[0].value"),
        (result(POTASSIUM, "x" * 10_000_000), "items[0].value"),
        (result(POTASSIUM, 4, low=9, high=1), "items[0].high"),
        (result(POTASSIUM, 4, flag="Q"), "items[0].flag"),
        (result(POTASSIUM, 4, observed_at=NOW + timedelta(days=1)), "items[0].observedAt"),
        (LabResult(value=4), "items[0].name"),
        (result(POTASSIUM, 4, note="n" * 10_000_000), "items[0].note"),
    ],
)
def test_a_bad_result_is_refused_by_field(desk: Desk, item: LabResult, field: str) -> None:
    order_id = order(desk)
    with pytest.raises(Refused) as found:
        desk.okafor.run(RecordResults(order_id=order_id, items=(item,)))
    assert found.value.field == field
    assert desk.rows(select(LabOrder.results))[0].results is None


def test_old_imports_are_history(desk: Desk) -> None:
    old = result(POTASSIUM, 6.9, observed_at=NOW - timedelta(days=15))
    order_id = resulted(desk, old, imported=True)
    assert review(desk, order_id).history
    assert alerts(desk) == []
    fresh = resulted(desk, result(POTASSIUM, 6.9, observed_at=NOW - timedelta(days=13)), imported=True)
    assert not review(desk, fresh).history
    assert len(alerts(desk)) == 1


def test_old_results_that_a_person_types_are_no_history(desk: Desk) -> None:
    typed = resulted(desk, result(POTASSIUM, 6.9, observed_at=NOW - timedelta(days=15)))
    assert not review(desk, typed).history
    assert len(alerts(desk)) == 1, "whoever types it has it before them now"


def test_results_for_a_cancelled_order(desk: Desk) -> None:
    order_id = order(desk)
    desk.okafor.run(CancelLabOrder(order_id=order_id, reason="Moved away"))
    with pytest.raises(Conflict):
        desk.okafor.run(RecordResults(order_id=order_id, items=(result(SODIUM, 140),)))
    desk.okafor.run(RecordResults(order_id=order_id, items=(result(SODIUM, 140),), imported=True))
    assert status(desk, order_id) is LabOrderStatus.CANCELLED
    assert review(desk, order_id).state is ReviewState.WAITING


def test_typing_over_results_that_came_meanwhile_is_a_conflict(desk: Desk) -> None:
    order_id = resulted(desk, result(SODIUM, 140), complete=False)
    with pytest.raises(Conflict, match="meanwhile"):
        desk.okafor.run(RecordResults(order_id=order_id, items=(result(POTASSIUM, 4),), seen="0" * 16))


def test_three_earlier_dates_stand_beside(desk: Desk) -> None:
    values = {90: 4.1, 60: 4.2, 30: 4.3, 10: 4.4}
    for days, value in values.items():
        when = NOW - timedelta(days=days)
        order_id = resulted(desk, result(POTASSIUM, value, observed_at=when))
        desk.write(update(LabOrder).where(LabOrder.id == order_id).values(ordered_at=when, completed_at=when))
    now = resulted(desk, result(POTASSIUM, 4.5), result(A1C, 6))
    other_unit = resulted(desk, result(POTASSIUM, 17, unit="mg/dL", observed_at=NOW - timedelta(days=5)), imported=True)
    desk.write(update(LabOrder).where(LabOrder.id == other_unit).values(ordered_at=NOW - timedelta(days=5)))
    view = desk.okafor.ask(order_results, order_id=now)
    line = next(line for line in view.lines if line.item.code == POTASSIUM)
    assert [item.value if item else None for item in line.before] == [4.4, 4.3, 4.2]
    grid = desk.okafor.ask(lab_grid, patient_id="pat-lis")
    row = next(row for row in grid.rows if row.key == POTASSIUM and row.unit == "mmol/L")
    assert [point.item.value for point in row.points] == [4.1, 4.2, 4.3, 4.4, 4.5]
    assert [cell.item.value if cell else None for cell in row.cells] == [4.5, None, 4.4, 4.3, 4.2, 4.1]


def test_an_old_value_that_is_sent_later_does_not_take_new_ones_from_the_list(desk: Desk) -> None:
    order_id = resulted(desk, result(SODIUM, 140))
    old = result(POTASSIUM, 4.4, observed_at=NOW - timedelta(days=30))
    desk.okafor.run(RecordResults(order_id=order_id, items=(old,), imported=True))
    assert not review(desk, order_id).history


def test_what_was_corrected_stays_so_when_more_comes(desk: Desk) -> None:
    order_id = resulted(desk, result(SODIUM, 140), complete=False)
    desk.okafor.run(RecordResults(order_id=order_id, items=(result(SODIUM, 141),), complete=False))
    assert review(desk, order_id).corrected
    desk.okafor.run(RecordResults(order_id=order_id, items=(result(POTASSIUM, 4.4),)))
    assert review(desk, order_id).corrected


def test_an_order_says_which_one_it_repeats(desk: Desk) -> None:
    first = order(desk)
    again = order(desk, repeat_of=first)
    assert desk.okafor.ask(order_results, order_id=again).repeat_of == first


def test_orders_page_by_page(desk: Desk) -> None:
    ids = []
    for _ in range(5):
        ids.append(order(desk))
        desk.pass_time(timedelta(minutes=1))
    first = desk.desk.ask(lab_orders, patient_id="pat-lis", limit=2)
    second = desk.desk.ask(lab_orders, patient_id="pat-lis", limit=2, cursor=first.cursor)
    third = desk.desk.ask(lab_orders, patient_id="pat-lis", limit=2, cursor=second.cursor)
    found = [row.id for page in (first, second, third) for row in page.items]
    assert found == ids[::-1]
    assert not third.more
    assert desk.desk.ask(lab_orders, patient_id="pat-roux").items == ()


def test_open_orders_the_late_ones_first_then_the_oldest(desk: Desk) -> None:
    """However many there are: what is cut off is never what is late."""
    routine = order(desk)
    desk.pass_time(timedelta(days=13))
    urgent = order(desk, priority="URGENT")
    desk.pass_time(timedelta(hours=70))
    stat, fresh = order(desk, priority="STAT"), order(desk)
    odd = order(desk)
    desk.write(update(LabOrderDetail).where(LabOrderDetail.order_id == odd).values(priority="SOMETIME"))
    resulted(desk)
    found = desk.desk.ask(waiting_orders).items
    assert [(row.id, row.late) for row in found[:2]] == [(routine, True), (urgent, False)]
    assert {row.id for row in found[2:]} == {stat, fresh, odd}
    desk.pass_time(timedelta(hours=26))
    late = [(row.id, row.late) for row in desk.desk.ask(waiting_orders, limit=3).items]
    assert late == [(routine, True), (urgent, True), (stat, True)]
    assert desk.desk.ask(waiting_orders, limit=3).more
    desk.pass_time(timedelta(days=14))
    assert all(row.late for row in desk.desk.ask(waiting_orders).items)


def test_a_repeat_in_some_weeks_is_late_counted_from_then(desk: Desk) -> None:
    first = resulted(desk, result(A1C, 7.9), tests=("A1C",))
    desk.okafor.run(signing(desk, first, next_step=NextStep.REPEAT, weeks=6))
    desk.pass_time(timedelta(days=20))
    (row,) = desk.desk.ask(waiting_orders).items
    assert (row.wanted_on, row.late) == (date(2026, 6, 15), False)
    assert [one.late for one in desk.okafor.ask(lab_orders, open_only=True).items] == [False]
    new = order(desk)
    desk.pass_time(timedelta(days=15))
    assert [(row.id == new, row.late) for row in desk.desk.ask(waiting_orders).items] == [(True, True), (False, False)]
    desk.pass_time(timedelta(days=22))
    assert [row.late for row in desk.desk.ask(waiting_orders).items] == [True, True]
    late = desk.desk.ask(waiting_orders).items
    assert late[0].id == row.id, "the oldest of the late ones"


@pytest.mark.parametrize(("imported", "reason"), [(True, "Hemolyzed"), (False, "wrong label")])
def test_a_preliminary_result_that_becomes_final_was_corrected_by_nobody(
    desk: Desk, imported: bool, reason: str
) -> None:
    """The laboratory's reason is kept for what was final; what a person typed why is kept as they typed it."""
    order_id = resulted(desk, result(POTASSIUM, 6.8, status="preliminary"), imported=True)
    final = result(POTASSIUM, 6.9, note="Hemolyzed")
    desk.okafor.run(RecordResults(order_id=order_id, items=(final,), imported=imported, reason="wrong label"))
    (kept,) = desk.rows(select(LabResultHistory.reason))
    assert kept.reason == reason
    assert not review(desk, order_id).corrected
