"""Waiting messages that may have found their patient: somebody was registered, a name or a number put right."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.models import LabMessage, LabOrder, LabOrderDetail, Patient, PatientSearch
from app.db.search_text import fold_record
from app.domain.enums import LabMessageState
from app.domain.lab_matching import Match
from app.domain.lab_messages import TakenMessage
from app.domain.patients import display_name
from app.queries.core import Reader, query
from app.queries.lab_inbox import LabMessageText, message_rows, message_text
from app.queries.lab_matching import load_knowledge, match_message

LOOKED_AT = 2000
"""So many waiting messages, the newest ones, are looked at."""
OPENED = 100
"""So many of those that name somebody known are opened: their texts may be long."""


@query(offline=False)
def lab_waiting_known(session: Session, reader: Reader) -> tuple[LabMessageText, ...]:
    """Return waiting messages with a record number, a birth date or an order that is here, the newest first.

    Those that a person laid back (taken out of a chart, let wait again) are not among them: a person decides on.
    """
    waiting = session.execute(
        select(LabMessage.id, LabMessage.person)
        .where(LabMessage.clinic_id == reader.clinic_id, LabMessage.state == LabMessageState.UNMATCHED)
        .where(LabMessage.handled_by.is_(None))
        .order_by(LabMessage.received_at.desc(), LabMessage.id.desc())
        .limit(LOOKED_AT)
    ).all()
    claims = {row.id: (_numbers(row.person), _born(row.person)) for row in waiting}
    numbers, days = _known(session, reader, claims.values())
    named = {row.id: _orders(row.person) for row in waiting}
    ours = _known_orders(session, reader, {number for said in named.values() for number in said})
    hits = [one for one, (said, born) in claims.items() if said & numbers or born in days or named[one] & ours][:OPENED]
    if not hits:
        return ()
    rows = session.execute(message_rows().add_columns(LabMessage.body).where(LabMessage.id.in_(hits))).all()
    return tuple(sorted((message_text(row) for row in rows), key=lambda one: hits.index(one.row.id)))


def _known(
    session: Session, reader: Reader, pairs: Collection[tuple[set[str], date | None]]
) -> tuple[set[str], set[date]]:  # fmt: skip
    """The record numbers and birth dates that are somebody's here."""
    numbers = sorted({number for said, _ in pairs for number in said})
    days = sorted({born for _, born in pairs if born is not None})
    here = PatientSearch.clinic_id == reader.clinic_id
    found = session.scalars(select(PatientSearch.mrn).where(here, PatientSearch.mrn.in_(numbers)))
    same = session.scalars(select(PatientSearch.birth_date).where(here, PatientSearch.birth_date.in_(days)))
    return {one for one in found if one}, {one for one in same if one}


def _known_orders(session: Session, reader: Reader, numbers: set[str]) -> set[str]:
    """The numbers that are an order's of this clinic: its own, or the one that was sent with it."""
    if not numbers:
        return set()
    wanted, detail = sorted(numbers), LabOrderDetail
    sent = select(detail.placer_id).where(detail.clinic_id == reader.clinic_id, detail.placer_id.in_(wanted))
    own = (
        select(LabOrder.id)
        .join(Patient, Patient.id == LabOrder.patient_id)
        .where(Patient.clinic_id == reader.clinic_id, LabOrder.id.in_(wanted))
    )
    return {one for one in (*session.scalars(sent), *session.scalars(own)) if one}


def _orders(person: Any) -> set[str]:
    said = person.get("orders") if isinstance(person, dict) else None
    return {one for one in said if isinstance(one, str)} if isinstance(said, list) else set()


def _numbers(person: Any) -> set[str]:
    ids = person.get("ids") if isinstance(person, dict) else None
    said = (one.get("value") for one in ids if isinstance(one, dict)) if isinstance(ids, list) else ()
    return {fold_record(one) for one in said if isinstance(one, str)} - {""}


def _born(person: Any) -> date | None:
    said = person.get("birthDate") if isinstance(person, dict) else None
    try:
        return date.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None


@query(offline=False)
def lab_matches(
    session: Session, reader: Reader, *, messages: tuple[TakenMessage, ...]
) -> tuple[tuple[Match, str], ...]:  # fmt: skip
    """Say of each message whose it is by the rules of taking files in, with the patient's name, or why nobody's."""
    known = load_knowledge(lambda wanted: session.execute(wanted).all(), reader.clinic_id, messages)
    found = []
    for message in messages:
        match = match_message(message, known)
        person = known.people.get(match.patient_id) if match.patient_id else None
        found.append((match, display_name(person.first_name, person.last_name) if person else ""))
    return tuple(found)
