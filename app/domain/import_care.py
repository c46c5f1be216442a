"""Planning what a clinic's own export brings of what was ordered: laboratory orders, referrals, care plans.

Orders with results are filed as those are that laboratories send: what is old is history, what is new waits for a
signature here, and what changed at its source is a correction. Referrals and plans come once.
"""

from __future__ import annotations

from typing import Any

from app.domain.enums import LabOrderStatus, ReferralStatus
from app.domain.import_digest import digest
from app.domain.import_plan import Draft, OrderFiling, RowNow
from app.domain.imports import CarePlanRow, ExcuseRow, LabOrderRow, PatientImport, ReferralRow, SourceId
from app.kernel.clock import truncate_ms
from app.kernel.i18n import t


def plan_care(draft: Draft, item: PatientImport, patient_id: str) -> None:
    """Decide about them."""
    for order in item.orders:
        _order(draft, item.source, order, patient_id)
    for referral in item.referrals:
        if is_new(draft, item.source, referral, "referrals"):
            _referral(draft, item.source, referral, patient_id)
    for plan in item.plans:
        if is_new(draft, item.source, plan, "care_plans"):
            _plan(draft, item.source, plan, patient_id)


def _order(draft: Draft, owner: SourceId, row: LabOrderRow, patient_id: str) -> None:
    content = digest(row, owner)
    known = draft.link(row.source, "lab_orders")
    if known is not None and known.content == content:
        draft.tally.count(draft.tally.unchanged, row)
        return
    if known is None:
        order_id, into = draft.ids.cuid(), draft.tally.taken
        draft.state.rows["lab_orders", order_id] = RowNow(patient_id, status=row.status.value)
        if row.status in (LabOrderStatus.ORDERED, LabOrderStatus.IN_PROGRESS):
            draft.tally.remark(row, t("still open at its source; nobody here has ordered it"))
    elif (now := draft.own_row("lab_orders", known.row_id, row, patient_id)) is None:
        return
    else:
        order_id, into = known.row_id, draft.tally.updated
        if row.status is LabOrderStatus.CANCELLED and now.status != row.status.value:
            draft.tally.remark(row, t("cancelled at its source; the order here keeps its own state"))
    provider, visit = draft.provider_for(row.practitioner), visit_here(draft, row.encounter, patient_id)
    draft.plan.filings.append(OrderFiling(row, order_id, patient_id, provider, visit, made=known is None))
    draft.tally.count(into, row)
    draft.keep_link(row.source, "lab_orders", order_id, content)


def visit_here(draft: Draft, encounter: SourceId | None, patient_id: str) -> str | None:
    """Return the visit that an encounter is here, if it is still this patient's."""
    known = draft.link(encounter, "visits") if encounter else None
    now = draft.state.rows.get(("visits", known.row_id)) if known else None
    return known.row_id if known and now and now.patient_id == patient_id else None


def is_new(draft: Draft, owner: SourceId, row: ReferralRow | CarePlanRow | ExcuseRow, table: str) -> bool:
    """Tell whether a record is new; one that came before is settled: what is here is worked with here."""
    known = draft.link(row.source, table)
    if known is None:
        return True
    if known.content != digest(row, owner):
        draft.tally.remark(row, t("changed at its source; what is here stays"))
    draft.tally.count(draft.tally.unchanged, row)
    return False


def _referral(draft: Draft, owner: SourceId, row: ReferralRow, patient_id: str) -> None:
    row_id = draft.ids.cuid()
    times = {name: truncate_ms(at) if at else None for name, at in (("sent_at", row.sent_at),
             ("completed_at", row.completed_at))}  # fmt: skip
    draft.insert(
        "referrals", id=row_id, patient_id=patient_id, visit_id=visit_here(draft, row.encounter, patient_id),
        provider_id=draft.provider_for(row.practitioner), specialty=row.specialty, reason=row.reason,
        priority=row.priority, status=row.status, referred_to=row.referred_to or None, notes=row.notes or None,
        created_at=truncate_ms(row.at), updated_at=draft.at, **times,
    )  # fmt: skip
    if row.status not in (ReferralStatus.COMPLETED, ReferralStatus.CANCELLED):
        draft.tally.remark(row, t("still open at its source; nobody here has ordered it"))
    _letter(draft, row, row_id)
    _taken(draft, owner, row, "referrals", row_id)


def _letter(draft: Draft, row: ReferralRow, row_id: str) -> None:
    """What is kept beside a referral: its letter, where it went, what came back."""
    said = (row.letter, row.recipient, row.accepted_at, row.appointment_on, row.answer, row.cancel_reason)
    if not any(said):
        return
    draft.insert(
        "referral_detail", referral_id=row_id, clinic_id=draft.clinic_id, letter=row.letter,
        recipient=dict(row.recipient) if row.recipient else None,
        accepted_at=truncate_ms(row.accepted_at) if row.accepted_at else None, appointment_on=row.appointment_on,
        answer=row.answer, cancel_reason=row.cancel_reason or None, updated_at=draft.at,
    )  # fmt: skip


def _plan(draft: Draft, owner: SourceId, row: CarePlanRow, patient_id: str) -> None:
    row_id = draft.ids.uuid()
    phases: list[Any] = [dict(phase) for phase in row.phases]
    draft.insert("care_plans", id=row_id, patient_id=patient_id, phases=phases, created_at=truncate_ms(row.at),
                 updated_at=draft.at)  # fmt: skip
    _taken(draft, owner, row, "care_plans", row_id)


def _taken(draft: Draft, owner: SourceId, row: ReferralRow | CarePlanRow, table: str, row_id: str) -> None:
    draft.tally.count(draft.tally.taken, row)
    draft.keep_link(row.source, table, row_id, digest(row, owner))
