"""FHIR's building blocks: codes and their systems, concepts, extensions, periods. What isn't there counts as absent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from app.interop.values import Object, SkipError, obj, objects, partial_date, string, token
from app.kernel.i18n import t

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"
_ALIASES = {
    **dict.fromkeys(("loinc.org", "www.loinc.org", "urn:oid:2.16.840.1.113883.6.1"), LOINC),
    **dict.fromkeys(("snomed.info/sct", "urn:oid:2.16.840.1.113883.6.96"), SNOMED),
    **dict.fromkeys(("unitsofmeasure.org", "www.unitsofmeasure.org", "urn:oid:2.16.840.1.113883.6.8"), UCUM),
}
"""Other names of the code systems that mean something here, as systems that translate documents write them."""


def check_status(status: str, refused: frozenset[str]) -> None:
    """Raise ``SkipError`` for a status of a record that never was, or never took effect."""
    plain = status.lower().replace("_", "-")
    if plain in refused:
        raise SkipError(t("its status is {status}", status=plain), retracted=plain == "entered-in-error")


def code_system(value: object) -> str:
    """Return the name of a code system, its usual one where it is written as an OID, with ``https`` or a last slash."""
    found = token(value)
    if found in {LOINC, SNOMED, UCUM}:
        return found
    bare = found.lower().removeprefix("https://").removeprefix("http://").rstrip("/")
    return _ALIASES.get(bare, found)


def codings(concept: object) -> Iterator[tuple[str, str]]:
    """Yield (system, code) of a CodeableConcept's codings."""
    for coding in objects(obj(concept).get("coding")):
        code = token(coding.get("code"))
        if code:
            yield code_system(coding.get("system")), code


def codes(concept: object, system: str) -> list[str]:
    """Return the codes of one code system."""
    return [code for found, code in codings(concept) if found == system]


def concept_text(concept: object, field: str) -> str:
    """Return what a CodeableConcept says in words: its text, else a display, else a code."""
    found = obj(concept)
    if text := string(found.get("text"), field):
        return text
    for key in ("display", "code"):
        for coding in objects(found.get("coding")):
            if text := string(coding.get(key), field):
                return text
    return ""


def first_coding(concept: object, field: str, *preferred: str) -> dict[str, str]:
    """Return system, code and display of the best coding: of a preferred system, else the first with a code."""
    found = [c for c in objects(obj(concept).get("coding")) if token(c.get("code"))]
    found.sort(key=lambda c: preferred.index(s) if (s := code_system(c.get("system"))) in preferred else 99)
    if not found:
        return {}
    keys = ("system", "code", "display")
    return {key: text for key in keys if (text := string(found[0].get(key), f"{field}.{key}"))}


def extensions(resource: Object, url: str) -> Iterator[Object]:
    """Yield the extensions with this URL."""
    for extension in objects(resource.get("extension")):
        if token(extension.get("url")) == url:
            yield extension


def is_current(period: object, today: date) -> bool:
    """Tell whether a Period has not ended; one that can't be read counts as current."""
    end = token(obj(period).get("end"))[:10]
    found = partial_date(end)
    return found is None or found.latest >= today
