"""A command's content as the journal keeps it; what some store would refuse later is refused before, by its field."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from app.kernel.errors import Refused
from app.kernel.i18n import t

MOST = 10_000_000
"""The largest command in bytes; forms refuse their own fields long before."""

_BROKEN = re.compile("[\x00\ud800-\udfff]")
_UNDERSCORE = re.compile("_([a-z])")


def written(payload: Any) -> str:
    """Return a payload as JSON text; Refused "BadValue" (NUL, half a character) or "TooLong", naming the field."""
    text = json.dumps(payload, ensure_ascii=False)
    if len(text) > MOST or len(text.encode("utf-8", "replace")) > MOST:
        raise Refused("TooLong", t("This is more than can be saved at once ({limit} MB).", limit=MOST // 10**6),
                      field=_longest(payload))  # fmt: skip
    if "\\u0000" in text or _BROKEN.search(text):
        for field, value in _texts(payload, ""):
            if "\x00" in value:
                raise Refused("BadValue", t("The text has a character (NUL) that can't be saved."), field=field)
            if _BROKEN.search(value):
                raise Refused("BadValue", t("The text has half a character that can't be saved."), field=field)
    return text


def _longest(payload: Any) -> str:
    return max(_texts(payload, ""), key=lambda found: len(found[1]), default=("", ""))[0]


def _texts(value: Any, field: str) -> Iterator[tuple[str, str]]:
    """All texts with the fields that they stand in, as forms and the command line name those (camelCase)."""
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, Mapping):
        changed = value.get("field")  # one of an edit's changes: it says itself which field it is about
        for key, item in value.items():
            name = changed if isinstance(changed, str) and key != "field" else _camel(key)
            yield name, key
            yield from _texts(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, field)


def _camel(name: str) -> str:
    return _UNDERSCORE.sub(lambda found: found[1].upper(), name)
