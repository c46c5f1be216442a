"""``patients.demographics``: JSON that several programs write, read without trust and changed by key.

Ours writes the keys of ``DEMOGRAPHIC_KEYS``; what others wrote under other keys is kept untouched.
A value that doesn't have the documented shape reads as ``UNREADABLE`` and is shown as such.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

UNREADABLE = "\ufffd"
"""Stands for a value that is there but cannot be read; screens say "unreadable value"."""

DEMOGRAPHIC_KEYS = (
    "preferredName", "mrn", "phones", "email", "address", "sex", "genderIdentity", "language",
    "emergencyContact", "insurance", "allergies", "conditions", "medications",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Phone:
    """One phone number: how it is reached (phone, sms, fax) and for what (home, mobile, work)."""

    value: str
    use: str = ""
    system: str = "phone"

    @property
    def digits(self) -> str:
        """Only the digits, for search and comparison."""
        return re.sub(r"\D", "", self.value)


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; ``line`` may hold several lines."""

    line: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""

    @property
    def one_line(self) -> str:
        """The whole address on one line."""
        return ", ".join(part for part in (self.line, self.city, self.state, self.postal_code, self.country) if part)


@dataclass(frozen=True, slots=True)
class CodedItem:
    """An allergy, condition or medicine: what it is, its code and status."""

    display: str
    code: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class CodedList:
    """A list in the record: ``asked`` False when nobody asked yet, ``none_known`` when the answer was none."""

    items: tuple[CodedItem, ...] = ()
    asked: bool = False
    none_known: bool = False
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Demographics:
    """The readable part of ``demographics``."""

    preferred_name: str = ""
    mrn: str = ""
    phones: tuple[Phone, ...] = ()
    email: str = ""
    address: Address = Address()
    sex: str = ""
    gender_identity: str = ""
    language: str = ""
    emergency_contact: tuple[str, str, str] = ("", "", "")
    insurance: str = ""
    allergies: CodedList = CodedList()
    conditions: CodedList = CodedList()
    medications: CodedList = CodedList()
    unreadable: tuple[str, ...] = ()

    @property
    def phone(self) -> str:
        """The number to call first."""
        return self.phones[0].value if self.phones else ""


def read_demographics(value: object) -> Demographics:
    """Read the JSON whatever its shape; keys that can't be read are listed in ``unreadable``."""
    if value is None:
        return Demographics()
    if not isinstance(value, Mapping):
        return Demographics(unreadable=("demographics",))
    bad: list[str] = []
    texts = {key: _text(value, key, bad) for key in ("preferredName", "mrn", "email", "sex", "genderIdentity")}
    return Demographics(
        preferred_name=texts["preferredName"],
        mrn=texts["mrn"],
        phones=_phones(value, bad),
        email=texts["email"],
        address=_address(value.get("address"), bad),
        sex=texts["sex"],
        gender_identity=texts["genderIdentity"],
        language=_language(value, bad),
        emergency_contact=_contact(value.get("emergencyContact"), bad),
        insurance=_insurance(value.get("insurance"), bad),
        allergies=_coded(value.get("allergies"), "allergies", bad),
        conditions=_coded(value.get("conditions"), "conditions", bad),
        medications=_coded(value.get("medications"), "medications", bad),
        unreadable=tuple(bad),
    )


def _text(value: Mapping[str, Any], key: str, bad: list[str]) -> str:
    found = value.get(key)
    if found is None:
        return ""
    if isinstance(found, bool) or not isinstance(found, (str, int)):
        bad.append(key)
        return ""
    return str(found)


def _phones(value: Mapping[str, Any], bad: list[str]) -> tuple[Phone, ...]:
    found = value.get("phones")
    if found is None:
        single = _text(value, "phone", bad)
        return (Phone(single),) if single else ()
    if isinstance(found, str):
        return (Phone(found),)
    if not isinstance(found, list):
        bad.append("phones")
        return ()
    phones = []
    for entry in found:
        if isinstance(entry, str):
            phones.append(Phone(entry))
        elif isinstance(entry, Mapping) and isinstance(entry.get("value"), str):
            phones.append(Phone(entry["value"], _or_empty(entry.get("use")), _or_empty(entry.get("system")) or "phone"))
        elif "phones" not in bad:
            bad.append("phones")
    return tuple(phones)


def _or_empty(value: object) -> str:
    return value if isinstance(value, str) else ""


def _address(value: object, bad: list[str]) -> Address:
    if value is None:
        return Address()
    if isinstance(value, str):
        return Address(line=value)
    if not isinstance(value, Mapping):
        bad.append("address")
        return Address()
    line = value.get("line")
    joined = ", ".join(str(part) for part in line) if isinstance(line, list) else _or_empty(line)
    others = [_or_empty(value.get(key)) for key in ("city", "state", "postalCode", "country")]
    return Address(joined, *others)


def _language(value: Mapping[str, Any], bad: list[str]) -> str:
    found = value.get("language", value.get("languages"))
    if isinstance(found, list):
        return ", ".join(part for part in found if isinstance(part, str))
    if found is None or isinstance(found, str):
        return found or ""
    bad.append("language")
    return ""


def _contact(value: object, bad: list[str]) -> tuple[str, str, str]:
    if value is None:
        return ("", "", "")
    if isinstance(value, str):
        return (value, "", "")
    if not isinstance(value, Mapping):
        bad.append("emergencyContact")
        return ("", "", "")
    return (_or_empty(value.get("name")), _or_empty(value.get("phone")), _or_empty(value.get("relation")))


def _insurance(value: object, bad: list[str]) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return ", ".join(str(part) for part in value.values() if isinstance(part, (str, int)))
    if isinstance(value, list):
        return "; ".join(filter(None, (_insurance(part, bad) for part in value)))
    bad.append("insurance")
    return ""


def _coded(value: object, key: str, bad: list[str]) -> CodedList:
    if value is None:
        return CodedList()
    if isinstance(value, Mapping) and value.get("noneKnown"):
        return CodedList(asked=True, none_known=True)
    if not isinstance(value, list):
        bad.append(key)
        return CodedList(asked=True, unreadable=1)
    items: list[CodedItem] = []
    unreadable = 0
    for entry in value:
        if isinstance(entry, str):
            items.append(CodedItem(entry))
        elif isinstance(entry, Mapping) and isinstance(entry.get("display", entry.get("code")), str):
            display = entry.get("display") or entry.get("code")
            items.append(CodedItem(str(display), _or_empty(entry.get("code")), _or_empty(entry.get("status"))))
        else:
            unreadable += 1
    if unreadable:
        bad.append(key)
    return CodedList(tuple(items), asked=True, unreadable=unreadable)
