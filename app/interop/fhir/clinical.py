"""Condition, AllergyIntolerance, MedicationRequest and MedicationStatement → entries of a patient's lists.

An entry is ``{code, display, system, status, …}``. What was entered in error, refuted or never took
effect is skipped with the reason; what is over stays, with its status. "No known allergies" and its
like make no entry: they say that somebody asked.
"""

from __future__ import annotations

from typing import Any

from app.domain.clinical_lists import ListKind
from app.domain.imports import ListEntryRow, SourceId
from app.domain.none_known_words import KIND_SAID, SAID
from app.interop.fhir.dosage import dosage_text, in_order, plain
from app.interop.fhir.values import SNOMED, check_status, codes, codings, concept_text, first_coding
from app.interop.values import Object, SkipError, boolean, number, obj, objects, string, strings, token
from app.kernel.fold import fold
from app.kernel.i18n import t
from app.kernel.text import MAX_LONG

_RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
_ABSENT = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"

_SEVERITIES = {"255604002": "mild", "6736007": "moderate", "24484000": "severe"}
_MOST_NOTE = 2_000
_NOT_TRUE = frozenset({"entered-in-error", "refuted"})
_NO_MEDICATION = frozenset({"entered-in-error", "cancelled", "draft", "not-taken"})

# SNOMED CT and the International Patient Summary's codes for "asked, there are none".
_NO_ALLERGIES = {(SNOMED, "716186003"), (SNOMED, "160244002"), (_ABSENT, "no-known-allergies")}
_NO_KIND_OF_ALLERGY = {
    (SNOMED, "409137002"),  # drugs
    (SNOMED, "428607008"),  # environment
    (SNOMED, "429625007"),  # food
    (SNOMED, "428197003"),  # insects
    (SNOMED, "1003774007"),  # latex
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
    if _is_one_of(concept, _NO_CONDITIONS) or _says(concept, SAID[ListKind.CONDITIONS]):
        return ListEntryRow(source=source, where=where, name="conditions")
    abated = _when(resource, "abatement")
    entry = {
        **_coded(concept, SNOMED),
        "status": _status(resource) or ("resolved" if abated else "unknown"),
        "verification": _verification(resource),
        "category": _category(resource),
        "severity": _severity(resource.get("severity")),
        "onset": _when(resource, "onset"),
        "abated": abated,
        "note": _note(resource),
        "recorded": string(resource.get("recordedDate"), "recordedDate", 50),
    }
    return _row(source, where, "conditions", entry)


def allergy_row(resource: Object, source: SourceId, where: str) -> ListEntryRow:
    """Map an AllergyIntolerance; one without a code of its own is named by what it reacts to."""
    _check_verification(resource)
    concept = resource.get("code")
    if _is_one_of(concept, _NO_ALLERGIES) or _says(concept, SAID[ListKind.ALLERGIES]):
        return ListEntryRow(source=source, where=where, name="allergies")
    if _is_one_of(concept, _NO_KIND_OF_ALLERGY) or _says(concept, KIND_SAID):
        raise SkipError(t("says that one kind of allergy is not known; it is no allergy"))
    reactions = objects(resource.get("reaction"))
    if not concept_text(concept, "code") and reactions:
        concept = reactions[0].get("substance")
    signs = [sign for reaction in reactions for sign in _signs(reaction)]
    entry = {
        **_coded(concept, SNOMED, _RXNORM),
        "status": _status(resource) or "unknown",
        "verification": _verification(resource),
        "criticality": string(resource.get("criticality"), "criticality", 50),
        "category": ", ".join(strings(resource.get("category"), "category", 50)),
        "severity": _worst(reactions),
        "reactions": list(dict.fromkeys(sign for sign in signs if sign)),
        "onset": _when(resource, "onset"),
        "note": _note(resource),
        "recorded": string(resource.get("recordedDate"), "recordedDate", 50),
    }
    return _row(source, where, "allergies", entry)


def _signs(reaction: Object) -> list[str]:
    """How a reaction showed; in the source's description where it names no sign."""
    found = [concept_text(one, "reaction.manifestation") for one in objects(reaction.get("manifestation"))]
    return found if any(found) else [string(reaction.get("description"), "reaction.description")]


def _severity(concept: object) -> str:
    """How bad a problem is: in our word where a code says it, else in the source's."""
    known = (_SEVERITIES[code] for code in codes(concept, SNOMED) if code in _SEVERITIES)
    return next(known, "") or concept_text(concept, "severity")


def _note(resource: Object) -> str:
    """What people wrote beside the record, an annotation a line; as much of it as a note here holds."""
    lines = [string(one.get("text"), "note", MAX_LONG) for one in objects(resource.get("note"))]
    text = "\n".join(line for line in lines if line)
    return text if len(text) <= _MOST_NOTE else f"{text[: _MOST_NOTE - 2]} …"


def _worst(reactions: list[Object]) -> str:
    """Return the gravest severity of what happened; "" when nobody said."""
    said = {token(one.get("severity")) for one in reactions}
    return next((word for word in ("severe", "moderate", "mild") if word in said), "")


def _reported(resource: Object) -> bool:
    """Whether a request writes down what somebody says the patient takes: American systems call that a plan."""
    return boolean(resource.get("reportedBoolean")) or bool(obj(resource.get("reportedReference")))


def medication_row(resource: Object, medication: object, source: SourceId, where: str) -> ListEntryRow:
    """Map a prescription or statement; ``medication`` is its CodeableConcept, found wherever it stood."""
    status = string(resource.get("status"), "status", 50) or "unknown"
    check_status(status, _NO_MEDICATION)
    if boolean(resource.get("doNotPerform")):
        raise SkipError(t("says what must not be given"))
    intent = token(resource.get("intent"))
    if intent in {"proposal", "plan", "option"} and not (intent == "plan" and _reported(resource)):
        raise SkipError(t("a {intent}, not a prescription", intent=intent))
    if _is_one_of(medication, _NO_MEDICATIONS) or _says(medication, SAID[ListKind.MEDICATIONS]):
        return ListEntryRow(source=source, where=where, name="medications")
    dosage = in_order(objects(resource.get("dosageInstruction")) or objects(resource.get("dosage")))
    entry = {
        **_coded(medication, _RXNORM, SNOMED),
        "status": status,
        "dosage": "; ".join(text for one in dosage if (text := dosage_text(one))),
        "started": string(resource.get("authoredOn"), "authoredOn", 50) or _when(resource, "effective"),
        "ended": string(obj(resource.get("effectivePeriod")).get("end"), "effectivePeriod.end", 50),
        "note": _note(resource),
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


def _says(concept: object, known: frozenset[str]) -> bool:
    """Tell whether a concept says in words that there is none; what has a code of a public system says it by that."""
    if any(system in (SNOMED, _RXNORM, _ABSENT) for system, _ in codings(concept)):
        return False
    return fold(concept_text(concept, "code")) in known


def _status(resource: Object) -> str:
    """The clinical status code, whichever code system repeats it."""
    return string(_code_or_text(resource.get("clinicalStatus")), "clinicalStatus", 50)


def _code_or_text(concept: object) -> str:
    """A status by its code; without one by its words, written as codes are."""
    code = next((code for _, code in codings(concept)), "")
    return code or token(obj(concept).get("text")).lower().replace(" ", "-")


def _verification_code(resource: Object) -> str:
    return _code_or_text(resource.get("verificationStatus"))


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
    span = obj(resource.get(f"{name}Range"))
    ends = (_age(span.get(end), f"{name}Range.{end}") for end in ("low", "high"))
    return _age(resource.get(f"{name}Age"), f"{name}Age") or " – ".join(end for end in ends if end)


def _age(value: object, field: str) -> str:
    """An age as written: its number and unit."""
    age = obj(value)
    years = number(age.get("value"))
    unit = string(age.get("unit"), f"{field}.unit", 50) or string(age.get("code"), f"{field}.code", 50)
    return f"{plain(years)} {unit}".strip() if years is not None else ""
