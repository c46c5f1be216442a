"""Problems, allergies and medicines → Condition, AllergyIntolerance, MedicationStatement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.domain.clinical_lists import ListItem, ListKind, item_keys, read_list
from app.interop.fhir.export_parts import Json, bare, concept, fhir_id, note, onset, ref, term, when, words

_CLINICAL = {
    "active": "active", "": "active", "recurrence": "recurrence", "relapse": "relapse", "inactive": "inactive",
    "remission": "remission", "resolved": "resolved",
}  # fmt: skip
_MEDICATION = {
    "": "active", "active": "active", "completed": "completed", "stopped": "stopped", "on-hold": "on-hold",
    "intended": "intended", "not-taken": "not-taken", "entered-in-error": "entered-in-error",
}  # fmt: skip
_SEVERITY = {"mild": ("255604002", "Mild"), "moderate": ("6736007", "Moderate"), "severe": ("24484000", "Severe")}
_ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
"""FHIR asks a reaction for a sign even where only its severity is known."""
_SNOMED = "http://snomed.info/sct"
_NONE = {
    ListKind.CONDITIONS: ("160245001", "No current problems or disability"),
    ListKind.ALLERGIES: ("716186003", "No known allergy"),
    ListKind.MEDICATIONS: ("787481004", "No known medications"),
}


def list_resources(patient_id: str, demographics: Any) -> list[Json]:
    """Return every readable item of the three lists; a list that says "none known" gives a resource that says so."""
    made = []
    for kind, build in ((ListKind.CONDITIONS, _condition), (ListKind.ALLERGIES, _allergy),
                        (ListKind.MEDICATIONS, _medicine)):  # fmt: skip
        found = read_list(demographics, kind)
        if found.none_known:
            code, text = _NONE[kind]
            item = ListItem("none-known", text, code=code, system=_SNOMED, status="active")
            made.append(build(patient_id, item, {}))
        raw = demographics.get(kind.value) if isinstance(demographics, Mapping) else None
        entries = dict(zip(item_keys(raw), raw, strict=True)) if isinstance(raw, list) else {}
        for item in found.items:
            entry = entries.get(item.id)
            made.append(build(patient_id, item, entry if isinstance(entry, Mapping) else {}))
    return made


def _verified(item: ListItem, entry: Mapping[str, Any], system: str) -> Json:
    known = words(entry.get("verification"))
    allowed = {"unconfirmed", "provisional", "differential", "confirmed", "refuted"}
    code = "entered-in-error" if item.withdrawn else known if known in allowed else "confirmed"
    if system == "allergyintolerance-verification" and code in {"provisional", "differential"}:
        code = "unconfirmed"
    return term(system, code)


def _shared(patient_id: str, item: ListItem, whose: str) -> Json:
    return {
        "id": fhir_id(patient_id, item.id),
        "code": concept(item.name, item.code, item.system),
        whose: ref("Patient", patient_id),
        "note": note(item.note),
    }


def _condition(patient_id: str, item: ListItem, entry: Mapping[str, Any]) -> Json:
    severity = _SEVERITY.get(item.severity)
    return bare(
        {
            "resourceType": "Condition",
            **_shared(patient_id, item, "subject"),
            "clinicalStatus": _clinical(item, "condition-clinical"),
            "verificationStatus": _verified(item, entry, "condition-ver-status"),
            "category": [term("condition-category", "problem-list-item")],
            "severity": concept(severity[1], severity[0], _SNOMED) if severity else concept(item.severity),
            **(onset("onset", item.since) if item.since else {}),
            **(onset("abatement", item.until) if item.until else {}),
            "recordedDate": when(entry.get("recorded")),
        }
    )


def _clinical(item: ListItem, system: str) -> Json | None:
    """None for one entered in error, which must have no clinical status."""
    if item.withdrawn:
        return None
    code = _CLINICAL.get(item.status, "active" if item.active else "inactive")
    if system == "condition-clinical" and item.until and code in {"active", "recurrence", "relapse"}:
        code = "inactive"
    if system == "allergyintolerance-clinical" and code not in {"active", "inactive", "resolved"}:
        code = "active" if code in {"recurrence", "relapse"} else "inactive"
    return term(system, code)


def _allergy(patient_id: str, item: ListItem, entry: Mapping[str, Any]) -> Json:
    severity = item.severity if item.severity in _SEVERITY else ""
    signs = [concept(sign) for part in item.reaction.split(",") if (sign := words(part))]
    critical = words(entry.get("criticality"))
    if severity and not signs:
        signs = [{"extension": [{"url": _ABSENT, "valueCode": "unknown"}]}]
    return bare(
        {
            "resourceType": "AllergyIntolerance",
            **_shared(patient_id, item, "patient"),
            "clinicalStatus": _clinical(item, "allergyintolerance-clinical"),
            "verificationStatus": _verified(item, entry, "allergyintolerance-verification"),
            "criticality": critical if critical in {"low", "high", "unable-to-assess"} else "",
            **(onset("onset", item.since) if item.since else {}),
            "recordedDate": when(entry.get("recorded")),
            "reaction": [bare({"manifestation": signs, "severity": severity})] if signs else [],
        }
    )


def _medicine(patient_id: str, item: ListItem, entry: Mapping[str, Any]) -> Json:
    del entry
    shared = _shared(patient_id, item, "subject")
    since, until = when(item.since), when(item.until)
    period = bare({"start": since, "end": until if not since or until[: len(since)] >= since[: len(until)] else ""})
    return bare(
        {
            "resourceType": "MedicationStatement",
            **{key: value for key, value in shared.items() if key != "code"},
            "status": _MEDICATION.get(item.status, "unknown"),
            "medicationCodeableConcept": shared["code"],
            "effectivePeriod": period,
            "dosage": [{"text": text}] if (text := words(item.dose)) else [],
        }
    )
