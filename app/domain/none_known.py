"""How ``patients.demographics`` says of a list "none known": it is empty, and beside it stands who said so and when.

Every reader of the column finds a list where a list is documented. The statement stands with the confirmations, under
``listsConfirmed``: ``{list: {at, by, items: [], noneKnown: true}}``. It speaks only while nothing but entries made in
error stands on the list, so that an entry which another program adds takes it back. Rows written before have an object
``{noneKnown, by, at}`` in the list's place: it is read as ever, and becomes a list with the next edit (``settled``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.domain.list_status import is_withdrawn

CONFIRMED = "listsConfirmed"
"""The key of demographics that says who confirmed each list: ``{list: {at, by, items}}``; ``at`` is ISO 8601, UTC."""
NONE_KNOWN = "noneKnown"
CODED_LISTS = ("conditions", "medications", "allergies")
"""The lists of problems, medicines and allergies, by their keys in demographics."""


def is_none_known(value: Any) -> bool:
    """Tell whether a value in a list's place says that somebody asked and there are none."""
    return isinstance(value, Mapping) and value.get(NONE_KNOWN) is True


def mark_of(demographics: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """Return what is kept of the last confirmation of a list; empty when it can't be read."""
    marks = demographics.get(CONFIRMED)
    mark = marks.get(kind) if isinstance(marks, Mapping) else None
    return mark if isinstance(mark, Mapping) and not isinstance(mark.get("items"), str | int | float) else {}


def says_none(demographics: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """Return the statement that a list has nothing, with its ``by`` and ``at``; empty when there is none that holds."""
    value = demographics.get(kind)
    if isinstance(value, Mapping):
        return value if is_none_known(value) else {}
    mark = mark_of(demographics, kind)
    holds = mark.get(NONE_KNOWN) is True and isinstance(value, list) and all(map(_is_withdrawn, value))
    return mark if holds else {}


def spoken(demographics: Mapping[str, Any], kinds: Iterable[str] = CODED_LISTS) -> dict[str, Any]:
    """Return demographics in which an empty list that says "none known" is ``{noneKnown, by, at}`` in its own place.

    That is one value to compare, to carry in a command and to show; ``settled`` turns it back.
    """
    found = dict(demographics)
    for kind in kinds:
        said = says_none(found, kind)
        if said and found[kind] == []:
            found[kind] = {key: said[key] for key in (NONE_KNOWN, "by", "at") if key in said}
            found = _with_mark(found, kind, None)
    return found


def settled(demographics: Mapping[str, Any], kinds: Iterable[str] = CODED_LISTS) -> dict[str, Any]:
    """Return demographics as they are stored: every list a list, "none known" beside it and only where it is true."""
    found = dict(demographics)
    for kind in kinds:
        value = found.get(kind)
        mark = mark_of(found, kind)
        if isinstance(value, Mapping) and is_none_known(value):
            said = {key: value[key] for key in ("at", "by") if isinstance(value.get(key), str)}
            found = _with_mark(found | {kind: []}, kind, {**said, "items": [], NONE_KNOWN: True})
        elif NONE_KNOWN in mark and not says_none(found, kind):
            found = _with_mark(found, kind, {key: one for key, one in mark.items() if key != NONE_KNOWN})
    return found


def _is_withdrawn(entry: Any) -> bool:
    status = entry.get("status") if isinstance(entry, Mapping) else None
    return isinstance(status, str) and is_withdrawn(status)


def _with_mark(demographics: Mapping[str, Any], kind: str, mark: Mapping[str, Any] | None) -> dict[str, Any]:
    known = demographics.get(CONFIRMED)
    marks = {key: value for key, value in known.items() if key != kind} if isinstance(known, Mapping) else {}
    marks |= {kind: dict(mark)} if mark is not None else {}
    others = {key: value for key, value in demographics.items() if key != CONFIRMED}
    return others | ({CONFIRMED: marks} if marks else {})
