"""Visits, orders with results, referrals, notes and care plans → FHIR R4."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict
from urllib.parse import quote

from app.domain.enums import LabOrderStatus, ReferralPriority, ReferralStatus, VisitMode, VisitStatus, VisitType
from app.domain.labs import LabResult, bounded, parse_results
from app.domain.referrals import read_recipient
from app.interop.fhir.export_papers import documents, provider, visit_of
from app.interop.fhir.export_parts import (
    RESULTS,
    TERMS,
    Json,
    bare,
    concept,
    fhir_id,
    instant,
    note,
    own,
    ref,
    term,
    words,
)
from app.interop.fhir.export_plans import care_plan
from app.interop.fhir.values import LOINC, SNOMED, UCUM
from app.queries.chart_record import ChartRecord, RecordRow

_VISIT = {
    VisitStatus.PLANNED: "planned", VisitStatus.CHECKED_IN: "arrived", VisitStatus.IN_PROGRESS: "in-progress",
    VisitStatus.COMPLETED: "finished", VisitStatus.CANCELLED: "cancelled", VisitStatus.NO_SHOW: "cancelled",
}  # fmt: skip
LABORATORY = ("108252007", SNOMED)
REFERRAL = ("3457005", SNOMED)
"""What a ServiceRequest asks for: code and system."""
_ORDER = {LabOrderStatus.COMPLETED: "completed", LabOrderStatus.CANCELLED: "revoked"}
_REFERRAL = {
    ReferralStatus.PENDING: "draft", ReferralStatus.COMPLETED: "completed", ReferralStatus.CANCELLED: "revoked",
}  # fmt: skip
_PRIORITY = {ReferralPriority.URGENT: "urgent", ReferralPriority.STAT: "stat"}
_LOINC = re.compile(r"\d{1,7}-\d", re.ASCII)
_RESULT = {"final", "preliminary", "corrected", "amended", "cancelled", "entered-in-error", "registered"}


def care_resources(record: ChartRecord) -> Iterator[Json]:
    """Yield everything that was done, ordered and written."""
    for row in record.visits:
        yield _encounter(record, row)
    for row in record.orders:
        yield from _order(record, row)
    for row in record.referrals:
        yield _referral(record, row)
    yield from documents(record)
    for plan in record.plans:
        yield care_plan(record, plan)


def _encounter(record: ChartRecord, row: RecordRow) -> Json:
    virtual, walked = row["visit_mode"] is VisitMode.VIRTUAL, row["visit_type"] is VisitType.WALK_IN
    code = "VR" if virtual else "EMER" if walked else "AMB"
    return bare(
        {
            "resourceType": "Encounter",
            "id": fhir_id(row["id"]),
            "status": _VISIT[row["status"]],
            "class": {"system": f"{TERMS}/v3-ActCode", "code": code},
            "type": [concept(words(row["type_name"]))] if words(row["type_name"]) else [],
            "subject": ref("Patient", record.patient["id"]),
            "participant": [{"individual": provider(record, row)}],
            "period": {"start": instant(row["start_time"]), "end": instant(row["end_time"])},
            "reasonCode": [concept(words(row["reason_text"]))] if words(row["reason_text"]) else [],
        }
    )


def _order(record: ChartRecord, row: RecordRow) -> Iterator[Json]:
    subject = ref("Patient", record.patient["id"])
    tests = [text for text in map(words, row["tests"] or ()) if text]
    yield bare(
        {
            "resourceType": "ServiceRequest",
            "id": fhir_id(row["id"]),
            "extension": [own("status", valueCode=row["status"].value)],
            "status": _ORDER.get(row["status"], "active"),
            "intent": "order",
            "category": [concept("Laboratory procedure", *LABORATORY)],
            "code": concept(", ".join(tests) or "?"),
            "orderDetail": [concept(test) for test in tests],
            "subject": subject,
            "encounter": visit_of(row),
            "authoredOn": instant(row["ordered_at"]),
            "requester": provider(record, row),
            "note": note(row["notes"]),
        }
    )
    found, _ = parse_results(row.get("results"))
    made = [_result(record, row, place, one) for place, one in enumerate(found)]
    yield from made
    if made:
        yield bare(
            {
                "resourceType": "DiagnosticReport",
                "id": fhir_id(row["id"], "report"),
                "status": "final" if all(one.final or one.void for one in found) else "partial",
                "basedOn": [ref("ServiceRequest", row["id"])],
                "category": [term("v2-0074", "LAB")],
                "code": concept(", ".join(tests) or "?"),
                "subject": subject,
                "encounter": visit_of(row),
                "issued": instant(row["completed_at"]) if row["completed_at"] else None,
                "result": [{"reference": f"Observation/{one['id']}"} for one in made],
            }
        )


def _result(record: ChartRecord, row: RecordRow, place: int, one: LabResult) -> Json:
    code = words(one.code)
    low, high = (bare({"value": limit, "unit": words(one.unit)}) if limit is not None else None
                 for limit in (one.low, one.high))  # fmt: skip
    return bare(
        {
            "resourceType": "Observation",
            "id": fhir_id(row["id"], str(place), one.key),
            "status": one.status if one.status in _RESULT else "unknown",
            "category": [term("observation-category", "laboratory")],
            "basedOn": [ref("ServiceRequest", row["id"])],
            "code": concept(words(one.name) or code or "?", code, _system(one)),
            "subject": ref("Patient", record.patient["id"]),
            "effectiveDateTime": instant(one.observed_at or row["completed_at"] or row["ordered_at"]),
            **_value(one),
            "interpretation": [term("v3-ObservationInterpretation", one.flag)] if one.flag else [],
            "referenceRange": [bare({"low": low, "high": high})] if low or high else [],
            "note": note(one.note),
        }
    )


def _system(one: LabResult) -> str:
    """Whose the code of a result is: LOINC, a system of its own address, or another laboratory's by name."""
    if not one.system:
        return LOINC if _LOINC.fullmatch(one.code) else RESULTS
    return f"{RESULTS}/{quote(one.system, safe='')}"


def _value(one: LabResult) -> Json:
    sign, number = bounded(one.value)
    if number is None:
        return bare({"valueString": words(str(one.value))})
    unit = words(one.unit)
    plain = unit and all("!" <= c <= "~" for c in unit)
    coded = {"system": UCUM, "code": unit} if plain else {}
    value = int(number) if number.is_integer() else number
    return {"valueQuantity": bare({"comparator": sign, "unit": unit, **coded}) | {"value": value}}


def _referral(record: ChartRecord, row: RecordRow) -> Json:
    return bare(
        {
            "resourceType": "ServiceRequest",
            "id": fhir_id(row["id"]),
            "extension": [*_steps(row), *_paper(row)],
            "status": _REFERRAL.get(row["status"], "active"),
            "intent": "order",
            "category": [concept("Patient referral", *REFERRAL)],
            "priority": _PRIORITY.get(row["priority"], "routine"),
            "code": concept(words(row["specialty"]) or "?"),
            "subject": ref("Patient", record.patient["id"]),
            "encounter": visit_of(row),
            "authoredOn": instant(row["sent_at"] or row["created_at"]),
            "requester": provider(record, row),
            "performer": [{"display": name}] if (name := words(row["referred_to"])) else [],
            "reasonCode": [concept(text)] if (text := words(row["reason"])) else [],
            "note": note(row["notes"]),
        }
    )


def _steps(row: RecordRow) -> list[Json]:
    """Where a referral stands, and since when: FHIR tells neither sent from accepted, nor when which was."""
    found = [own("status", valueCode=row["status"].value), own("created", valueDateTime=instant(row["created_at"]))]
    steps = [(name, row[f"{name}_at"]) for name in ("sent", "accepted", "completed")]
    return [*found, *(own(name, valueDateTime=instant(at)) for name, at in steps if at)]


def _paper(row: RecordRow) -> list[Json]:
    """The letter, how to reach whom it goes to, and what came back."""
    found = [own(name, valueString=text) for name in ("letter", "answer") if (text := words(row[name]))]
    reach = asdict(read_recipient(row["recipient"])).items()
    parts = [{"url": name, "valueString": text} for name, value in reach if (text := words(value))]
    found += [own("recipient", extension=parts)] if parts else []
    found += [own("appointment", valueDate=row["appointment_on"].isoformat())] if row["appointment_on"] else []
    return found + ([own("cancelled", valueString=text)] if (text := words(row["cancel_reason"])) else [])
