"""Hypothesis strategies of charts as this program writes them: statements that fill Zygmunt Lis's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import delete, insert, update

from app.db.models import (
    CarePlan,
    ExcuseNote,
    ExcuseNoteDetail,
    HRVReading,
    LabOrder,
    Measurement,
    Message,
    MessageThread,
    Patient,
    Referral,
    Visit,
    VisitNote,
    VisitNoteAddendum,
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
    SlotStatus,
    VisitMode,
    VisitNoteStatus,
    VisitStatus,
    VisitType,
)
from app.domain.measurements import LIMITS, MeasurementType
from app.domain.paper_codes import complete
from app.domain.visit_notes import NOTE_FIELDS, note_id_for
from tests.support.desk import CLINIC, NOW

LIS = "pat-lis"
Row = dict[str, Any]
_TABLES = (Measurement, VitalReading, HRVReading, LabOrder, Referral, CarePlan, MessageThread, VisitNote, ExcuseNote,
           Visit)  # fmt: skip
_STAMPS = {"created_at": NOW, "updated_at": NOW}

TEXT = st.sampled_from(
    ["Cough", "Zażółć gęślą jaźń", "two\nlines\n\nand more", "a, b; c: d", '5 < 6 & "so"', "100 %", "–", "0", "Ω mega",
     "entered-in-error", "no known allergies"]
) | st.text("abcé ß,;:.-()/%<>", min_size=1, max_size=30).map(str.strip).filter(bool)  # fmt: skip
PARTIAL = st.sampled_from(["2009", "2016-03"]) | st.dates(date(2001, 1, 1), date(2026, 5, 1)).map(date.isoformat)
AT = st.integers(1, 60 * 24 * 2000).map(lambda n: NOW - timedelta(minutes=n, milliseconds=n % 997))
CODED = st.sampled_from(
    [{}, {"code": "J45.9", "system": "http://hl7.org/fhir/sid/icd-10-cm"},
     {"code": "195967001", "system": "http://snomed.info/sct"}]
)  # fmt: skip
SEVERITY = st.sampled_from(["mild", "moderate", "severe"])


def _some(strategy: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[list[Any]]:
    return st.lists(strategy, max_size=most)


def _shape(must: Row, may: Row | None = None) -> st.SearchStrategy[Row]:
    return st.fixed_dictionaries(must, optional=may or {})


def _entry(status: list[str], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Row]:
    """An item of a list; what says that there are none is no item, and comes back as that."""
    named = TEXT.filter(lambda text: "no known" not in text.casefold())
    made = _shape({"display": named, "status": st.sampled_from(status)}, fields | {"note": TEXT})
    return st.tuples(made, CODED).map(lambda pair: pair[0] | pair[1])


_PHONE = _shape({"system": st.just("phone"), "value": st.just("+15550100"), "use": st.sampled_from(["home", "mobile"])})
_REACTIONS = st.lists(st.sampled_from(["hives", "wheeze"]), min_size=1, max_size=2, unique=True)
DETAILS = _shape(
    {},
    {
        "mrn": TEXT, "sex": st.sampled_from(["female", "male", "other"]), "language": st.sampled_from(["pl", "es-MX"]),
        "genderIdentity": TEXT, "preferredName": TEXT, "email": st.just("z@lis.example"), "phones": _some(_PHONE, 2),
        "address": _shape({"line": TEXT, "city": TEXT}, {"postalCode": TEXT, "country": TEXT, "state": TEXT}),
        "emergencyContact": _shape({"name": TEXT, "phone": st.just("+15550199")}, {"relation": TEXT}),
        "insurance": _shape({"payer": TEXT, "memberId": TEXT}, {"plan": TEXT, "group": TEXT}),
        "conditions": _some(_entry(["active", "resolved", "inactive", "remission"], onset=PARTIAL, severity=SEVERITY,
                                   abated=st.just("2026-04-30"))),
        "medications": _some(_entry(["active", "completed", "stopped", "on-hold"], dosage=TEXT, started=PARTIAL,
                                    ended=st.just("2026-04-30"))),
        "allergies": _some(_entry(["active", "inactive", "resolved"], onset=PARTIAL, severity=SEVERITY,
                                  reactions=_REACTIONS)),
    },
)  # fmt: skip


@st.composite
def _measured(draw: st.DrawFn) -> Row:
    """Not heights: with one, an import computes body mass indices that the chart didn't have."""
    kind = draw(st.sampled_from([one for one in LIMITS if one is not MeasurementType.HEIGHT]))
    low, high = LIMITS[kind].likely
    tenths = st.integers(int(low * 10) + 1, int(high * 10)).map(lambda n: n / 10)
    value = draw(st.integers(int(low) + 1, int(high)) if LIMITS[kind].whole else tenths)
    return {"type": kind.value, "value": value}


_PRESSURE = st.builds(
    lambda high, low: {"type": "BLOOD_PRESSURE", "value": {"systolic": high, "diastolic": low}},
    st.integers(90, 200), st.integers(45, 85),
)  # fmt: skip
_DEVICE = {"timestamp": AT, "source": st.sampled_from(DeviceProvider), "created_at": st.just(NOW)}
_READING = _shape(_DEVICE | {"heart_rate": st.integers(40, 180)},
                  {"spo2": st.integers(85, 100), "respiration": st.integers(8, 30)})  # fmt: skip
_VARIABILITY = _shape(_DEVICE | {"rmssd_ms": st.integers(10, 120).map(float), "context": st.sampled_from(HRVContext),
                                 "sdnn_ms": st.none() | st.integers(20, 90).map(float)})  # fmt: skip
_VALUE = (
    st.integers(1, 900) | st.floats(0.1, 90).map(lambda x: round(x, 2)) | st.sampled_from(["<0.5", "no growth"]) | TEXT
)
RESULT = _shape(
    {"name": TEXT, "value": _VALUE,
     "status": st.sampled_from(["final", "corrected", "amended"]), "flag": st.sampled_from(["H", "LL", "A"])},
    {"code": st.sampled_from(["2823-3", "CRP7", "X Y"]), "unit": st.sampled_from(["mmol/L", "%", "10*3/µL"]),
     "note": TEXT,
     "observedAt": AT.map(lambda at: at.isoformat(timespec="milliseconds")),
     "system": st.sampled_from(["L of Harbor Lab"])},
)  # fmt: skip
_TASK = _shape({"title": TEXT}, {"frequency": TEXT, "description": TEXT, "completed": st.booleans()})
_PHASE = _shape({"name": TEXT, "tasks": _some(_TASK)}, {"durationWeeks": st.integers(1, 8) | st.just(2.5)})
_REFERRAL = _shape(
    {"specialty": TEXT, "reason": TEXT, "priority": st.sampled_from(ReferralPriority), "created_at": AT,
     "updated_at": st.just(NOW), "status": st.sampled_from(ReferralStatus), "provider_id": st.just("p-okafor")},
    {"referred_to": TEXT, "notes": TEXT, "sent_at": AT, "completed_at": AT},
)  # fmt: skip


@st.composite
def _order(draw: st.DrawFn) -> Row:
    """Results come with an order that is done or on its way."""
    results = draw(st.lists(RESULT, max_size=3, unique_by=lambda one: one.get("code") or one["name"]))
    status = draw(st.sampled_from([LabOrderStatus.COMPLETED, LabOrderStatus.IN_PROGRESS] if results else
                                  list(LabOrderStatus)))  # fmt: skip
    at = draw(AT)
    done = at + timedelta(minutes=1) if status is LabOrderStatus.COMPLETED else None
    return {"provider_id": "p-okafor", "tests": tuple(draw(st.lists(TEXT, min_size=1, max_size=2))), "ordered_at": at,
            "status": status, "completed_at": done, "results": results or None, "notes": draw(st.none() | TEXT),
            **_STAMPS}  # fmt: skip


@st.composite
def _excuse(draw: st.DrawFn, number: int) -> list[Any]:
    status, at, start = draw(st.sampled_from(ExcuseNoteStatus)), draw(AT), draw(st.dates(date(2026, 1, 1), NOW.date()))
    sent = None if status is ExcuseNoteStatus.DRAFT else at + timedelta(minutes=1)
    gone = sent if sent and draw(st.booleans()) else None
    key = f"excuse-{number}"
    return [
        insert(ExcuseNote).values(
            id=key, patient_id=LIS, provider_id="p-okafor", type=draw(st.sampled_from(ExcuseNoteType)),
            start_date=start, end_date=start + timedelta(days=draw(st.integers(0, 9))), reason=draw(TEXT),
            status=status, sent_at=sent,
            restrictions=draw(st.none() | TEXT), created_at=at, updated_at=NOW,
        ),
        insert(ExcuseNoteDetail).values(
            note_id=key, clinic_id=CLINIC, code=complete(f"{number:011d}"), show_reason=draw(st.booleans()),
            drafted_by="u-desk", signed_by="u-okafor" if sent else None, signed_at=sent, withdrawn_at=gone,
            withdrawn_by="u-okafor" if gone else None, withdrawn_reason=draw(TEXT) if gone else None, updated_at=NOW,
        ),
    ]  # fmt: skip


@st.composite
def _visit(draw: st.DrawFn, number: int) -> list[Any]:
    """A visit of the past, perhaps with its signed note and what was added to that."""
    begun, mode = draw(AT), draw(st.sampled_from(VisitMode))
    end, key, slot = begun + timedelta(minutes=20), f"visit-{number}", f"slot-{number}"
    times = {"start_time": begun, "end_time": end}
    made = [
        insert(VisitSlot).values(id=slot, provider_id="p-okafor", visit_mode=mode, status=SlotStatus.BLOCKED, **times,
                                 **_STAMPS),
        insert(Visit).values(id=key, patient_id=LIS, provider_id="p-okafor", slot_id=slot, visit_mode=mode,
                             visit_type=draw(st.sampled_from(VisitType)), reason_text=draw(TEXT),
                             status=draw(st.sampled_from([VisitStatus.COMPLETED, VisitStatus.CANCELLED])), **_STAMPS),
    ]  # fmt: skip
    parts = draw(st.none() | st.dictionaries(st.sampled_from(NOTE_FIELDS), TEXT, min_size=1))
    if parts is not None:
        note = note_id_for(key)
        made.append(insert(VisitNote).values(
            id=note, clinic_id=CLINIC, patient_id=LIS, visit_id=key, provider_id="p-okafor", author_id="u-okafor",
            status=VisitNoteStatus.SIGNED, signed_at=begun, signed_by="u-okafor", created_at=begun, updated_at=begun,
            **{name: parts.get(name, "") for name in NOTE_FIELDS}))  # fmt: skip
        made += [insert(VisitNoteAddendum).values(id=f"add-{number}-{n}", clinic_id=CLINIC, note_id=note, body=body,
                                                  by_user="u-okafor", at=begun + timedelta(milliseconds=n))
                 for n, body in enumerate(draw(_some(TEXT, 2)))]  # fmt: skip
    return made


@st.composite
def _talk(draw: st.DrawFn) -> list[Any]:
    at = draw(AT)
    made = [insert(MessageThread).values(id="talk", patient_id=LIS, clinic_id=CLINIC, participants=["pu-lis"],
                                         subject=draw(st.none() | TEXT), **_STAMPS)]  # fmt: skip
    for n, words in enumerate(draw(_some(TEXT))):
        read = draw(st.booleans())
        made.append(insert(Message).values(
            id=f"message-{n}", thread_id="talk", sender_id=draw(st.sampled_from(["pu-lis", "u-okafor"])),
            content=words, created_at=at + timedelta(milliseconds=n), read=read,
            read_at=at + timedelta(seconds=1) if read else None))  # fmt: skip
    return made


@st.composite
def charts(draw: st.DrawFn) -> list[Any]:
    """Statements that empty the chart and fill it with something of everything."""
    made: list[Any] = [delete(table).where(table.patient_id == LIS) for table in _TABLES]
    made += [delete(VisitSlot).where(VisitSlot.id.in_(["slot-0", "slot-1"]))]
    made.append(update(Patient).where(Patient.id == LIS).values(demographics=draw(DETAILS)))

    def add(table: Any, rows: list[Row], more: Callable[[], Row] = dict) -> None:
        name = table.__tablename__.replace("_", "-")
        made.extend(
            insert(table).values(id=f"{name}-{n}", patient_id=LIS, **row, **more()) for n, row in enumerate(rows)
        )

    add(Measurement, draw(_some(_measured() | _PRESSURE, 5)),
        lambda: {"timestamp": draw(AT), "source": "MANUAL", "created_at": NOW})  # fmt: skip
    add(VitalReading, draw(_some(_READING, 2)))
    add(HRVReading, draw(_some(_VARIABILITY, 2)))
    add(LabOrder, draw(_some(_order(), 2)))
    add(Referral, draw(_some(_REFERRAL, 2)))
    add(CarePlan, [{"phases": phases, "created_at": draw(AT), "updated_at": NOW} for phases in
                   draw(_some(st.lists(_PHASE, min_size=1, max_size=3), 2))])  # fmt: skip
    for number in range(draw(st.integers(0, 2))):
        made += draw(_visit(number)) + draw(_excuse(number))
    return made + draw(_talk())
