"""What a resource carries inside itself, and what a medicine is called that has parts instead of a code."""

from __future__ import annotations

from datetime import date

from app.interop.fhir.names import person_names
from app.interop.fhir.values import concept_text
from app.interop.values import Object, obj, objects, string, token

HOLDERS = frozenset({"Practitioner", "PractitionerRole"})
"""Who can hold a visit; a relative or another patient who took part in it can't."""


def contained(resource: Object, name: str) -> Object | None:
    """Return the resource with this id that stands inside another."""
    inner = (one for one in objects(resource.get("contained")) if token(one.get("id")).removeprefix("#") == name)
    return next(inner, None)


def holder_inside(resource: Object, name: str, today: date) -> str | None:
    """Return what somebody inside a resource is called, "" without a name; None for one who can't hold a visit."""
    found = contained(resource, name)
    if found is None:
        return ""
    kind = token(found.get("resourceType"))
    if kind == "PractitionerRole":
        return string(obj(found.get("practitioner")).get("display"), "practitioner.display")
    if kind != "Practitioner":
        return None
    names = person_names(found, today)
    return names[0].full if names else ""


def medicine_of(medication: Object) -> Object:
    """Return the code of a Medication; of a mixture without one what it is made of, in words."""
    if code := obj(medication.get("code")):
        return code
    parts = [
        concept_text(one.get("itemCodeableConcept"), "ingredient")
        or string(obj(one.get("itemReference")).get("display"), "ingredient")
        for one in objects(medication.get("ingredient"))
    ]
    return {"text": " + ".join(parts)} if parts and all(parts) else {}
