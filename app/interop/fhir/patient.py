"""Patient (and Coverage) → the columns and demographics of a patient here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.domain.imports import PatientRow, SourceId
from app.interop.fhir.contact_points import address, contact_email, language, left_out, mrn, other_identifiers, phones
from app.interop.fhir.names import PersonName, person_names, single_name
from app.interop.fhir.values import codes, concept_text, extensions
from app.interop.values import Object, SkipError, boolean, obj, objects, partial_date, string, token
from app.kernel.i18n import t

_US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
_GENDER_IDENTITY = (
    "http://hl7.org/fhir/StructureDefinition/patient-genderIdentity",
    "http://hl7.org/fhir/StructureDefinition/individual-genderIdentity",
    f"{_US_CORE}genderIdentity",
)
_BIRTH_SEX = {"M": "male", "F": "female", "OTH": "other", "248153007": "male", "248152002": "female"}
_ROLES = "http://terminology.hl7.org/CodeSystem/v2-0131"
_OLDEST = 120
_A_DAY = timedelta(days=1)
"""Elsewhere it may be tomorrow already."""


@dataclass(frozen=True, slots=True)
class _Born:
    day: date | None = None
    partial: str = ""
    doubtful: bool = True


def patient_row(resource: Object, source: SourceId, where: str, today: date) -> PatientRow:
    """Map a Patient. Raises ``SkipError`` for one without a name, replaced by another, or born impossibly."""
    _check_link(resource)
    names = person_names(resource, today)
    if not names:
        raise SkipError(t("no name"))
    best = names[0]
    born = _born(resource, today)
    died, doubt = _died(resource, born, today)
    email = contact_email(resource, today)
    demographics = {
        **_personal(resource, names, born),
        "deceased": died or None,
        **_contacts(resource, today),
        "email": email,
    }
    return PatientRow(
        source=source,
        where=where,
        first_name=best.first or None,
        last_name=(best.family or ("" if best.given else best.text)) or None,
        birth_date=born.day,
        demographics={key: value for key, value in demographics.items() if value not in ("", None, [], {})},
        flags=_flags(resource, bool(died)),
        identity_to_confirm=born.doubtful,
        contact_email=email,
        remark="; ".join([*filter(None, [doubt]), *left_out(resource, today)]),
    )


def _check_link(resource: Object) -> None:
    for link in objects(resource.get("link")):
        if token(link.get("type")) == "replaced-by":
            raise SkipError(t("replaced by another record at its source"))


def _born(resource: Object, today: date) -> _Born:
    value = resource.get("birthDate")
    if value is None or value == "":
        return _Born()
    found = partial_date(value)
    if found is None:
        raise SkipError(t("{field} is no date", field="birthDate"))
    if found.year > today.year or (found.whole and found.whole > today):
        raise SkipError(t("{field} lies in the future", field="birthDate"))
    if found.whole is None:
        return _Born(partial=found.text)
    aged = today.year - found.year > _OLDEST and not _deceased(resource)
    return _Born(day=found.whole, doubtful=aged)


def _deceased(resource: Object) -> str | bool:
    when = string(resource.get("deceasedDateTime"), "deceasedDateTime", 50)
    return when or boolean(resource.get("deceasedBoolean")) or False


def _died(resource: Object, born: _Born, today: date) -> tuple[str | bool, str]:
    """When somebody died, or whether; and why the date is not taken: that somebody died was said all the same."""
    said = _deceased(resource)
    if not isinstance(said, str):
        return said, ""
    found = partial_date(said.partition("T")[0])
    if found is None:
        return True, t("{field} left out: it is no date", field="deceasedDateTime")
    if found.first > today + _A_DAY:
        return True, t("{field} left out: it lies in the future", field="deceasedDateTime")
    if born.day and found.latest < born.day:
        return True, t("{field} left out: it lies before the birth date", field="deceasedDateTime")
    return said, ""


def _flags(resource: Object, died: bool) -> tuple[str, ...]:
    flags = []
    if died:
        flags.append("DECEASED")
    if boolean(resource.get("active")) is False:
        flags.append("INACTIVE")
    return tuple(flags)


def _personal(resource: Object, names: list[PersonName], born: _Born) -> dict[str, Any]:
    gender = string(resource.get("gender"), "gender", 50)
    sex = _sex(resource) or gender
    several = resource.get("multipleBirthInteger")
    return {
        "preferredName": _preferred(names),
        "names": [name.to_json() for name in names] if _worth_keeping(names) else [],
        "birthDatePartial": born.partial,
        "sex": sex,
        "gender": gender if gender != sex else "",
        "genderIdentity": _gender_identity(resource),
        "race": _category(resource, "race"),
        "ethnicity": _category(resource, "ethnicity"),
        "maritalStatus": concept_text(resource.get("maritalStatus"), "maritalStatus"),
        "multipleBirth": boolean(resource.get("multipleBirthBoolean")) or (several if type(several) is int else None),
    }


def _sex(resource: Object) -> str:
    """The sex that US Core says beside the administrative gender; "" where it says that nobody knows."""
    for name in ("birthsex", "sex"):
        for one in extensions(resource, f"{_US_CORE}{name}"):
            code = token(one.get("valueCode")) or token(obj(one.get("valueCoding")).get("code"))
            if code in _BIRTH_SEX:
                return _BIRTH_SEX[code]
    return ""


def _worth_keeping(names: list[PersonName]) -> bool:
    best = names[0]
    return len(names) > 1 or bool(best.prefix or best.suffix or (best.text and best.text != best.full))


def _preferred(names: list[PersonName]) -> str:
    """What the person likes to be called: a nickname or everyday name beside the official one."""
    best = names[0]
    for name in names[1:]:
        if name.use in {"usual", "nickname"} and name.current:
            called = name.first or name.text
            if called and called != best.first:
                return called
    return ""


def _gender_identity(resource: Object) -> str:
    for url in _GENDER_IDENTITY:
        for extension in extensions(resource, url):
            values = [extension, *(e for e in objects(extension.get("extension")) if e.get("url") == "value")]
            for value in values:
                if text := concept_text(value.get("valueCodeableConcept"), "genderIdentity"):
                    return text
    return ""


def _category(resource: Object, name: str) -> str:
    """US Core race or ethnicity in words."""
    for extension in extensions(resource, _US_CORE + name):
        parts = objects(extension.get("extension"))
        texts = [string(part.get("valueString"), name) for part in parts if part.get("url") == "text"]
        shown = [string(obj(part.get("valueCoding")).get("display"), name) for part in parts]
        if found := [text for text in texts + shown if text]:
            return found[0]
    return ""


def _contacts(resource: Object, today: date) -> dict[str, Any]:
    return {
        "mrn": mrn(resource, today),
        "identifiers": other_identifiers(resource, today),
        "phones": phones(resource, today),
        "address": address(resource, today),
        "language": language(resource),
        "emergencyContact": _emergency_contact(resource, today),
    }


def _emergency_contact(resource: Object, today: date) -> dict[str, str]:
    """The contact marked as such (C), else the next of kin (N), else the first."""
    contacts = objects(resource.get("contact"))
    contacts.sort(key=lambda c: min([_role_rank(r) for r in objects(c.get("relationship"))] or [2]))
    for contact in contacts:
        name = single_name(contact.get("name"), "contact.name", today)
        numbers = phones(contact, today, "contact.telecom")
        relations = [_relation(r) for r in objects(contact.get("relationship"))]
        found = {
            "name": name.full,
            "phone": next((n["value"] for n in numbers if n["system"] not in {"fax", "pager"}), ""),
            "relation": next((text for text in relations if text), ""),
        }
        if found["name"] or found["phone"]:
            return {key: value for key, value in found.items() if value}
    return {}


def _relation(relationship: Mapping[str, Any]) -> str:
    """Who the contact is to the patient, in words: that somebody is the emergency contact says nothing of it."""
    said = concept_text(relationship, "contact.relationship")
    return "" if said in codes(relationship, _ROLES) else said


def _role_rank(relationship: Mapping[str, Any]) -> int:
    found = codes(relationship, _ROLES)
    return 0 if "C" in found else 1 if "N" in found else 2


def insurance(coverage: Object) -> dict[str, str]:
    """Map a Coverage to the insurance of demographics; an empty one when it is cancelled or says nothing."""
    if token(coverage.get("status")) in {"cancelled", "entered-in-error", "draft"}:
        return {}
    payors = objects(coverage.get("payor"))
    classes = {
        ",".join(code for _, code in _typed(c)): string(c.get("value"), "class.value")
        for c in objects(coverage.get("class"))
    }
    period = obj(coverage.get("period"))
    found = {
        "payer": next((text for p in payors if (text := string(p.get("display"), "payor.display"))), ""),
        "memberId": string(coverage.get("subscriberId"), "subscriberId")
        or next((string(i.get("value"), "identifier") for i in objects(coverage.get("identifier"))), ""),
        "group": classes.get("group", ""),
        "plan": classes.get("plan", "") or concept_text(coverage.get("type"), "type"),
        "status": string(coverage.get("status"), "status", 50),
        "until": string(period.get("end"), "period.end", 50),
    }
    return {key: value for key, value in found.items() if value} if found["payer"] or found["memberId"] else {}


def _typed(value: Object) -> list[tuple[str, str]]:
    return [(token(c.get("system")), token(c.get("code"))) for c in objects(obj(value.get("type")).get("coding"))]
