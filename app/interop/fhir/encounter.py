"""Encounter → a past visit. What lies ahead or is still going on is no history and is booked here instead."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.enums import VisitMode, VisitStatus, VisitType
from app.domain.imports import SourceId, VisitRow
from app.interop.fhir.values import check_status, codings, concept_text
from app.interop.values import Moment, Object, SkipError, moment, number, obj, objects, string, token
from app.kernel.i18n import t

_STATUS = {"finished": VisitStatus.COMPLETED, "cancelled": VisitStatus.CANCELLED}
_NEVER = frozenset({"entered-in-error"})
_OPEN = frozenset({"planned", "arrived", "triaged", "in-progress", "onleave"})
_LEADING = ("ATND", "PPRF")
_LENGTHS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
_LONGEST = timedelta(days=3660)


def visit_row(resource: Object, source: SourceId, where: str, zone: ZoneInfo, now: datetime) -> VisitRow:
    """Map an Encounter of the past; the practitioner is filled in by the caller. Raises ``SkipError``."""
    status = token(resource.get("status"))
    check_status(status, _NEVER)
    period = obj(resource.get("period"))
    begun = moment(period.get("start"), zone, "period.start")
    if begun is None:
        raise SkipError(t("no time"))
    if begun.at > now:
        raise SkipError(t("it lies in the future; book it here"))
    if status in _OPEN or not status:
        raise SkipError(t("it has not ended: its status is {status}", status=status or "?"))
    if status not in _STATUS:
        raise SkipError(t("its status is {status}", status=string(status, "status", 50)))
    return VisitRow(
        source=source,
        where=where,
        start=begun.at,
        end=_end(resource, begun, zone),
        mode=VisitMode.VIRTUAL if _class(resource) == "VR" else VisitMode.IN_PERSON,
        visit_type=VisitType.WALK_IN if _class(resource) == "EMER" else VisitType.SCHEDULED,
        status=_STATUS[status],
        reason=_reason(resource),
    )


def _end(resource: Object, begun: Moment, zone: ZoneInfo) -> datetime:
    """The end of the period, else the start plus the length, else the start itself.

    Where only one of both has a time of day, nobody knows how long it took on that day.
    """
    start = begun.at
    ended = moment(obj(resource.get("period")).get("end"), zone, "period.end")
    if ended is None:
        length = obj(resource.get("length"))
        size, seconds = number(length.get("value")), _LENGTHS.get(token(length.get("code")), 0)
        if size is None or not 0 < size * seconds <= _LONGEST.total_seconds():
            return start
        return start + timedelta(seconds=int(size * seconds))
    if begun.timed != ended.timed and begun.at.astimezone(zone).date() == ended.at.astimezone(zone).date():
        return start
    if ended.at < start:
        raise SkipError(t("it ends before it begins"))
    if ended.at - start > _LONGEST:
        raise SkipError(t("it lasts more than ten years"))
    return ended.at


def _class(resource: Object) -> str:
    return token(obj(resource.get("class")).get("code"))


def _reason(resource: Object) -> str:
    """Why and what kind, in words: the reason, else the diagnosis' display; after the type of encounter."""
    why = [concept_text(c, "reasonCode") for c in objects(resource.get("reasonCode"))]
    if not any(why):
        why = [string(r.get("display"), "reasonReference.display") for r in objects(resource.get("reasonReference"))]
    kind = [concept_text(c, "type") for c in objects(resource.get("type"))]
    parts = [next((text for text in kind if text), ""), "; ".join(text for text in why if text)]
    return ": ".join(part for part in parts if part) or string(obj(resource.get("class")).get("display"), "class")


def leading_participants(resource: Object) -> list[Object]:
    """Return the participants' references, the one in charge first."""
    found = objects(resource.get("participant"))
    found.sort(key=lambda p: not any(c in _LEADING for x in objects(p.get("type")) for _, c in codings(x)))
    return [obj(p["individual"]) for p in found if isinstance(p.get("individual"), dict)]
