"""Changing fields of a paper: others' changes to other fields stay, to the same one they conflict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from app.commands.patients import FieldChange
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t

Cleaner = Callable[[Any, str], Any]


def apply_changes(
    changes: Iterable[FieldChange], current: Mapping[str, Any], cleaners: Mapping[str, Cleaner]
) -> tuple[dict[str, Any], tuple[FieldChange, ...]]:
    """Return what to set, cleaned, and the changes that take it back. Values are JSON values.

    Raises ``Refused`` "BadValue" for a field that there isn't, ``Conflict`` "FieldChanged" where somebody else changed
    one of these fields to something else.
    """
    changes = tuple(changes)
    unknown = next((change.field for change in changes if change.field not in cleaners), None)
    if unknown is not None:
        raise Refused("BadValue", t("There is no field {name}.", name=unknown), field=unknown)
    wanted = {change.field: cleaners[change.field](change.new, change.field) for change in changes}
    clashes = {
        change.field: {"base": change.old, "mine": wanted[change.field], "server": current.get(change.field)}
        for change in changes
        if not same(current.get(change.field), change.old) and not same(current.get(change.field), wanted[change.field])
    }
    if clashes:
        raise Conflict(
            "FieldChanged", t("Someone else changed the same field in the meantime."), field=next(iter(clashes)),
            fields=clashes, server={name: sides["server"] for name, sides in clashes.items()},
            mine={name: sides["mine"] for name, sides in clashes.items()},
        )  # fmt: skip
    applied = {name: value for name, value in wanted.items() if not same(current.get(name), value)}
    return applied, tuple(FieldChange(name, value, current.get(name)) for name, value in applied.items())


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are the same; empty in any form is the same as left out."""
    empty: tuple[Any, ...] = (None, "", [], {}, ())
    return bool(one == other) or (one in empty and other in empty)
