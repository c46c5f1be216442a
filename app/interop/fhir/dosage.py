"""How a medicine is to be taken: the source's own words, else what the parts of a Dosage say."""

from __future__ import annotations

from decimal import Decimal

from app.interop.fhir.values import concept_text
from app.interop.values import Object, boolean, number, obj, objects, string, strings, token
from app.kernel.i18n import t

_PERIODS = frozenset({"s", "min", "h", "d", "wk", "mo", "a"})
_MOST = 2000


def dosage_text(dosage: Object) -> str:
    """Return a Dosage as text: its own, else dose, timing, need, route; and the advice beside it. "" for nothing."""
    said = string(dosage.get("text"), "dosage.text", _MOST)
    parts = [said] if said else _told(dosage)
    parts.append(string(dosage.get("patientInstruction"), "dosage.patientInstruction", _MOST))
    parts += [concept_text(one, "dosage.additionalInstruction") for one in objects(dosage.get("additionalInstruction"))]
    return ", ".join(dict.fromkeys(part for part in parts if part))


def in_order(dosages: list[Object]) -> list[Object]:
    """Return dosages as they follow each other: one step of a course may stand before the step that it follows."""
    steps = [number(one.get("sequence")) for one in dosages]
    if any(step is None for step in steps):
        return dosages
    return [one for _, one in sorted(zip(steps, dosages, strict=True), key=lambda pair: pair[0] or 0)]


def _told(dosage: Object) -> list[str]:
    """What the parts say where nobody has written it in words; a limit left out would be a higher dose."""
    most = _ratio(dosage.get("maxDosePerPeriod"), "maxDosePerPeriod")
    most = most or _quantity(dosage.get("maxDosePerAdministration"), "maxDosePerAdministration")
    site = concept_text(dosage.get("site"), "dosage.site")
    amount = [_dose(dosage, "dose"), _dose(dosage, "rate"), *_timing(dosage), _needed(dosage)]
    return [*amount, t("at most {amount}", amount=most) if most else "", _route(dosage), site]


def _dose(dosage: Object, name: str) -> str:
    """The ``dose`` or ``rate``; beside the other parts in early R4, in ``doseAndRate`` since."""
    for holder in (*objects(dosage.get("doseAndRate")), dosage):
        found = (
            _quantity(holder.get(f"{name}Quantity"), f"{name}Quantity")
            or _range(holder.get(f"{name}Range"), f"{name}Range")
            or _ratio(holder.get(f"{name}Ratio"), f"{name}Ratio")
        )
        if found:
            return found
    return ""


def _range(value: object, field: str) -> str:
    ends = (_quantity(obj(value).get(end), f"{field}.{end}") for end in ("low", "high"))
    return " – ".join(end for end in ends if end)


def _ratio(value: object, field: str) -> str:
    above, below = (_quantity(obj(value).get(part), f"{field}.{part}") for part in ("numerator", "denominator"))
    return f"{above}/{below.removeprefix('1 ')}" if above and below else ""


def _quantity(value: object, field: str) -> str:
    found = obj(value)
    size = number(found.get("value"))
    unit = string(found.get("unit"), f"dosage.{field}.unit", 50) or string(
        found.get("code"), f"dosage.{field}.code", 50
    )
    return f"{token(found.get('comparator'))[:2]}{plain(size)} {unit}".strip() if size is not None else ""


def _timing(dosage: Object) -> list[str]:
    """When: in the code's words, else how often (2×/d, 1×/4–6 h), on which days and at which moments; and how long."""
    timing = obj(dosage.get("timing"))
    repeat = obj(timing.get("repeat"))
    moments = strings(repeat.get("dayOfWeek"), "dosage.timing.repeat.dayOfWeek", 20)
    moments += strings(repeat.get("when"), "dosage.timing.repeat.when", 20)
    moments += strings(repeat.get("timeOfDay"), "dosage.timing.repeat.timeOfDay", 20)
    moments += strings(timing.get("event"), "dosage.timing.event", 50)
    said = concept_text(timing.get("code"), "dosage.timing.code")
    said = said or " ".join(part for part in (_often(repeat), *moments) if part)
    return [said, _length(repeat)]


def _often(repeat: Object) -> str:
    span, unit = _figures(repeat, "period"), token(repeat.get("periodUnit"))
    often = _figures(repeat, "frequency")
    if not span or unit not in _PERIODS:
        return ""  # so often in a time that nobody names
    return f"{often or 1}×/{unit if span == '1' else f'{span} {unit}'}"


def _figures(repeat: Object, name: str) -> str:
    """A number, or from one to another."""
    least, most = number(repeat.get(name)), number(repeat.get(f"{name}Max"))
    return "–".join(plain(one) for one in (least, most) if one is not None)


def _length(repeat: Object) -> str:
    """How long, how many times in all, or until when."""
    span = _quantity(repeat.get("boundsDuration"), "boundsDuration") or _range(repeat.get("boundsRange"), "boundsRange")
    until = string(obj(repeat.get("boundsPeriod")).get("end"), "dosage.timing.repeat.boundsPeriod.end", 50)
    times = _figures(repeat, "count")
    said = (
        t("for {time}", time=span) if span else "",
        t("until {date}", date=until) if until else "",
        t("{count} times in all", count=times) if times else "",
    )
    return ", ".join(part for part in said if part)


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
