"""Planning imported visits, measurements and body mass indices of one patient."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from app.domain.enums import SlotOrigin, SlotStatus, TelemedStatus, VisitMode
from app.domain.import_care import plan_care
from app.domain.import_digest import digest
from app.domain.import_history import plan_messages, plan_variability
from app.domain.import_lists import LISTS
from app.domain.import_papers import plan_papers
from app.domain.import_plan import RETRACTED, Draft, RowNow
from app.domain.imports import (
    BmiRow,
    MeasurementRow,
    PatientImport,
    RetractedRow,
    Skipped,
    SourceId,
    VisitRow,
)
from app.kernel.clock import truncate_ms
from app.kernel.i18n import t

_STANDING = ("lab_orders", "referrals", "care_plans", "visit_note", "excuse_notes", "hrv_readings")
"""What stays as it is though its source withdraws it: somebody here decides."""
NO_END = timedelta(minutes=20)
"""How long a past visit is shown when its source gives no end."""


def plan_records(draft: Draft, item: PatientImport, patient_id: str) -> None:
    """Decide about everything but the patient's own data."""
    for visit in item.visits:
        _visit(draft, item.source, visit, patient_id)
    for measurement in item.measurements:
        _measurement(draft, item.source, measurement, patient_id)
    for row in item.bmi:
        _bmi(draft, item.source, row, patient_id)
    plan_variability(draft, item, patient_id)
    plan_care(draft, item, patient_id)
    plan_papers(draft, item, patient_id)
    plan_messages(draft, item, patient_id)  # a message may refer to a paper
    for retracted in item.retracted:
        _retract(draft, retracted, patient_id)


def _end(row: VisitRow) -> datetime:
    return row.end if row.end > row.start else row.start + NO_END


def _visit(draft: Draft, owner: SourceId, row: VisitRow, patient_id: str) -> None:
    content = digest(row, owner)
    known = draft.link(row.source, "visits")
    if known is None:
        _new_visit(draft, row, patient_id, content)
    elif known.content == content:
        draft.tally.count(draft.tally.unchanged, row)
    elif (now := draft.own_row("visits", known.row_id, row, patient_id)) is not None:
        if now.status != row.status.value:
            draft.tally.remark(row, t("its outcome changed at the source; the visit here keeps its own"))
        stamp = draft.stamp(now.updated_at)
        draft.update(
            "visit_slots", now.slot_id, start_time=row.start, end_time=_end(row), visit_mode=row.mode, updated_at=stamp
        )
        draft.update(
            "visits",
            known.row_id,
            visit_mode=row.mode,
            visit_type=row.visit_type,
            reason_text=row.reason,
            updated_at=stamp,
        )
        draft.tally.count(draft.tally.updated, row)
        draft.keep_link(row.source, "visits", known.row_id, content)


def _new_visit(draft: Draft, row: VisitRow, patient_id: str, content: str) -> None:
    """A slot of its own kind that claims nothing, and on it the visit in its final state."""
    provider_id = draft.provider_for(row.practitioner)
    slot_id, visit_id = draft.ids.cuid(), draft.ids.cuid()
    draft.insert(
        "slot_detail", slot_id=slot_id, origin=SlotOrigin.HISTORY, reason=_held_by(draft, row), updated_at=draft.at
    )
    times = {"created_at": draft.at, "updated_at": draft.at}
    draft.insert(
        "visit_slots",
        id=slot_id,
        provider_id=provider_id,
        start_time=row.start,
        end_time=_end(row),
        visit_mode=row.mode,
        status=SlotStatus.BLOCKED,
        **times,
    )
    draft.insert(
        "visits",
        id=visit_id,
        patient_id=patient_id,
        provider_id=provider_id,
        slot_id=slot_id,
        visit_type=row.visit_type,
        visit_mode=row.mode,
        reason_text=row.reason,
        status=row.status,
        **times,
    )
    if row.mode is VisitMode.VIRTUAL:
        _session(draft, visit_id, _end(row))
    draft.tally.count(draft.tally.taken, row)
    draft.keep_link(row.source, "visits", visit_id, content)
    draft.state.rows["visits", visit_id] = RowNow(patient_id, slot_id, row.status.value, draft.at)


def _held_by(draft: Draft, row: VisitRow) -> str | None:
    """The name that the source gives, where it is no provider here."""
    known = draft.link(row.practitioner, "providers") if row.practitioner else None
    return None if known else row.practitioner_name or None


def _session(draft: Draft, visit_id: str, ended: datetime) -> None:
    """The room of a virtual visit that is over: it begins like every other, and ends at once."""
    session_id = draft.ids.cuid()
    times = {"created_at": draft.at, "updated_at": draft.at}
    draft.insert("virtual_visit_sessions", id=session_id, visit_id=visit_id, room_id=f"imported-{session_id}", **times)
    draft.update(
        "virtual_visit_sessions",
        session_id,
        status=TelemedStatus.ENDED,
        ended_at=ended,
        updated_at=draft.stamp(draft.at),
    )


def _measurement(draft: Draft, owner: SourceId, row: MeasurementRow, patient_id: str) -> None:
    content = digest(row, owner)
    known = draft.link(row.source, "measurements")
    if known is not None and known.content == content:
        draft.tally.count(draft.tally.unchanged, row)
        return
    visit = draft.link(row.encounter, "visits") if row.encounter else None
    origin = {"system": row.source.system, "sourceId": row.source.value}
    metadata: dict[str, Any] = {**row.metadata, **origin, **({"visitId": visit.row_id} if visit else {})}
    values = {"type": row.type, "value": row.value, "timestamp": truncate_ms(row.at), "metadata_": metadata}
    if known is None:
        row_id = draft.ids.uuid()
        draft.insert("measurements", id=row_id, patient_id=patient_id, source="DEVICE", created_at=draft.at, **values)
        draft.tally.count(draft.tally.taken, row)
        draft.state.rows["measurements", row_id] = RowNow(patient_id)
    elif draft.own_row("measurements", known.row_id, row, patient_id) is None:
        return
    else:
        row_id = known.row_id
        draft.update("measurements", row_id, **values)
        draft.tally.count(draft.tally.updated, row)
    draft.keep_link(row.source, "measurements", row_id, content)


def _bmi(draft: Draft, owner: SourceId, row: BmiRow, patient_id: str) -> None:
    """It follows its weight; only body mass indices that the source gave itself are counted."""
    content = digest(row, owner)
    known = draft.link(row.source, "bmi_readings")
    tally = draft.tally
    weight = draft.link(row.source, "measurements")
    if (
        weight is None
        or draft.state.rows.get(("measurements", weight.row_id), RowNow(patient_id)).patient_id != patient_id
    ):
        skip_also(draft, row, t("its weight is not taken"))
        return
    values = {
        "timestamp": truncate_ms(row.at),
        "weight_kg": row.weight_kg,
        "height_cm": row.height_cm,
        "bmi": row.bmi,
    }
    if known is not None and known.content == content:
        into, row_id = tally.unchanged, known.row_id
    elif known is None or known.taken_back:
        into, row_id = tally.taken, draft.ids.cuid()
        draft.insert("bmi_readings", id=row_id, patient_id=patient_id, created_at=draft.at, **values)
        draft.state.rows["bmi_readings", row_id] = RowNow(patient_id)
    elif draft.state.rows.get(("bmi_readings", known.row_id), RowNow("")).patient_id != patient_id:
        skip_also(draft, row, t("its id belongs to another patient's record here"))
        return
    else:
        into, row_id = tally.updated, known.row_id
        draft.update("bmi_readings", row_id, **values)
    tally.count_also(into, row)
    draft.keep_link(row.source, "bmi_readings", row_id, content)


def _retract(draft: Draft, row: RetractedRow, patient_id: str) -> None:
    """Mark what an earlier import brought: staff see that it doesn't hold, and nothing vanishes."""
    if row.source.kind in LISTS:
        return  # the lists of the patient have settled it
    if any(draft.link(row.source, table) for table in _STANDING):
        draft.tally.count(draft.tally.unchanged, row)
        draft.tally.remark(row, t("withdrawn at its source after it was imported; look at it"))
        return
    table = "visits" if row.source.kind == "Encounter" else "measurements"
    known = draft.link(row.source, table)
    now = draft.state.rows.get((table, known.row_id)) if known else None
    if known is None or now is None or now.patient_id != patient_id:
        draft.tally.skip(row, row.reason)
    elif known.content == RETRACTED:
        draft.tally.count(draft.tally.unchanged, row)
    else:
        if table == "measurements":
            said = {"at": draft.at.isoformat(), "by": "import", "reason": row.reason}
            metadata = {**now.values["metadata_"], "retracted": said}
            draft.update(table, known.row_id, **{**now.values, "metadata_": metadata})
        draft.keep_link(row.source, table, known.row_id, RETRACTED)
        draft.tally.count(draft.tally.updated, row)
        draft.tally.remark(row, t("withdrawn at its source after it was imported; look at it"))


def skip_also(draft: Draft, row: BmiRow, reason: str) -> None:
    """Note that the body mass indices of the source are not taken; the one computed here is no record."""
    draft.tally.skipped.extend(Skipped(row.where, source.label, reason) for source in row.also)
