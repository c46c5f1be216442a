"""How the phase of a care plan is called, wherever a plan is shown."""

from __future__ import annotations

from datetime import date

from app.kernel.i18n import t
from app.ui.parts.patient_values import date_text


def phase_text(phase: str, until: date | None, today: date) -> str:
    """Return "phase 1 of 3, to 31 Oct 2026"; of one whose last day has passed that it ended."""
    if until is None:
        return phase
    if until < today:
        return t("{phase}, ended {date}", phase=phase, date=date_text(until))
    return t("{phase}, to {date}", phase=phase, date=date_text(until))
