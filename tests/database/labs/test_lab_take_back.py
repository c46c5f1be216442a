"""A message filed with the wrong patient: out of that chart, with the reason, and into the right one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update

from app.cli.hl7 import assign, list_messages, take_back
from app.commands.lab_messages import TakeLabMessages
from app.commands.lab_take_back import TakeBackLabMessage
from app.commands.labs import OrderLabs
from app.db.models import (
    AccessEvent,
    Alert,
    AlertDetail,
    LabMessage,
    LabOrder,
    LabResultHistory,
    LabReview,
    Patient,
)
from app.domain.enums import LabMessageState
from app.kernel.errors import Conflict, Refused
from app.queries.labs_order import order_results
from tests.database.labs.test_hl7_import import workspace
from tests.support.desk import Desk
from tests.support.hl7 import at, join, msh, obr, obx, pid, read

BORN = at("1962-03-14").date()
DATA = join(msh(), pid(), obr(), obx("620", flag="HH"), obx("140", test="2951-2^Sodium^LN", unit="mmol/L", limits=""))


@pytest.fixture
def clinic(pg_desk: Desk) -> Desk:
    """Zygmunt Lis has the record number that the laboratory uses; the results are Walter Brandt's."""
    known = {"date_of_birth": BORN, "demographics": {"mrn": "4711"}}
    pg_desk.write(update(Patient).where(Patient.id == "pat-lis").values(**known))
    return pg_desk


def take(clinic: Desk, data: bytes = DATA) -> str:
    found = clinic.admin.run(TakeLabMessages(messages=tuple(read(data)))).result["messages"]
    assert found[0]["fate"] in ("taken", "updated"), found
    return str(found[0]["messageId"])


def back(clinic: Desk, message_id: str, data: bytes = DATA, reason: str = "Brandt's specimen") -> Any:
    (message,) = read(data)
    assert message.report is not None
    return clinic.okafor.run(TakeBackLabMessage(message_id=message_id, reason=reason, report=message.report))


def test_the_results_leave_the_chart_and_its_history_says_so(clinic: Desk) -> None:
    message_id = take(clinic)
    outcome = back(clinic, message_id)
    assert (outcome.result["results"], outcome.result["alerts"], outcome.warnings) == (2, 1, ())
    (order,) = clinic.rows(select(LabOrder.id, LabOrder.results, LabOrder.patient_id))
    assert [(item["value"], item["flag"], item["status"]) for item in order.results] == [
        (None, None, "entered-in-error")
    ] * 2  # fmt: skip
    assert all("Brandt's specimen" in item["note"] for item in order.results)
    kept = clinic.rows(select(LabResultHistory.item, LabResultHistory.reason, LabResultHistory.by_user))
    assert sorted((row.item["value"], row.reason, row.by_user) for row in kept) == [
        (140, "Brandt's specimen", "u-okafor"), (620, "Brandt's specimen", "u-okafor"),
    ]  # fmt: skip
    shown = clinic.okafor.ask(order_results, order_id=order.id)
    assert [line.item.value for line in shown.lines] == ["", ""]
    assert [earlier.item.value for line in shown.lines for earlier in line.history] == [620, 140]
    (review,) = clinic.rows(select(LabReview.critical, LabReview.corrected, LabReview.state))
    assert (review.critical, review.corrected, review.state.value) == (False, True, "WAITING")
    (alert,) = clinic.rows(select(Alert.status, AlertDetail.closed_by, AlertDetail.close_reason).join(
        AlertDetail, AlertDetail.alert_id == Alert.id))  # fmt: skip
    assert tuple(alert) == ("DISMISSED", "u-okafor", "Brandt's specimen")
    (message,) = clinic.rows(select(LabMessage.state, LabMessage.patient_id, LabMessage.reason))
    assert tuple(message) == (LabMessageState.UNMATCHED, None, "was filed with somebody else: Brandt's specimen")


def test_it_goes_to_the_right_chart_and_both_access_logs_say_so(clinic: Desk) -> None:
    take(clinic)
    doctor = workspace(clinic, "okafor")
    (filed,) = list_messages(doctor, state=LabMessageState.APPLIED)["items"]
    assert take_back(doctor, filed["id"], reason="Brandt's")["patientId"] == "pat-lis"
    assert assign(doctor, filed["id"], patient="pat-brandt")["state"] == "APPLIED"
    orders = {row.patient_id: row.results for row in clinic.rows(select(LabOrder.patient_id, LabOrder.results))}
    assert [item["value"] for item in orders["pat-brandt"]] == [620, 140]
    assert [item["value"] for item in orders["pat-lis"]] == [None, None]
    events = clinic.rows(select(AccessEvent.patient_id, AccessEvent.user_id).order_by(AccessEvent.at, AccessEvent.id))
    assert {(row.patient_id, row.user_id) for row in events} == {("pat-lis", "u-okafor"), ("pat-brandt", "u-okafor")}
    correction = join(msh(control="M2", sent="20260505080000"), pid(), obr(), obx("89", status="C"))
    assert (
        clinic.admin.run(TakeLabMessages(messages=tuple(read(correction)))).result["messages"][0]["fate"] == "updated"
    )


def test_an_order_of_ours_that_was_the_wrong_patients_is_left_there(clinic: Desk) -> None:
    order_id = clinic.okafor.run(OrderLabs(patient_id="pat-lis", tests=("Glucose",))).result["orderId"]
    data = join(msh(), pid(), obr(placer=order_id), obx("98"))
    message_id = take(clinic, data)
    back(clinic, message_id, data)
    assign(workspace(clinic, "okafor"), message_id, patient="pat-brandt")
    orders = {row.patient_id: row for row in clinic.rows(select(LabOrder.id, LabOrder.patient_id, LabOrder.results))}
    assert (orders["pat-lis"].id, orders["pat-lis"].results[0]["value"]) == (order_id, None)
    assert orders["pat-brandt"].results[0]["value"] == 98


def test_a_later_correction_stays_and_is_named(clinic: Desk) -> None:
    message_id = take(clinic)
    take(clinic, join(msh(control="M2", sent="20260505080000"), pid(), obr(), obx("89", status="C")))
    outcome = back(clinic, message_id)
    assert outcome.warnings == ("1 other message filled this order, too.",)
    (order,) = clinic.rows(select(LabOrder.results))
    assert [item["value"] for item in order.results] == [89, None]


def test_what_is_in_no_chart_or_without_a_reason_is_refused(clinic: Desk) -> None:
    message_id = take(clinic)
    with pytest.raises(Refused) as no:
        back(clinic, message_id, reason=" ")
    assert no.value.field == "reason"
    back(clinic, message_id)
    with pytest.raises(Conflict):
        back(clinic, message_id)
    with pytest.raises(Refused) as unknown:
        back(clinic, "nobody")
    assert unknown.value.code == "NoSuchMessage"


def test_the_desk_may_not(clinic: Desk) -> None:
    message_id = take(clinic)
    (message,) = read(DATA)
    assert message.report is not None
    with pytest.raises(Refused) as no:
        clinic.desk.run(TakeBackLabMessage(message_id=message_id, reason="x", report=message.report))
    assert no.value.code == "NotAllowed"


def test_an_alert_whose_result_stands_is_closed_only_by_whom_the_policies_let(clinic: Desk) -> None:
    """An ADMIN files and takes back, but acts on no critical result: not through the function either."""
    take(clinic)
    (alert,) = clinic.rows(select(Alert.id))
    rows = [{"into": "alerts", "insert": False, "rows": [
        {"id": alert.id, "resolved_at": "2026-05-04T09:00:00", "body": "no"}]}]  # fmt: skip
    with pytest.raises(Refused) as no:
        clinic.admin.store.read(lambda session: session.execute(
            text("SELECT desktop.file_lab_rows(:rows)"), {"rows": json.dumps(rows)}))  # fmt: skip
    assert no.value.code == "NotAllowed"
    assert clinic.rows(select(Alert.status))[0].status == "ACTIVE"
    assert clinic.rows(select(AlertDetail.alert_id)) == []


@pytest.mark.parametrize("values", [{"status": "CANCELLED"}, {"patient_id": "pat-far"}, {"provider_id": "p-far"}])
def test_the_function_makes_no_order_of_elsewhere_and_none_that_is_cancelled(
    clinic: Desk, values: dict[str, str]
) -> None:
    row = {"id": "c" + "0" * 24, "patient_id": "pat-lis", "provider_id": "p-okafor", "tests": ["A"],
           "status": "COMPLETED",
           "results": [], "ordered_at": "2026-05-04T09:00:00", "created_at": "2026-05-04T09:00:00",
           "updated_at": "2026-05-04T09:00:00"}  # fmt: skip

    def call(more: dict[str, str]) -> None:
        document = json.dumps([{"into": "lab_orders", "insert": True, "rows": [{**row, **more}]}])
        clinic.admin.store.read(
            lambda session: session.execute(text("SELECT desktop.file_lab_rows(:rows)"), {"rows": document})
        )

    with pytest.raises(Refused) as no:
        call(values)
    assert no.value.code == "NotAllowed"
    assert clinic.rows(select(LabOrder.id)) == []
    call({})
    assert len(clinic.rows(select(LabOrder.id))) == 1


def test_an_alert_of_another_kind_about_the_same_test_stays(clinic: Desk) -> None:
    """A rule may have raised it, for more than this one value: it is closed by a person."""
    message_id = take(clinic)
    (raised,) = clinic.rows(select(Alert.id, Alert.patient_id, Alert.payload, Alert.created_at))
    clinic.write(insert(Alert).values(
        id="rule-1", patient_id="pat-lis", severity="WARNING", type="RULE", title="Sugar", body="",
        payload=raised.payload, status="ACTIVE", created_at=raised.created_at,
    ))  # fmt: skip
    assert back(clinic, message_id).result["alerts"] == 1
    found = dict(clinic.rows(select(Alert.id, Alert.status)))
    assert found == {raised.id: "DISMISSED", "rule-1": "ACTIVE"}


def test_that_there_was_no_result_leaves_the_chart_too(clinic: Desk) -> None:
    """The laboratory's word about somebody else's specimen says nothing about this patient."""
    data = join(msh(), pid(), obr(), obx("98"), obx("", test="2951-2^Sodium^LN", unit="", limits="", status="X"))
    message_id = take(clinic, data)
    assert back(clinic, message_id, data).result["results"] == 2
    (order,) = clinic.rows(select(LabOrder.results))
    assert [item["status"] for item in order.results] == ["entered-in-error"] * 2
    assert all("Brandt's specimen" in item["note"] for item in order.results)
    assign(workspace(clinic, "okafor"), message_id, patient="pat-lis")
    assert back(clinic, message_id, data, "Brandt's after all").result["results"] == 2
