"""Who read what about whom: what is kept when a chart is opened, and when names leave on paper or in a file."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from sqlalchemy import ColumnElement, Integer, Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.queries.core import Reader, query


class Access(StrEnum):
    """What was done with what is known of a patient."""

    OPEN = "OPEN"
    PRINT = "PRINT"
    EXPORT = "EXPORT"


def access_event(reader: Reader, patient_ids: Collection[str], kind: Access) -> ColumnElement[int]:
    """Return the column that writes the event where it is selected: it costs no trip of its own. Server only."""
    ids = bindparam("access_patients", sorted(patient_ids), type_=ARRAY(Text), unique=True)
    return func.desktop.note_access(ids, kind.value, reader.workstation, type_=Integer)


@query(offline=False)
def note_access(session: Session, reader: Reader, *, patient_ids: Collection[str], kind: Access) -> int:
    """Keep that somebody prints or exports what is known of patients; returns how many events. One statement."""
    return int(session.execute(select(access_event(reader, patient_ids, kind))).scalar_one()) if patient_ids else 0
