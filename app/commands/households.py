"""Households: who lives together, who speaks for whom."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Executable, insert, select, update

from app.commands.core import Change, Command, Context, Outcome, handles
from app.db.models import Household, HouseholdMember
from app.domain.permissions import Permission
from app.kernel.errors import Conflict
from app.kernel.i18n import t
from app.kernel.text import clean_text


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeHousehold(Command):
    """Put patients into a new household."""

    household_id: str
    name: str
    patient_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinHousehold(Command):
    """Add a patient to a household, or change how they belong to it."""

    household_id: str
    patient_id: str
    relation: str = ""
    guardian: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveHousehold(Command):
    """Take a patient out of a household."""

    household_id: str
    patient_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndHousehold(Command):
    """Take everybody out of a household that was made by mistake."""

    household_id: str


@handles(MakeHousehold, permission=Permission.EDIT_PATIENTS)
def make_household(cmd: MakeHousehold, ctx: Context) -> Outcome:
    """Insert the household and its first members."""
    name = clean_text(cmd.name, "name", 300, required=True)
    ctx.emit(
        insert(Household).values(
            id=cmd.household_id, clinic_id=ctx.actor.clinic_id, name=name, updated_at=ctx.occurred_at
        )
    )
    for patient_id in dict.fromkeys(cmd.patient_ids):
        ctx.emit(_member(ctx, cmd.household_id, patient_id, "", guardian=False))
    changes = tuple(Change("patients", patient_id) for patient_id in cmd.patient_ids)
    return Outcome(
        result={"householdId": cmd.household_id},
        changes=(Change("household", cmd.household_id), *changes),
        undo=EndHousehold(household_id=cmd.household_id),
        undo_label=t("the new household"),
    )


@handles(EndHousehold, permission=Permission.EDIT_PATIENTS)
def end_household(cmd: EndHousehold, ctx: Context) -> Outcome:
    """End all memberships; the rows stay, as part of the record."""
    members = select(HouseholdMember.id, HouseholdMember.patient_id).where(
        HouseholdMember.household_id == cmd.household_id, HouseholdMember.left_at.is_(None)
    )
    rows = ctx.all(ctx.lock(members.order_by(HouseholdMember.id)))
    ended = {"left_at": ctx.occurred_at, "updated_at": ctx.occurred_at}
    ctx.emit(*(update(HouseholdMember).where(HouseholdMember.id == row.id).values(**ended) for row in rows))
    changes = tuple(Change("patients", row.patient_id) for row in rows)
    return Outcome(result={"householdId": cmd.household_id}, changes=(Change("household", cmd.household_id), *changes))


def _member(ctx: Context, household_id: str, patient_id: str, relation: str, *, guardian: bool) -> Executable:
    return insert(HouseholdMember).values(
        id=ctx.ids.uuid(), household_id=household_id, patient_id=patient_id, relation=relation, guardian=guardian,
        updated_at=ctx.occurred_at,
    )  # fmt: skip


@handles(JoinHousehold, permission=Permission.EDIT_PATIENTS)
def join_household(cmd: JoinHousehold, ctx: Context) -> Outcome:
    """Insert the member, take back one who left, or update relation and guardian of one who is there."""
    relation = clean_text(cmd.relation, "relation", 100)
    known = select(
        HouseholdMember.id, HouseholdMember.relation, HouseholdMember.guardian, HouseholdMember.left_at
    ).where(HouseholdMember.household_id == cmd.household_id, HouseholdMember.patient_id == cmd.patient_id)
    row = ctx.first(ctx.lock(known))
    undo: Command = LeaveHousehold(household_id=cmd.household_id, patient_id=cmd.patient_id)
    if row is None:
        ctx.emit(_member(ctx, cmd.household_id, cmd.patient_id, relation, guardian=cmd.guardian))
    else:
        values = {"relation": relation, "guardian": cmd.guardian, "left_at": None, "updated_at": ctx.occurred_at}
        ctx.emit(update(HouseholdMember).where(HouseholdMember.id == row.id).values(**values))
        if row.left_at is None:
            undo = JoinHousehold(household_id=cmd.household_id, patient_id=cmd.patient_id, relation=row.relation,
                                 guardian=row.guardian)  # fmt: skip
    return Outcome(
        result={"householdId": cmd.household_id},
        changes=(Change("household", cmd.household_id), Change("patients", cmd.patient_id)),
        undo=undo,
        undo_label=t("the change of the household"),
    )


@handles(LeaveHousehold, permission=Permission.EDIT_PATIENTS)
def leave_household(cmd: LeaveHousehold, ctx: Context) -> Outcome:
    """Delete the membership; the household stays for the others."""
    known = select(HouseholdMember.id, HouseholdMember.relation, HouseholdMember.guardian).where(
        HouseholdMember.household_id == cmd.household_id,
        HouseholdMember.patient_id == cmd.patient_id,
        HouseholdMember.left_at.is_(None),
    )
    row = ctx.first(ctx.lock(known))
    if row is None:
        raise Conflict("Gone", t("This person is not in the household any more."))
    # Rows are never deleted by staff: the end of a membership is part of the record.
    ended = {"left_at": ctx.occurred_at, "updated_at": ctx.occurred_at}
    ctx.emit(update(HouseholdMember).where(HouseholdMember.id == row.id).values(**ended))
    return Outcome(
        result={"householdId": cmd.household_id},
        changes=(Change("household", cmd.household_id), Change("patients", cmd.patient_id)),
        undo=JoinHousehold(
            household_id=cmd.household_id, patient_id=cmd.patient_id, relation=row.relation, guardian=row.guardian
        ),
        undo_label=t("leaving the household"),
    )
