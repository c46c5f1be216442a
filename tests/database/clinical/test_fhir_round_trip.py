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
from app.db.models import HRVReading, Measurement, Message, MessageThread, Patient, ThreadDetail, VitalReading
from app.domain.enums import DeviceProvider, HRVContext
from app.domain.import_own import own_system
from app.domain.vitals_metrics import rmssd
from app.interop.fhir.export import bundle
from app.kernel.errors import AppError
from app.queries.chart_record import chart_record
from app.queries.message_thread import thread_view
from app.queries.messages import unread_counts
from tests.database.clinical.test_fhir_export import LIS, exported, fill
from tests.database.imports.test_import import Importer, reasons
from tests.support.desk import CLINIC, NOW, Desk

TAKEN = ("Patient", "Condition", "AllergyIntolerance", "MedicationStatement", "Observation", "Communication")
ELSEWHERE = "clinic-elsewhere"


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
        laboratory = any(c["coding"][0]["code"] == "laboratory" for c in one.get("category", ()) if "coding" in c)
        if one["resourceType"] not in found or laboratory:
            continue
        one.pop("id")
        for key in ("subject", "patient", "encounter", "identifier", "partOf"):
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
    )  # fmt: skip
    first, bring = exported(desk), Importer(desk, tmp_path)
    report = bring(moved(first))
    assert report.tally.taken["Communication"] == 2
    back = bundle(desk.okafor.ask(chart_record, patient_id=newcomer(desk)))
    before, after = said(first), said(back)
    for kind in TAKEN:
        assert after[kind] == before[kind], kind
    again = bring(moved(first))
    assert dict(again.tally.taken) == {}
    assert again.tally.unchanged["Communication"] == 2
    assert said(bundle(desk.okafor.ask(chart_record, patient_id=newcomer(desk)))) == after


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
    assert pg_desk.rows(select(Message.id).where(Message.id == "forged")) == []
    assert pg_desk.rows(select(VitalReading.id)) != []
