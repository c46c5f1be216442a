"""A chart with something of everything, as rows that other programs could have written: the same on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, update

from app.db.models import (
    Alert,
    BMIReading,
    CarePlan,
    CareTaskMark,
    ExcuseNote,
    HRVReading,
    LabOrder,
    LabReview,
    Measurement,
    Message,
    MessageThread,
    Patient,
    Referral,
    Task,
    Visit,
    VisitDetail,
    VisitNote,
    VisitSlot,
    VitalReading,
)
from app.domain.enums import (
    DeviceProvider,
    ExcuseNoteStatus,
    ExcuseNoteType,
    HRVContext,
    LabOrderStatus,
    ReferralPriority,
    ReferralStatus,
    ReviewState,
    SlotStatus,
    TaskKind,
    VisitMode,
    VisitNoteStatus,
    VisitStatus,
    VisitType,
)
from tests.support.desk import CLINIC, NOW, Desk

DETAILS = {
    "mrn": "004417", "sex": "female", "language": "Vietnamese",
    "allergies": [
        {"display": "Sulfonamides", "reactions": ["rash"], "severity": "mild"},
        {"display": "Penicillin", "reactions": ["anaphylaxis"], "severity": "severe"},
    ],
    "conditions": [
        {"display": "Hypertension", "code": "I10", "status": "active", "onset": "2014"},
        {"display": "Type 2 diabetes", "code": "E11.9", "status": "active", "onset": "2016-05-01"},
    ],
    "medications": [
        {"display": "Lisinopril", "dosage": "20 mg, once daily", "status": "active", "started": "2014"},
        {"display": "Semaglutide", "dosage": "0.5 mg weekly", "status": "active", "started": "2026-04-09"},
    ],
}  # fmt: skip
LAST_SEEN = NOW - timedelta(days=40)
"""When the provider saw the patient last."""


def days(count: float) -> datetime:
    """An instant so many days before now."""
    return NOW - timedelta(days=count)


def fill_chart(desk: Desk, patient: str = "pat-lis") -> None:
    """Give a patient visits, results, readings, messages, notes, a plan and open things of each kind."""
    flags = ("HIGH_RISK", "INTERPRETER")
    desk.write(update(Patient).where(Patient.id == patient).values(demographics=DETAILS, flags=flags))
    for statements in (_visits, _labs, _readings, _messages, _papers, _care):
        desk.write(*statements(patient))


def _visit(
    patient: str, key: str, at: datetime, status: VisitStatus, *, provider: str = "p-okafor", reason: str = "",
    cancelled: str | None = None,
) -> Iterator[Any]:  # fmt: skip
    stamps = {"created_at": at - timedelta(days=3), "updated_at": at}
    terminal = status in (VisitStatus.CANCELLED, VisitStatus.NO_SHOW)
    slot = SlotStatus.BLOCKED if terminal else SlotStatus.BOOKED
    yield insert(VisitSlot).values(
        id=f"s-{key}", provider_id=provider, start_time=at, end_time=at + timedelta(minutes=20),
        visit_mode=VisitMode.IN_PERSON, status=slot, **stamps,
    )  # fmt: skip
    yield insert(Visit).values(
        id=f"v-{key}", patient_id=patient, provider_id=provider, slot_id=f"s-{key}", status=status,
        visit_type=VisitType.SCHEDULED, visit_mode=VisitMode.IN_PERSON, reason_text=reason, **stamps,
    )  # fmt: skip
    yield insert(VisitDetail).values(
        visit_id=f"v-{key}", appointment_type_id="t-20", cancel_kind=cancelled, updated_at=at
    )


def _visits(patient: str) -> Iterator[Any]:
    yield from _visit(patient, "old", days(400), VisitStatus.COMPLETED)
    yield from _visit(patient, "last", LAST_SEEN, VisitStatus.COMPLETED, reason="Check-up")
    yield from _visit(patient, "other", days(20), VisitStatus.COMPLETED, provider="p-chen", reason="Dizziness")
    yield from _visit(patient, "off", days(10), VisitStatus.CANCELLED, cancelled="patient")
    yield from _visit(patient, "now", NOW - timedelta(minutes=10), VisitStatus.IN_PROGRESS, reason="Follow-up")
    yield from _visit(patient, "next", NOW + timedelta(days=14), VisitStatus.PLANNED)
    yield from _visit("pat-kowalska", "later", NOW + timedelta(hours=2), VisitStatus.PLANNED)
    yield from _visit("pat-kowalski", "others", NOW + timedelta(hours=3), VisitStatus.PLANNED, provider="p-chen")


def _result(name: str, value: Any, unit: str, flag: str = "") -> dict[str, Any]:
    return {"code": "", "name": name, "value": value, "unit": unit, "low": None, "high": None, "flag": flag,
            "observedAt": None, "status": "final", "note": ""}  # fmt: skip


def _lab(patient: str, key: str, at: datetime, results: Any, tests: tuple[str, ...]) -> Any:
    return insert(LabOrder).values(
        id=f"l-{key}", patient_id=patient, provider_id="p-okafor", tests=tests, status=LabOrderStatus.COMPLETED,
        ordered_at=at - timedelta(days=1), completed_at=at, results=results, created_at=at, updated_at=at,
    )  # fmt: skip


def _labs(patient: str) -> Iterator[Any]:
    yield _lab(patient, "a1c", days(60), [_result("A1C", 7.8, "%", "H")], ("A1C",))
    yield _lab(patient, "a1c-new", days(6), [_result("A1C", 7.1, "%", "H")], ("A1C",))
    odd = [_result("Potassium", 6.4, "mmol/L", "HH"), 7, _result("Sodium", 140, "mmol/L")]
    yield _lab(patient, "cmp", days(0.1), odd, ("CMP",))
    # The server's trigger has put results that came from outside before their provider; here it is told what waits.
    yield delete(LabReview).where(LabReview.patient_id == patient)
    yield delete(Alert).where(Alert.patient_id == patient)
    yield insert(LabReview).values(
        order_id="l-cmp", clinic_id=CLINIC, patient_id=patient, state=ReviewState.WAITING, owner_user="u-okafor",
        resulted_at=days(0.1), critical=True, corrected=True, updated_at=days(0.1),
    )  # fmt: skip


def _measured(patient: str, key: str, kind: str, value: Any, at: datetime, source: str = "MANUAL") -> Any:
    return insert(Measurement).values(
        id=f"m-{key}", patient_id=patient, type=kind, value=value, timestamp=at, source=source, created_at=at
    )


def _readings(patient: str) -> Iterator[Any]:
    for number in range(20):
        at = days(number + 0.05)
        pressure = {"systolic": 147 - number, "diastolic": 92 - number}
        yield _measured(patient, f"bp{number}", "BLOOD_PRESSURE", pressure, at, "DEVICE")
        if not 5 < number < 12:  # a gap
            yield insert(VitalReading).values(
                id=f"vr{number}", patient_id=patient, timestamp=at, source=DeviceProvider.APPLE, heart_rate=70 + number,
                spo2=97, created_at=at,
            )  # fmt: skip
    for number, at in enumerate((days(42), days(43))):
        yield _measured(patient, f"bpold{number}", "BLOOD_PRESSURE", {"systolic": 128, "diastolic": 84}, at)
    yield _measured(patient, "w1", "WEIGHT", 86.5, days(50))
    yield _measured(patient, "w2", "WEIGHT", 82.4, days(7))
    yield _measured(patient, "bad", "GLUCOSE", {"mg": "high"}, days(1))
    yield insert(BMIReading).values(
        id="b1", patient_id=patient, timestamp=days(7), weight_kg=82.4, height_cm=162.0, bmi=31.4, created_at=days(7)
    )
    yield insert(HRVReading).values(
        id="h1", patient_id=patient, timestamp=days(0.5), source=DeviceProvider.APPLE, rmssd_ms=24.0, sdnn_ms=None,
        context=HRVContext.SLEEP, created_at=days(0.5),
    )  # fmt: skip


def _messages(patient: str) -> Iterator[Any]:
    sender = patient.replace("pat-", "pu-")
    yield insert(MessageThread).values(
        id="th-1", patient_id=patient, clinic_id=CLINIC, participants=[sender, "u-okafor"], subject="Dizzy",
        last_message_at=days(2), created_at=days(3), updated_at=days(2),
    )  # fmt: skip
    for key, who, at, text, read in (("1", "u-okafor", days(3), "How are you?", True),
                                     ("2", sender, days(2), "Dizzy when I get\nup in the morning", False)):  # fmt: skip
        yield insert(Message).values(id=f"ms-{key}", thread_id="th-1", sender_id=who, content=text, read=read,
                                     created_at=at)  # fmt: skip


_REFERRALS = (
    ("over", ReferralStatus.SENT, ReferralPriority.URGENT, 16.0),
    ("fine", ReferralStatus.SENT, ReferralPriority.ROUTINE, 16.0),
    ("done", ReferralStatus.COMPLETED, ReferralPriority.ROUTINE, 90.0),
)
_ALERTS = (("crit", "CRITICAL", "ACTIVE", 0.08), ("old", "INFO", "RESOLVED", 100))
_NOTES = (("mine", "u-okafor", 0.01, None), ("chen", "u-chen", 20, 20))


def _papers(patient: str) -> Iterator[Any]:
    for key, status, priority, ago in _REFERRALS:
        yield insert(Referral).values(
            id=f"r-{key}", patient_id=patient, provider_id="p-okafor", specialty=f"Nephrology {key}", reason="CKD",
            priority=priority, status=status, sent_at=days(ago), created_at=days(ago), updated_at=days(ago),
        )  # fmt: skip
    for key, severity, state, ago in _ALERTS:
        yield insert(Alert).values(
            id=f"a-{key}", patient_id=patient, severity=severity, type="LAB", title=f"Potassium {key}", body="",
            status=state, created_at=days(ago),
        )  # fmt: skip
    for key, author, ago, signed in _NOTES:
        yield insert(VisitNote).values(
            id=f"n-{key}", clinic_id=CLINIC, patient_id=patient, provider_id=f"p-{author[2:]}", author_id=author,
            status=VisitNoteStatus.SIGNED if signed else VisitNoteStatus.DRAFT, reason="Dizziness",
            assessment="Orthostatic drop", signed_at=days(signed) if signed else None, created_at=days(ago),
            updated_at=days(ago),
        )  # fmt: skip
    yield insert(ExcuseNote).values(
        id="e-1", patient_id=patient, provider_id="p-okafor", type=ExcuseNoteType.WORK, start_date=days(5).date(),
        end_date=days(1).date(), reason="Flu", status=ExcuseNoteStatus.SENT, sent_at=days(5), created_at=days(5),
        updated_at=days(5),
    )  # fmt: skip
    yield insert(Task).values(
        id="t-1", clinic_id=CLINIC, patient_id=patient, kind=TaskKind.CALL_BACK, title="Call back", created_by="u-desk",
        created_at=days(4), updated_at=days(4),
    )  # fmt: skip
    yield _measured(patient, "steps", "STEPS", 4000, days(3), "DEVICE")


def _care(patient: str) -> Iterator[Any]:
    phases = [
        {"name": "Begin", "durationWeeks": 4, "tasks": [{"id": "t1", "title": "Measure pressure", "completed": True}]},
        {
            "name": "Keep on",
            "durationWeeks": 8,
            "tasks": [{"id": "t2", "title": "Walk 30 minutes", "frequency": "daily", "completed": False}, 5],
        },
    ]
    yield insert(CarePlan).values(id="c-1", patient_id=patient, phases=phases, created_at=days(45), updated_at=days(45))
    for number in range(40):
        day = days(number).date()
        yield insert(CareTaskMark).values(
            id=f"k-{number}", clinic_id=CLINIC, patient_id=patient, plan_id="c-1", plan_task="t2", day=day,
            done=number % 4 != 0, by_user="u-okafor", updated_at=NOW,
        )  # fmt: skip
