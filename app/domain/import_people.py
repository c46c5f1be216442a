"""Planning what an import does with practitioners and with the patients' own data."""

from __future__ import annotations

from typing import Any

from app.domain.enums import Role
from app.domain.import_digest import digest
from app.domain.import_lists import merge_entries, retract_entries
from app.domain.import_merge import LinkContent, as_columns, merge_fields, patient_fields
from app.domain.import_own import without_own
from app.domain.import_person import PersonSeen, is_somebody_else
from app.domain.import_plan import Draft, ImportPlan, PatientNow
from app.domain.import_records import plan_records, skip_also
from app.domain.import_report import fates_of
from app.domain.imports import (
    ImportBatch,
    ImportedRow,
    PatientImport,
    PatientRow,
    PractitionerRow,
    RetractedRow,
)
from app.domain.patients import UNUSABLE_HASH, no_login_email
from app.kernel.i18n import t


def plan_import(batch: ImportBatch, draft: Draft) -> ImportPlan:
    """Decide about a whole batch."""
    for row in batch.practitioners:
        _practitioner(draft, row)
    for item in batch.patients:
        _patient(draft, item)
    draft.tally.fates = fates_of(batch, draft.tally.marks)
    return draft.plan


def _practitioner(draft: Draft, row: PractitionerRow) -> None:
    if row.source in draft.state.own:
        draft.tally.count(draft.tally.unchanged, row)
        return
    fresh = {"name": row.name, "specialties": list(row.specialties)}
    known = draft.link(row.source, "providers")
    if known is None:
        first = merge_fields(fresh, {}, {})
        content = LinkContent(digest(row), first.fields).write()
        draft.new_provider(row.source, row.name, row.specialties, content)
        draft.tally.count(draft.tally.taken, row)
        return
    before = LinkContent.read(known.content)
    now = draft.state.providers.get(known.row_id)
    if before.digest == digest(row) or now is None:
        draft.tally.count(draft.tally.unchanged, row)
        return
    if is_somebody_else(PersonSeen.of([row.name]), PersonSeen.of([now.name])):
        draft.tally.skip(row, t("its id belongs to another provider here"))
        return
    merged = merge_fields(fresh, {"name": now.name, "specialties": list(now.specialties)}, before.fields)
    if merged.values:
        draft.update("providers", now.id, **merged.values, updated_at=draft.stamp(now.updated_at))
    _remark_kept(draft, row, merged.kept)
    draft.tally.count(draft.tally.updated, row)
    draft.keep_link(row.source, "providers", now.id, LinkContent(digest(row), merged.fields).write())


def _remark_kept(draft: Draft, row: ImportedRow, kept: tuple[str, ...]) -> None:
    if kept:
        draft.tally.remark(row, t("changed here since; kept as it is here: {fields}", fields=", ".join(sorted(kept))))


def _patient(draft: Draft, item: PatientImport) -> None:
    known = draft.link(item.source, "patients")
    if known is None:
        if item.patient is None:
            _skip_all(draft, item, t("its patient is neither in these files nor was imported before"))
        else:
            _new_patient(draft, item, item.patient)
        return
    now = draft.state.patients.get(known.row_id)
    if now is None:
        _skip_all(draft, item, t("its patient is no longer here"))
    elif _contradicts(item, now):
        _skip_all(draft, item, t("its patient's id belongs to somebody else here: name and birth date differ"))
    else:
        rest = without_own(draft, item, now)
        if rest is item or rest.has_records:
            _known_patient(draft, rest, now)


def _contradicts(item: PatientImport, now: PatientNow) -> bool:
    if item.patient is not None:
        return is_somebody_else(item.patient.person, now.person)
    said = PersonSeen.of(item.called)
    return bool(said.names and now.person.names) and is_somebody_else(said, now.person)


def _skip_all(draft: Draft, item: PatientImport, reason: str) -> None:
    for row in (*([item.patient] if item.patient else []), *item.records):
        draft.tally.skip(row, row.reason if isinstance(row, RetractedRow) else reason)
    for bmi in item.bmi:
        skip_also(draft, bmi, reason)


def _new_account(draft: Draft, user_id: str, patient_id: str) -> None:
    """An imported patient can't sign in; an e-mail address in the files is for writing to only."""
    draft.insert(
        "users",
        id=user_id,
        email=no_login_email(patient_id),
        password_hash=UNUSABLE_HASH,
        role=Role.PATIENT,
        clinic_id=draft.clinic_id,
        patient_id=patient_id,
        created_at=draft.at,
        updated_at=draft.at,
    )


def _new_patient(draft: Draft, item: PatientImport, row: PatientRow) -> None:
    patient_id, user_id = draft.ids.uuid(), draft.ids.uuid()
    _new_account(draft, user_id, patient_id)
    fields = merge_fields({**patient_fields(row), **_height(item)}, {}, {}).fields
    draft.keep_link(item.source, "patients", patient_id, LinkContent(digest(row), fields).write())
    demographics = merge_entries(draft, item.source, patient_id, item.entries, row.demographics)
    retract_entries(draft, patient_id, item.retracted, demographics)
    draft.insert(
        "patients",
        id=patient_id,
        user_id=user_id,
        clinic_id=draft.clinic_id,
        first_name=row.first_name,
        last_name=row.last_name,
        date_of_birth=row.birth_date,
        height_cm=item.height_cm,
        demographics=demographics or None,
        flags=row.flags,
        created_at=draft.at,
        updated_at=draft.at,
    )
    draft.insert(
        "patient_detail",
        patient_id=patient_id,
        identity_to_confirm=row.identity_to_confirm,
        contact_email=row.contact_email,
        updated_at=draft.at,
    )
    draft.tally.count(draft.tally.taken, row)
    _remark_doubt(draft, row)
    draft.state.patients[patient_id] = PatientNow(
        patient_id, row.first_name, row.last_name, row.birth_date, item.height_cm, demographics, row.flags, draft.at,
        user_id=user_id,
    )  # fmt: skip
    plan_records(draft, item, patient_id)


def _remark_doubt(draft: Draft, row: PatientRow) -> None:
    if row.identity_to_confirm:
        partial = row.demographics.get("birthDatePartial")
        text = t("birth date known only as {date}; identity to confirm", date=partial) if partial else None
        draft.tally.remark(row, text or t("identity to confirm: no birth date, or an age over 120"))


def _height(item: PatientImport) -> dict[str, Any]:
    return {"heightCm": item.height_cm} if item.height_cm is not None else {}


def _known_patient(draft: Draft, item: PatientImport, now: PatientNow) -> None:
    """Bring in what changed; a patient merged into another gets its records there, its own data rests."""
    target = draft.state.patients.get(now.merged_into, now) if now.merged_into else now
    before = draft.content(item.source, "patients") or LinkContent("")
    is_same = item.patient is None or before.digest == digest(item.patient)
    imported = {**({} if is_same or item.patient is None else patient_fields(item.patient)), **_height(item)}
    merged = merge_fields(imported if target is now else {}, _fields_now(now), before.fields)
    demographics = merge_entries(draft, item.source, target.id, item.entries, target.demographics)
    demographics = retract_entries(draft, target.id, item.retracted, demographics)
    columns = as_columns(merged.values, demographics)
    if demographics != dict(target.demographics):
        columns.setdefault("demographics", demographics)
    flags = target.flags + tuple(f for f in (item.patient.flags if item.patient else ()) if f not in target.flags)
    if flags != target.flags:
        columns["flags"] = flags
    if columns:
        draft.update("patients", target.id, **columns, updated_at=draft.stamp(target.updated_at))
    if item.patient is not None:
        draft.tally.count(draft.tally.unchanged if is_same else draft.tally.updated, item.patient)
        _remark_kept(draft, item.patient, merged.kept)
    content = LinkContent(before.digest if item.patient is None else digest(item.patient), merged.fields)
    draft.keep_link(item.source, "patients", now.id, content.write())
    plan_records(draft, item, target.id)


def _fields_now(now: PatientNow) -> dict[str, Any]:
    own = {
        "firstName": now.first_name,
        "lastName": now.last_name,
        "dateOfBirth": now.birth_date.isoformat() if now.birth_date else None,
        "heightCm": now.height_cm,
    }
    return own | {f"demographics.{key}": value for key, value in now.demographics.items()}
