"""Who may be prescribed a GLP-1 medicine for weight, by body mass index and weight-related conditions.

The label's words and their sources: docs/clinical.md. Thresholds and conditions are the clinic's
(``clinic_settings.settings``, key ``glp1``). It informs a provider; nothing is decided by it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from app.kernel.text import fold

KEY = "glp1"
ADULT = 18
CONDITIONS = (
    "hypertension",
    "type 2 diabetes",
    "dyslipidemia",
    "hyperlipidemia",
    "hypercholesterolemia",
    "obstructive sleep apnea",
    "cardiovascular disease",
    "coronary artery disease",
    "prediabetes",
)
"""What counts as weight-related unless the clinic has a list of its own: words of a condition's name, or codes."""
CODES = ("I10", "E11", "E78", "G47.33", "I25", "R73.03", "38341003", "44054006", "55822004", "78275009")
"""ICD-10-CM (with what is below them) and SNOMED CT codes of the same conditions."""
MEDICINES = ("semaglutide", "tirzepatide", "liraglutide", "dulaglutide", "exenatide", "wegovy", "ozempic", "zepbound",
             "mounjaro", "saxenda", "victoza", "rybelsus")  # fmt: skip
"""GLP-1 receptor agonists and their brands."""


@dataclass(frozen=True, slots=True)
class Glp1Rule:
    """From which body mass index on somebody is eligible, alone and with a condition of the list."""

    bmi: float = 30.0
    bmi_with_condition: float = 27.0
    conditions: tuple[str, ...] = CONDITIONS + CODES

    def stored(self) -> dict[str, Any]:
        """Return what goes into the settings."""
        return {
            KEY: {"bmi": self.bmi, "bmiWithCondition": self.bmi_with_condition, "conditions": list(self.conditions)}
        }


def glp1_rule(settings: Any) -> Glp1Rule:
    """Read the clinic's rule; what is missing or unreadable is the default."""
    kept = settings.get(KEY) if isinstance(settings, dict) else None
    kept = kept if isinstance(kept, dict) else {}
    usual = Glp1Rule()
    listed = kept.get("conditions")
    named = (
        tuple(one.strip() for one in listed if isinstance(one, str) and one.strip()) if isinstance(listed, list) else ()
    )
    alone = _threshold(kept.get("bmi"), usual.bmi)
    return Glp1Rule(
        alone, min(alone, _threshold(kept.get("bmiWithCondition"), usual.bmi_with_condition)),
        named or usual.conditions,
    )  # fmt: skip


def _threshold(value: Any, usual: float) -> float:
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not math.isfinite(value)
        or not 15 <= value <= 80
    ):
        return usual
    return float(value)


@dataclass(frozen=True, slots=True)
class Condition:
    """A problem of the patient as the record names it."""

    display: str
    code: str = ""
    active: bool = True


class Reason(StrEnum):
    """Why somebody is eligible, or isn't."""

    BMI = "BMI"
    BMI_AND_CONDITION = "BMI_AND_CONDITION"
    NO_CONDITION = "NO_CONDITION"
    BELOW = "BELOW"
    NO_BMI = "NO_BMI"
    NOT_ADULT = "NOT_ADULT"


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Whether somebody is eligible, why, and the weight-related conditions found."""

    eligible: bool
    reason: Reason
    conditions: tuple[str, ...]


def related(conditions: Iterable[Condition], rule: Glp1Rule) -> tuple[str, ...]:
    """Return the names of active conditions that the rule's list has, by words of the name or by code."""
    words = tuple(fold(one) for one in rule.conditions)
    codes = tuple(one.upper() for one in rule.conditions if any(sign.isdigit() for sign in one) and " " not in one)
    found = []
    for one in conditions:
        name, code = fold(one.display), one.code.upper()
        by_code = any(code == other or code.startswith(f"{other}.") for other in codes)
        if one.active and (by_code or any(word and f" {word} " in f" {name} " for word in words)):
            found.append(one.display or one.code)
    return tuple(dict.fromkeys(found))


def eligibility(bmi: float | None, conditions: Iterable[Condition], rule: Glp1Rule, age: int | None) -> Eligibility:
    """Judge an adult; a child's index is judged by percentiles, which aren't known here. Unknown age: as an adult."""
    found = related(conditions, rule)
    if age is not None and age < ADULT:
        return Eligibility(False, Reason.NOT_ADULT, found)
    if bmi is None:
        return Eligibility(False, Reason.NO_BMI, found)
    if bmi >= rule.bmi:
        return Eligibility(True, Reason.BMI, found)
    if bmi < rule.bmi_with_condition:
        return Eligibility(False, Reason.BELOW, found)
    return Eligibility(bool(found), Reason.BMI_AND_CONDITION if found else Reason.NO_CONDITION, found)


def is_glp1_medicine(name: str) -> bool:
    """Tell whether a medicine is a GLP-1 receptor agonist."""
    plain = fold(name)
    return any(one in plain for one in MEDICINES)


@dataclass(frozen=True, slots=True)
class Progress:
    """What has become of the weight since an earlier reading; kg and percent, negative when lost."""

    kg: float
    percent: float
    since: date


def progress(weight: float, before: float, since: date) -> Progress | None:
    """Return the change between two weights in kg; None when the earlier one isn't positive."""
    if not before > 0:
        return None
    return Progress(weight - before, (weight - before) / before * 100, since)
