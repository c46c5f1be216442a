"""``notes visit …``: a visit's note: read, written, signed, added to."""

from __future__ import annotations

from typing import Any

from app.cli.verbs import verb
from app.commands.patients import FieldChange
from app.commands.visit_notes import AddAddendum, DiscardVisitNote, SignVisitNote, WriteVisitNote
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.visit_notes import NoteView, notes_of_patient, visit_note
from app.workspace.workspace import Workspace


@verb("notes visit list", positional=("patient",))
def notes_list(
    ws: Workspace, patient: str, text: str = "", limit: int = 50, cursor: str | None = None
) -> dict[str, Any]:
    """List a patient's visit notes, newest first; with --text those that have it in them."""
    page = ws.ask(notes_of_patient, patient_id=patient, text=text, limit=limit, cursor=cursor)
    return {"items": [_note(one) for one in page.items], "more": page.more, "cursor": page.cursor}


@verb("notes visit show", positional=("visit",))
def notes_show(ws: Workspace, visit: str) -> dict[str, Any]:
    """Show the note of a visit. Its ``content`` is what signing asks for."""
    return _note(_found(ws, visit))


@verb("notes visit write", positional=("visit",))
def notes_write(
    ws: Workspace,
    visit: str,
    reason: str | None = None,
    history: str | None = None,
    findings: str | None = None,
    assessment: str | None = None,
    plan: str | None = None,
) -> dict[str, Any]:
    """Begin a visit's note, or replace parts of its draft."""
    note = ws.ask(visit_note, visit_id=visit)
    given = {"reason": reason, "history": history, "findings": findings, "assessment": assessment, "plan": plan}
    before = note.parts if note is not None else {}
    changes = tuple(FieldChange(name, before.get(name, ""), text) for name, text in given.items() if text is not None)
    return dict(ws.execute(WriteVisitNote(visit_id=visit, changes=changes)).result)


@verb("notes visit sign", positional=("visit",))
def notes_sign(ws: Workspace, visit: str, content: str = "") -> dict[str, Any]:
    """Sign the note of a visit. With --content only if it still is what was shown then."""
    note = _found(ws, visit)
    command = SignVisitNote(note_id=note.id, content=content or note.content, identity=note.identity)
    outcome = ws.execute(command)
    return {**outcome.result, "warnings": list(outcome.warnings)}


@verb("notes visit add", positional=("visit", "text"))
def notes_add(ws: Workspace, visit: str, text: str) -> dict[str, Any]:
    """Add a dated text to a signed note."""
    return dict(ws.execute(AddAddendum(note_id=_found(ws, visit).id, text=text)).result)


@verb("notes visit discard", positional=("visit",))
def notes_discard(ws: Workspace, visit: str) -> dict[str, Any]:
    """Throw the draft of a visit's note away."""
    note = _found(ws, visit)
    return dict(ws.execute(DiscardVisitNote(note_id=note.id, content=note.content)).result)


def _found(ws: Workspace, visit: str) -> NoteView:
    note = ws.ask(visit_note, visit_id=visit)
    if note is None:
        raise Refused("NoNote", t("There is no note about this visit yet."), field="visit")
    return note


def _note(one: NoteView) -> dict[str, Any]:
    return {
        "id": one.id, "visitId": one.visit_id, "patientId": one.patient_id, "status": one.status.value,
        "author": one.author, "providerId": one.provider_id, "startTime": one.start.isoformat() if one.start else None,
        **one.parts, "signedAt": one.signed_at.isoformat() if one.signed_at else None, "signedBy": one.signed_by,
        "elsewhere": one.elsewhere,
        "content": one.content,
        "addenda": [{"id": add.id, "text": add.text, "by": add.by, "at": add.at.isoformat()} for add in one.addenda],
    }  # fmt: skip
