"""How a medicine is to be taken: the source's own words, else what the parts of a Dosage say."""

from __future__ import annotations

from decimal import Decimal

from app.interop.fhir.values import Object, boolean, concept_text, number, obj, objects, string, strings, token
from app.kernel.i18n import t

_PERIODS = frozenset({"s", "min", "h", "d", "wk", "mo", "a"})
_MOST = 2000


def dosage_text(dosage: Object) -> str:
    """Return a Dosage as text: its own, else dose, timing, need, route; and the advice beside it. "" for nothing."""
    said = string(dosage.get("text"), "dosage.text", _MOST)
    parts = [said] if said else [_dose(dosage), _timing(dosage), _needed(dosage), _route(dosage)]
    parts.append(string(dosage.get("patientInstruction"), "dosage.patientInstruction", _MOST))
    parts += [concept_text(one, "dosage.additionalInstruction") for one in objects(dosage.get("additionalInstruction"))]
    return ", ".join(dict.fromkeys(part for part in parts if part))


def _dose(dosage: Object) -> str:
    """The dose; beside the other parts in early R4, in ``doseAndRate`` since."""
    for holder in (*objects(dosage.get("doseAndRate")), dosage):
        span = obj(holder.get("doseRange"))
        ends = [_quantity(span.get(end), f"doseRange.{end}") for end in ("low", "high")]
        dose = _quantity(holder.get("doseQuantity"), "doseQuantity") or " – ".join(end for end in ends if end)
        if dose:
            return dose
    return ""


def _quantity(value: object, field: str) -> str:
    found = obj(value)
    size = number(found.get("value"))
    unit = string(found.get("unit"), f"dosage.{field}.unit", 50) or string(
        found.get("code"), f"dosage.{field}.code", 50
    )
    return f"{token(found.get('comparator'))[:2]}{plain(size)} {unit}".strip() if size is not None else ""


def _timing(dosage: Object) -> str:
    """When: in the code's words, else how often (2×/d, 1×/8 h) and at which moments of the day."""
    timing = obj(dosage.get("timing"))
    repeat = obj(timing.get("repeat"))
    often, span, unit = number(repeat.get("frequency")), number(repeat.get("period")), token(repeat.get("periodUnit"))
    times = ""
    if span is not None and unit in _PERIODS:
        times = f"{plain(often or Decimal(1))}×/{unit if span == 1 else f'{plain(span)} {unit}'}"
    moments = strings(repeat.get("when"), "dosage.timing.repeat.when", 20)
    moments += strings(repeat.get("timeOfDay"), "dosage.timing.repeat.timeOfDay", 20)
    return concept_text(timing.get("code"), "dosage.timing.code") or " ".join(
        part for part in (times, *moments) if part
    )


def _needed(dosage: Object) -> str:
    why = concept_text(dosage.get("asNeededCodeableConcept"), "dosage.asNeeded")
    if why:
        return t("as needed: {why}", why=why)
    return t("as needed") if boolean(dosage.get("asNeededBoolean")) else ""


def _route(dosage: Object) -> str:
    return concept_text(dosage.get("route"), "dosage.route")


def plain(size: Decimal) -> str:
    """Write a number without the zeros behind its point: 1.50 is 1.5, 40.0 is 40."""
    return f"{size.normalize():f}"
