"""A record goes to another clinic and back out of it: what the importer takes is the same as before.

The other clinic is this one's database under another name: an export's addresses are changed to a clinic's that isn't
here, so that nobody and nothing in it is known.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, text, update

from app.commands.messages import SendMessage
from app.db.models import (
    Alert,
    BMIReading,
    CarePlan,
    HRVReading,
    LabOrder,
    LabReview,
    Measurement,
    Message,
    MessageThread,
    Patient,
    Referral,
    ThreadDetail,
    VitalReading,
)
from app.documents.chart_values import lab_blocks
from app.documents.model import Paragraph
from app.domain.enums import DeviceProvider, HRVContext, LabOrderStatus, ReferralStatus
from app.domain.import_own import own_system
from app.domain.measurements import body_mass_index
from app.domain.vitals_metrics import rmssd
from app.interop.fhir.export import bundle
from app.kernel.errors import AppError
from app.queries.chart_record import chart_record
from app.queries.message_thread import thread_view
from app.queries.messages import unread_counts
from tests.database.clinical.test_fhir_export import LIS, STAMPS, exported, fill
from tests.database.imports.test_import import Importer, reasons
from tests.support.desk import CLINIC, NOW, ZONE, Desk

TAKEN = ("Patient", "Condition", "AllergyIntolerance", "MedicationStatement", "Observation", "Communication",
         "ServiceRequest", "DiagnosticReport", "CarePlan")  # fmt: skip
ELSEWHERE = "clinic-elsewhere"
RESULTS = [
    {
        "code": "2823-3",
        "name": "Potassium",
        "value": 6.4,
        "unit": "mmol/L",
        "low": 3.5,
        "high": 5.1,
        "flag": "HH",
        "observedAt": "2026-05-01T06:00:00.000Z",
        "status": "corrected",
        "note": "repeated",
    },
    {"code": "4548-4", "name": "A1C", "value": 6, "unit": "%", "status": "final"},
    {"code": "CRP7", "name": "CRP", "value": "<0.5", "unit": "mg/L", "status": "final", "system": "L of Harbor Lab"},
    {"name": "Culture", "value": "no growth", "status": "final"},
]
PHASES = [
    {"name": "Start", "durationWeeks": 2.5, "tasks": [{"id": "a", "title": "Walk", "frequency": "daily"}]},
    {"name": "Keep", "tasks": [{"id": "b", "title": "Weigh", "description": "in the morning", "completed": True},
                               {"title": "Call", "description": "when dizzy"}]},
]  # fmt: skip


def moved(made: dict[str, Any]) -> dict[str, Any]:
    """The export of a clinic that isn't here; its ids are its own."""
    text = json.dumps(made).replace(own_system(CLINIC), own_system(ELSEWHERE)).replace(LIS, "their-patient")
    found: dict[str, Any] = json.loads(text)
    return found


def newcomer(desk: Desk) -> str:
    """Whom the import made."""
    made = select(Patient.id).where(Patient.last_name == "Lis", Patient.id != LIS)
    (row,) = desk.rows(made)
    return str(row.id)


def said(made: dict[str, Any]) -> dict[str, list[str]]:
    """What a bundle says, by kind, without ids and without whom it names by them."""
    found: dict[str, list[str]] = {kind: [] for kind in TAKEN}
    for entry in made["entry"]:
        one = json.loads(json.dumps(entry["resource"]))
        if one["resourceType"] not in found:
            continue
        one.pop("id")
        for key in ("subject", "patient", "encounter", "identifier", "partOf", "basedOn", "requester", "result"):
            one.pop(key, None)
        for whom in [one.get("sender", {}), *one.get("recipient", [])]:
            whom.pop("reference", None)
        found[one["resourceType"]].append(json.dumps(one, sort_keys=True))
    return {kind: sorted(rows) for kind, rows in found.items()}


def test_export_import_export_says_the_same(desk: Desk, tmp_path: Path) -> None:
    fill(desk)
    desk.write(
        insert(Measurement).values(id="mood", patient_id=LIS, type="MOOD", value=4, timestamp=NOW, source="MANUAL",
                                   created_at=NOW),
        update(Message).where(Message.id == "msg1").values(read=True, read_at=NOW - timedelta(minutes=15)),
        insert(LabOrder).values(id="o2", patient_id=LIS, provider_id="p-okafor", tests=("CBC", "A1C"), notes="fasting",
                                status=LabOrderStatus.IN_PROGRESS, ordered_at=NOW - timedelta(days=1), **STAMPS),
        update(LabOrder).where(LabOrder.id == "o1").values(results=RESULTS),
        update(CarePlan).where(CarePlan.id == "c1").values(phases=PHASES),
        insert(BMIReading).values(id="b1", patient_id=LIS, timestamp=NOW - timedelta(days=8), weight_kg=82.4,
                                  height_cm=171.5, bmi=body_mass_index(82.4, 171.5), created_at=NOW),
    )  # fmt: skip
    (waiting,) = lab_waiting(desk.okafor.ask(chart_record, patient_id=LIS))
    assert "CBC, A1C" in waiting, "the printed chart says what was ordered"
    first, bring = exported(desk), Importer(desk, tmp_path)
    report = bring(moved(first))
    assert report.tally.taken["Communication"] == 2
    assert reasons(report) == {"it lies in the future; book it here": 1}, "the visit that is booked there"
    back = bundle(desk.okafor.ask(chart_record, patient_id=newcomer(desk)))
    assert desk.rows(select(Patient.height_cm).where(Patient.id == newcomer(desk))) == [(171.5,)]
    before, after = said(first), said(back)
    for kind in TAKEN:
        assert after[kind] == before[kind], kind
    again = bring(moved(first))
    assert dict(again.tally.taken) == {}
    assert again.tally.unchanged["Communication"] == 2
    assert said(bundle(desk.okafor.ask(chart_record, patient_id=newcomer(desk)))) == after


def test_results_wait_as_if_a_laboratory_had_sent_them_and_corrections_replace_them(desk: Desk, tmp_path: Path) -> None:
    fill(desk)
    made, bring = moved(exported(desk)), Importer(desk, tmp_path)
    bring(made)
    order = desk.rows(select(LabOrder.__table__).where(LabOrder.patient_id == newcomer(desk)))[0]
    assert (order.status, order.completed_at, order.tests) == (LabOrderStatus.COMPLETED, NOW, ("BMP",))
    asked = select(LabReview.state, LabReview.critical, LabReview.history, LabReview.corrected)
    own = asked.where(LabReview.order_id == order.id)
    assert [tuple(row) for row in desk.rows(own)] == [("WAITING", True, False, False)]
    raised = select(Alert.severity, Alert.payload).where(Alert.patient_id == newcomer(desk))
    assert [(row.severity, row.payload["code"]) for row in desk.rows(raised)] == [("CRITICAL", "2823-3")]
    (value,) = [
        one["resource"] for one in made["entry"] if one["resource"].get("valueQuantity", {}).get("value") == 6.4
    ]
    value["valueQuantity"]["value"], value["status"] = 4.6, "corrected"
    value["interpretation"] = []
    report = bring(made)
    assert (report.tally.taken["ServiceRequest"], report.tally.updated["ServiceRequest"]) == (0, 1)
    (again,) = desk.rows(select(LabOrder.results).where(LabOrder.id == order.id))
    assert again.results[0]["value"] == 4.6
    assert [tuple(row) for row in desk.rows(own)] == [("WAITING", False, False, True)]


def test_what_was_ordered_is_this_patients_and_comes_back_when_it_is_lost(desk: Desk, tmp_path: Path) -> None:
    fill(desk)
    made, bring = exported(desk), Importer(desk, tmp_path)
    desk.write(delete(LabReview), delete(LabOrder), delete(Referral), delete(CarePlan))
    taken = {"ServiceRequest": 2, "CarePlan": 1, "DiagnosticReport": 1, "Observation": 2}
    assert dict(bring(made).tally.taken) == taken
    assert dict(bring(made).tally.taken) == {}
    (order,) = desk.rows(select(LabOrder.__table__))
    assert (order.patient_id, order.provider_id) == (LIS, "p-okafor")
    (referral,) = desk.rows(select(Referral.__table__))
    assert (referral.status, referral.sent_at, referral.reason) == (ReferralStatus.SENT, NOW, "Murmur")


@pytest.mark.parametrize(
    ("kind", "more", "reason"),
    [
        ("ServiceRequest", {"authoredOn": None}, "no time"),
        ("ServiceRequest", {"authoredOn": "2999-01-01T00:00:00Z"}, "it lies in the future"),
        ("ServiceRequest", {"category": []}, "neither a laboratory order nor a referral"),
        ("CarePlan", {"extension": []}, "a task of the care plan names no phase"),
        ("CarePlan", {"created": None}, "no time"),
        ("DiagnosticReport", {"basedOn": []}, "it names no order"),
        ("DiagnosticReport", {"basedOn": [{"reference": "ServiceRequest/none"}]}, "its order is not in these files"),
    ],
)
def test_what_was_ordered_and_cannot_be_told_is_left_out(
    desk: Desk, tmp_path: Path, kind: str, more: dict[str, Any], reason: str
) -> None:
    fill(desk)
    made = moved(exported(desk))
    one = next(entry["resource"] for entry in made["entry"] if entry["resource"]["resourceType"] == kind)
    one.update(more)
    report = Importer(desk, tmp_path)(made)
    assert reason in {row.reason for row in report.tally.skipped if row.resource == f"{kind}/{one['id']}"}


def test_orders_and_plans_of_others_are_not_taken_for_ours(desk: Desk, tmp_path: Path) -> None:
    foreign = [
        {
            "resourceType": kind,
            "id": "f1",
            "status": "completed",
            "intent": "order",
            "authoredOn": "2026-05-01",
            "subject": {"reference": "Patient/x1"},
        }
        for kind in ("ServiceRequest", "DiagnosticReport", "CarePlan")
    ]
    report = Importer(desk, tmp_path)(WINTER, *foreign)
    assert reasons(report) == {f"{one['resourceType']} is not imported": 1 for one in foreign}


def lab_waiting(record: Any) -> list[str]:
    """What the printed chart says is still to come from a laboratory."""
    return [one.text for one in lab_blocks(record, ZONE) if isinstance(one, Paragraph) and "to come" in one.text]


def threads(desk: Desk) -> list[Any]:
    own = select(MessageThread.id, MessageThread.subject, MessageThread.last_message_at, ThreadDetail.closed_at)
    joined = own.outerjoin(ThreadDetail, ThreadDetail.thread_id == MessageThread.id)
    return desk.rows(joined.where(MessageThread.patient_id == newcomer(desk)))


def test_a_conversation_comes_as_it_was_and_asks_nobody_what_was_read(desk: Desk, tmp_path: Path) -> None:
    fill(desk)
    desk.write(update(Message).where(Message.id == "msg1").values(read=True, read_at=NOW - timedelta(minutes=15)))
    before = desk.okafor.ask(unread_counts)
    Importer(desk, tmp_path)(moved(exported(desk)))
    (thread,) = threads(desk)
    assert (thread.subject, thread.last_message_at) == ("Dizziness", NOW - timedelta(minutes=9))
    assert thread.closed_at == thread.last_message_at, "nobody here is asked for an answer"
    assert desk.okafor.ask(unread_counts) == before
    theirs, ours = reversed(desk.okafor.ask(thread_view, thread_id=thread.id).messages.items)
    assert (theirs.from_patient, theirs.read, theirs.read_at) == (True, True, NOW - timedelta(minutes=15))
    assert (ours.from_patient, ours.sender_name) == (False, "Ngozi Okafor")
    assert ours.sender_id != "u-okafor", "nobody here wrote it"


def test_what_was_attached_comes_along_and_leads_to_what_it_became(desk: Desk, tmp_path: Path) -> None:
    fill(desk)
    image = {"type": "image/jpeg", "url": "https://files.example.org/rash.jpg", "filename": "rash.jpg", "size": 120334}
    attached = [
        image, {"type": "?", "url": "javascript:alert(1)", "filename": "page.html", "size": -4},
        {"url": "file:///a"}, 5,
        {"type": "referral", "url": "myhealthally://referrals/r1", "filename": "To cardiology"},
        {"type": "lab_order", "url": "myhealthally://lab_orders/o1", "filename": "Results"},
        {"type": "excuse_note", "url": "myhealthally://excuse_notes/not-there", "filename": "Letter"},
    ]  # fmt: skip
    desk.write(
        update(Message).where(Message.id == "msg2").values(attachments=attached),
        update(Message).where(Message.id == "msg1").values(attachments=[image], content=""),
    )
    made = exported(desk)
    (note,) = [one["resource"] for one in made["entry"] if one["resource"]["id"] == "msg2"]
    assert [next(iter(one)) for one in note["payload"]] == [
        "contentString", "contentAttachment", "contentAttachment", "contentReference", "contentReference",
        "contentAttachment",
    ]  # fmt: skip
    assert "javascript" not in json.dumps(made)
    report = Importer(desk, tmp_path)(moved(made))
    assert report.tally.taken["Communication"] == 2
    (thread,) = threads(desk)
    theirs, ours = reversed(desk.okafor.ask(thread_view, thread_id=thread.id).messages.items)
    assert (theirs.text, [one.url for one in theirs.attachments]) == ("", [image["url"]]), "a picture says enough"
    (referral,) = desk.rows(select(Referral.id).where(Referral.patient_id == newcomer(desk)))
    (order,) = desk.rows(select(LabOrder.id).where(LabOrder.patient_id == newcomer(desk)))
    assert {one.filename: one.url for one in ours.attachments} == {
        "rash.jpg": image["url"], "page.html": "", "Letter": "", "To cardiology": f"myhealthally://referrals/{referral.id}",
        "Results": f"myhealthally://lab_orders/{order.id}",
    }  # fmt: skip
    assert next(one for one in ours.attachments if one.filename == "rash.jpg").size == 120334


def test_what_nobody_has_read_waits_here_too_until_the_other_clinic_read_it(desk: Desk, tmp_path: Path) -> None:
    fill(desk)
    made, bring = moved(exported(desk)), Importer(desk, tmp_path)
    bring(made)
    (thread,) = threads(desk)
    assert thread.closed_at is None
    (note,) = [one["resource"] for one in made["entry"] if one["resource"]["id"] == "msg1"]
    note["received"] = "2026-05-04T20:00:00.000Z"
    report = bring(made)
    assert (report.tally.updated["Communication"], report.tally.taken["Communication"]) == (1, 0)
    theirs = desk.okafor.ask(thread_view, thread_id=thread.id).messages.items[-1]
    assert theirs.read
    del note["received"]
    bring(made)
    assert desk.okafor.ask(thread_view, thread_id=thread.id).messages.items[-1].read, "read once is read"


def test_a_message_that_was_lost_joins_its_conversation_again(desk: Desk, tmp_path: Path) -> None:
    fill(desk)
    made, bring = exported(desk), Importer(desk, tmp_path)
    desk.okafor.run(SendMessage(thread_id="t1", text="And drink."))
    latest = desk.rows(select(MessageThread.last_message_at).where(MessageThread.id == "t1"))
    desk.write(delete(Message).where(Message.id == "msg1"), delete(HRVReading))
    assert dict(bring(made).tally.taken) == {"Communication": 1, "Observation": 1}
    assert dict(bring(made).tally.taken) == {}
    assert [one.text for one in desk.okafor.ask(thread_view, thread_id="t1").messages.items] == [
        "And drink.", "Please sit down.", "I felt dizzy.",
    ]  # fmt: skip
    assert desk.rows(select(MessageThread.last_message_at).where(MessageThread.id == "t1")) == latest
    assert desk.rows(select(func.count()).select_from(MessageThread))[0][0] == 1


def variability(**more: Any) -> dict[str, Any]:
    """What another system says of a watch."""
    return {
        "resourceType": "Observation", "id": "w1", "status": "final", "subject": {"reference": "Patient/x1"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "80404-7"}]},
        "effectiveDateTime": "2026-05-01T06:00:00Z", "device": {"display": "Apple Watch Series 9"},
        "valueQuantity": {"value": 0.04, "unit": "s", "system": "http://unitsofmeasure.org", "code": "s"}, **more,
    }  # fmt: skip


WINTER = {"resourceType": "Patient", "id": "x1", "name": [{"family": "Winter", "given": ["Ada"]}],
          "birthDate": "1970-03-04"}  # fmt: skip


def test_rmssd_is_derived_where_a_watch_gives_only_sdnn(desk: Desk, tmp_path: Path) -> None:
    bring = Importer(desk, tmp_path)
    assert bring(WINTER, variability()).tally.taken["Observation"] == 1
    (row,) = desk.rows(select(HRVReading.rmssd_ms, HRVReading.sdnn_ms, HRVReading.source, HRVReading.context))
    assert (row.rmssd_ms, row.sdnn_ms) == (34.0, 40.0)
    assert (row.source, row.context) == (DeviceProvider.APPLE, HRVContext.UNKNOWN)
    assert rmssd(row.rmssd_ms, row.sdnn_ms) == (34.0, True), "shown as derived"


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"device": {"display": "Some strap"}}, "no device that is known here measured it"),
        ({"valueQuantity": {"value": 40}}, "no unit"),
        ({"valueQuantity": {"value": 4000, "unit": "ms"}}, None),
        ({"status": "entered-in-error"}, "its status is entered-in-error"),
        ({"effectiveDateTime": None}, "no time"),
        ({"valueQuantity": {"value": 40, "unit": "parsec"}}, "the unit parsec is not known for this measurement"),
    ],
)  # fmt: skip
def test_a_variability_that_cannot_be_taken_says_why(
    desk: Desk, tmp_path: Path, more: dict[str, Any], reason: str | None
) -> None:
    report = Importer(desk, tmp_path)(WINTER, variability(**more))
    (found,) = reasons(report)
    assert reason is None or found == reason
    assert desk.rows(select(HRVReading.id)) == []


def test_only_a_clinics_own_export_brings_messages(desk: Desk, tmp_path: Path) -> None:
    foreign = {"resourceType": "Communication", "id": "c1", "status": "completed", "sent": "2026-05-01T06:00:00Z",
               "subject": {"reference": "Patient/x1"}, "payload": [{"contentString": "Hello"}]}  # fmt: skip
    report = Importer(desk, tmp_path)(WINTER, foreign)
    assert reasons(report) == {"only messages of a clinic's own export are imported": 1}
    assert desk.rows(select(Message.id)) == []


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"sent": "2999-01-01T00:00:00Z"}, "it lies in the future"),
        ({"sent": None}, "no time"),
        ({"payload": []}, "it has no text"),
        ({"status": "preparation"}, "its status is preparation"),
        ({"payload": [{"contentString": "x" * 10_000_000}]}, "payload"),
    ],
)
def test_a_message_that_cannot_be_taken_says_why(desk: Desk, tmp_path: Path, more: dict[str, Any], reason: str) -> None:
    fill(desk)
    made = moved(exported(desk))
    (note,) = [one["resource"] for one in made["entry"] if one["resource"]["id"] == "msg1"]
    note.update(more)
    report = Importer(desk, tmp_path)(made)
    assert any(reason in row.reason for row in report.tally.skipped if row.resource == "Communication/msg1")
    assert report.tally.taken["Communication"] == 1


def test_the_database_takes_history_from_an_administrator_only_and_in_nobodys_name(pg_desk: Desk) -> None:
    fill(pg_desk)
    whole = {"thread_id": "t1", "content": "x", "read": True, "created_at": "2026-05-01T06:00:00"}
    call = text("SELECT desktop.import_history(:rows)")

    def rows(**more: Any) -> Any:
        return call.bindparams(rows=json.dumps({"messages": [{"id": "forged", **whole, **more}]}))

    for who, more in (
        ("okafor", {"sender_id": "pu-lis"}), ("desk", {"sender_id": "pu-lis"}), ("admin", {"sender_id": "u-okafor"}),
        ("admin", {"sender_id": "pu-lis", "created_at": "2999-01-01T00:00:00"}),
        ("admin", {"sender_id": "pu-lis", "thread_id": "no-such"}),
    ):  # fmt: skip
        forged = rows(**more)
        with pytest.raises(AppError):
            getattr(pg_desk, who).ask(lambda session, _, call=forged: session.execute(call))
    plan = {"id": "forged", "patient_id": "pat-lis", "phases": [], "created_at": "2026-05-01T06:00:00",
            "updated_at": "2026-05-01T06:00:00"}  # fmt: skip
    for who, rows_of in (
        ("okafor", {"care_plans": [plan]}), ("admin", {"care_plans": [{**plan, "patient_id": "pat-other"}]}),
        ("admin", {"care_plans": [{**plan, "phases": {}}]}),
        ("admin", {"referrals": [{**plan, "provider_id": "p-none", "specialty": "x", "reason": "x"}]}),
    ):  # fmt: skip
        forged = call.bindparams(rows=json.dumps(rows_of))
        with pytest.raises(AppError):
            getattr(pg_desk, who).ask(lambda session, _, call=forged: session.execute(call))
    assert pg_desk.rows(select(CarePlan.id).where(CarePlan.id == "forged")) == []
    assert pg_desk.rows(select(Message.id).where(Message.id == "forged")) == []
    assert pg_desk.rows(select(VitalReading.id)) != []
