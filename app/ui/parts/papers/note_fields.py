"""The fields of an excuse note by the names of ``EditExcuseNote``: as they stand written, and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from app.domain.enums import ExcuseNoteStatus, ExcuseNoteType
from app.domain.excuse_notes import NoteStanding, draft_hash, kind_word
from app.kernel.i18n import t
from app.queries.excuse_notes import NoteRow, NoteView
from app.ui.parts.patient_values import date_text


def written(view: NoteView) -> dict[str, Any]:
    """Return a note as the form shows it, as JSON."""
    return {
        "type": view.row.kind.value, "providerId": view.row.provider_id, "startDate": view.row.start.isoformat(),
        "endDate": view.row.end.isoformat(), "reason": view.reason, "restrictions": view.restrictions,
        "showReason": view.show_reason,
    }  # fmt: skip


def content_of(values: Mapping[str, Any]) -> str:
    """Return the hash of a form whose days are days: what is signed is what stands in it."""
    return draft_hash(
        ExcuseNoteType(values["type"]), date.fromisoformat(values["startDate"]), date.fromisoformat(values["endDate"]),
        values["reason"], values["restrictions"], show_reason=values["showReason"],
    )  # fmt: skip


def in_words(name: str, value: Any, people: Mapping[str, str]) -> str:
    """Return a field's value as a person reads it; ``people`` are the names of providers."""
    if name == "showReason":
        return t("Yes") if value else t("No")
    if not value:
        return ""
    if name == "type":
        return kind_word(ExcuseNoteType(value))
    day = read_day(value) if name in ("startDate", "endDate") else None
    return date_text(day) if day is not None else people.get(str(value), str(value))


def empty_view(patient_id: str, name: str, corrects: str | None, today: date, now: datetime) -> NoteView:
    """Return what a note is before anything is written of it."""
    row = NoteRow(
        id="", patient_id=patient_id, patient_name=name, born=None, kind=ExcuseNoteType.WORK, start=today, end=today,
        status=ExcuseNoteStatus.DRAFT, standing=NoteStanding.DRAFT, provider_id="", provider_name="", created_at=now,
        sent_at=None,
    )  # fmt: skip
    return NoteView(row, None, "", "", False, "", corrects, None, "", "", None, None, "", (), now)


def typed_over(base: NoteView, values: Mapping[str, Any], provider: str) -> NoteView:
    """Return a draft with what is typed over what is written; ``provider`` is the name of who is chosen to sign."""
    start = read_day(values["startDate"]) or base.row.start
    end = read_day(values["endDate"]) or start
    row = replace(base.row, kind=ExcuseNoteType(values["type"]), start=start, end=max(start, end),
                  provider_id=values["providerId"], provider_name=provider if values["providerId"] else "")  # fmt: skip
    return replace(base, row=row, reason=values["reason"], restrictions=values["restrictions"],
                   show_reason=values["showReason"])  # fmt: skip


def read_day(value: object) -> date | None:
    """Return a day of a draft; None when it isn't one."""
    try:
        return date.fromisoformat(str(value)) if value else None
    except ValueError:
        return None
