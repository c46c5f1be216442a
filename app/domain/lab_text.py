"""Values and units of results as they are printed on reports, on the screen and on paper alike."""

from __future__ import annotations

import re
from decimal import Decimal

from app.kernel.i18n import t

_UNITS = (
    ("10*3/", "10³/"), ("10*6/", "10⁶/"), ("10*9/", "10⁹/"), ("10*12/", "10¹²/"), ("/{1.73_m2}", "/1.73 m²"),
    ("[IU]", "IU"), ("{INR}", ""), ("[pH]", ""), ("ug/", "µg/"), ("/uL", "/µL"), ("umol", "µmol"), ("mm[Hg]", "mmHg"),
)  # fmt: skip


def number_text(value: float) -> str:
    """Return a number as it was measured: no exponent, no digits that weren't there."""
    if isinstance(value, int) or float(value).is_integer():
        return str(int(value))
    return f"{Decimal(repr(value)):f}"


def unit_text(unit: str) -> str:
    """Return a UCUM unit as it is printed on reports."""
    for code, shown in _UNITS:
        unit = unit.replace(code, shown)
    return re.sub(r"[{}]", "", unit)


_LABORATORY = "corrected by the laboratory"


def laboratory_reason() -> str:
    """Return why an imported correction replaces a result, as it is kept: who took the message in corrected nothing."""
    return t("corrected by the laboratory")


def is_laboratory_reason(reason: str) -> bool:
    """Tell whether a kept reason is the laboratory's, written in this language or in the program's own."""
    return reason in {_LABORATORY, laboratory_reason()}
