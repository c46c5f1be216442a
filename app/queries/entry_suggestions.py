"""What stands in the lists of a provider's recent patients: offered while an entry is typed."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.models import Patient, Visit, VisitSlot
from app.domain.clinical_lists import ListKind, read_list
from app.domain.entry_suggestions import Suggestion, used_in
from app.queries.core import Reader, query

RECENT = timedelta(days=60)
PATIENTS = 500


@query(offline=True)
def used_entries(session: Session, reader: Reader, *, kind: ListKind) -> tuple[Suggestion, ...]:
    """Return the entries of the patients whom the reader saw lately, most used first; one statement.

    Nothing for those who see no patients. Bounded by a provider's days, so that it is as quick in a large clinic.
    """
    if reader.provider_id is None:
        return ()
    lately = (
        select(Visit.patient_id)
        .join(VisitSlot, VisitSlot.id == Visit.slot_id)
        .where(
            VisitSlot.provider_id == reader.provider_id, VisitSlot.start_time >= reader.now - RECENT,
            VisitSlot.start_time < reader.now,
        )
        .order_by(VisitSlot.start_time.desc(), Visit.id)
        .limit(PATIENTS)
    )  # fmt: skip
    seen = lately.subquery()
    rows = session.execute(select(Patient.id, Patient.demographics).where(Patient.id.in_(select(seen.c.patient_id))))
    return used_in(read_list(row.demographics, kind) for row in rows)
