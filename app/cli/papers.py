"""``referrals …``, ``notes …`` and their PDFs."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from app.cli.summaries import week_of
from app.cli.verbs import verb
from app.commands.excuse_notes import (
    DiscardExcuseNote,
    DraftExcuseNote,
    EditExcuseNote,
    SendExcuseNote,
    WithdrawExcuseNote,
)
from app.commands.patients import FieldChange
from app.commands.referrals import AcceptReferral, CancelReferral, CompleteReferral, CreateReferral, SendReferral
from app.domain.enums import ExcuseNoteType, ReferralPriority, ReferralStatus
from app.domain.excuse_notes import NoteStanding
from app.domain.paper_codes import shown
from app.domain.referrals import Attachment, Recipient
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.excuse_notes import NoteRow, note_list, note_view, verify_note
from app.queries.referrals import ReferralRow, referral_list, referral_view
from app.workspace.workspace import Workspace


def _iso(value: date | datetime | None) -> str | None:
    return None if value is None else value.isoformat()


def referral_json(row: ReferralRow) -> dict[str, Any]:
    """Return a referral as JSON."""
    return {
        "id": row.id, "patientId": row.patient_id, "patientName": row.patient_name, "specialty": row.specialty,
        "priority": row.priority.value, "status": row.status.value, "referredTo": row.referred_to,
        "providerId": row.provider_id, "providerName": row.provider_name, "createdAt": _iso(row.created_at),
        "sentAt": _iso(row.sent_at), "dueAt": _iso(row.due_at), "overdue": row.overdue,
        "appointmentOn": _iso(row.appointment_on),
    }  # fmt: skip


def note_json(row: NoteRow) -> dict[str, Any]:
    """Return an excuse note as JSON; ``standing`` is what it is today."""
    return {
        "id": row.id, "patientId": row.patient_id, "patientName": row.patient_name, "type": row.kind.value,
        "startDate": _iso(row.start), "endDate": _iso(row.end), "status": row.status.value,
        "standing": row.standing.value, "providerId": row.provider_id, "providerName": row.provider_name,
        "sentAt": _iso(row.sent_at),
    }  # fmt: skip


@verb("referrals list")
def referrals_list(
    ws: Workspace,
    status: ReferralStatus | None = None,
    overdue: bool = False,
    patient: str | None = None,
    provider: str | None = None,
    limit: int = 100,
    cursor: str | None = None,
) -> dict[str, Any]:
    """List referrals, the newest first; with --overdue those that nobody sent or accepted in time."""
    page = ws.ask(
        referral_list, status=(status,) if status else (), overdue=overdue, patient_id=patient, provider_id=provider,
        limit=limit, cursor=cursor,
    )  # fmt: skip
    return {"items": [referral_json(row) for row in page.items], "more": page.more, "cursor": page.cursor}


@verb("referrals show", positional=("referral",))
def referrals_show(ws: Workspace, referral: str) -> dict[str, Any]:
    """Show one referral with its letter and what came back."""
    view = ws.ask(referral_view, referral_id=referral)
    sides = {"address": view.recipient.address, "phone": view.recipient.phone, "fax": view.recipient.fax,
             "email": view.recipient.email}  # fmt: skip
    return referral_json(view.row) | {
        "reason": view.row.reason, "notes": view.notes, "letter": view.letter, "recipient": sides,
        "answer": view.answer, "attachments": [{"table": a.table, "id": a.id, "title": a.title} for a in view.attached],
        "cancelReason": view.cancel_reason, "completedAt": _iso(view.completed_at),
    }  # fmt: skip


@verb("referrals create")
def referrals_create(
    ws: Workspace,
    patient: str,
    specialty: str,
    reason: str,
    priority: ReferralPriority = ReferralPriority.ROUTINE,
    to: str | None = None,
    address: str = "",
    fax: str = "",
    letter: str = "",
    notes: str | None = None,
    visit: str | None = None,
) -> dict[str, Any]:
    """Write a referral; it is sent by ``referrals send``."""
    command = CreateReferral(
        patient_id=patient, specialty=specialty, reason=reason, priority=priority, referred_to=to, letter=letter,
        recipient=Recipient(address=address, fax=fax), notes=notes, visit_id=visit,
    )  # fmt: skip
    return dict(ws.execute(command).result)


@verb("referrals send", positional=("referral",))
def referrals_send(ws: Workspace, referral: str) -> dict[str, Any]:
    """Send a referral; it needs a recipient."""
    return dict(ws.execute(SendReferral(referral_id=referral)).result)


@verb("referrals accept", positional=("referral",))
def referrals_accept(ws: Workspace, referral: str, appointment: date | None = None) -> dict[str, Any]:
    """Note that the other side takes the patient, and the day of the appointment."""
    return dict(ws.execute(AcceptReferral(referral_id=referral, appointment_on=appointment)).result)


@verb("referrals complete", positional=("referral",))
def referrals_complete(
    ws: Workspace, referral: str, answer: str = "", order: tuple[str, ...] = (), note: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Complete a referral with its answer; --order and --note attach what came back."""
    came = (*(Attachment("lab_orders", one) for one in order), *(Attachment("visit_note", one) for one in note))
    return dict(ws.execute(CompleteReferral(referral_id=referral, answer=answer, attachments=came)).result)


@verb("referrals cancel", positional=("referral",))
def referrals_cancel(ws: Workspace, referral: str, reason: str) -> dict[str, Any]:
    """Cancel a referral."""
    return dict(ws.execute(CancelReferral(referral_id=referral, reason=reason)).result)


@verb("notes list")
def notes_list(
    ws: Workspace,
    status: NoteStanding | None = None,
    patient: str | None = None,
    provider: str | None = None,
    limit: int = 100,
    cursor: str | None = None,
) -> dict[str, Any]:
    """List excuse notes, the newest first; --status DRAFT, VALID, EXPIRED or WITHDRAWN, as they are today."""
    page = ws.ask(note_list, standings=(status,) if status else (), patient_id=patient, provider_id=provider,
                  limit=limit, cursor=cursor)  # fmt: skip
    return {"items": [note_json(row) for row in page.items], "more": page.more, "cursor": page.cursor}


@verb("notes show", positional=("note",))
def notes_show(ws: Workspace, note: str) -> dict[str, Any]:
    """Show one excuse note."""
    view = ws.ask(note_view, note_id=note)
    return note_json(view.row) | {
        "reason": view.reason, "restrictions": view.restrictions, "showReason": view.show_reason,
        "code": shown(view.code), "signedBy": view.signed_by, "elsewhere": view.elsewhere,
        "withdrawnAt": _iso(view.withdrawn_at), "withdrawnReason": view.withdrawn_reason, "corrects": view.corrects,
        "correctedBy": view.corrected_by,
    }  # fmt: skip


@verb("notes draft", names={"start": "--from", "end": "--to", "kind": "--type"})
def notes_draft(
    ws: Workspace,
    patient: str,
    start: date,
    end: date,
    reason: str,
    kind: ExcuseNoteType = ExcuseNoteType.WORK,
    restrictions: str | None = None,
    show_reason: bool = False,
    provider: str | None = None,
    visit: str | None = None,
    corrects: str | None = None,
) -> dict[str, Any]:
    """Draft an excuse note; both days count."""
    command = DraftExcuseNote(
        patient_id=patient, kind=kind, start=start, end=end, reason=reason, restrictions=restrictions,
        show_reason=show_reason, provider_id=provider, visit_id=visit, corrects=corrects,
    )  # fmt: skip
    return _coded(ws.execute(command).result)


@verb("notes change", positional=("note",), names={"start": "--from", "end": "--to", "kind": "--type"})
def notes_change(
    ws: Workspace,
    note: str,
    start: date | None = None,
    end: date | None = None,
    reason: str | None = None,
    kind: ExcuseNoteType | None = None,
    restrictions: str | None = None,
    show_reason: bool | None = None,
    provider: str | None = None,
) -> dict[str, Any]:
    """Change a draft; what isn't named stays."""
    view = ws.ask(note_view, note_id=note)
    given = {
        "type": (view.row.kind.value, kind.value if kind else None),
        "startDate": (_iso(view.row.start), _iso(start)), "endDate": (_iso(view.row.end), _iso(end)),
        "reason": (view.reason, reason), "restrictions": (view.restrictions, restrictions),
        "showReason": (view.show_reason, show_reason), "providerId": (view.row.provider_id, provider),
    }  # fmt: skip
    changes = tuple(FieldChange(name, old, new) for name, (old, new) in given.items() if new is not None)
    return dict(ws.execute(EditExcuseNote(note_id=note, changes=changes)).result)


@verb("notes discard", positional=("note",))
def notes_discard(ws: Workspace, note: str) -> dict[str, Any]:
    """Throw a draft away."""
    content = ws.ask(note_view, note_id=note).content
    return dict(ws.execute(DiscardExcuseNote(note_id=note, content=content)).result)


@verb("notes send", positional=("note",))
def notes_send(ws: Workspace, note: str) -> dict[str, Any]:
    """Sign an excuse note and send it."""
    return _coded(ws.execute(SendExcuseNote(note_id=note)).result)


@verb("notes withdraw", positional=("note",))
def notes_withdraw(ws: Workspace, note: str, reason: str) -> dict[str, Any]:
    """Withdraw a sent excuse note: its code says so from now on."""
    return _coded(ws.execute(WithdrawExcuseNote(note_id=note, reason=reason)).result)


@verb("notes verify", positional=("code",))
def notes_verify(ws: Workspace, code: str) -> dict[str, Any]:
    """Say whether a code's note holds: days and initials, nothing medical."""
    found = ws.ask(verify_note, code=code)
    if found.standing is None:
        raise Refused("NoSuchNote", t("No note has this code."), field="code")
    return {
        "code": found.code, "standing": found.standing.value, "initials": found.initials,
        "type": found.kind.value if found.kind else None, "startDate": _iso(found.start), "endDate": _iso(found.end),
        "issued": _iso(found.issued), "withdrawn": _iso(found.withdrawn), "elsewhere": found.elsewhere,
    }  # fmt: skip


def _coded(result: Any) -> dict[str, Any]:
    """Show the code as it is printed."""
    return dict(result) | {"code": shown(result.get("code") or "")}


@verb("export pdf note", positional=("note", "file"))
def export_note(ws: Workspace, note: str, file: str) -> dict[str, Any]:
    """Write an excuse note as PDF."""
    from app.documents.from_workspace import note_document  # noqa: PLC0415 - Qt is loaded for papers only

    return _written(ws, file, note_document(ws, note))


@verb("export pdf referral", positional=("referral", "file"))
def export_referral(ws: Workspace, referral: str, file: str) -> dict[str, Any]:
    """Write a referral's letter as PDF."""
    from app.documents.from_workspace import referral_document  # noqa: PLC0415 - Qt is loaded for papers only

    return _written(ws, file, referral_document(ws, referral))


@verb("export pdf chart", positional=("patient", "file"))
def export_chart(
    ws: Workspace, patient: str, file: str, sections: str | None = None, since: date | None = None
) -> dict[str, Any]:
    """Write a patient's chart as PDF; --sections labs,vitals,… chooses; --since leaves older measurements out."""
    from app.documents.chart import ChartSection  # noqa: PLC0415 - Qt is loaded for papers only
    from app.documents.from_workspace import chart_document  # noqa: PLC0415 - Qt is loaded for papers only

    try:
        chosen = [ChartSection(one.strip()) for one in sections.split(",")] if sections else list(ChartSection)
    except ValueError:
        known = ", ".join(ChartSection)
        raise Refused("BadArgument", t("Choose from {choices}.", choices=known), field="sections") from None
    return _written(ws, file, chart_document(ws, patient, chosen, since))


@verb("export pdf week", positional=("patient", "file"))
def export_week(ws: Workspace, patient: str, file: str, week: date) -> dict[str, Any]:
    """Write the summary of the week in which --week D lies as PDF, with its course."""
    from app.documents.from_workspace import week_document  # noqa: PLC0415 - Qt is loaded for papers only

    return _written(ws, file, week_document(ws, patient, week_of(ws, patient, week)))


def _written(ws: Workspace, file: str, paper: Any) -> dict[str, Any]:
    from app.documents.from_workspace import export_pdf  # noqa: PLC0415 - Qt is loaded for papers only

    return {"file": str(Path(file)), "bytes": export_pdf(ws, paper, file)}
