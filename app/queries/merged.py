"""Records that are part of a patient now: their rows moved along, but for the few that would have collided."""

from __future__ import annotations

from sqlalchemy import CompoundSelect, Select, literal, select

from app.db.models import PatientDetail


def with_merged(patient_id: str) -> Select[tuple[str]] | CompoundSelect[tuple[str]]:
    """The ids of a patient and of everybody who was merged into them, over several merges: for ``IN``."""
    people = select(literal(patient_id).label("id")).cte("people", recursive=True)
    merged = select(PatientDetail.patient_id).join(people, PatientDetail.merged_into == people.c.id)
    return select(people.union(merged).c.id)
