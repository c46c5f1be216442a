"""The clinic's clinical limits as they hold: the one place from which whoever judges a value takes them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.models import ClinicSettings
from app.domain.vitals_glp1 import Glp1Rule, glp1_rule
from app.domain.vitals_ranges import VitalRanges, vital_ranges
from app.queries.core import Reader, query


@dataclass(frozen=True, slots=True)
class ClinicalLimits:
    """Ranges of vital signs, and from which body mass index on GLP-1 medicines are shown."""

    ranges: VitalRanges
    glp1: Glp1Rule


@query(offline=True)
def clinical_limits(session: Session, reader: Reader) -> ClinicalLimits:
    """Return the limits of the reader's clinic, with the usual ones for what it has not chosen. One statement."""
    settings = session.execute(
        select(ClinicSettings.settings).where(ClinicSettings.clinic_id == reader.clinic_id)
    ).scalar()
    return ClinicalLimits(vital_ranges(settings), glp1_rule(settings))
