"""Telephone, e-mail, postal address, language and record numbers of a person."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from app.interop.fhir.values import codes, concept_text, is_current
from app.interop.values import Object, obj, objects, string, strings, token
from app.kernel.i18n import t
from app.kernel.text import has_hidden_characters

_PHONES = ("phone", "sms", "fax", "pager", "other")
_ID_TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
_OLD_ID_TYPES = "http://hl7.org/fhir/v2/0203"
# Numbers of the state, a bank or a document: no record numbers, and nothing a clinic should copy.
_PRIVATE_TYPES = frozenset({"SS", "SB", "DL", "PPN", "TAX", "NI", "CZ", "BC", "BCFN", "PCN", "VS", "PRC", "MB", "JHN"})
_PRIVATE_SYSTEMS = ("http://hl7.org/fhir/sid/us-ssn", "urn:oid:2.16.840.1.113883.4.1", "urn:oid:2.16.840.1.113883.4.3.")
_EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+")
_BCP47 = ("urn:ietf:bcp:47", "urn:ietf:rfc:3066")


def phones(resource: Object, today: date, field: str = "telecom") -> list[dict[str, str]]:
    """Return numbers in use as ``[{system, value, use}]``, in the source's order of preference.

    One of another or no system is kept as such: what it is for is for people to see.
    """
    found = []
    for point in _points(resource, today):
        system = token(point.get("system")) or "other"
        value = string(point.get("value"), f"{field}.value", 100)
        if system in _PHONES and value:
            entry = {"system": system, "value": value, "use": string(point.get("use"), f"{field}.use", 50)}
            found.append({key: text for key, text in entry.items() if text})
    return found


def contact_email(resource: Object, today: date) -> str | None:
    """Return the first usable e-mail address in use; one with hidden characters counts as none."""
    return next((value for value in _emails(resource, today) if _is_email(value)), None)


def _emails(resource: Object, today: date) -> list[str]:
    points = (one for one in _points(resource, today) if token(one.get("system")) == "email")
    return [value for one in points if (value := string(one.get("value"), "telecom.value", 254))]


def _is_email(value: str) -> bool:
    return _EMAIL.fullmatch(value) is not None and not has_hidden_characters(value)


def left_out(resource: Object, today: date) -> list[str]:
    """Say which contact points, addresses, contacts and numbers in use have no place in a record here."""
    emails = dict.fromkeys(_emails(resource, today))
    said = [t("{field} left out: it is no address", field="email") for value in emails if not _is_email(value)]
    numbers = [string(one.get("value"), "identifier.value", 200) for one in _numbers(resource, today)]
    if any(has_hidden_characters(value) for value in numbers):
        said.append(t("{field} left out: it has hidden characters", field="identifier"))
    contacts = [one for one in objects(resource.get("contact")) if is_current(one.get("period"), today)]
    counts = {
        "telecom.email": sum(map(_is_email, emails)),
        "address": len({tuple(_address(one).items()) for one in _addresses(resource, today)}),
        "contact": len(contacts),
    }
    return said + [t("{field}: one of {count} is kept", field=name, count=n) for name, n in counts.items() if n > 1]


def _points(resource: Object, today: date) -> list[Object]:
    found = [
        point
        for point in objects(resource.get("telecom"))
        if token(point.get("use")) != "old" and is_current(point.get("period"), today)
    ]
    return sorted(found, key=_place)


def _place(point: Object) -> int:
    rank = point.get("rank")
    return rank if type(rank) is int and 0 < rank < 1000 else 1000


def address(resource: Object, today: date) -> dict[str, str]:
    """Return the postal address in use: home first, places to stay before letter boxes."""
    found = _addresses(resource, today)
    found.sort(key=lambda value: (token(value.get("use")) not in {"home", ""}, token(value.get("type")) == "postal"))
    return _address(found[0]) if found else {}


def _addresses(resource: Object, today: date) -> list[Object]:
    return [
        value
        for value in objects(resource.get("address"))
        if token(value.get("use")) not in {"old", "billing"} and is_current(value.get("period"), today)
    ]


def _address(value: Object) -> dict[str, str]:
    parts = {
        "line": ", ".join(strings(value.get("line"), "address.line")),
        "city": string(value.get("city"), "address.city"),
        "district": string(value.get("district"), "address.district"),
        "state": string(value.get("state"), "address.state"),
        "postalCode": string(value.get("postalCode"), "address.postalCode", 50),
        "country": string(value.get("country"), "address.country"),
    }
    found = {key: text for key, text in parts.items() if text}
    text = string(value.get("text"), "address.text", 1000)
    return found or ({"line": text} if text else {})


def language(resource: Object) -> str:
    """Return the language to speak in: a BCP 47 code, else in words."""
    spoken = sorted(objects(resource.get("communication")), key=lambda c: c.get("preferred") is not True)
    for communication in spoken:
        concept = communication.get("language")
        for system in _BCP47:
            if found := codes(concept, system):
                return string(found[0], "communication.language", 50)
        if text := concept_text(concept, "communication.language"):
            return text
    return ""


def mrn(resource: Object, today: date) -> str:
    """Return the record number: one of type MR, else the first that is no private number."""
    numbers = _numbers(resource, today)
    for identifier in [i for i in numbers if "MR" in _types(i)] + numbers:
        if value := _number(identifier):
            return value
    return ""


def other_identifiers(resource: Object, today: date) -> list[dict[str, Any]]:
    """Return the further record numbers as ``[{system, value, type}]``; private ones are left where they are."""
    chosen = mrn(resource, today)
    found = []
    for identifier in _numbers(resource, today):
        value = _number(identifier)
        if value and value != chosen:
            entry = {
                "system": string(identifier.get("system"), "identifier.system"),
                "value": value,
                "type": concept_text(identifier.get("type"), "identifier.type"),
            }
            found.append({key: text for key, text in entry.items() if text})
    return found


def _number(identifier: Object) -> str:
    """The value; "" when hidden characters stand in it, since two numbers that look alike would differ."""
    value = string(identifier.get("value"), "identifier.value", 200)
    return "" if has_hidden_characters(value) else value


def _numbers(resource: Object, today: date) -> list[Object]:
    return [
        identifier
        for identifier in objects(resource.get("identifier"))
        if not _is_private(identifier)
        and token(identifier.get("use")) != "old"
        and is_current(identifier.get("period"), today)
    ]


def _types(identifier: Object) -> list[str]:
    concept = identifier.get("type")
    return [*codes(concept, _ID_TYPES), *codes(concept, _OLD_ID_TYPES)]


def _is_private(identifier: Object) -> bool:
    kinds = _types(identifier)
    system = token(identifier.get("system")).lower()
    words = token(obj(identifier.get("type")).get("text")).upper()
    return (
        any(kind in _PRIVATE_TYPES or kind.startswith("NN") for kind in kinds)
        or system.startswith(_PRIVATE_SYSTEMS)
        or words in {"BSN", "SSN", "PESEL", "NIF", "CPF", "CURP"}
    )
