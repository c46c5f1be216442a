"""ServiceRequest, DiagnosticReport and laboratory Observation of a clinic's own export → orders, results, referrals.

Others say too little of where an order stands and which results are its own, so only our exports are read here. What
an export of before didn't say (extensions of ours) follows from FHIR's own elements where they allow one answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import TypeVar
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from app.domain.enums import LabOrderStatus, ReferralPriority, ReferralStatus
from app.domain.import_own import is_own_system
from app.domain.imports import ImportedRow, LabOrderRow, ReferralRow, SourceId
from app.domain.lab_merge import checked_items
from app.domain.labs import FLAGS, MAX_TEXT, LabResult, Value
from app.domain.referrals import clean_recipient
from app.interop.fhir.export_care import LABORATORY, REFERRAL
from app.interop.fhir.export_parts import CODES, RESULTS
from app.interop.fhir.identity import by_key, reference
from app.interop.fhir.values import LOINC, check_status, codings, concept_text, extensions
from app.interop.values import Object, SkipError, moment, number, obj, objects, string, token
from app.kernel.i18n import t
from app.kernel.text import MAX_LONG, MAX_SHORT

E = TypeVar("E", bound=Enum)
Asked = LabOrderRow | ReferralRow

_NEVER = frozenset({"entered-in-error"})
_NOTHING = "?"
"""What an export writes where FHIR wants a word and there is none."""
_ORDER = {"completed": LabOrderStatus.COMPLETED, "revoked": LabOrderStatus.CANCELLED, "active": LabOrderStatus.ORDERED}
_REFERRAL = {
    "completed": ReferralStatus.COMPLETED, "revoked": ReferralStatus.CANCELLED, "draft": ReferralStatus.PENDING,
    "active": ReferralStatus.SENT,
}  # fmt: skip
_PRIORITY = {"urgent": ReferralPriority.URGENT, "stat": ReferralPriority.STAT, "routine": ReferralPriority.ROUTINE}


@dataclass(frozen=True, slots=True, kw_only=True)
class LabItemRow(ImportedRow):
    """A result that looks for its order."""

    order: SourceId
    item: LabResult


@dataclass(frozen=True, slots=True, kw_only=True)
class LabReportRow(ImportedRow):
    """A report that looks for its order; ``issued`` (aware UTC) is when its results were complete."""

    order: SourceId
    issued: datetime | None = None


def order_row(resource: Object, source: SourceId, where: str, zone: ZoneInfo, now: datetime) -> Asked:
    """Map a ServiceRequest; requester and encounter are filled in by the caller. Raises ``SkipError``, ``Refused``."""
    status = token(resource.get("status"))
    check_status(status, _NEVER)
    asked = {code for one in objects(resource.get("category")) for code in codings(one)}
    written = moment(resource.get("authoredOn"), zone, "authoredOn")
    if written is None:
        raise SkipError(t("no time"))
    if written.at > now:
        raise SkipError(t("it lies in the future"))
    notes = string(_note(resource), "note", MAX_LONG)
    if tuple(reversed(LABORATORY)) in asked:
        return LabOrderRow(source=source, where=where, at=written.at, status=_stands(resource, LabOrderStatus, _ORDER),
                           tests=_tests(resource), notes=notes)  # fmt: skip
    if tuple(reversed(REFERRAL)) not in asked:
        raise SkipError(t("neither a laboratory order nor a referral"))
    performer: Object = next(iter(objects(resource.get("performer"))), {})
    return ReferralRow(
        source=source, where=where, at=_at(resource, "created", zone) or written.at,
        specialty=_text(resource.get("code"), "code", MAX_SHORT),
        reason="; ".join(filter(None, (_text(c, "reasonCode", MAX_LONG) for c in objects(resource.get("reasonCode"))))),
        priority=_PRIORITY.get(token(resource.get("priority")), ReferralPriority.ROUTINE),
        status=_stands(resource, ReferralStatus, _REFERRAL), notes=notes,
        referred_to=string(performer.get("display"), "performer", MAX_SHORT),
        sent_at=_at(resource, "sent", zone), completed_at=_at(resource, "completed", zone),
        letter=_own_text(resource, "letter", MAX_LONG), recipient=_recipient(resource),
        accepted_at=_at(resource, "accepted", zone), appointment_on=_appointment(resource),
        answer=_own_text(resource, "answer", MAX_LONG), cancel_reason=_own_text(resource, "cancelled", MAX_LONG),
    )  # fmt: skip


def _own_text(resource: Object, name: str, limit: int) -> str:
    return next((string(one.get("valueString"), name, limit) for one in extensions(resource, f"{CODES}/{name}")), "")


def _recipient(resource: Object) -> Mapping[str, str] | None:
    """How to reach whom it went to, in the parts that a referral here has."""
    whole: Object = next(iter(extensions(resource, f"{CODES}/recipient")), {})
    said = {token(one.get("url")): one.get("valueString") for one in objects(whole.get("extension"))}
    return clean_recipient({name: text for name, text in said.items() if isinstance(text, str)})


def _appointment(resource: Object) -> date | None:
    for one in extensions(resource, f"{CODES}/appointment"):
        try:
            return date.fromisoformat(token(one.get("valueDate")))
        except ValueError:
            return None
    return None


def _stands(resource: Object, kind: type[E], plain: dict[str, E]) -> E:
    """Where it stands: as the export says, else what FHIR's status allows."""
    said = next((token(one.get("valueCode")) for one in extensions(resource, f"{CODES}/status")), "")
    if said in kind.__members__:
        return kind[said]
    status = token(resource.get("status"))
    if status not in plain:
        raise SkipError(t("its status is {status}", status=string(status, "status", 50) or "?"))
    return plain[status]


def _at(resource: Object, name: str, zone: ZoneInfo) -> datetime | None:
    for one in extensions(resource, f"{CODES}/{name}"):
        found = moment(one.get("valueDateTime"), zone, name)
        return found.at if found else None
    return None


def _tests(resource: Object) -> tuple[str, ...]:
    named = [_text(one, "orderDetail", MAX_SHORT) for one in objects(resource.get("orderDetail"))]
    return tuple(text for text in named or [_text(resource.get("code"), "code", MAX_LONG)] if text)


def _text(concept: object, field: str, limit: int) -> str:
    found = string(obj(concept).get("text"), field, limit)
    return "" if found == _NOTHING else found


def _note(resource: Object) -> object:
    return next((one.get("text") for one in objects(resource.get("note"))), None)


def own_order_of(resource: Object, base: str) -> SourceId | None:
    """Return the order that a result of our own export names; None for any other Observation."""
    if not is_own_system(base) or not _is_laboratory(resource):
        return None
    return _based_on(resource, base)


def _is_laboratory(resource: Object) -> bool:
    return any(code == "laboratory" for one in objects(resource.get("category")) for _, code in codings(one))


def _based_on(resource: Object, base: str) -> SourceId | None:
    wanted = (reference(one, "ServiceRequest") for one in objects(resource.get("basedOn")))
    return next((found for one in wanted if one and (found := by_key(one, base))), None)


def lab_report_row(resource: Object, source: SourceId, where: str, base: str, zone: ZoneInfo) -> LabReportRow:
    """Map a DiagnosticReport: it only says when the results of an order were complete."""
    check_status(token(resource.get("status")), _NEVER)
    order = _based_on(resource, base)
    if order is None:
        raise SkipError(t("it names no order"))
    issued = moment(resource.get("issued"), zone, "issued")
    return LabReportRow(source=source, where=where, order=order, issued=issued.at if issued else None)


def lab_item_row(
    resource: Object, source: SourceId, where: str, order: SourceId, zone: ZoneInfo, now: datetime
) -> LabItemRow:
    """Map a laboratory Observation to the result that it was. Raises ``SkipError``, ``Refused``."""
    observed = moment(resource.get("effectiveDateTime"), zone, "effectiveDateTime")
    code, system = _code(codings(resource.get("code")))
    value, unit = _value(resource)
    limits: Object = next(iter(objects(resource.get("referenceRange"))), {})
    flags = [flag for one in objects(resource.get("interpretation")) for _, flag in codings(one) if flag in FLAGS]
    made = LabResult(
        code=code, name=concept_text(resource.get("code"), "code"), value=value,
        unit=unit or next((found for end in ("low", "high") if (found := _unit(limits.get(end)))), ""),
        low=_limit(limits.get("low")), high=_limit(limits.get("high")), flag=next(iter(flags), ""),
        observed_at=observed.at if observed else None, status=token(resource.get("status")), system=system,
        note=string(_note(resource), "note", MAX_TEXT),
    )  # fmt: skip
    (checked,) = checked_items((made,), now, typed=False)
    return LabItemRow(source=source, where=where, order=order, item=checked)


def _code(found: Iterable[tuple[str, str]]) -> tuple[str, str]:
    """Return a test's code and whose it is, "" for LOINC's and for those that say nothing of it."""
    for system, code in found:
        if system in (LOINC, RESULTS):
            return code, ""
        if system.startswith(f"{RESULTS}/"):
            return code, unquote(system.removeprefix(f"{RESULTS}/"))
    return "", ""


def _value(resource: Object) -> tuple[Value, str]:
    quantity = obj(resource.get("valueQuantity"))
    amount = number(quantity.get("value"))
    if amount is None:
        return string(resource.get("valueString"), "value", MAX_TEXT), ""
    plain = int(amount) if amount == amount.to_integral_value() else float(amount)
    sign = token(quantity.get("comparator"))
    return f"{sign}{plain}" if sign else plain, _unit(quantity)


def _unit(quantity: object) -> str:
    return string(obj(quantity).get("unit"), "unit", 100)


def _limit(quantity: object) -> float | None:
    found = number(obj(quantity).get("value"))
    return None if found is None else int(found) if found == found.to_integral_value() else float(found)
