"""FHIR R4 building blocks for exports: ids, references, codes, quantities, times."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from app.domain.import_own import own_id, own_system
from app.interop.fhir.values import LOINC, UCUM

Json = dict[str, Any]

_DAY = re.compile(r"\d{4}(-\d\d(-\d\d)?)?", re.ASCII)
_TIMED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
CODES = "https://myhealthally.invalid/codes"
"""The code system of what no public one has a code for."""
THREADS = f"{CODES}/thread"
"""The system of the ids of conversations."""
RESULTS = f"{CODES}/result"
"""The system of laboratories' codes that aren't LOINC; whose they are follows after a slash where it is known."""
TERMS = "http://terminology.hl7.org/CodeSystem"


def fhir_id(text: str, *more: str) -> str:
    """Return a valid FHIR id for ours: itself where it is one, else one that follows from it."""
    return own_id(text, *more)


def base_url(clinic_id: str) -> str:
    """Return the address under which a clinic's resources are known; it names, and leads nowhere."""
    return own_system(clinic_id)


def ref(kind: str, our_id: str, display: str = "") -> Json:
    """Return a reference to one of the bundle's resources."""
    return bare({"reference": f"{kind}/{fhir_id(our_id)}", "display": words(display)})


def bare(value: Mapping[str, Any]) -> Json:
    """Drop what is empty: FHIR knows no empty texts, lists or objects."""
    return {key: item for key, item in value.items() if item not in (None, "", [], {}, ())}


def words(text: object, limit: int = 100_000) -> str:
    """Return a text as FHIR takes it: no control characters, no blanks around; "" for anything else."""
    if not isinstance(text, str):
        return ""
    return "".join(c for c in text if c in "\t\n\r" or c >= " ").strip()[:limit]


def instant(at: datetime) -> str:
    """Return an instant in UTC, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def when(text: object) -> str:
    """Return a text that is a FHIR dateTime, else ""."""
    found = words(text)
    try:
        if _DAY.fullmatch(found):
            date.fromisoformat((found + "-01-01")[:10])
            return found if int(found[:4]) else ""
        datetime.fromisoformat(found)
    except ValueError:
        return ""
    return found if _TIMED.fullmatch(found) else ""


def onset(name: str, text: object) -> Json:
    """Return ``onsetDateTime``, or ``onsetString`` for what is no date."""
    if found := when(text):
        return {f"{name}DateTime": found}
    return bare({f"{name}String": words(text)})


def concept(text: str, code: str = "", system: str = "", display: str = "") -> Json:
    """Return a CodeableConcept; a code without a system stays a text."""
    coding = bare({"system": words(system), "code": "".join(words(code).split()), "display": words(display)})
    whole = {"coding": [coding] if coding.get("code") and _is_uri(system) else [], "text": words(text)}
    return bare(whole)


def _is_uri(system: str) -> bool:
    return bool(system) and not any(c.isspace() for c in system) and ":" in system


def loinc(code: str, text: str) -> Json:
    """Return a LOINC concept."""
    return concept(text, code, LOINC, text)


def term(system: str, code: str) -> Json:
    """Return a concept of HL7's own terminology."""
    return {"coding": [{"system": f"{TERMS}/{system}", "code": code}]}


def quantity(value: float, unit: str, ucum: str) -> Json:
    """Return a Quantity in a UCUM unit."""
    number = int(value) if float(value).is_integer() else value
    return {"value": number, "unit": unit, "system": UCUM, "code": ucum}


def note(text: object) -> list[Json]:
    """Return annotations."""
    return [{"text": found}] if (found := words(text)) else []


def own(name: str, **value: Any) -> Json:
    """Return an extension of ours: what FHIR has no element for. ``value`` is the typed value, or ``extension``."""
    return {"url": f"{CODES}/{name}", **value}
