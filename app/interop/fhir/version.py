"""Telling FHIR R4 and R4B from other releases by what a resource looks like.

Most files don't name their release, so tell-tale elements decide: where a release moved or reshaped
an element, reading it as R4 would lose or twist data without a word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.interop.values import Object, obj, objects, token

_Test = Callable[[Object], bool]

DSTU2, STU3, R5 = "DSTU2", "STU3", "R5"

_ONLY_IN: Mapping[str, str] = {
    **dict.fromkeys(("Conformance", "DeviceUseRequest", "DiagnosticOrder", "MedicationOrder", "Order"), DSTU2),
    **dict.fromkeys(
        ("DataElement", "DeviceComponent", "ExpansionProfile", "ImagingManifest", "ProcedureRequest", "ProcessRequest",
         "ReferralRequest", "Sequence"),
        STU3,
    ),
    **dict.fromkeys(("ActorDefinition", "DeviceAssociation", "FormularyItem", "GenomicStudy", "Transport"), R5),
}  # fmt: skip


def _has(name: str) -> _Test:
    return lambda resource: name in resource


def _is(name: str, kind: type) -> _Test:
    return lambda resource: isinstance(resource.get(name), kind)


def _old_requester(resource: Object) -> bool:
    return "agent" in obj(resource.get("requester"))


def _new_reason(resource: Object) -> bool:
    return any("value" in reason for reason in objects(resource.get("reason")))


def _several_families(resource: Object) -> bool:
    return any(isinstance(name.get("family"), list) for name in objects(resource.get("name")))


def _concept_of_manifestation(resource: Object) -> bool:
    return any(
        "concept" in sign for one in objects(resource.get("reaction")) for sign in objects(one.get("manifestation"))
    )


def _actor(resource: Object) -> bool:
    return any("actor" in one for one in objects(resource.get("participant")))


_SIGNS: Mapping[str, tuple[tuple[str, str, _Test], ...]] = {
    "AllergyIntolerance": (
        (DSTU2, "substance", _has("substance")),
        (STU3, "clinicalStatus", _is("clinicalStatus", str)),
        (STU3, "verificationStatus", _is("verificationStatus", str)),
        (STU3, "assertedDate", _has("assertedDate")),
        (R5, "type", _is("type", dict)),
        (R5, "reaction.manifestation", _concept_of_manifestation),
    ),
    "CarePlan": ((STU3, "context", _has("context")),),
    "Condition": (
        (DSTU2, "patient", _has("patient")),
        (STU3, "context", _has("context")),
        (STU3, "assertedDate", _has("assertedDate")),
        (STU3, "clinicalStatus", _is("clinicalStatus", str)),
        (STU3, "verificationStatus", _is("verificationStatus", str)),
        (STU3, "abatementBoolean", _has("abatementBoolean")),
        (R5, "participant", _has("participant")),
    ),
    "DiagnosticReport": ((STU3, "context", _has("context")),),
    "Encounter": (
        (DSTU2, "patient", _has("patient")),
        (DSTU2, "class", _is("class", str)),
        (R5, "actualPeriod", _has("actualPeriod")),
        (R5, "class", _is("class", list)),
        (R5, "reason", _new_reason),
        (R5, "participant.actor", _actor),
        (STU3, "reason", _has("reason")),
        (STU3, "incomingReferral", _has("incomingReferral")),
    ),
    "MedicationRequest": (
        (STU3, "context", _has("context")),
        (STU3, "requester.agent", _old_requester),
        (R5, "medication", _is("medication", dict)),
    ),
    "MedicationStatement": (
        (STU3, "taken", _has("taken")),
        (R5, "medication", _is("medication", dict)),
    ),
    "Observation": (
        (DSTU2, "comments", _has("comments")),
        (STU3, "context", _has("context")),
        (STU3, "comment", _has("comment")),
        (STU3, "related", _has("related")),
        (R5, "triggeredBy", _has("triggeredBy")),
    ),
    "Patient": (
        (DSTU2, "name.family", _several_families),
        (DSTU2, "careProvider", _has("careProvider")),
        (STU3, "animal", _is("animal", dict)),
    ),
    "Practitioner": (
        (DSTU2, "name.family", _several_families),
        (DSTU2, "practitionerRole", _has("practitionerRole")),
    ),
    "Procedure": ((STU3, "context", _has("context")),),
}

_PROFILES = ((DSTU2, "/DSTU2/"), (STU3, "/STU3/"), (STU3, "/fhir/3."), (R5, "/R5/"), (R5, "/fhir/5."))


def other_release(resource: Object) -> tuple[str, str] | None:
    """Return the release that a resource is written in and the element that gives it away; None for R4 and R4B."""
    kind = token(resource.get("resourceType"))
    if kind in _ONLY_IN:
        return _ONLY_IN[kind], kind
    for release, name, applies in _SIGNS.get(kind, ()):
        if applies(resource):
            return release, f"{kind}.{name}"
    return _by_profile(resource)


def _by_profile(resource: Object) -> tuple[str, str] | None:
    profiles = obj(resource.get("meta")).get("profile")
    for profile in profiles if isinstance(profiles, list) else ():
        for release, sign in _PROFILES:
            if sign in token(profile):
                return release, "meta.profile"
    return None
