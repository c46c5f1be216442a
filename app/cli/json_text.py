"""JSON as it leaves the program: always whole and always UTF-8, whatever stands in the values."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any


def json_text(value: Any) -> str:
    """Return a value as one line of JSON.

    A float that is no number becomes ``null`` (JSON has none); half a character is written as an escape, since UTF-8
    can't hold it. What JSON has no form for is written as its text.
    """
    try:
        text = _dumps(value, plain=True)
    except ValueError:
        value = _finite(value)
        text = _dumps(value, plain=True)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return _dumps(value, plain=False)
    return text


def _dumps(value: Any, *, plain: bool) -> str:
    return json.dumps(value, ensure_ascii=not plain, default=str, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value
