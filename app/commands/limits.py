"""The clinic's clinical limits: ranges of vital signs, and from which body mass index on GLP-1 medicines are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from app.commands.core import Change, Command, Context, Outcome, handles
from app.db.models import ClinicSettings
from app.domain import vitals_glp1, vitals_ranges
from app.domain.permissions import Permission
from app.domain.vitals_ranges import PARTS, USUAL, Range, problem_of
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t
from app.kernel.text import clean_text

_BMI = (15.0, 80.0)
_MOST_CONDITIONS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SetClinicalLimits(Command):
    """Set ranges by metric (``{"HRV": {"low": 19, "high": 75, "criticalLow": None, "criticalHigh": None}}``).

    ``glp1`` has the keys ``bmi``, ``bmiWithCondition`` and ``conditions``. What isn't named stays; an empty ``glp1``
    or a metric with None is as usual again.
    """

    vitals: Mapping[str, Mapping[str, float | None] | None] | None = None
    glp1: Mapping[str, Any] | None = None


@handles(SetClinicalLimits, permission=Permission.CLINIC_SETTINGS)
def set_limits(cmd: SetClinicalLimits, ctx: Context) -> Outcome:
    """Change these keys of the clinic's settings; all others stay."""
    clinic_id = ctx.actor.clinic_id
    row = ctx.first(ctx.lock(select(ClinicSettings.settings).where(ClinicSettings.clinic_id == clinic_id)))
    if row is None:
        raise Conflict("Gone", t("This clinic is no longer there."))
    whole = dict(row.settings) if isinstance(row.settings, dict) else {}
    before = {key: whole.get(key) for key in (vitals_ranges.KEY, vitals_glp1.KEY)}
    if cmd.vitals is not None:
        kept = whole.get(vitals_ranges.KEY)
        changed = {**(kept if isinstance(kept, dict) else {}), **{k: _range(k, v) for k, v in cmd.vitals.items()}}
        whole[vitals_ranges.KEY] = {name: value for name, value in changed.items() if value is not None}
    if cmd.glp1 is not None:
        whole[vitals_glp1.KEY] = _glp1(cmd.glp1)
    settings = {key: value for key, value in whole.items() if value or key not in before}
    values = {"settings": settings, "updated_at": ctx.occurred_at}
    ctx.emit(update(ClinicSettings).where(ClinicSettings.clinic_id == clinic_id).values(**values))
    return Outcome(result={"clinicId": clinic_id}, changes=(Change("clinic_settings", clinic_id),))


def _range(name: str, value: Mapping[str, Any] | None) -> dict[str, float | None] | None:
    if name not in USUAL:
        raise Refused("BadValue", t("There is no range for {name}.", name=name), field=name)
    if value is None:
        return None
    for part, number in value.items():
        if part not in PARTS or isinstance(number, bool) or not isinstance(number, int | float | None):
            raise Refused("BadValue", t("This is not a number."), field=f"{name}.{part}")
    found = Range(*(value.get(part) for part in PARTS))
    wrong = problem_of(found)
    if wrong is not None:
        text = t("The four limits go up: critically low, low, high, critically high.")
        raise Refused("BadValue", text, field=f"{name}.{wrong}")
    return None if found == USUAL[name] else {part: value.get(part) for part in PARTS}


def _glp1(given: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key in ("bmi", "bmiWithCondition"):
        value = given.get(key)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or not _BMI[0] <= value <= _BMI[1]:
            low, high = (f"{one:g}" for one in _BMI)
            text = t("A body mass index here lies between {low} and {high}.", low=low, high=high)
            raise Refused("BadValue", text, field=f"glp1.{key}")
        made[key] = float(value)
    if made.get("bmiWithCondition", 0) > made.get("bmi", vitals_glp1.Glp1Rule().bmi):
        raise Refused("BadValue", t("With a condition the index is not higher than alone."),
                      field="glp1.bmiWithCondition")  # fmt: skip
    listed = given.get("conditions", ())
    if isinstance(listed, str) or len(listed) > _MOST_CONDITIONS:
        raise Refused("BadValue", t("At most {n} conditions.", n=_MOST_CONDITIONS), field="glp1.conditions")
    conditions = [clean_text(str(one), "glp1.conditions", 200) for one in listed]
    if any(conditions):
        made["conditions"] = [one for one in conditions if one]
    return made
