"""Many messages at once: what one leaves the next finds, a bad one loses nobody else's, later ones stay the latest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from app.commands.lab_messages import TakeLabMessages
from app.commands.labs import OrderLabs
from app.db.models import Alert, LabMessage, LabOrder, LabOrderDetail, LabResultHistory, LabReview, Patient
from app.domain.enums import LabMessageState, LabOrderStatus
from app.workspace.hl7_import import BATCH, Hl7Report, Taker, run_hl7_import
from tests.database.labs.test_hl7_import import workspace
from tests.support.desk import Desk, Person
from tests.support.hl7 import at, join, msh, obr, obx, pid, read

BORN = at("1962-03-14").date()


@pytest.fixture
def clinic(pg_desk: Desk) -> Desk:
    """Zygmunt Lis has record number 4711, Elodie Roux 7."""
    for who, number in (("pat-lis", "4711"), ("pat-roux", "7")):
        known = {"date_of_birth": BORN, "demographics": {"mrn": number}}
        pg_desk.write(update(Patient).where(Patient.id == who).values(**known))
    return pg_desk


ROUX = pid(number="7", name="Roux^Elodie", sex="")


def take(who: Person, *messages: bytes) -> list[dict[str, Any]]:
    taken = tuple(one for data in messages for one in read(data))
    found: list[dict[str, Any]] = list(who.run(TakeLabMessages(messages=taken)).result["messages"])
    return found


def count(desk: Desk, model: Any) -> int:
    found: int = desk.rows(select(func.count()).select_from(model))[0][0]
    return found


def only(desk: Desk, model: Any) -> Any:
    (row,) = desk.rows(select(model.__table__))
    return row


def history(desk: Desk) -> list[Any]:
    rows = desk.rows(select(LabResultHistory.item, LabResultHistory.reason))
    return sorted(row.item["value"] for row in rows)


def test_corrections_in_one_batch_keep_their_order(clinic: Desk) -> None:
    sent = [join(msh(control=f"M{n}", sent=f"2026050408000{n}"), pid(), obr(),
                 obx(str(90 + n), status="F" if n == 0 else "C")) for n in range(4)]  # fmt: skip
    fates = take(clinic.admin, *sent)
    assert [one["fate"] for one in fates] == ["taken", "updated", "updated", "updated"]
    order = only(clinic, LabOrder)
    assert (order.results[0]["value"], order.results[0]["status"], order.status) == (
        93, "corrected", LabOrderStatus.COMPLETED,
    )  # fmt: skip
    assert history(clinic) == [90, 91, 92]
    (steps,) = clinic.rows(
        text("SELECT array_agg(after -> 'results' -> 0 -> 'value' ORDER BY seq) FROM desktop.audit"
             " WHERE table_name = 'lab_orders'")
    )  # fmt: skip
    assert steps[0] == [90, 91, 92, 93]


def test_a_made_order_is_one_row_of_the_audit_and_of_the_feed(clinic: Desk) -> None:
    take(clinic.admin, join(msh(), pid(), obr(), obx("620", flag="HH")))
    for table, key in (("audit", "after ->> 'id'"), ("change", "row_id")):
        rows = clinic.rows(
            text(f"SELECT table_name, op, {key} FROM desktop.{table} WHERE table_name IN "
                 "('lab_orders', 'lab_order_detail', 'lab_review', 'alerts') ORDER BY table_name")
        )  # fmt: skip
        assert [(row.table_name, row.op) for row in rows] == [
            ("alerts", "I"), ("lab_order_detail", "I"), ("lab_orders", "I"), ("lab_review", "I"),
        ]  # fmt: skip


def test_our_own_order_goes_through_its_states(clinic: Desk) -> None:
    order_id = clinic.okafor.run(OrderLabs(patient_id="pat-lis", tests=("Glucose",))).result["orderId"]
    take(clinic.admin, join(msh(), pid(), obr(placer=order_id), obx()))
    (steps,) = clinic.rows(
        text("SELECT array_agg(after ->> 'status' ORDER BY seq) FROM desktop.audit WHERE table_name = 'lab_orders'")
    )
    assert steps[0] == ["ORDERED", "IN_PROGRESS", "COMPLETED"]


def test_an_order_that_the_laboratory_calls_off_waits_for_review(clinic: Desk) -> None:
    """It stands in the order that it names, as a result that isn't there; nobody waits for one in vain."""
    order_id = clinic.okafor.run(OrderLabs(patient_id="pat-lis", tests=("Glucose",))).result["orderId"]
    (fate,) = take(clinic.admin, join(msh(), pid(), obr(placer=order_id)[:-1] + "X"))
    assert (fate["fate"], count(clinic, LabOrder)) == ("taken", 1)
    order = only(clinic, LabOrder)
    assert (order.id, order.status) == (order_id, LabOrderStatus.COMPLETED)
    assert [(one["status"], one["note"]) for one in order.results] == [("cancelled", "cancelled by the laboratory")]
    assert only(clinic, LabReview).order_id == order_id


def test_a_message_with_somebody_elses_number_leaves_nothing(clinic: Desk) -> None:
    """Its first order would be fine: no part of it is filed, and the others of the batch are."""
    mixed = join(msh(control="M2"), ROUX, obr(filler="R1"), obx("7"), obr(filler="F1"), obx("8"))
    later = join(msh(control="M3"), ROUX, obr(filler="R1"), obx("9"))
    fates = take(clinic.admin, join(msh(), pid(), obr(filler="F1"), obx()), mixed, later)
    assert [one["fate"] for one in fates] == ["taken", "waiting", "taken"]
    assert fates[1]["reason"] == "the laboratory's order number is filed with another patient here"
    orders = clinic.rows(select(LabOrder.patient_id, LabOrder.results).order_by(LabOrder.patient_id))
    assert [(row.patient_id, [item["value"] for item in row.results]) for row in orders] == [
        ("pat-lis", [98]), ("pat-roux", [9]),
    ]  # fmt: skip
    assert count(clinic, LabOrderDetail) == 2
    assert history(clinic) == []


def test_what_the_database_refuses_loses_nobody_elses(clinic: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule of the database that no check here knows: one message of seven meets it, six are filed."""
    clinic.write(
        text("CREATE FUNCTION desktop.test_no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
             "PERFORM desktop.fail('MH001', 'BadTransition', 'test'); END $$"),
        text("CREATE TRIGGER test_no BEFORE INSERT ON public.lab_orders FOR EACH ROW "
             "WHEN (NEW.results::text LIKE '%666%') EXECUTE FUNCTION desktop.test_no()"),
    )  # fmt: skip
    taker = Taker(workspace(clinic, "admin"), Hl7Report())
    values = ["1", "2", "3", "666", "5", "6", "7"]
    found = [read(join(msh(control=f"M{n}"), pid(), obr(filler=f"F{n}"), obx(v)))[0] for n, v in enumerate(values)]
    taker._take(found)
    assert (taker.report.counts["taken"]["Message"], taker.report.refused) == (6, 1)
    assert [one.resource for one in taker.report.skipped] == ["Message/M3"]
    assert count(clinic, LabOrder) == 6


def test_an_original_behind_its_correction_replaces_nothing(clinic: Desk) -> None:
    correction = join(msh(control="M2", sent="20260504100000"), pid(), obr(), obx("89", status="C"))
    original = join(msh(control="M1", sent="20260504080000"), pid(), obr(), obx("98"),
                    obx("140", test="2951-2^Sodium^LN", unit="mmol/L"))  # fmt: skip
    preliminary = join(msh(control="M0", sent="20260504070000"), pid(), obr(), obx("77", status="P"))
    first = take(clinic.admin, correction)
    second = take(clinic.admin, original, preliminary)
    assert [one["fate"] for one in (*first, *second)] == ["taken", "taken", "unchanged"]
    order = only(clinic, LabOrder)
    assert {item["code"]: (item["value"], item["status"]) for item in order.results} == {
        "2345-7": (89, "corrected"), "2951-2": (140, "final"),
    }  # fmt: skip
    assert history(clinic) == [77, 98]
    reasons = {row.reason for row in clinic.rows(select(LabMessage.reason)) if row.reason}
    assert reasons == {"1 of its results are older than what is in the chart"}


def test_times_of_different_zones_are_compared_as_instants(clinic: Desk) -> None:
    take(clinic.admin, join(msh(control="M2", sent="20260504100000+0200"), pid(), obr(), obx("89", status="C")))
    take(clinic.admin, join(msh(control="M3", sent="20260504090000+0000"), pid(), obr(), obx("91", status="C")))
    assert only(clinic, LabOrder).results[0]["value"] == 91


def test_one_critical_test_alerts_once_in_a_batch(clinic: Desk) -> None:
    critical = [join(msh(control=f"M{n}", sent=f"2026050408000{n}"), pid(), obr(), obx(str(620 + n), flag="HH"))
                for n in range(3)]  # fmt: skip
    take(clinic.admin, *critical)
    assert count(clinic, Alert) == 1
    assert count(clinic, LabReview) == 1
    take(clinic.admin, join(msh(control="M9", sent="20260504090000"), pid(), obr(), obx("700", flag="HH")))
    assert count(clinic, Alert) == 1


def test_two_laboratories_codes_of_their_own_meet_in_no_row(clinic: Desk) -> None:
    one = join(msh(app="LAB"), pid(), obr(filler="F1"), obx("5", test="GLU^Glucose^L"))
    two = join(msh(app="OTHER", control="M2"), pid(), obr(filler="F1"), obx("6", test="GLU^Glucuronidase^L"))
    again = join(msh(app="LAB", control="M3", sent="20260504090000"), pid(), obr(filler="F1"),
                 obx("7", test="GLU^Glucose^L", status="C"))  # fmt: skip
    assert [one["fate"] for one in take(clinic.admin, one, two, again)] == ["taken", "taken", "updated"]
    rows = clinic.rows(select(LabOrder.results))
    assert sorted((item["system"], item["code"], item["value"]) for row in rows for item in row.results) == [
        ("LAB / MAIN L", "GLU", 7), ("OTHER / MAIN L", "GLU", 6),
    ]  # fmt: skip
    grid_keys = {f"{item['system']}|{item['code']}" for row in rows for item in row.results}
    assert len(grid_keys) == 2


def test_the_same_file_twice_in_a_batch_is_one(clinic: Desk) -> None:
    data = join(msh(), pid(), obr(), obx())
    fates = take(clinic.admin, data, data)
    assert [one["fate"] for one in fates] == ["taken", "unchanged"]
    assert (count(clinic, LabOrder), count(clinic, LabMessage)) == (1, 1)
    assert only(clinic, LabMessage).state is LabMessageState.APPLIED


def test_a_number_that_is_used_over_and_over_joins_no_strange_orders(clinic: Desk) -> None:
    """A sender that numbers every message "1": another panel is another order."""
    first = join(msh(control="1"), pid(), obr(filler="", at=""), obx("98", at="20260504070000"))
    other = join(msh(control="1"), pid(), obr(filler="", at="", test="1^Lipids^L"),
                 obx("180", test="2093-3^Cholesterol^LN", at="20260505070000"))  # fmt: skip
    assert [one["fate"] for one in take(clinic.admin, first, other)] == ["taken", "taken"]
    assert count(clinic, LabOrder) == 2


def test_ten_megabytes_are_kept_and_assigned(clinic: Desk) -> None:
    document = f"OBX|1|ED|PDF^Report^L||LAB^AP^PDF^Base64^{'QUJD' * 2_600_000}||||||F"
    (fate,) = take(clinic.admin, join(msh(), pid(), obr(), document, obx("7")))
    assert fate["fate"] == "taken"
    (kept,) = clinic.rows(select(func.length(LabMessage.body).label("size")))
    assert kept.size > 10_000_000
    assert only(clinic, LabOrder).results[0]["value"].startswith("PDF document, ")


def test_a_cancelled_import_ends_after_a_batch_and_goes_on_later(clinic: Desk, tmp_path: Path) -> None:
    count_of = 2 * BATCH + 10
    file = tmp_path / "many.hl7"
    file.write_bytes(b"".join(
        join(msh(control=f"M{n}"), pid(), obr(filler=f"F{n}"), obx(str(n))) for n in range(count_of)))  # fmt: skip
    report = run_hl7_import(workspace(clinic, "admin"), [file], cancelled=lambda: count(clinic, LabMessage) > 0)
    assert (report.cancelled, report.messages, count(clinic, LabOrder)) == (True, BATCH, BATCH)
    again = run_hl7_import(workspace(clinic, "admin"), [file])
    assert (again.counts["unchanged"]["Message"], again.counts["taken"]["Message"]) == (BATCH, count_of - BATCH)
    assert count(clinic, LabOrder) == count_of
