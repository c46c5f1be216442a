"""Practitioner and PractitionerRole → a provider's name and specialties."""

from __future__ import annotations

from datetime import date

from app.domain.imports import PractitionerRow, SourceId
from app.interop.fhir.names import person_names
from app.interop.fhir.values import concept_text
from app.interop.values import Object, SkipError, objects
from app.kernel.i18n import t
from app.kernel.text import MAX_SHORT, clean_text


def practitioner_row(resource: Object, source: SourceId, where: str, today: date) -> PractitionerRow:
    """Map a Practitioner. Raises ``SkipError`` without a name."""
    names = person_names(resource, today)
    if not names:
        raise SkipError(t("no name"))
    return PractitionerRow(source=source, where=where, name=clean_text(names[0].full, "name", MAX_SHORT))


def role_specialties(resource: Object) -> tuple[str, ...]:
    """Return the specialties of a PractitionerRole, in words; its codes when it names none."""
    for key in ("specialty", "code"):
        found = [concept_text(concept, f"{key}[{i}]") for i, concept in enumerate(objects(resource.get(key)))]
        if any(found):
            return tuple(dict.fromkeys(text for text in found if text))
    return ()
