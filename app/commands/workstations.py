"""Naming workstations and taking their right to keep the clinic's data."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select, update

from app.commands.core import Change, Command, Context, Outcome, handles
from app.db.models import Workstation
from app.domain.permissions import Permission
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.text import clean_text


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameWorkstation(Command):
    """Give a workstation a name that stays, whatever the machine calls itself."""

    workstation_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeWorkstation(Command):
    """Let a workstation keep the clinic's data no longer: at its next contact it destroys its key."""

    workstation_id: str


@handles(RenameWorkstation, permission=Permission.WORKSTATIONS, offline=False)
def rename_workstation(cmd: RenameWorkstation, ctx: Context) -> Outcome:
    """Set the name; the undo gives the old one back."""
    name = clean_text(cmd.name, "name", 200, required=True)
    old = require_workstation(ctx, cmd.workstation_id)
    ctx.emit(
        update(Workstation).where(Workstation.id == cmd.workstation_id).values(name=name, renamed_at=ctx.occurred_at)
    )
    return Outcome(
        result={"workstationId": cmd.workstation_id, "name": name},
        changes=(Change("workstation", cmd.workstation_id),),
        undo=RenameWorkstation(workstation_id=cmd.workstation_id, name=old),
        undo_label=t("renaming"),
    )


@handles(RevokeWorkstation, permission=Permission.WORKSTATIONS, offline=False)
def revoke_workstation(cmd: RevokeWorkstation, ctx: Context) -> Outcome:
    """Nothing more is accepted from it; what was kept for it is free again (how many slots is in the result)."""
    require_workstation(ctx, cmd.workstation_id)
    row = ctx.first(select(func.desktop.revoke_workstation(cmd.workstation_id)))
    released = 0 if row is None else int(row[0])
    return Outcome(
        result={"workstationId": cmd.workstation_id, "released": released},
        changes=(Change("workstation", cmd.workstation_id), Change("slot_lease", ""), Change("visit_slots", "")),
    )


def require_workstation(ctx: Context, workstation_id: str) -> str:
    """Return the name of a workstation of the clinic; refuse another one."""
    row = ctx.first(ctx.lock(select(Workstation.name).where(Workstation.id == workstation_id)))
    if row is None:
        raise Refused("NoSuchWorkstation", t("This workstation is not known."), field="workstationId")
    return str(row.name)
