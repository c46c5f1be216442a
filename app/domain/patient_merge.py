"""Two records of one person, field by field: what is the same, what only one knows, where a person must choose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.domain.demographics import DEMOGRAPHIC_KEYS
from app.domain.none_known import is_none_known, spoken
from app.domain.patients import COLUMN_FIELDS
from app.kernel.fold import fold

MERGED_FIELDS = (*COLUMN_FIELDS, *DEMOGRAPHIC_KEYS)
_LISTS = frozenset({"phones", "allergies", "conditions", "medications"})


class Meeting(StrEnum):
    """How a field of the two records meets."""

    SAME = "SAME"
    ONLY_KEPT = "ONLY_KEPT"
    """Only the surviving record has a value."""
    ONLY_DROPPED = "ONLY_DROPPED"
    """Only the other one has: it is taken unless somebody says no."""
    UNITED = "UNITED"
    """Lists of which the survivor gets what it lacks: an allergy is never lost."""
    DIFFERENT = "DIFFERENT"
    """Two values: the survivor's stays unless somebody takes the other."""


@dataclass(frozen=True, slots=True)
class FieldMeeting:
    """One field of both records; ``suggested`` is what the survivor should have."""

    field: str
    kept: Any
    dropped: Any
    meeting: Meeting
    suggested: Any


def fields_of(
    first_name: str | None, last_name: str | None, born: Any, height_cm: float | None, demographics: Any
) -> dict[str, Any]:
    """Return a record's fields by their JSON names; ``born`` is a date or None, demographics of any shape."""
    own = {"firstName": first_name or None, "lastName": last_name or None,
           "dateOfBirth": born.isoformat() if born else None, "heightCm": height_cm}  # fmt: skip
    extra = spoken(demographics) if isinstance(demographics, Mapping) else {}
    return own | {key: extra[key] for key in DEMOGRAPHIC_KEYS if key in extra}


def compare(kept: Mapping[str, Any], dropped: Mapping[str, Any]) -> tuple[FieldMeeting, ...]:
    """Return the fields that at least one of the records has, in the usual order."""
    found = []
    for field in MERGED_FIELDS:
        one, other = _none_if_empty(kept.get(field)), _none_if_empty(dropped.get(field))
        if one is not None or other is not None:
            found.append(_meet(field, one, other))
    return tuple(found)


def _none_if_empty(value: Any) -> Any:
    return None if value in (None, "", [], {}, ()) else value


def _meet(field: str, kept: Any, dropped: Any) -> FieldMeeting:
    if kept == dropped or _alike(kept, dropped):
        return FieldMeeting(field, kept, dropped, Meeting.SAME, kept)
    if dropped is None:
        return FieldMeeting(field, kept, None, Meeting.ONLY_KEPT, kept)
    if kept is None:
        return FieldMeeting(field, None, dropped, Meeting.ONLY_DROPPED, dropped)
    if field in _LISTS:
        united = _unite(kept, dropped)
        if united is not None:
            same = united == kept
            return FieldMeeting(field, kept, dropped, Meeting.SAME if same else Meeting.UNITED, united)
    return FieldMeeting(field, kept, dropped, Meeting.DIFFERENT, kept)


def _alike(one: Any, other: Any) -> bool:
    return isinstance(one, str) and isinstance(other, str) and " ".join(one.split()) == " ".join(other.split())


def _unite(kept: Any, dropped: Any) -> Any:
    """Return both lists in one; None when one of them can't be read as a list.

    "None known" gives way to what the other record knows.
    """
    if is_none_known(kept):
        return dropped if isinstance(dropped, list) else kept if is_none_known(dropped) else None
    if not isinstance(kept, list):
        return None
    if is_none_known(dropped):
        return kept
    if not isinstance(dropped, list):
        return None
    known = {_key(item) for item in kept}
    return kept + [item for item in dropped if _key(item) not in known]


def _key(item: Any) -> str:
    """What makes two entries one: the number's digits, or the name without case and accents."""
    if isinstance(item, Mapping):
        text = str(item.get("value") or item.get("display") or item.get("code") or sorted(item.items(), key=str))
        status = str(item.get("status") or "")
    else:
        text, status = str(item), ""
    folded = fold(text)
    digits = "".join(c for c in folded if c.isdecimal())
    name = digits if isinstance(item, Mapping) and "value" in item and digits else folded or text
    return f"{name}|{status}"
