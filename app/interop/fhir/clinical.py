"""Condition, AllergyIntolerance, MedicationRequest and MedicationStatement → entries of a patient's lists.

An entry is ``{code, display, system, status, …}``. What was entered in error, refuted or never took
effect is skipped with the reason; what is over stays, with its status. "No known allergies" and its
like make no entry: they say that somebody asked.
"""

from __future__ import annotations

from typing import Any

from app.domain.imports import ListEntryRow, SourceId
from app.interop.fhir.values import (
    SNOMED,
    Object,
    SkipError,
    boolean,
    check_status,
    codings,
    concept_text,
    first_coding,
    obj,
    objects,
    string,
    strings,
    token,
)
from app.kernel.i18n import t

_RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
_ABSENT = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"

_NOT_TRUE = frozenset({"entered-in-error", "refuted"})
_NO_MEDICATION = frozenset({"entered-in-error", "cancelled", "draft", "not-taken"})

# SNOMED CT and the International Patient Summary's codes for "asked, there are none".
_NO_ALLERGIES = {(SNOMED, "716186003"), (_ABSENT, "no-known-allergies")}
_NO_KIND_OF_ALLERGY = {
    (SNOMED, "409137002"),  # drugs
    (SNOMED, "428607008"),  # environment
    (SNOMED, "429625007"),  # food
    (_ABSENT, "no-known-medication-allergies"),
    (_ABSENT, "no-known-environmental-allergies"),
    (_ABSENT, "no-known-food-allergies"),
}
_NO_CONDITIONS = {(SNOMED, "160245001"), (_ABSENT, "no-known-problems")}
_NO_MEDICATIONS = {(SNOMED, "787481004"), (_ABSENT, "no-known-medications")}
_NO_INFORMATION = {
    (_ABSENT, code) for code in ("no-allergy-info", "no-problem-info", "no-medication-info", "no-procedure-info")
}


def condition_row(resource: Object, source: SourceId, where: str) -> ListEntryRow:
    """Map a Condition."""
    _check_verification(resource)
    concept = resource.get("code")
    if _is_one_of(concept, _NO_CONDITIONS):
        return ListEntryRow(source=source, where=where, name="conditions")
    abated = _when(resource, "abatement")
    entry = {
        **_coded(concept, SNOMED),
        "status": _status(resource) or ("resolved" if abated else "unknown"),
        "verification": _verification(resource),
        "category": _category(resource),
        "onset": _when(resource, "onset"),
        "abated": abated,
        "recorded": string(resource.get("recordedDate"), "recordedDate", 50),
    }
    return _row(source, where, "conditions", entry)


def allergy_row(resource: Object, source: SourceId, where: str) -> ListEntryRow:
    """Map an AllergyIntolerance; one without a code of its own is named by what it reacts to."""
    _check_verification(resource)
    concept = resource.get("code")
    if _is_one_of(concept, _NO_ALLERGIES):
        return ListEntryRow(source=source, where=where, name="allergies")
    if _is_one_of(concept, _NO_KIND_OF_ALLERGY):
        raise SkipError(t("says that one kind of allergy is not known; it is no allergy"))
    reactions = objects(resource.get("reaction"))
    if not concept_text(concept, "code") and reactions:
        concept = reactions[0].get("substance")
    signs = [concept_text(m, "reaction.manifestation") for r in reactions for m in objects(r.get("manifestation"))]
    entry = {
        **_coded(concept, SNOMED, _RXNORM),
        "status": _status(resource) or "unknown",
        "verification": _verification(resource),
        "criticality": string(resource.get("criticality"), "criticality", 50),
        "category": ", ".join(strings(resource.get("category"), "category", 50)),
        "severity": _worst(reactions),
        "reactions": list(dict.fromkeys(sign for sign in signs if sign)),
        "onset": _when(resource, "onset"),
        "recorded": string(resource.get("recordedDate"), "recordedDate", 50),
    }
    return _row(source, where, "allergies", entry)


def _worst(reactions: list[Object]) -> str:
    """Return the gravest severity of what happened; "" when nobody said."""
    said = {token(one.get("severity")) for one in reactions}
    return next((word for word in ("severe", "moderate", "mild") if word in said), "")


def medication_row(resource: Object, medication: object, source: SourceId, where: str) -> ListEntryRow:
    """Map a prescription or statement; ``medication`` is its CodeableConcept, found wherever it stood."""
    status = string(resource.get("status"), "status", 50) or "unknown"
    check_status(status, _NO_MEDICATION)
    if boolean(resource.get("doNotPerform")):
        raise SkipError(t("says what must not be given"))
    intent = token(resource.get("intent"))
    if intent in {"proposal", "plan", "option"}:
        raise SkipError(t("a {intent}, not a prescription", intent=intent))
    if _is_one_of(medication, _NO_MEDICATIONS):
        return ListEntryRow(source=source, where=where, name="medications")
    dosage = objects(resource.get("dosageInstruction")) or objects(resource.get("dosage"))
    entry = {
        **_coded(medication, _RXNORM, SNOMED),
        "status": status,
        "dosage": "; ".join(text for d in dosage if (text := string(d.get("text"), "dosage.text", 2000))),
        "started": string(resource.get("authoredOn"), "authoredOn", 50) or _when(resource, "effective"),
    }
    return _row(source, where, "medications", entry)


def _row(source: SourceId, where: str, name: str, entry: dict[str, Any]) -> ListEntryRow:
    kept = {key: value for key, value in entry.items() if value not in ("", [], None)}
    return ListEntryRow(source=source, where=where, name=name, entry=kept)


def _coded(concept: object, *preferred: str) -> dict[str, str]:
    if _is_one_of(concept, _NO_INFORMATION):
        raise SkipError(t("says only that nothing is known"))
    coding = first_coding(concept, "code", *preferred)
    display = (
        string(obj(concept).get("text"), "code.text") or coding.get("display", "") or concept_text(concept, "code")
    )
    if not display:
        raise SkipError(t("nothing says what it is"))
    return {key: coding[key] for key in ("code", "system") if key in coding} | {"display": display}


def _is_one_of(concept: object, known: set[tuple[str, str]]) -> bool:
    return any(coding in known for coding in codings(concept))


def _status(resource: Object) -> str:
    """The clinical status code, whichever code system repeats it."""
    return string(next((code for _, code in codings(resource.get("clinicalStatus"))), ""), "clinicalStatus", 50)


def _verification_code(resource: Object) -> str:
    return next((code for _, code in codings(resource.get("verificationStatus"))), "")


def _verification(resource: Object) -> str:
    code = string(_verification_code(resource), "verificationStatus", 50)
    return "" if code == "confirmed" else code


def _check_verification(resource: Object) -> None:
    check_status(_verification_code(resource), _NOT_TRUE)


def _category(resource: Object) -> str:
    found = [code for concept in objects(resource.get("category")) for _, code in codings(concept)]
    return string(found[0], "category", 100) if found else ""


def _when(resource: Object, name: str) -> str:
    """A time in one of the shapes FHIR allows, as written: a date, a period's start, an age, words."""
    for key in (f"{name}DateTime", f"{name}String"):
        if text := string(resource.get(key), key, 200):
            return text
    period = obj(resource.get(f"{name}Period"))
    if text := string(period.get("start"), f"{name}Period.start", 50):
        return text
    age = obj(resource.get(f"{name}Age"))
    unit = string(age.get("unit"), f"{name}Age.unit", 50) or string(age.get("code"), f"{name}Age.code", 50)
    value = age.get("value")
    return f"{value} {unit}".strip() if isinstance(value, int) and not isinstance(value, bool) else ""
