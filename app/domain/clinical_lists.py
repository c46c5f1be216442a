"""Problems, medicines and allergies item by item: lists in ``patients.demographics`` that several programs write.

An item is an object ``{id, code, system, display, status, …}``; the keys of its other fields differ by list, as imports
write them (``KEYS``). Others' items and unknown keys are kept untouched: a change touches the keys of its fields only.
An item without an ``id`` of its own goes by one that follows from its content, and gets it written when it is edited.

Who confirmed a list, and which items stood there then, is kept beside the lists under ``listsConfirmed``; so is the
statement that none is known (``none_known``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.domain.import_digest import fingerprint
from app.domain.import_merge import ORIGIN
from app.domain.list_status import WITHDRAWN, is_over, is_withdrawn
from app.domain.none_known import is_none_known, mark_of, says_none
from app.domain.permissions import Permission
from app.kernel.text import without_direction


class ListKind(StrEnum):
    """A list, by its key in demographics."""

    CONDITIONS = "conditions"
    MEDICATIONS = "medications"
    ALLERGIES = "allergies"


KEYS: Mapping[ListKind, Mapping[str, str]] = {
    ListKind.CONDITIONS: {
        "name": "display", "code": "code", "system": "system", "severity": "severity", "since": "onset",
        "until": "abated", "status": "status", "note": "note",
    },
    ListKind.MEDICATIONS: {
        "name": "display", "code": "code", "system": "system", "dose": "dosage", "since": "started",
        "until": "ended", "status": "status", "note": "note",
    },
    ListKind.ALLERGIES: {
        "name": "display", "code": "code", "system": "system", "reaction": "reactions", "severity": "severity",
        "since": "onset", "until": "abated", "status": "status", "note": "note",
    },
}  # fmt: skip
"""The fields that can be edited in each list, and the key that each has in an item."""

_OTHER_KEYS: Mapping[str, tuple[str, ...]] = {
    "reaction": ("reactions", "reaction"),
    "dose": ("dosage", "dose"),
    "severity": ("severity", "criticality"),
}
"""Where else a field may stand in what others wrote: read there, written under our own key."""

ENDED: Mapping[ListKind, str] = {
    ListKind.CONDITIONS: "resolved",
    ListKind.MEDICATIONS: "stopped",
    ListKind.ALLERGIES: "inactive",
}
"""What an item's status becomes when it ends."""
STATUSES: Mapping[ListKind, tuple[str, ...]] = {
    ListKind.CONDITIONS: ("active", "recurrence", "remission", "inactive", "resolved", "unknown", WITHDRAWN),
    ListKind.MEDICATIONS: ("active", "on-hold", "completed", "stopped", "unknown", WITHDRAWN),
    ListKind.ALLERGIES: ("active", "inactive", "resolved", WITHDRAWN),
}
SEVERITIES = ("mild", "moderate", "severe")
EDITS: Mapping[ListKind, Permission] = {
    ListKind.CONDITIONS: Permission.EDIT_LISTS,
    ListKind.MEDICATIONS: Permission.EDIT_LISTS,
    ListKind.ALLERGIES: Permission.NOTE_ALLERGIES,
}
"""Who may edit each list item by item."""


@dataclass(frozen=True, slots=True)
class ListItem:
    """One problem, medicine or allergy. ``since`` and ``until`` are as exact as they are known ("2014", "2014-05-02").

    ``confirmed``: it stood in the list when the list was confirmed last. ``imported``: it came from a file.
    """

    id: str
    name: str
    code: str = ""
    system: str = ""
    status: str = ""
    dose: str = ""
    severity: str = ""
    reaction: str = ""
    since: str = ""
    until: str = ""
    note: str = ""
    confirmed: bool = False
    imported: bool = False

    @property
    def active(self) -> bool:
        """Whether it still holds, as far as its status says."""
        return not is_over(self.status)

    @property
    def withdrawn(self) -> bool:
        """Whether it was entered in error."""
        return is_withdrawn(self.status)


@dataclass(frozen=True, slots=True)
class ClinicalList:
    """A list: ``asked`` False when nobody asked yet; ``unreadable`` counts items (or the whole) without a known shape.

    ``confirmed_at`` (aware) and ``confirmed_by`` say who went through the list last.
    """

    kind: ListKind
    items: tuple[ListItem, ...] = ()
    asked: bool = False
    none_known: bool = False
    unreadable: int = 0
    confirmed_at: datetime | None = None
    confirmed_by: str = ""

    @property
    def active(self) -> tuple[ListItem, ...]:
        """Those that still hold."""
        return tuple(item for item in self.items if item.active)

    @property
    def ended(self) -> tuple[ListItem, ...]:
        """Those that held once; what was entered in error never did."""
        return tuple(item for item in self.items if not item.active and not item.withdrawn)

    @property
    def nothing_listed(self) -> bool:
        """Whether nothing stands here but entries made in error; what can't be read counts as something."""
        return not self.unreadable and all(item.withdrawn for item in self.items)

    @property
    def new_since(self) -> tuple[ListItem, ...]:
        """Active ones that came after the list was confirmed."""
        return tuple(i for i in self.active if not i.confirmed) if self.confirmed_at else ()

    def item(self, item_id: str) -> ListItem | None:
        """The item with this id."""
        return next((item for item in self.items if item.id == item_id), None)


def read_list(demographics: object, kind: ListKind) -> ClinicalList:
    """Read a list whatever its shape."""
    if demographics is not None and not isinstance(demographics, Mapping):
        return ClinicalList(kind, asked=True, unreadable=1)
    whole = demographics or {}
    value = whole.get(kind.value)
    mark = mark_of(whole, kind)
    known = {key for key in mark.get("items", ()) if isinstance(key, str)}
    at, by = _instant(mark.get("at")), _text(mark.get("by"))
    if value is None:
        return ClinicalList(kind, confirmed_at=at, confirmed_by=by)
    if said := says_none(whole, kind):
        at, by = _instant(said.get("at")), _text(said.get("by"))
    if not isinstance(value, list):
        unreadable = 0 if said else 1
        return ClinicalList(kind, (), True, bool(said), unreadable, at, by)
    found = [_item(kind, entry, key, known) for entry, key in zip(value, item_keys(value), strict=True)]
    items = tuple(item for item in found if item is not None)
    return ClinicalList(kind, items, True, bool(said), found.count(None), at, by)


def lost_list(demographics: object, kind: ListKind) -> Any:
    """Return what stands in a list's place where no list can be read in it; None when one can, or nothing is there."""
    value = demographics.get(kind.value) if isinstance(demographics, Mapping) else None
    return None if isinstance(value, list) or is_none_known(value) else value


def lost_entries(demographics: object, kind: ListKind) -> tuple[Any, ...]:
    """Return the entries of a list that say nothing readable, as they stand there; none where it is no list."""
    value = demographics.get(kind.value) if isinstance(demographics, Mapping) else None
    return tuple(one for one in value if _item(kind, one, "", set()) is None) if isinstance(value, list) else ()


def item_keys(items: Sequence[Any]) -> tuple[str, ...]:
    """Return each entry's id: its own, else one that follows from its content; alike ones are numbered."""
    seen: Counter[str] = Counter()
    keys = []
    for entry in items:
        own = entry.get("id") if isinstance(entry, Mapping) else None
        key = own if isinstance(own, str) and own else f"~{fingerprint(_bare(entry))[:16]}"
        seen[key] += 1
        keys.append(key if seen[key] == 1 else f"{key}#{seen[key]}")
    return tuple(keys)


def _bare(entry: Any) -> Any:
    """An entry's content, as JSON can be fingerprinted whatever it is."""
    return entry[ORIGIN] if isinstance(entry, Mapping) and isinstance(entry.get(ORIGIN), str) else entry


def place_of(items: Sequence[Any], item_id: str) -> int | None:
    """Return where the entry with this id stands."""
    keys = item_keys(items)
    return keys.index(item_id) if item_id in keys else None


def field_of(kind: ListKind, entry: Any, field: str) -> str:
    """Return an editable field of an entry as text; "" for what isn't there or can't be read.

    Without bidirectional controls: a name must not turn round what stands beside it.
    """
    return without_direction(_stored(kind, entry, field))


def _stored(kind: ListKind, entry: Any, field: str) -> str:
    if isinstance(entry, str):
        return entry if field == "name" else ""
    if not isinstance(entry, Mapping):
        return ""
    for key in _OTHER_KEYS.get(field, (KEYS[kind][field],)):
        value = entry.get(key)
        if text := _joined(value):
            return text
    return _text(entry.get("code")) if field == "name" else ""


def with_field(kind: ListKind, entry: Any, field: str, text: str) -> dict[str, Any]:
    """Return the entry with a field set (or, empty, taken away); all its other keys stay."""
    changed = dict(entry) if isinstance(entry, Mapping) else {"display": entry}
    for key in _OTHER_KEYS.get(field, ()):
        changed.pop(key, None)
    key = KEYS[kind][field]
    if not text:
        changed.pop(key, None)
    elif key == "reactions":
        changed[key] = [part for part in (one.strip() for one in text.split(",")) if part]
    else:
        changed[key] = text
    return changed


def _item(kind: ListKind, entry: Any, key: str, known: set[str]) -> ListItem | None:
    """None for an entry that says nothing readable."""
    fields = {name: field_of(kind, entry, name) for name in KEYS[kind]}
    if not fields["name"].strip():
        return None
    imported = isinstance(entry, Mapping) and ORIGIN in entry
    return ListItem(key, **fields, confirmed=key in known, imported=imported)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _joined(value: object) -> str:
    parts = value if isinstance(value, list) else [value]
    return ", ".join(part for part in parts if isinstance(part, str) and part)


def _instant(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
