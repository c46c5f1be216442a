"""Papers made and written for somebody who is signed in, without a window: for the command line."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from app.documents.chart import ChartSection, chart_paper, rows_of
from app.documents.display import need_display
from app.documents.excuse_note import excuse_paper
from app.documents.heads import Made
from app.documents.model import Document
from app.documents.paged import save_pdf
from app.documents.referral import referral_paper
from app.documents.weekly import weekly_paper
from app.kernel.errors import Refused, Unavailable
from app.kernel.i18n import t
from app.queries.access import Access, note_access
from app.queries.chart_record import chart_record
from app.queries.excuse_notes import note_view
from app.queries.papers import paper_head
from app.queries.referrals import referral_view
from app.queries.weekly import WeekRow, weekly_summaries
from app.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class PatientPaper:
    """A paper and whose it is."""

    patient_id: str
    document: Document


def made_now(ws: Workspace, *rows: tuple[str, str]) -> Made:
    """Return how a paper of these rows (table, id) comes about now; unconfirmed while one of them waits to be sent."""
    waiting = ws.sync.waiting_rows() if ws.sync is not None else frozenset()
    return Made(ws.clock.now(), ws.actor.name, confirmed=not any(row in waiting for row in rows))


def note_document(ws: Workspace, note_id: str) -> PatientPaper:
    """Return an excuse note's paper."""
    view = ws.ask(note_view, note_id=note_id)
    head = ws.ask(paper_head, patient_id=view.row.patient_id)
    made = made_now(ws, ("excuse_notes", note_id), ("excuse_note_detail", note_id))
    return PatientPaper(view.row.patient_id, excuse_paper(head, view, made))


def referral_document(ws: Workspace, referral_id: str) -> PatientPaper:
    """Return a referral's letter."""
    view = ws.ask(referral_view, referral_id=referral_id)
    head = ws.ask(paper_head, patient_id=view.row.patient_id)
    made = made_now(ws, ("referrals", referral_id), ("referral_detail", referral_id))
    return PatientPaper(view.row.patient_id, referral_paper(head, view, made))


def chart_document(
    ws: Workspace, patient_id: str, sections: Collection[ChartSection], since: date | None = None
) -> PatientPaper:
    """Return a patient's chart; measurements from ``since`` on. Making it is kept as an export by whoever writes it."""
    record = ws.ask(chart_record, patient_id=patient_id, kind=Access.OPEN, since=since)
    head = ws.ask(paper_head, patient_id=patient_id)
    weeks = ws.ask(weekly_summaries, patient_id=patient_id).items
    waiting = ws.sync.waiting_rows() if ws.sync is not None else frozenset()
    own = rows_of(record)
    made = Made(ws.clock.now(), ws.actor.name, confirmed=not any(key in own for _, key in waiting))
    return PatientPaper(patient_id, chart_paper(head, record, weeks, sections, made))


def week_document(ws: Workspace, patient_id: str, week: WeekRow) -> PatientPaper:
    """Return one of a patient's weekly summaries with the half year before it."""
    weeks = [one for one in ws.ask(weekly_summaries, patient_id=patient_id).items if one.first <= week.first]
    head = ws.ask(paper_head, patient_id=patient_id)
    return PatientPaper(patient_id, weekly_paper(head, weeks or [week], week, made_now(ws)))


def export_pdf(ws: Workspace, paper: PatientPaper, file: str) -> int:
    """Write the PDF and keep in the audit whose paper left; returns its bytes. Refuses where it can't be written."""
    need_display()
    try:
        size = save_pdf(paper.document, file)
    except OSError as error:
        raise Refused("NotWritten", t("Not written: {why}", why=error.strerror or ""), field="file") from error
    try:
        ws.ask(note_access, patient_ids=(paper.patient_id,), kind=Access.EXPORT)
    except Unavailable:
        return size  # without the server nothing can be kept; the workstation's own journal doesn't hold reads
    return size
