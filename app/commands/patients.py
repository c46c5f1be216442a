"""Registering and editing patients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, update

from app.commands.core import Change, Command, Context, Outcome, handles
from app.commands.living import merged_meanwhile
from app.db.models import Patient, PatientDetail, User
from app.domain.clinical_lists import EDITS, ListKind
from app.domain.enums import Role
from app.domain.none_known import settled, spoken
from app.domain.patients import (
    COLUMN_FIELDS,
    UNUSABLE_HASH,
    check_birth_date,
    clean_email,
    clean_field,
    clean_flags,
    clean_json,
    display_name,
    no_login_email,
)
from app.domain.permissions import Permission
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t
from app.kernel.text import clean_text

LIST_FIELDS = frozenset(kind.value for kind in ListKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterPatient(Command):
    """Make a patient and the account that belongs to it.

    ``demographics`` has the keys of ``demographics.py``. One name is enough; then, or without a birth
    date, the identity stays to be confirmed. ``unusual_confirmed`` accepts an age over 120.
    """

    patient_id: str
    user_id: str
    first_name: str = ""
    last_name: str = ""
    date_of_birth: date | None = None
    email: str | None = None
    height_cm: float | None = None
    demographics: Mapping[str, Any] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    unusual_confirmed: bool = False


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One edited field: what the person saw and what it should be. Names as in the JSON (``firstName``)."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class EditPatient(Command):
    """Change fields of a patient; others' changes to other fields stay, to the same field conflict.

    Not problems, medicines and allergies: those change entry by entry (``clinical_lists``), by those who may.
    """

    patient_id: str
    changes: tuple[FieldChange, ...]
    unusual_confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagPatient(Command):
    """Set and take away flags, such as HIGH_RISK."""

    patient_id: str
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmIdentity(Command):
    """Say that the patient's identity has been seen (or is open again)."""

    patient_id: str
    confirmed: bool = True


@handles(RegisterPatient, permission=Permission.EDIT_PATIENTS)
def register_patient(cmd: RegisterPatient, ctx: Context) -> Outcome:
    """Insert users, patients and patient_detail; an e-mail in use becomes the contact e-mail only."""
    first = clean_text(cmd.first_name, "firstName", 300)
    last = clean_text(cmd.last_name, "lastName", 300)
    if not first and not last:
        raise Refused("BadValue", t("One name is needed."), field="lastName")
    check_birth_date(cmd.date_of_birth, _latest_day(ctx), confirmed=cmd.unusual_confirmed)
    email = clean_email(cmd.email)
    login = email if email and not _email_in_use(ctx, email) else no_login_email(cmd.patient_id)
    details = _checked_demographics(cmd, ctx, email)
    ctx.emit(
        insert(User).values(
            id=cmd.user_id, email=login, password_hash=UNUSABLE_HASH, role=Role.PATIENT, clinic_id=ctx.actor.clinic_id,
            patient_id=cmd.patient_id, created_at=ctx.occurred_at, updated_at=ctx.occurred_at,
        ),
        insert(Patient).values(
            id=cmd.patient_id, user_id=cmd.user_id, clinic_id=ctx.actor.clinic_id, first_name=first or None,
            last_name=last or None, date_of_birth=cmd.date_of_birth,
            height_cm=clean_field("heightCm", cmd.height_cm, _latest_day(ctx)), demographics=details,
            flags=clean_flags(cmd.flags), created_at=ctx.occurred_at, updated_at=ctx.occurred_at,
        ),
        insert(PatientDetail).values(
            patient_id=cmd.patient_id, identity_to_confirm=not (first and last and cmd.date_of_birth),
            contact_email=email if email != login else None, updated_at=ctx.occurred_at,
        ),
    )  # fmt: skip
    warning = () if login == email or not email else (t("This e-mail already has an account; kept as contact only."),)
    return Outcome(
        result={"patientId": cmd.patient_id, "name": display_name(first, last)},
        changes=(Change("patients", cmd.patient_id),),
        warnings=warning,
    )


def _latest_day(ctx: Context) -> date:
    """The date where it is latest on Earth: a child born this morning in Auckland has a birth date."""
    return (ctx.occurred_at + timedelta(hours=14)).date()


def _email_in_use(ctx: Context, email: str) -> bool:
    if ctx.online:
        row = ctx.first(select(func.desktop.email_in_use(email)))
    else:
        row = ctx.first(select(User.id).where(func.lower(User.email) == email))
    return row is not None and bool(row[0])


def _checked_demographics(cmd: RegisterPatient, ctx: Context, email: str | None) -> dict[str, Any] | None:
    given = {key: value for key, value in spoken(cmd.demographics).items() if value not in (None, "", [], {})}
    if email:
        given["email"] = email
    _refuse_lists(ctx, given)
    day = _latest_day(ctx)
    checked = {
        key: clean_field(key, value, day) if key == "email" else clean_json(key, value) for key, value in given.items()
    }
    return settled(checked) or None


def _refuse_lists(ctx: Context, given: Mapping[str, Any]) -> None:
    """Who may not write a list entry by entry begins none with the registration either; an ADMIN may import them."""
    for kind in ListKind:
        if kind.value in given and not (ctx.actor.may(EDITS[kind]) or ctx.actor.may(Permission.IMPORT_ALL)):
            raise Refused("NotAllowed", t("Your role doesn't allow this."), field=kind.value)


@handles(EditPatient, permission=Permission.EDIT_PATIENTS)
def edit_patient(cmd: EditPatient, ctx: Context) -> Outcome:
    """Merge by field: an untouched field takes the new value, one that someone changed conflicts."""
    for change in cmd.changes:
        if change.field in LIST_FIELDS:
            raise Refused("EntryByEntry", t("Problems, medicines and allergies change entry by entry, in the chart."),
                          field=change.field)  # fmt: skip
    row = _living(ctx, cmd.patient_id)
    applied, before = edited_fields(ctx, row, cmd.changes, unusual_confirmed=cmd.unusual_confirmed)
    if not applied:
        return Outcome(result={"patientId": cmd.patient_id})
    ctx.emit(update_fields(cmd.patient_id, applied, row.demographics, ctx.stamp(row.updated_at)))
    back = tuple(FieldChange(name, value, before.get(name)) for name, value in applied.items())
    return Outcome(
        result={"patientId": cmd.patient_id, "changed": sorted(applied)},
        changes=(Change("patients", cmd.patient_id),),
        undo=EditPatient(patient_id=cmd.patient_id, changes=back, unusual_confirmed=True),
        undo_label=t("the change of patient details"),
    )


def edited_fields(
    ctx: Context, row: Any, changes: Iterable[FieldChange], *, unusual_confirmed: bool = False
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the changes set, checked, and all fields as they were. ``row`` comes from ``editable``.

    Raises ``Conflict`` "FieldChanged" when somebody else changed one of these fields, and ``Refused``.
    """
    changes = tuple(changes)
    demographics = row.demographics if isinstance(row.demographics, dict) else {}
    current = spoken(demographics) | {
        "firstName": row.first_name, "lastName": row.last_name, "heightCm": row.height_cm,
        "dateOfBirth": row.date_of_birth.isoformat() if row.date_of_birth else None,
    }  # fmt: skip
    day = _latest_day(ctx)
    wanted = {c.field: clean_field(c.field, c.new, day) for c in changes}
    _refuse_conflicts(changes, current, wanted)
    applied = {name: value for name, value in wanted.items() if not _same(current.get(name), value)}
    if applied.keys() & {"firstName", "lastName"}:
        named = current | applied
        if not named.get("firstName") and not named.get("lastName"):
            raise Refused("BadValue", t("One name is needed."), field="lastName")
    if born := applied.get("dateOfBirth"):
        check_birth_date(date.fromisoformat(born), day, confirmed=unusual_confirmed)
    return applied, current


def editable(patient_id: str) -> Any:
    """Return the select of a patient's editable columns; lock it before writing."""
    merged = select(PatientDetail.merged_into).where(PatientDetail.patient_id == patient_id).scalar_subquery()
    return select(
        Patient.first_name, Patient.last_name, Patient.date_of_birth, Patient.height_cm, Patient.demographics,
        Patient.flags, Patient.updated_at, merged.label("merged_into"),
    ).where(Patient.id == patient_id)  # fmt: skip


def _living(ctx: Context, patient_id: str) -> Any:
    """Lock and return the patient; Conflict "Gone", or "Merged" with ``into`` for one who is part of another now."""
    row = ctx.first(ctx.lock(editable(patient_id)))
    if row is None:
        raise Conflict("Gone", t("This patient is no longer there."), field="patientId")
    if row.merged_into is not None:
        raise merged_meanwhile(row.merged_into)
    return row


def _same(one: Any, other: Any) -> bool:
    """Empty in any form is the same as left out."""
    empty: tuple[Any, ...] = (None, "", [], {}, ())
    return one == other or (one in empty and other in empty)


def _refuse_conflicts(changes: Iterable[FieldChange], current: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    clashes = {
        c.field: {"base": c.old, "mine": wanted[c.field], "server": current.get(c.field)}
        for c in changes
        if not _same(current.get(c.field), c.old) and not _same(current.get(c.field), wanted[c.field])
    }
    if clashes:
        raise Conflict(
            "FieldChanged",
            t("Someone else changed the same field in the meantime."),
            field=next(iter(clashes)),
            fields=clashes,
            server={name: clash["server"] for name, clash in clashes.items()},
            mine={name: clash["mine"] for name, clash in clashes.items()},
        )


_COLUMNS = {"firstName": "first_name", "lastName": "last_name", "heightCm": "height_cm"}


def update_fields(patient_id: str, applied: Mapping[str, Any], demographics: Any, stamp: datetime) -> Any:
    """Return the update that sets checked fields; ``demographics`` are those of the row, of any shape."""
    values: dict[str, Any] = {_COLUMNS[name]: value for name, value in applied.items() if name in _COLUMNS}
    if "dateOfBirth" in applied:
        born = applied["dateOfBirth"]
        values["date_of_birth"] = date.fromisoformat(born) if born else None
    inner = {name: value for name, value in applied.items() if name not in COLUMN_FIELDS}
    if inner:
        lists = LIST_FIELDS & inner.keys()
        merged = (spoken(demographics, lists) if isinstance(demographics, dict) else {}) | inner
        kept = {k: v for k, v in merged.items() if not (k in inner and v in (None, "", [], {}))}
        values["demographics"] = settled(kept, lists)
    return update(Patient).where(Patient.id == patient_id).values(updated_at=stamp, **values)


@handles(FlagPatient, permission=Permission.EDIT_PATIENTS)
def flag_patient(cmd: FlagPatient, ctx: Context) -> Outcome:
    """Add and remove single flags; flags that others set stay."""
    row = _living(ctx, cmd.patient_id)
    add, remove = clean_flags(cmd.add), clean_flags(cmd.remove)
    before = tuple(row.flags or ())
    after = tuple(flag for flag in before if flag not in remove) + tuple(flag for flag in add if flag not in before)
    if after == before:
        return Outcome(result={"patientId": cmd.patient_id, "flags": list(after)})
    stamp = ctx.stamp(row.updated_at)
    ctx.emit(update(Patient).where(Patient.id == cmd.patient_id).values(flags=after, updated_at=stamp))
    added = tuple(flag for flag in after if flag not in before)
    removed = tuple(flag for flag in before if flag not in after)
    return Outcome(
        result={"patientId": cmd.patient_id, "flags": list(after)},
        changes=(Change("patients", cmd.patient_id),),
        undo=FlagPatient(patient_id=cmd.patient_id, add=removed, remove=added),
        undo_label=t("the change of flags"),
    )


@handles(ConfirmIdentity, permission=Permission.EDIT_PATIENTS)
def confirm_identity(cmd: ConfirmIdentity, ctx: Context) -> Outcome:
    """Clear (or set) the mark "identity to confirm"."""
    detail = select(PatientDetail.identity_to_confirm).where(PatientDetail.patient_id == cmd.patient_id)
    row = ctx.first(ctx.lock(detail))
    values = {"identity_to_confirm": not cmd.confirmed, "updated_at": ctx.occurred_at}
    if row is None:
        ctx.emit(insert(PatientDetail).values(patient_id=cmd.patient_id, **values))
    else:
        ctx.emit(update(PatientDetail).where(PatientDetail.patient_id == cmd.patient_id).values(**values))
    return Outcome(
        result={"patientId": cmd.patient_id},
        changes=(Change("patients", cmd.patient_id), Change("patient_detail", cmd.patient_id)),
        undo=ConfirmIdentity(patient_id=cmd.patient_id, confirmed=not cmd.confirmed),
        undo_label=t("the identity check"),
    )
