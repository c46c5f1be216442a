"""Laboratories' messages at the server: matched only when certain, corrected with their history, nothing lost."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from app.commands.core import Outcome
from app.commands.lab_messages import AssignLabMessage, RefuseLabMessage, ReopenLabMessage, TakeLabMessages
from app.commands.labs import OrderLabs
from app.db.models import (
    Alert,
    LabMessage,
    LabOrder,
    LabOrderDetail,
    LabResultHistory,
    LabReview,
    Patient,
    PatientDetail,
    Provider,
)
from app.domain.enums import LabMessageState, LabOrderStatus
from app.kernel.errors import Conflict, Refused, Unavailable
from tests.support.desk import Desk, Person, local_desk
from tests.support.hl7 import at, join, msh, obr, obx, pid, read

BORN = at("1962-03-14")


@pytest.fixture
def clinic(pg_desk: Desk) -> Desk:
    """The clinic at the server; Zygmunt Lis has record number 4711."""
    known = {"mrn": "MRN-4711", "sex": "M"}
    pg_desk.write(
        update(Patient).where(Patient.id == "pat-lis").values(date_of_birth=BORN.date(), demographics=known),
        update(Patient).where(Patient.id == "pat-brandt").values(demographics={"mrn": "4712"}),
    )
    return pg_desk


def take(who: Person, *messages: bytes) -> list[dict[str, Any]]:
    taken = [one for data in messages for one in read(data)]
    found: list[dict[str, Any]] = list(who.run(TakeLabMessages(messages=tuple(taken))).result["messages"])
    return found


def only(desk: Desk, model: Any) -> Any:
    (row,) = desk.rows(select(model.__table__))
    return row


def count(desk: Desk, model: Any) -> int:
    found: int = desk.rows(select(func.count()).select_from(model))[0][0]
    return found


def values(desk: Desk, order_id: str) -> dict[str, Any]:
    (row,) = desk.rows(select(LabOrder.results).where(LabOrder.id == order_id))
    return {item["code"] or item["name"]: item["value"] for item in row.results}


def test_a_preliminary_report_that_comes_after_the_final_one_is_kept_behind_it(clinic: Desk) -> None:
    final = join(msh(control="M2"), pid(), obr(), obx("Gram negative rods", kind="TX", flag="AA"))
    early = join(msh(control="M1"), pid(), obr(), obx("No growth at 24 h", kind="TX", status="P"))
    take(clinic.admin, final)
    (fate,) = take(clinic.admin, early)
    assert fate["late"] == 1
    (item,) = only(clinic, LabOrder).results
    assert (item["value"], item["status"]) == ("Gram negative rods", "final")
    kept = only(clinic, LabResultHistory)
    assert (kept.item["value"], kept.reason) == ("No growth at 24 h", "came after a later version of it")


def test_results_of_a_certain_patient_are_filed_in_an_order_made_for_them(clinic: Desk) -> None:
    creatinine = obx("1.1", test="2160-0^Creatinine^LN", number=2)
    (fate,) = take(clinic.admin, join(msh(), pid(), obr(), obx("98"), creatinine))
    assert (fate["reason"], fate["fate"], fate.get("history")) == ("", "taken", 0)
    order = only(clinic, LabOrder)
    assert (order.patient_id, order.status, order.tests) == ("pat-lis", LabOrderStatus.COMPLETED, ("Metabolic panel",))
    assert order.ordered_at == at("2026-05-04T05:00")
    assert values(clinic, order.id) == {"2345-7": 98, "2160-0": 1.1}
    (provider,) = clinic.rows(select(Provider.name).where(Provider.id == order.provider_id))
    assert provider.name == "External records"
    detail, message, review = only(clinic, LabOrderDetail), only(clinic, LabMessage), only(clinic, LabReview)
    assert (detail.laboratory, detail.filler_id, detail.collected_at) == ("LAB / MAIN", "F1", at("2026-05-04T05:00"))
    assert (message.state, message.patient_id, message.order_ids) == (LabMessageState.APPLIED, "pat-lis", [order.id])
    assert "Creatinine" in message.body
    assert (review.order_id, review.history, review.owner_user) == (order.id, False, None)


def test_results_go_into_our_own_order(clinic: Desk) -> None:
    order_id = clinic.okafor.run(OrderLabs(patient_id="pat-lis", tests=("Glucose",))).result["orderId"]
    (fate,) = take(clinic.admin, join(msh(), pid(number="99"), obr(placer=order_id), obx()))
    assert (fate["fate"], fate["orderIds"]) == ("taken", [order_id])
    order = only(clinic, LabOrder)
    assert (order.status, order.provider_id) == (LabOrderStatus.COMPLETED, "p-okafor")
    assert only(clinic, LabReview).owner_user == "u-okafor"


@pytest.mark.parametrize(
    ("person", "reason"),
    [
        (pid(name="Lis^Zenon"), "the record number is known here, but the name differs"),
        (pid(name="Lisz^Zygmunt"), "the record number is known here, but the name differs"),
        (pid(born="19620413"), "the record number is known here, but the birth date differs"),
        (pid(born=""), "the record number is known here, but the message gives no birth date"),
        (pid(sex="F"), "the record number is known here, but the sex differs"),
        (pid(number="4712", name="Brandt^Walter"), "the record number is known here, but no birth date is known here"),
        (pid(number="815"), "nobody here has this record number"),
        ("PID|1||||Lis^Zygmunt||19620314|M", "the message gives no record number"),
        ("PID|1||4711^^^USA^SS||Lis^Zygmunt||19620314|M", "the message gives no record number"),
        ("ZZZ|1", "the message names no person (no PID segment)"),
    ],
)
def test_nobody_is_guessed(clinic: Desk, person: str, reason: str) -> None:
    (fate,) = take(clinic.admin, join(msh(), person, obr(), obx()))
    assert (fate["fate"], fate["reason"]) == ("waiting", reason)
    assert count(clinic, LabOrder) == 0
    message = only(clinic, LabMessage)
    assert (message.state, message.reason, message.patient_id) == (LabMessageState.UNMATCHED, reason, None)


@pytest.mark.parametrize("name", ["LIS^ZYGMUNT^A", "Lis^zygmunt", "Dr Lis^Zygmunt", "Nowak^Zyg~Lis^Zygmunt"])
def test_names_agree_whatever_their_case_titles_and_middle_names(clinic: Desk, name: str) -> None:
    (fate,) = take(clinic.admin, join(msh(), pid(name=name), obr(), obx()))
    assert fate["fate"] == "taken"


def test_an_order_of_somebody_else_is_never_filled(clinic: Desk) -> None:
    order_id = clinic.okafor.run(OrderLabs(patient_id="pat-roux", tests=("Glucose",))).result["orderId"]
    theirs = join(msh(), pid(), obr(placer=order_id), obx())
    alone = join(msh(control="M2"), pid(number=""), obr(placer=order_id), obx())
    first, second = take(clinic.admin, theirs, alone)
    assert first["reason"] == "the order here is another patient's than the record number"
    assert second["reason"] == "the order here is of somebody else: the name differs"
    assert only(clinic, LabOrder).results is None


def test_two_people_with_one_number_wait(clinic: Desk) -> None:
    clinic.write(update(Patient).where(Patient.id == "pat-brandt").values(demographics={"mrn": "4711"}))
    (fate,) = take(clinic.admin, join(msh(), pid(), obr(), obx()))
    assert fate["reason"] == "several patients here have this record number"


def test_a_merged_patient_is_the_one_who_took_over(clinic: Desk) -> None:
    clinic.write(
        update(Patient).where(Patient.id == "pat-brandt").values(demographics={"mrn": "88"}),
        insert(PatientDetail).values(patient_id="pat-brandt", merged_into="pat-lis", updated_at=clinic.clock.now()),
    )
    (fate,) = take(clinic.admin, join(msh(), pid(number="88"), obr(), obx()))
    assert fate["fate"] == "taken"
    assert only(clinic, LabOrder).patient_id == "pat-lis"


def test_the_same_message_again_changes_nothing(clinic: Desk) -> None:
    data = join(msh(), pid(), obr(), obx())
    take(clinic.admin, data)
    (again,) = take(clinic.admin, data)
    assert (again["fate"], again["reason"]) == ("unchanged", "the same message was taken before")
    sent_later = join(msh(sent="20260504090000"), pid(), obr(), obx())
    assert [one["fate"] for one in take(clinic.admin, sent_later)] == ["unchanged"]
    assert count(clinic, LabOrder) == 1
    assert count(clinic, LabResultHistory) == 0


def test_without_any_number_the_same_specimen_is_the_same_order(clinic: Desk) -> None:
    first = join(msh(control="A"), pid(), obr(filler=""), obx("98"))
    second = join(msh(control="B"), pid(), obr(filler=""), obx("89", status="C"))
    fates = take(clinic.admin, first, second)
    assert [one["fate"] for one in fates] == ["taken", "updated"]
    assert count(clinic, LabOrder) == 1


def test_a_message_sent_again_under_its_number_finds_its_orders(clinic: Desk) -> None:
    first = join(msh(), pid(), obr(filler="", at=""), obx("98", at="20260504070000"))
    second = join(msh(), pid(), obr(filler="", at=""), obx("89", at="20260504070000"))
    assert [one["fate"] for one in take(clinic.admin, first, second)] == ["taken", "updated"]
    assert count(clinic, LabOrder) == 1


def test_a_correction_keeps_what_stood_there(clinic: Desk) -> None:
    take(clinic.admin, join(msh(), pid(), obr(), obx("98"), obx("140", test="2951-2^Sodium^LN", unit="mmol/L")))
    (fate,) = take(clinic.admin, join(msh(control="M2"), pid(), obr(), obx("89", status="C")))
    assert (fate["fate"], fate["corrected"]) == ("updated", 1)
    order = only(clinic, LabOrder)
    assert values(clinic, order.id) == {"2345-7": 89, "2951-2": 140}
    earlier = only(clinic, LabResultHistory)
    assert (earlier.item["value"], earlier.by_user, earlier.reason) == (98, "u-admin", "corrected by the laboratory")
    assert only(clinic, LabReview).corrected


def test_a_result_of_a_wrong_patient_is_void(clinic: Desk) -> None:
    take(clinic.admin, join(msh(), pid(), obr(), obx("620", flag="HH")))
    assert count(clinic, Alert) == 1
    take(clinic.admin, join(msh(control="M2"), pid(), obr(), obx("620", flag="HH", status="W")))
    (row,) = clinic.rows(select(LabOrder.results))
    assert row.results[0]["status"] == "entered-in-error"
    assert "wrong patient" in row.results[0]["note"]


def test_the_laboratorys_number_never_moves_to_another_patient(clinic: Desk) -> None:
    clinic.write(
        update(Patient).where(Patient.id == "pat-roux").values(date_of_birth=BORN.date(), demographics={"mrn": "7"})
    )
    other = join(msh(control="M2"), pid(number="7", name="Roux^Elodie", sex=""), obr(), obx("89"))
    first, second = take(clinic.admin, join(msh(), pid(), obr(), obx("98")), other)
    assert first["fate"] == "taken"
    assert (second["fate"], second["reason"]) == (
        "waiting", "the laboratory's order number is filed with another patient here",
    )  # fmt: skip


def test_critical_results_raise_an_alert_and_old_ones_none(clinic: Desk) -> None:
    old = join(msh(control="M2"), pid(), obr(filler="F2", at="20140808134514"), obx("700", flag="HH"))
    new, history = take(clinic.admin, join(msh(), pid(), obr(), obx("620", flag="HH")), old)
    assert (new["alerts"], new["history"]) == (1, 0)
    assert (history["alerts"], history["history"]) == (0, 1)
    assert only(clinic, Alert).severity == "CRITICAL"
    assert sorted(row.history for row in clinic.rows(select(LabReview.history))) == [False, True]


def test_what_is_no_result_is_refused_and_kept(clinic: Desk) -> None:
    (fate,) = take(clinic.admin, join(msh(kind="ADT^A01"), pid()))
    assert (fate["fate"], fate["reason"]) == ("refused", "not a result message: ADT is patient administration")
    assert only(clinic, LabMessage).state is LabMessageState.REFUSED


def test_a_person_assigns(clinic: Desk) -> None:
    data = join(msh(), pid(number="815"), obr(), obx("98"))
    (fate,) = take(clinic.admin, data)
    outcome = assign(clinic.okafor, fate["messageId"], data, "pat-lis")
    assert outcome.warnings == ()
    order, message = only(clinic, LabOrder), only(clinic, LabMessage)
    assert (order.patient_id, order.provider_id) == ("pat-lis", "p-okafor")
    assert (message.state, message.handled_by, message.patient_id) == (LabMessageState.APPLIED, "u-okafor", "pat-lis")
    assert only(clinic, LabReview).owner_user == "u-okafor"
    with pytest.raises(Conflict, match="in a chart already"):
        assign(clinic.okafor, fate["messageId"], data, "pat-brandt")


def assign(who: Person, message_id: str, data: bytes, patient_id: str) -> Outcome:
    (message,) = read(data)
    assert message.report is not None
    return who.run(AssignLabMessage(message_id=message_id, patient_id=patient_id, report=message.report))


def test_assigning_to_somebody_else_warns(clinic: Desk) -> None:
    data = join(msh(), pid(number="815"), obr(), obx())
    (fate,) = take(clinic.admin, data)
    with pytest.raises(Refused) as unknown:
        assign(clinic.admin, fate["messageId"], data, "pat-nobody")
    assert unknown.value.field == "patientId"
    outcome = assign(clinic.admin, fate["messageId"], data, "pat-brandt")
    assert outcome.warnings == ("Assigned although the name differs.",)


def test_a_person_refuses_and_takes_it_back(clinic: Desk) -> None:
    (fate,) = take(clinic.admin, join(msh(), pid(number="815"), obr(), obx()))
    message_id = fate["messageId"]
    with pytest.raises(Refused) as missing:
        clinic.okafor.run(RefuseLabMessage(message_id=message_id, reason="  "))
    assert missing.value.field == "reason"
    outcome = clinic.okafor.run(RefuseLabMessage(message_id=message_id, reason="not ours"))
    assert only(clinic, LabMessage).reason == "not ours"
    assert outcome.undo is not None
    clinic.okafor.run(outcome.undo)
    assert only(clinic, LabMessage).state is LabMessageState.UNMATCHED


def test_what_could_not_be_read_is_not_reopened(clinic: Desk) -> None:
    (fate,) = take(clinic.admin, join(msh(kind="ADT^A01"), pid()))
    with pytest.raises(Conflict):
        clinic.okafor.run(ReopenLabMessage(message_id=fate["messageId"]))


def test_only_who_may_takes_and_assigns(clinic: Desk) -> None:
    data = join(msh(), pid(number="815"), obr(), obx())
    with pytest.raises(Refused) as no:
        take(clinic.desk, data)
    assert no.value.code == "NotAllowed"
    (fate,) = take(clinic.okafor, data)
    with pytest.raises(Refused):
        assign(clinic.desk, fate["messageId"], data, "pat-lis")


def test_the_named_provider_reviews(clinic: Desk) -> None:
    ordered = "OBR|1||F1|2345-7^Glucose^LN|||20260504070000|||||||||123^Chen^Mei-Ling^^^Dr||||||||F"
    (fate,) = take(clinic.admin, join(msh(), pid(), ordered, obx()))
    assert fate["fate"] == "taken"
    assert only(clinic, LabOrder).provider_id == "p-chen"


def test_a_report_too_long_to_keep_is_refused_and_its_batch_is_not(clinic: Desk) -> None:
    many = [obx(str(n), test=f"T{n}^Test {n}", number=n) for n in range(1, 1102)]
    first, second = take(clinic.admin, join(msh(), pid(), obr(), *many), join(msh(control="M2"), pid(), obr(), obx()))
    assert (first["fate"], second["fate"]) == ("refused", "taken")
    assert count(clinic, LabOrder) == 1


def test_it_needs_the_server() -> None:
    with contextlib.closing(local_desk()) as store, pytest.raises(Unavailable) as no:
        take(store.admin, join(msh(), pid(), obr(), obx()))
    assert no.value.code == "NeedsServer"


def test_later_results_wait_again_after_a_signature(clinic: Desk) -> None:
    take(clinic.admin, join(msh(), pid(), obr(), obx("98", status="P")))
    assert only(clinic, LabOrder).status is LabOrderStatus.IN_PROGRESS
    clinic.pass_time(timedelta(hours=1))
    take(clinic.admin, join(msh(control="M2"), pid(), obr(), obx("99")))
    assert only(clinic, LabOrder).status is LabOrderStatus.COMPLETED
    assert not only(clinic, LabReview).partial
