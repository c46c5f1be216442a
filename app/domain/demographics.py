"""``patients.demographics``: JSON that several programs write, read without trust and changed by key.

Ours writes the keys of ``DEMOGRAPHIC_KEYS``; what others wrote under other keys is kept untouched.
A value that doesn't have the documented shape reads as empty, and its key stands in ``unreadable``: screens say
"unreadable value" there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.clinical_list_words import severity_text
from app.domain.list_status import is_over
from app.domain.none_known import says_none
from app.kernel.i18n import t
from app.kernel.text import without_direction

DEMOGRAPHIC_KEYS = (
    "preferredName", "mrn", "phones", "email", "address", "sex", "genderIdentity", "language",
    "emergencyContact", "insurance", "allergies", "conditions", "medications",
)  # fmt: skip


_NOT_PHONES = frozenset({"email", "url"})
_NOT_CALLED = frozenset({"fax", "pager", "other"})


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
    """An allergy, condition or medicine: what it is, its code and status, and more in words (severity, dose)."""

    display: str
    code: str = ""
    status: str = ""
    detail: str = ""

    @property
    def active(self) -> bool:
        """Whether it still holds, as far as its status says."""
        return not is_over(self.status)


@dataclass(frozen=True, slots=True)
class CodedList:
    """A list in the record: ``asked`` False when nobody asked yet, ``none_known`` when the answer was none.

    ``by`` and ``at`` say who heard that there is none, and when, as they stand in the record.
    """

    items: tuple[CodedItem, ...] = ()
    asked: bool = False
    none_known: bool = False
    unreadable: int = 0
    by: str = ""
    at: str = ""

    @property
    def active(self) -> tuple[CodedItem, ...]:
        """Those that still hold."""
        return tuple(item for item in self.items if item.active)


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
    deceased: bool = False
    died: str = ""
    """The day of death as it is known, ISO 8601: "2020-02-02", "2020"; "" also when only that is known."""
    unreadable: tuple[str, ...] = ()

    @property
    def phone(self) -> str:
        """The number to call first; a fax is none."""
        return next((phone.value for phone in self.phones if phone.system not in _NOT_CALLED), "")


def read_demographics(value: object) -> Demographics:
    """Read the JSON whatever its shape; keys that can't be read are listed in ``unreadable``."""
    if value is None:
        return Demographics()
    if not isinstance(value, Mapping):
        lost = CodedList(asked=True, unreadable=1)
        return Demographics(allergies=lost, conditions=lost, medications=lost, unreadable=("demographics",))
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
        allergies=_coded(value, "allergies", bad),
        conditions=_coded(value, "conditions", bad),
        medications=_coded(value, "medications", bad),
        deceased=value.get("deceased") is True or bool(_or_empty(value.get("deceased"))),
        died=_or_empty(value.get("deceased")).partition("T")[0],
        unreadable=tuple(bad),
    )


def _text(value: Mapping[str, Any], key: str, bad: list[str]) -> str:
    found = value.get(key)
    if found is None:
        return ""
    if not _is_plain(found):
        bad.append(key)
        return ""
    return _number_or_text(found)


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
            system = _or_empty(entry.get("system")) or "phone"
            if system not in _NOT_PHONES:
                phones.append(Phone(entry["value"], _or_empty(entry.get("use")), system))
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
    parts = line if isinstance(line, list) else [line]
    others = [value.get(key) for key in ("city", "state", "postalCode", "country")]
    if any(part is not None and not isinstance(part, str) for part in (*parts, *others)):
        bad.append("address")
    return Address(", ".join(filter(None, map(_or_empty, parts))), *map(_or_empty, others))


def _language(value: Mapping[str, Any], bad: list[str]) -> str:
    found = value.get("language", value.get("languages"))
    if isinstance(found, list) and all(isinstance(part, str) for part in found):
        return ", ".join(found)
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
    parts = [value.get(key) for key in ("name", "phone", "relation")]
    if any(part is not None and not isinstance(part, str) for part in parts):
        bad.append("emergencyContact")
    name, phone, relation = map(_or_empty, parts)
    return (name, phone, relation)


def _insurance(value: object, bad: list[str]) -> str:
    """One policy or several; its parts in the order in which they stand."""
    policies = value if isinstance(value, list) else [value]
    words = []
    for policy in policies:
        parts = list(policy.values()) if isinstance(policy, Mapping) else [policy]
        if not all(part is None or _is_plain(part) for part in parts):
            bad.append("insurance")
            return ""
        words.append(", ".join(_number_or_text(part) for part in parts if part not in (None, "")))
    return "; ".join(filter(None, words))


def _number_or_text(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:d}"


def _is_plain(value: object) -> bool:
    """A text or a number that is worth showing as one."""
    return isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18)


def _coded(whole: Mapping[str, Any], key: str, bad: list[str]) -> CodedList:
    value = whole.get(key)
    if value is None:
        return CodedList()
    said = says_none(whole, key)
    by, at = _or_empty(said.get("by")), _or_empty(said.get("at"))
    if not isinstance(value, list):
        if not said:
            bad.append(key)
        return CodedList(asked=True, none_known=bool(said), unreadable=0 if said else 1, by=by, at=at)
    found = [_coded_item(entry) for entry in value]
    unreadable = found.count(None)
    if unreadable:
        bad.append(key)
    return CodedList(tuple(one for one in found if one is not None), True, bool(said), unreadable, by, at)


def sex_text(sex: str) -> str:
    """Return the recorded sex in words; what others wrote stays as it is."""
    return {"female": t("female"), "male": t("male"), "other": t("other"), "unknown": t("unknown")}.get(sex, sex)


_DETAILS = ("reactions", "reaction", "severity", "criticality", "dosage", "dose", "note")


def _coded_item(entry: object) -> CodedItem | None:
    if isinstance(entry, str) and entry.strip():
        return CodedItem(without_direction(entry))
    if not isinstance(entry, Mapping):
        return None
    code, status = _or_empty(entry.get("code")), _or_empty(entry.get("status"))
    display = _or_empty(entry.get("display")) or code
    said = entry.get("severity")
    known = {**entry, "severity": severity_text(said)} if isinstance(said, str) and said else entry
    details = (known.get(key) for key in _DETAILS)
    detail = ", ".join(part for value in details for part in (value if isinstance(value, list) else [value])
                       if part and isinstance(part, str))  # fmt: skip
    display, detail = without_direction(display), without_direction(detail)
    return CodedItem(display, code, status, detail) if display.strip() else None
