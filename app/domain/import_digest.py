"""What an imported row says, as a short fingerprint: the same content is the same on every machine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any

from app.domain.imports import ImportedRow, SourceId
from app.domain.labs import LabResult, results_json


def digest(row: ImportedRow, owner: SourceId | None = None) -> str:
    """Return a fingerprint of a row's content and of the patient whose it is.

    The same content gives the same one on every machine.
    """
    kind = type(row)
    names = _CONTENT.get(kind) or _CONTENT.setdefault(kind, _content(row))
    return fingerprint([kind.__name__, *[getattr(row, name) for name in names], owner])


_CONTENT: dict[type[ImportedRow], tuple[str, ...]] = {}


def _content(row: ImportedRow) -> tuple[str, ...]:
    return tuple(f.name for f in fields(row) if f.name not in {"where", "source", "remark"})


def fingerprint(value: Any) -> str:
    """Return 32 hexadecimal digits that stand for a JSON value."""
    text = _encode(value)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:32]


def _plain(value: Any) -> Any:
    """Turn what JSON doesn't know into what it does."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, SourceId):
        return [value.system, value.kind, value.value]
    if isinstance(value, LabResult):
        return results_json((value,))
    if isinstance(value, Mapping):
        return dict(value)
    if is_dataclass(value) and not isinstance(value, type):
        return [getattr(value, one.name) for one in fields(value)]
    raise TypeError(f"a row cannot hold a {type(value).__name__}")


_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=_plain).encode
