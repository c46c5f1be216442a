"""One patient's record → a FHIR R4 Bundle (collection). What has no readable shape here is left out, never guessed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.domain.demographics import Demographics, read_demographics
from app.interop.fhir.export_care import care_resources
from app.interop.fhir.export_lists import list_resources
from app.interop.fhir.export_messages import communications
from app.interop.fhir.export_parts import TERMS, Json, bare, base_url, concept, fhir_id, instant, ref, when, words
from app.interop.fhir.export_vitals import observations
from app.queries.chart_record import ChartRecord

_GENDERS = {
    "male": "male", "m": "male", "female": "female", "f": "female", "other": "other", "oth": "other",
    "unknown": "unknown", "unk": "unknown", "u": "unknown",
}  # fmt: skip
_SYSTEMS, _USES = {"phone", "fax", "pager", "sms", "other"}, {"home", "work", "temp", "old", "mobile"}
_GENDER_IDENTITY = "http://hl7.org/fhir/StructureDefinition/patient-genderIdentity"


def bundle(record: ChartRecord) -> Json:
    """Return the Bundle as JSON. References are relative; each entry's ``fullUrl`` says where they start."""
    base = base_url(record.clinic["id"])
    resources = [_patient(record), *_coverage(record), *_practitioners(record)]
    resources += list_resources(record.patient["id"], record.patient["demographics"])
    resources += [*care_resources(record), *observations(record), *communications(record)]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": instant(record.now),
        "entry": [{"fullUrl": f"{base}/{one['resourceType']}/{one['id']}", "resource": one} for one in resources],
    }


def _patient(record: ChartRecord) -> Json:
    row = record.patient
    raw = row["demographics"] if isinstance(row["demographics"], Mapping) else {}
    about = read_demographics(row["demographics"])
    born = row["date_of_birth"].isoformat() if row["date_of_birth"] else when(raw.get("birthDatePartial"))[:10]
    flags = row["flags"] or ()
    return bare(
        {
            "resourceType": "Patient",
            "id": fhir_id(row["id"]),
            "extension": [{"url": _GENDER_IDENTITY, "valueCodeableConcept": concept(text)}]
            if (text := words(about.gender_identity)) else [],
            "identifier": _mrn(about, base_url(record.clinic["id"])),
            "active": "INACTIVE" not in flags,
            "name": _names(row, about),
            "telecom": _telecom(about, row["email"]),
            "gender": _GENDERS.get(about.sex.strip().casefold(), "other" if about.sex.strip() else ""),
            "birthDate": born,
            **_deceased(raw.get("deceased"), flagged="DECEASED" in flags),
            "address": [found] if (found := _address(raw.get("address"), about)) else [],
            "contact": _contact(about),
            "communication": _language(about),
        }
    )  # fmt: skip


def _mrn(about: Demographics, base: str) -> list[Json]:
    if not words(about.mrn):
        return []
    kind = {"coding": [{"system": f"{TERMS}/v2-0203", "code": "MR"}]}
    return [{"type": kind, "system": f"{base}/mrn", "value": words(about.mrn)}]


def _names(row: Mapping[str, Any], about: Demographics) -> list[Json]:
    first, last = words(row["first_name"]), words(row["last_name"])
    names = [bare({"use": "official", "family": last, "given": [first] if first else []})]
    if words(about.preferred_name):
        names.append({"use": "nickname", "given": [words(about.preferred_name)]})
    return names if first or last else names[1:]


def _telecom(about: Demographics, login: str) -> list[Json]:
    points = [
        bare({"system": p.system if p.system in _SYSTEMS else "other", "value": words(p.value),
              "use": p.use if p.use in _USES else ""})
        for p in about.phones if words(p.value)
    ]  # fmt: skip
    mail = words(about.email) or words(login)
    return points + ([{"system": "email", "value": mail}] if mail else [])


def _deceased(value: object, *, flagged: bool) -> Json:
    if isinstance(value, str) and when(value):
        return {"deceasedDateTime": when(value)}
    return {"deceasedBoolean": True} if value is True or flagged else {}


def _address(raw: object, about: Demographics) -> Json:
    one = about.address
    district = words(raw.get("district")) if isinstance(raw, Mapping) else ""
    line = words(one.line)
    parts = {"city": one.city, "district": district, "state": one.state, "country": one.country}
    return bare({"line": [line] if line else [], **{key: words(text) for key, text in parts.items()},
                 "postalCode": words(one.postal_code)})  # fmt: skip


def _contact(about: Demographics) -> list[Json]:
    name, phone, relation = map(words, about.emergency_contact)
    if not name and not phone:
        return []
    kind = concept(relation) | {"coding": [{"system": f"{TERMS}/v2-0131", "code": "C"}]}
    telecom = [{"system": "phone", "value": phone}] if phone else []
    return [bare({"relationship": [kind], "name": {"text": name} if name else None, "telecom": telecom})]


def _language(about: Demographics) -> list[Json]:
    text = words(about.language)
    if not text:
        return []
    code = text if text.replace("-", "").isalnum() and text.isascii() and len(text) <= 11 else ""
    return [{"language": concept("" if code else text, code, "urn:ietf:bcp:47" if code else "")}]


def _coverage(record: ChartRecord) -> list[Json]:
    """A policy as imports keep it; other shapes have no home in FHIR."""
    raw = record.patient["demographics"]
    policy = raw.get("insurance") if isinstance(raw, Mapping) else None
    if not isinstance(policy, Mapping):
        return []
    payer, member = words(policy.get("payer")), words(policy.get("memberId"))
    if not payer and not member:
        return []
    status = words(policy.get("status"))
    classes = [{"type": {"coding": [{"system": f"{TERMS}/coverage-class", "code": kind}]}, "value": text}
               for kind in ("group", "plan") if (text := words(policy.get(kind)))]  # fmt: skip
    until = when(policy.get("until"))
    return [
        bare({
            "resourceType": "Coverage", "id": fhir_id(record.patient["id"], "coverage"),
            "status": status if status in {"active", "cancelled", "draft", "entered-in-error"} else "active",
            "subscriberId": member, "beneficiary": ref("Patient", record.patient["id"]),
            "payor": [{"display": payer or "?"}], "class": classes, "period": {"end": until} if until else None,
        })
    ]  # fmt: skip


def _practitioners(record: ChartRecord) -> list[Json]:
    return [
        {"resourceType": "Practitioner", "id": fhir_id(key), "name": [{"text": words(name) or "?"}]}
        for key, name in sorted(record.providers.items())
    ]
