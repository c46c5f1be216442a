"""Slots that workstations keep for booking offline: how many, and letting them go.

Taking and returning them is the workstation's own periodic call (``desktop.lease_slots``); booking one is BookVisit.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select, update

from app.commands.core import Change, Command, Context, Outcome, handles
from app.commands.workstations import require_workstation
from app.db.models import ClinicSettings
from app.domain.leases import LeaseRule, lease_rule
from app.domain.permissions import Permission
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOfflineLeases(Command):
    """Choose which part of each provider's free day a workstation keeps for itself in case it is offline.

    ``share`` 0 to 1 (0: none), for today and the days after, ``days`` in all; ``leave`` slots a day stay free.
    """

    share: float
    days: int = 3
    leave: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseLeases(Command):
    """Free what is kept for a workstation. If it is offline now, what it has booked there is certain no more."""

    workstation_id: str


@handles(SetOfflineLeases, permission=Permission.CLINIC_SETTINGS)
def set_offline_leases(cmd: SetOfflineLeases, ctx: Context) -> Outcome:
    """Keep the rule among the clinic's settings; workstations follow it from their next call on."""
    wanted = _checked(cmd)
    statement = select(ClinicSettings.settings, ClinicSettings.updated_at)
    row = ctx.first(ctx.lock(statement.where(ClinicSettings.clinic_id == ctx.actor.clinic_id)))
    if row is None:
        raise Conflict("Gone", t("This clinic is no longer there."))
    kept = row.settings if isinstance(row.settings, dict) else {}
    old = lease_rule(kept)
    ctx.emit(
        update(ClinicSettings)
        .where(ClinicSettings.clinic_id == ctx.actor.clinic_id)
        .values(settings={**kept, **wanted.stored()}, updated_at=ctx.stamp(row.updated_at))
    )
    return Outcome(
        result=wanted.stored(),
        changes=(Change("clinic_settings", ctx.actor.clinic_id),),
        undo=SetOfflineLeases(share=old.share, days=old.days, leave=old.leave),
        undo_label=t("the share kept for offline work"),
    )


@handles(ReleaseLeases, permission=Permission.WORKSTATIONS, offline=False)
def release_leases(cmd: ReleaseLeases, ctx: Context) -> Outcome:
    """The slots are free again; how many is in the result."""
    require_workstation(ctx, cmd.workstation_id)
    row = ctx.first(select(func.desktop.release_leases(cmd.workstation_id)))
    released = 0 if row is None else int(row[0])
    return Outcome(
        result={"workstationId": cmd.workstation_id, "released": released},
        changes=(Change("slot_lease", ""), Change("visit_slots", ""), Change("slot_detail", "")),
    )


def _checked(cmd: SetOfflineLeases) -> LeaseRule:
    for name, value, least, most in (
        ("share", cmd.share, 0, 1),
        ("days", cmd.days, 1, 7),
        ("leave", cmd.leave, 0, 1000),
    ):
        if not least <= value <= most:
            message = t("Enter a number from {low} to {high}.", low=least, high=most)
            raise Refused("BadValue", message, field=name)
    return LeaseRule(share=cmd.share, days=cmd.days, leave=cmd.leave)
