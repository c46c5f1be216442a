"""Papers of a patient that a message may refer to: what is out already, never drafts, withdrawn or unsigned ones."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app.db.models import ExcuseNote, ExcuseNoteDetail, LabOrder, LabReview, Patient, Referral
from app.domain.enums import ExcuseNoteStatus, LabOrderStatus, ReferralStatus, ReviewState
from app.domain.excuse_notes import kind_word
from app.domain.messages import RecordLink
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.core import Reader, query

EACH = 10
"""So many of a kind are offered, the latest ones."""
_LETTERS = (ReferralStatus.SENT, ReferralStatus.ACCEPTED, ReferralStatus.COMPLETED)
_REQUISITIONS = (LabOrderStatus.ORDERED, LabOrderStatus.IN_PROGRESS)


@dataclass(frozen=True, slots=True)
class Attachable:
    """A paper and what it is called for the patient; ``day`` of the clinic: its first day, or when it was made."""

    link: RecordLink
    name: str
    day: date


Asks = Callable[[Any], Sequence[Any]]
"""Carries a statement out and returns its rows."""


@query(offline=True)
def attachable(session: Session, reader: Reader, *, patient_id: str) -> tuple[Attachable, ...]:
    """Return what may be attached to a message to a patient, the latest first. Three statements."""
    found = find_attachable(lambda statement: session.execute(statement).all(), reader.clinic_id, reader.zone,
                            patient_id)  # fmt: skip
    return tuple(sorted(found, key=lambda one: (one.day, one.link.url), reverse=True))


@query(offline=True)
def known_paper(session: Session, reader: Reader, *, patient_id: str, link: RecordLink) -> RecordLink:
    """Return the link when it names a row of this patient's; refused "NoPaper" otherwise. One statement.

    A message comes from any program: whatever it names is looked for in its own patient's record only.
    """
    model = _MODELS[link.table]
    mine = (
        select(model.id)
        .join(Patient, Patient.id == model.patient_id)
        .where(model.id == link.id, model.patient_id == patient_id, Patient.clinic_id == reader.clinic_id)
    )
    if session.execute(mine).first() is None:
        raise Refused("NoPaper", t("There is no such paper in this patient's record."), field="attachments")
    return link


def find_attachable(
    ask: Asks, clinic_id: str, zone: ZoneInfo, patient_id: str, wanted: Collection[RecordLink] | None = None
) -> list[Attachable]:
    """Find what may be attached; with ``wanted`` only those, a statement for each of their tables."""
    found = []
    for table, statement, name in ((_NOTES, _notes, _note), (_REFERRALS, _referrals, _letter), (_LABS, _labs, _order)):
        ids = None if wanted is None else [one.id for one in wanted if one.table == table]
        if ids == []:
            continue
        model, asked = statement()
        asked = asked.join(Patient, Patient.id == model.patient_id).where(
            model.patient_id == patient_id, Patient.clinic_id == clinic_id
        )
        asked = asked.limit(EACH) if ids is None else asked.where(model.id.in_(ids))
        found += [name(row, zone) for row in ask(asked)]
    return found


_NOTES, _REFERRALS, _LABS = "excuse_notes", "referrals", "lab_orders"
_MODELS: dict[str, Any] = {_NOTES: ExcuseNote, _REFERRALS: Referral, _LABS: LabOrder}


def _notes() -> tuple[Any, Any]:
    sent = and_(ExcuseNote.status != ExcuseNoteStatus.DRAFT, ExcuseNoteDetail.withdrawn_at.is_(None))
    columns = select(ExcuseNote.id, ExcuseNote.type, ExcuseNote.start_date, ExcuseNote.end_date)
    joined = columns.outerjoin(ExcuseNoteDetail, ExcuseNoteDetail.note_id == ExcuseNote.id).where(sent)
    return ExcuseNote, joined.order_by(ExcuseNote.start_date.desc(), ExcuseNote.id)


def _note(row: Any, _zone: ZoneInfo) -> Attachable:
    first, last = row.start_date, row.end_date
    days = first.isoformat() if first == last else f"{first.isoformat()} – {last.isoformat()}"
    name = t("Excuse note ({kind}), {days}", kind=kind_word(row.type), days=days)
    return Attachable(RecordLink(_NOTES, row.id), name, first)


def _referrals() -> tuple[Any, Any]:
    columns = select(Referral.id, Referral.specialty, Referral.sent_at, Referral.created_at)
    joined = columns.where(Referral.status.in_(_LETTERS))
    return Referral, joined.order_by(Referral.created_at.desc(), Referral.id)


def _letter(row: Any, zone: ZoneInfo) -> Attachable:
    day = (row.sent_at or row.created_at).astimezone(zone).date()
    name = t("Referral ({specialty}), {day}", specialty=" ".join(row.specialty.split())[:60], day=day.isoformat())
    return Attachable(RecordLink(_REFERRALS, row.id), name, day)


def _labs() -> tuple[Any, Any]:
    signed = and_(LabOrder.status == LabOrderStatus.COMPLETED, LabReview.state == ReviewState.SIGNED)
    columns = select(LabOrder.id, LabOrder.tests, LabOrder.ordered_at)
    joined = columns.outerjoin(LabReview, LabReview.order_id == LabOrder.id)
    joined = joined.where(or_(LabOrder.status.in_(_REQUISITIONS), signed))
    return LabOrder, joined.order_by(LabOrder.ordered_at.desc(), LabOrder.id)


def _order(row: Any, zone: ZoneInfo) -> Attachable:
    day = row.ordered_at.astimezone(zone).date()
    tests = ", ".join(" ".join(one.split()) for one in row.tests or ())[:60]
    name = t("Laboratory order ({tests}), {day}", tests=tests, day=day.isoformat())
    return Attachable(RecordLink(_LABS, row.id), name, day)
