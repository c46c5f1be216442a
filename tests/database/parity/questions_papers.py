"""What the store answers about referrals and excuse notes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import select

from app.db.models import ExcuseNote, ExcuseNoteDetail, Referral
from app.domain.enums import ReferralStatus
from app.domain.excuse_notes import NoteStanding
from app.domain.paper_codes import new_code
from app.queries.excuse_notes import note_drafts, note_list, note_view, notes_out_of_date, verify_note
from app.queries.papers import paper_head
from app.queries.referrals import letter_material, overdue_referrals, referral_list, referral_view
from tests.support.desk import PATIENTS
from tests.support.twins import Twins


def of_papers(twins: Twins) -> Iterator[tuple[Callable[..., Any], dict[str, Any]]]:
    """Lists, single papers, letters and codes."""
    yield referral_list, {}
    yield referral_list, {"overdue": True}
    yield referral_list, {"overdue": True, "limit": 1}
    yield referral_list, {"status": (ReferralStatus.SENT, ReferralStatus.CANCELLED), "limit": 1}
    for plain in (overdue_referrals, note_drafts, notes_out_of_date, note_list):
        yield plain, {}
    for standing in NoteStanding:
        yield note_list, {"standings": (standing,)}
    yield verify_note, {"code": new_code()}
    yield verify_note, {"code": "wrong"}
    yield referral_view, {"referral_id": "nobody's"}
    yield note_view, {"note_id": "nobody's"}
    for key, *_ in PATIENTS:
        patient = {"patient_id": f"pat-{key}"}
        for question in (paper_head, letter_material, note_list, referral_list):
            yield question, patient
    for referral in twins.rows(select(Referral.id).order_by(Referral.id)):
        yield referral_view, {"referral_id": referral.id}
    for note in twins.rows(select(ExcuseNote.id).order_by(ExcuseNote.id)):
        yield note_view, {"note_id": note.id}
    for note in twins.rows(select(ExcuseNoteDetail.code).order_by(ExcuseNoteDetail.code)):
        yield verify_note, {"code": note.code}
