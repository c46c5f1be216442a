"""The stable JSON form of commands: for the journal, the applied-command log and ``rpc``.

``{"kind": class name, "payload": {field: value}}``; field names stay in snake_case, instants are
ISO 8601 with zone, dates and times ISO 8601, enums their label, nested dataclasses objects.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Hashable, Mapping
from datetime import date, datetime, time
from enum import Enum
from functools import cache
from typing import Any

from app.commands.registry import COMMANDS, Change, Command, Outcome
from app.kernel.errors import Refused
from app.kernel.i18n import t


def encode(command: Command) -> dict[str, Any]:
    """Return the command as JSON."""
    return {"kind": type(command).__name__, "payload": to_json(command)}


def decode(document: Mapping[str, Any]) -> Command:
    """Rebuild a command; an unknown kind, field or value raises ``Refused`` "BadCommand" naming it."""
    kind = COMMANDS.get(str(document.get("kind")))
    if kind is None:
        raise Refused("BadCommand", t("There is no command {kind}.", kind=document.get("kind")), field="kind")
    command: Command = from_json(kind, document.get("payload", {}), "payload")
    return command


def to_json(value: Any) -> Any:
    """Turn a value of the command vocabulary into JSON."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_json(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(to_json(item) for item in value)
    return value


def from_json(kind: Any, value: Any, where: str) -> Any:
    """Rebuild a value of the annotated type ``kind``; ``where`` names it in errors."""
    if kind is Any or kind is object:
        return value
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return _from_union(typing.get_args(kind), value, where)
    if origin is not None:
        return _from_collection(origin, typing.get_args(kind), value, where)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _from_object(kind, value, where)
    return _from_scalar(kind, value, where)


def _bad(where: str, expected: str) -> Refused:
    return Refused("BadCommand", t("{where} is not {expected}.", where=where, expected=expected), field=where)


def _from_union(choices: tuple[Any, ...], value: Any, where: str) -> Any:
    if value is None and type(None) in choices:
        return None
    problem: Refused | None = None
    for choice in choices:
        if choice is not type(None):
            try:
                return from_json(choice, value, where)
            except Refused as error:
                problem = problem or error
    raise problem or _bad(where, "allowed")


def _from_collection(origin: Any, inner: tuple[Any, ...], value: Any, where: str) -> Any:
    if issubclass(origin, Mapping):
        if not isinstance(value, Mapping):
            raise _bad(where, "an object")
        return {key: from_json(inner[1], item, f"{where}.{key}") for key, item in value.items()}
    if not isinstance(value, (list, tuple)):
        raise _bad(where, "a list")
    if origin is tuple and not (len(inner) == 2 and inner[1] is Ellipsis):
        if len(inner) != len(value):
            raise _bad(where, f"a list of {len(inner)}")
        return tuple(from_json(k, v, f"{where}[{i}]") for i, (k, v) in enumerate(zip(inner, value, strict=True)))
    made = [from_json(inner[0], item, f"{where}[{i}]") for i, item in enumerate(value)]
    return frozenset(made) if origin is frozenset else tuple(made)


def _from_object(kind: type[Any], value: Any, where: str) -> Any:
    if not isinstance(value, Mapping):
        raise _bad(where, "an object")
    hints = _hints(typing.cast(Hashable, kind))
    names = {f.name for f in dataclasses.fields(kind)}
    unknown = sorted(set(value) - names)
    if unknown:
        raise Refused("BadCommand", t("There is no field {name}.", name=unknown[0]), field=unknown[0])
    given = {name: from_json(hints[name], value[name], name) for name in names if name in value}
    try:
        return kind(**given)
    except TypeError as error:
        missing = [f.name for f in dataclasses.fields(kind) if f.name not in given and _needed(f)]
        name = missing[0] if missing else where
        raise Refused("BadCommand", t("The field {name} is needed.", name=name), field=name) from error


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _needed(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _from_scalar(kind: Any, value: Any, where: str) -> Any:
    if kind in (datetime, date, time):
        return _from_iso(kind, value, where)
    if isinstance(kind, type) and issubclass(kind, Enum):
        try:
            return kind(value)
        except ValueError:
            raise _bad(where, "one of " + ", ".join(str(m.value) for m in kind)) from None
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise _bad(where, getattr(kind, "__name__", str(kind)))
    return value


def _from_iso(kind: Any, value: Any, where: str) -> Any:
    if type(value) is kind:
        return value
    try:
        made = kind.fromisoformat(value)
    except (TypeError, ValueError):
        raise _bad(where, "in ISO 8601") from None
    if kind is datetime and made.tzinfo is None:
        raise _bad(where, "a time with its zone")
    return made


def encode_outcome(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome as JSON, as the applied-command log keeps it."""
    return {
        "result": to_json(outcome.result),
        "changes": [[change.table, change.row_id] for change in outcome.changes],
        "undo": encode(outcome.undo) if outcome.undo is not None else None,
        "undoLabel": outcome.undo_label,
        "warnings": list(outcome.warnings),
    }


def decode_outcome(document: Mapping[str, Any] | None) -> Outcome:
    """Rebuild an outcome; a command applied without a kept outcome gives an empty one."""
    if not document:
        return Outcome()
    undo = document.get("undo")
    return Outcome(
        result=document.get("result", {}),
        changes=tuple(Change(table, row_id) for table, row_id in document.get("changes", ())),
        undo=decode(undo) if undo else None,
        undo_label=document.get("undoLabel", ""),
        warnings=tuple(document.get("warnings", ())),
    )
