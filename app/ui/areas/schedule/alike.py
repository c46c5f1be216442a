"""Who on a day could be mistaken for a patient, from what the calendar shows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.enums import VisitStatus
from app.domain.namesakes import is_alike
from app.kernel.i18n import t
from app.queries.patients import PatientHit
from app.ui.areas.schedule.sheet import Sheet
from app.ui.parts.words import birth, clock, in_sentence

MOST = 3


def _parts(name: str) -> tuple[str, str]:
    first, _, rest = name.partition(" ")
    return first, rest


def alike_on_day(sheets: Iterable[Sheet], patient: PatientHit, start: datetime, zone: ZoneInfo) -> tuple[str, ...]:
    """Return a sentence for each visit that day of somebody else with a similar name: who, born when, where."""
    day = start.astimezone(zone).date()
    found: dict[str, str] = {}
    for sheet in sheets:
        if sheet.day != day:
            continue
        for slot in sheet.slots:
            visit = slot.visit
            if visit is None or visit.patient_id == patient.id or visit.status is VisitStatus.COMPLETED:
                continue
            if visit.patient_id not in found and is_alike(_parts(patient.name), _parts(visit.patient_name)):
                found[visit.patient_id] = t(
                    "{name}, {born}, is at {time} with {provider}.", name=visit.patient_name,
                    born=in_sentence(birth(visit.patient_born)), time=clock(slot.start, zone),
                    provider=sheet.column.short_name,
                )  # fmt: skip
    return tuple(found.values())[:MOST]
