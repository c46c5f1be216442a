"""What is kept when somebody takes the audit out of the database."""

from __future__ import annotations

from dataclasses import dataclass

from app.commands.core import Command, Context, Outcome, handles
from app.domain.permissions import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAuditExport(Command):
    """Keep that the audit is about to be exported; ``what`` names the filter, without names of people."""

    what: str


@handles(NoteAuditExport, permission=Permission.AUDIT, offline=False)
def note_audit_export(cmd: NoteAuditExport, ctx: Context) -> Outcome:
    """Write the access event. On the clinic's server only: nowhere else is there an audit to export."""
    ctx.call("record_export", cmd.what[:1000])
    return Outcome(result={"exported": cmd.what[:1000]})
