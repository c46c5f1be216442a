"""What is given to a verb, on a command line or in a line of ``rpc``: read as its type, refused where no store or
arithmetic could take it. The error names the argument.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from app.commands.codec import from_json
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.text import whole_text

MOST = 1_000_000_000
"""Counts, minutes and days beyond this are a slip; dates and columns overflow on them."""
_YEARS = range(1000, 3000)
"""Years that hold up to arithmetic with zones and horizons; which of them make sense is each field's own rule."""


def read_value(annotation: Any, value: Any, name: str) -> Any:
    """Return the value as its type; ``Refused`` "BadCommand" or "BadValue" names the argument."""
    check_value(value, name)
    if isinstance(value, int) and abs(value) > MOST:
        raise Refused("BadValue", t("This number is out of range."), field=name)
    found = from_json(annotation, value, name)
    if isinstance(found, date) and found.year not in _YEARS:
        raise Refused("BadValue", t("The year {year} is out of range.", year=f"{found.year:04}"), field=name)
    return found


def check_value(value: Any, name: str) -> None:
    """Refuse NUL, half characters and numbers that are none, however deep they stand."""
    if isinstance(value, str):
        whole_text(value, name)
    elif isinstance(value, float) and not math.isfinite(value):
        raise Refused("BadValue", t("This is not a number."), field=name)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            whole_text(str(key), name)
            check_value(item, name)
    elif isinstance(value, (list, tuple)):
        for item in value:
            check_value(item, name)
