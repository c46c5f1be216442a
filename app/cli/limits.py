"""``limits …``: the clinic's clinical limits, shown and set."""

from __future__ import annotations

from typing import Any

from app.cli.verbs import verb
from app.commands.limits import SetClinicalLimits
from app.domain.vitals_metrics import UNIT_TEXT, Metric, metric_named
from app.domain.vitals_ranges import DIASTOLIC, PARTS, SYSTOLIC, USUAL, range_parts
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.limits import clinical_limits
from app.workspace.workspace import Workspace

OPEN = "none"


@verb("limits show")
def show(ws: Workspace) -> dict[str, Any]:
    """Show from when on a vital sign is out of range or critical, and the GLP-1 thresholds."""
    found = ws.ask(clinical_limits)
    vitals = {
        name: {**range_parts(one), "unit": _unit(name), "usual": one == USUAL[name]}
        for name, one in found.ranges.values.items()
    }
    rule = found.glp1
    conditions = list(rule.conditions)
    return {
        "vitals": vitals,
        "glp1": {"bmi": rule.bmi, "bmiWithCondition": rule.bmi_with_condition, "conditions": conditions},
    }


@verb("limits set", positional=("metric",))
def set_range(
    ws: Workspace,
    metric: str,
    low: str | None = None,
    high: str | None = None,
    critical_low: str | None = None,
    critical_high: str | None = None,
) -> dict[str, Any]:
    """Set limits of a vital sign (systolic, diastolic, glucose …) in its unit; "none": without; not given: it stays."""
    name = _named(metric)
    kept = range_parts(ws.ask(clinical_limits).ranges.values[name])
    given = dict(zip(PARTS, (low, high, critical_low, critical_high), strict=True))
    ws.execute(SetClinicalLimits(vitals={name: {**kept, **_numbers(given)}}))
    return {"metric": name, **show(ws)["vitals"][name]}


@verb("limits usual", positional=("metric",))
def usual(ws: Workspace, metric: str) -> dict[str, Any]:
    """Give a vital sign its usual limits again."""
    name = _named(metric)
    ws.execute(SetClinicalLimits(vitals={name: None}))
    return {"metric": name, **show(ws)["vitals"][name]}


@verb("limits glp1", names={"conditions": "--condition"})
def set_glp1(
    ws: Workspace,
    bmi: float | None = None,
    bmi_with_condition: float | None = None,
    conditions: tuple[str, ...] = (),
    usual: bool = False,
) -> dict[str, Any]:
    """Set the GLP-1 thresholds and conditions (--condition NAME, repeated); not given: it stays; --usual: as usual."""
    kept = ws.ask(clinical_limits).glp1
    whole = {
        "bmi": kept.bmi if bmi is None else bmi,
        "bmiWithCondition": kept.bmi_with_condition if bmi_with_condition is None else bmi_with_condition,
        "conditions": list(conditions or kept.conditions),
    }
    ws.execute(SetClinicalLimits(glp1={} if usual else whole))
    return dict(show(ws)["glp1"])


def _named(metric: str) -> str:
    plain = metric.strip().upper()
    known = metric_named(metric)
    name = plain if plain in (SYSTOLIC, DIASTOLIC) else known.value if known is not None else ""
    if name not in USUAL:
        listed = ", ".join(one.lower() for one in USUAL)
        raise Refused("BadMetric", t("There is no {name}. Known: {known}.", name=metric[:40], known=listed),
                      field="metric")  # fmt: skip
    return name


def _numbers(given: dict[str, str | None]) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    for part, text in given.items():
        if text is None:
            continue
        try:
            found[part] = None if text.strip().casefold() == OPEN else float(text)
        except ValueError as error:
            raise Refused("BadValue", t("This is not a number."), field=part) from error
    return found


def _unit(name: str) -> str:
    return UNIT_TEXT[Metric.BLOOD_PRESSURE if name in (SYSTOLIC, DIASTOLIC) else Metric(name)]
