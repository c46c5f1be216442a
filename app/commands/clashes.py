"""A patient can be in one place at a time too: a second visit at the same time warns, it is never refused."""

from __future__ import annotations

from app.domain.agenda import Agenda
from app.domain.spans import Span
from app.kernel.i18n import t


def clashes(agenda: Agenda, patient_id: str, span: Span, visit_id: str) -> tuple[str, ...]:
    """Warnings for the patient's other live visits that overlap `span`; the agenda was read for that patient."""
    others = (one for one in agenda.elsewhere if one.patient_id == patient_id and one.visit_id != visit_id)
    times = sorted(one.span.start.astimezone(agenda.zone) for one in others if one.span.overlaps(span))
    return tuple(t("This patient has another visit at {time}.", time=f"{at:%H:%M}") for at in times)
