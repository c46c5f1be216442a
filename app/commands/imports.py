"""Writing imported records: one command a batch, so that each is all there or not at all, and safe to repeat."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, inspect, select, update

from app.commands.core import Change, Command, Context, Outcome, handles
from app.commands.import_orders import file_orders
from app.db.base import Base
from app.db.batches import as_json, batch_inserts
from app.db.models import (
    BMIReading,
    CarePlan,
    ExcuseNote,
    ExcuseNoteDetail,
    HRVReading,
    ImportLink,
    ImportRun,
    Measurement,
    Message,
    MessageThread,
    Patient,
    PatientDetail,
    Provider,
    ProviderSettings,
    Referral,
    ReferralDetail,
    SlotDetail,
    ThreadDetail,
    User,
    VirtualVisitSession,
    Visit,
    VisitNote,
    VisitNoteAddendum,
    VisitSlot,
)
from app.domain.import_people import plan_import
from app.domain.import_plan import TABLES, Draft, ImportPlan
from app.domain.imports import ImportBatch, PatientImport, PractitionerRow
from app.domain.paper_codes import spare_code
from app.domain.permissions import Permission
from app.queries.imports import likely_duplicates, load_state, new_patients

_MODELS: Mapping[str, type[Base]] = {
    "users": User,
    "patients": Patient,
    "patient_detail": PatientDetail,
    "providers": Provider,
    "provider_settings": ProviderSettings,
    "slot_detail": SlotDetail,
    "visit_slots": VisitSlot,
    "visits": Visit,
    "virtual_visit_sessions": VirtualVisitSession,
    "measurements": Measurement,
    "bmi_readings": BMIReading,
    "hrv_readings": HRVReading,
    "message_threads": MessageThread,
    "messages": Message,
    "thread_detail": ThreadDetail,
    "referrals": Referral,
    "referral_detail": ReferralDetail,
    "care_plans": CarePlan,
    "visit_note": VisitNote,
    "visit_note_addendum": VisitNoteAddendum,
    "excuse_notes": ExcuseNote,
    "excuse_note_detail": ExcuseNoteDetail,
    "import_link": ImportLink,
}
_HISTORY = ("hrv_readings", "message_threads", "messages", "referrals", "referral_detail", "care_plans",
            "visit_note", "visit_note_addendum", "excuse_notes", "excuse_note_detail")  # fmt: skip
"""Nobody writes in a device's or another person's name; on the server a function of its own takes history in."""
_CORRECTED = ("measurements", "bmi_readings")
"""Nobody changes readings in plain SQL; on the server a function of its own corrects imported ones."""

_SHOWN = ("patients", "providers")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRecords(Command):
    """Bring a batch of records in. The outcome's result counts what was taken, updated, unchanged, skipped.

    Patients' own data alone needs less of a permission than their records do.
    """

    practitioners: tuple[PractitionerRow, ...] = ()
    patients: tuple[PatientImport, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteImport(Command):
    """Keep the report of an import: first when it begins, again when it ended. ``kind`` is fhir, csv or hl7."""

    run_id: str
    kind: str
    started_at: datetime
    finished_at: datetime | None = None
    summary: Mapping[str, Any] = field(default_factory=dict)


@handles(ImportRecords, permission=Permission.IMPORT_PATIENTS)
def import_records(cmd: ImportRecords, ctx: Context) -> Outcome:
    """Load what is known of the records, decide, write everything in one trip."""
    batch = ImportBatch(practitioners=cmd.practitioners, patients=cmd.patients)
    if not batch.is_patient_list:
        ctx.require(Permission.IMPORT_ALL)
    state = load_state(ctx.all, ctx.actor.clinic_id, batch, online=ctx.online)
    remarks = likely_duplicates(ctx.all, ctx.actor.clinic_id, new_patients(batch, state))
    plan = plan_import(batch, Draft(state, ctx.actor.clinic_id, ctx.occurred_at, ctx.ids))
    plan.tally.remarks.extend(remarks)
    _write(plan, ctx)
    file_orders(plan.filings, ctx)
    return Outcome(result=plan.tally.batch_json(), changes=_changes(plan))


def _write(plan: ImportPlan, ctx: Context) -> None:
    _spare_codes(plan, ctx)
    for table in TABLES:
        if table == _HISTORY[0] and ctx.online:
            _take_history(plan, ctx)
        elif table not in _HISTORY or not ctx.online:
            ctx.emit(*batch_inserts(_MODELS[table], plan.inserts[table], online=ctx.online))
    corrected: dict[str, list[dict[str, Any]]] = {}
    for table, row_id, values in plan.updates:
        model = _MODELS[table]
        if ctx.online and table in _CORRECTED:
            corrected.setdefault(table, []).append(as_json(model, {"id": row_id, **values}))
        else:
            ctx.emit(update(model).where(inspect(model).primary_key[0] == row_id).values(**values))
    if corrected:
        ctx.call("correct_import", json.dumps(corrected, ensure_ascii=False, allow_nan=False))


def _spare_codes(plan: ImportPlan, ctx: Context) -> None:
    """Give another code to a note whose own is taken here; the server sees to codes that are another clinic's."""
    papers = plan.inserts["excuse_note_detail"]
    if papers:
        codes = ExcuseNoteDetail.code
        taken = {row.code for row in ctx.all(select(codes).where(codes.in_([row["code"] for row in papers])))}
        for row in papers:
            if row["code"] in taken:
                row["code"] = spare_code(row["code"], row["note_id"])
            taken.add(row["code"])


def _take_history(plan: ImportPlan, ctx: Context) -> None:
    rows = {table: [as_json(_MODELS[table], row) for row in plan.inserts[table]] for table in _HISTORY}
    for row in rows["excuse_note_detail"]:
        row["spare"] = spare_code(row["code"], row["note_id"])
    if any(rows.values()):
        ctx.call("import_history", json.dumps(rows, ensure_ascii=False, allow_nan=False))


def _changes(plan: ImportPlan) -> tuple[Change, ...]:
    """Name the patients and providers; whoever shows their records hears of them through the feed."""
    made = [Change(table, row["id"]) for table in _SHOWN for row in plan.inserts[table]]
    return (*made, *(Change(table, row_id) for table, row_id, _ in plan.updates if table in _SHOWN))


@handles(NoteImport)
def note_import(cmd: NoteImport, ctx: Context) -> Outcome:
    """Insert the run, or set its end and summary. Whoever files results notes that of laboratories' messages."""
    ctx.require(Permission.LAB_INBOX if cmd.kind == "hl7" else Permission.IMPORT_PATIENTS)
    known = ctx.first(select(ImportRun.id).where(ImportRun.id == cmd.run_id))
    ended = {"finished_at": cmd.finished_at, "summary": dict(cmd.summary)}
    if known is not None:
        ctx.emit(update(ImportRun).where(ImportRun.id == cmd.run_id).values(**ended))
    else:
        ctx.emit(
            insert(ImportRun).values(
                id=cmd.run_id,
                clinic_id=ctx.actor.clinic_id,
                kind=cmd.kind,
                started_at=cmd.started_at,
                by_user=ctx.actor.user_id,
                **ended,
            )
        )
    return Outcome(result={"runId": cmd.run_id}, changes=(Change("import_run", cmd.run_id),))
