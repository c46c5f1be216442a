"""Taking back what reading files of devices brought into a chart, in one step. On the clinic's server only."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, literal, select

from app.commands.core import Change, Command, Context, Outcome, handles
from app.db.types import UtcDateTime
from app.kernel.errors import Refused
from app.kernel.i18n import t, tn
from app.kernel.text import clean_text


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackDeviceFiles(Command):
    """Say that everything which one reading of files brought was entered in error: it stays, and nothing counts it.

    ``confirmed``: though somebody has taken single readings of it back since. For all of the staff.
    """

    run_id: str
    reason: str
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreDeviceFiles(Command):
    """Say that what such a reading of files brought was right after all."""

    run_id: str
    reason: str


@handles(TakeBackDeviceFiles, offline=False, seconds=60.0)
def take_back_device_files(cmd: TakeBackDeviceFiles, ctx: Context) -> Outcome:
    """Let the database do it; refuses "Corrected" where somebody was at single readings before."""
    reason = clean_text(cmd.reason, "reason", 500, required=True)
    call = func.desktop.take_back_import(cmd.run_id, reason, literal(ctx.occurred_at, UtcDateTime()), cmd.confirmed)
    row = ctx.first(select(call.label("found")))
    found = row.found if row is not None else {}
    readings, corrected = int(found.get("readings", 0)), int(found.get("corrected", 0))
    if corrected and not cmd.confirmed:
        raise Refused("Corrected", tn(
            "Somebody has taken back {n} of these readings since. Look at it; once more takes back the rest.",
            "Somebody has taken back {n} of these readings since. Look at them; once more takes back the rest.",
            corrected,
        ), field="confirmed")  # fmt: skip
    return Outcome(
        result={"runId": cmd.run_id, "readings": readings},
        changes=_CHANGES,
        undo=RestoreDeviceFiles(run_id=cmd.run_id, reason=reason),
        undo_label=t("taking back the file"),
    )


@handles(RestoreDeviceFiles, offline=False, seconds=60.0)
def restore_device_files(cmd: RestoreDeviceFiles, ctx: Context) -> Outcome:
    """Let the database do it."""
    call = func.desktop.restore_import(cmd.run_id)
    row = ctx.first(select(call.label("found")))
    return Outcome(
        result={"runId": cmd.run_id, "readings": row.found if row is not None else 0},
        changes=_CHANGES,
        undo=TakeBackDeviceFiles(run_id=cmd.run_id, reason=cmd.reason or t("Undone"), confirmed=True),
        undo_label=t("bringing back the file"),
    )


_CHANGES = (
    Change("measurements", ""),
    Change("bmi_readings", ""),
    Change("hrv_readings", ""),
    Change("import_run", ""),
)
