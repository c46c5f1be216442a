"""Merging two patients that are one person, and taking it back. On the clinic's server only, by an ADMIN."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select

from app.commands.core import Change, Command, Context, Outcome, handles
from app.commands.patients import FieldChange, editable, edited_fields, update_fields
from app.db.types import Json
from app.domain.patients import clean_flags, field_title
from app.domain.permissions import Permission
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t, tn


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePatients(Command):
    """Make ``drop_id`` part of ``keep_id``: all of its rows move, and it is found no more.

    ``take`` are fields that the survivor gets (its allergies and theirs), ``add_flags`` flags.
    """

    keep_id: str
    drop_id: str
    take: tuple[FieldChange, ...] = ()
    add_flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmergePatients(Command):
    """Bring a merged patient back with the rows that were theirs.

    Rows written since stay with the survivor. ``give_back`` returns those too that were written to the merged
    patient (by their phone, say) and followed to the survivor.
    """

    drop_id: str
    give_back: bool = False


@handles(MergePatients, permission=Permission.MERGE_PATIENTS, offline=False)
def merge_patients(cmd: MergePatients, ctx: Context) -> Outcome:
    """Edit the survivor and move the rows, in one transaction."""
    _, flags, applied, before = _wanted(ctx, cmd)
    taken = [{"field": name, "old": before.get(name), "new": value} for name, value in applied.items()]
    details = literal({"fields": taken, "flags": list(flags)}, Json)
    counts = _answer(ctx, func.desktop.merge_patients(cmd.keep_id, cmd.drop_id, details))
    _take(ctx, cmd)
    return Outcome(
        result={"keptId": cmd.keep_id, "droppedId": cmd.drop_id, **counts},
        changes=_changes(cmd.keep_id, cmd.drop_id),
        undo=UnmergePatients(drop_id=cmd.drop_id),
        undo_label=t("the merge"),
    )


def _wanted(ctx: Context, cmd: MergePatients) -> tuple[Any, tuple[str, ...], dict[str, Any], dict[str, Any]]:
    """Return the survivor's row, the flags and fields that it lacks, and all its fields as they are."""
    row = ctx.first(editable(cmd.keep_id))
    if row is None:
        raise Refused("NoPatient", t("There is no such patient here."), field="keepId")
    applied, before = edited_fields(ctx, row, cmd.take, unusual_confirmed=True)
    had = row.flags or ()
    return row, tuple(flag for flag in clean_flags(cmd.add_flags) if flag not in had), applied, before


def _take(ctx: Context, cmd: MergePatients) -> None:
    """Edit the survivor, which the merge has locked by now: what changed since the first look is a conflict."""
    row, flags, applied, _ = _wanted(ctx, cmd)
    if applied or flags:
        edit = update_fields(cmd.keep_id, applied, row.demographics, ctx.stamp(row.updated_at))
        ctx.emit(edit.values(flags=(*(row.flags or ()), *flags)) if flags else edit)


@handles(UnmergePatients, permission=Permission.MERGE_PATIENTS, offline=False)
def unmerge_patients(cmd: UnmergePatients, ctx: Context) -> Outcome:
    """Move the rows back, and give the survivor the fields that it had before, where they still are the taken ones."""
    answer = _answer(ctx, func.desktop.unmerge_patients(cmd.drop_id, cmd.give_back))
    kept_id, details = str(answer["keptId"]), answer.get("details") or {}
    row = ctx.first(ctx.lock(editable(kept_id)))
    taken = [FieldChange(one["field"], one["old"], one["new"]) for one in details.get("fields", ())]
    warnings = list(_restore(ctx, kept_id, row, taken, details.get("flags", ())))
    if later := int(answer.get("followedStay") or 0):
        warnings.append(tn("{n} later entry stays where it is.", "{n} later entries stay where they are.", later))
    return Outcome(
        result={"keptId": kept_id, "droppedId": cmd.drop_id, "returned": answer.get("returned", {}), "later": later},
        changes=_changes(kept_id, cmd.drop_id),
        undo=MergePatients(keep_id=kept_id, drop_id=cmd.drop_id, take=tuple(taken),
                           add_flags=tuple(details.get("flags", ()))),
        undo_label=t("undoing the merge"),
        warnings=tuple(warnings),
    )  # fmt: skip


def _restore(ctx: Context, kept_id: str, row: Any, taken: Iterable[FieldChange], flags: Iterable[str]) -> Iterable[str]:
    """Queue what puts the survivor back; yields what can't be, because somebody has changed it since."""
    if row is None:
        return
    fields: dict[str, Any] = {}
    for one in taken:
        try:
            applied, _ = edited_fields(ctx, row, [FieldChange(one.field, one.new, one.old)], unusual_confirmed=True)
            fields |= applied
        except (Conflict, Refused):
            yield t("{field} was changed since and stays.", field=field_title(one.field))
    kept_flags = tuple(flag for flag in row.flags or () if flag not in set(flags))
    if fields or kept_flags != tuple(row.flags or ()):
        edit = update_fields(kept_id, fields, row.demographics, ctx.stamp(row.updated_at))
        ctx.emit(edit.values(flags=kept_flags))


def _answer(ctx: Context, call: ColumnElement[Any]) -> Mapping[str, Any]:
    row = ctx.first(select(call))
    found: Mapping[str, Any] = row[0] if row is not None else {}
    return found


def _changes(kept_id: str, dropped_id: str) -> tuple[Change, ...]:
    tables = ("patients", "patient_detail")
    return tuple(Change(table, patient_id) for table in tables for patient_id in (kept_id, dropped_id))
