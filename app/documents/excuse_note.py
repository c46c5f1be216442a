"""An excuse note on paper: the days, what the patient may not do, and a code by which anybody can verify it."""

from __future__ import annotations

from app.documents.heads import Made, patient_paper
from app.documents.model import Block, Document, Facts, Gap, Heading, Paragraph, QrCode, Signature
from app.documents.words import day, moment, signed_line
from app.domain.enums import ExcuseNoteType
from app.domain.excuse_notes import NoteStanding, days_covered
from app.domain.paper_codes import shown
from app.kernel.i18n import t, tn
from app.queries.excuse_notes import NoteView
from app.queries.papers import PaperHead


def excuse_paper(head: PaperHead, view: NoteView, made: Made) -> Document:
    """Return the note. The medical reason stands on it only where that was ticked; a draft has no code yet."""
    row = view.row
    days = tn("{n} day", "{n} days", days_covered(row.start, row.end))
    facts = ((t("From"), day(row.start)), (t("Until"), t("{day}, inclusive", day=day(row.end))), (t("Length"), days))
    blocks: list[Block] = [Paragraph(_sentence(view), size=11, gap=10, ours=True), Facts(facts, columns=1)]
    if view.restrictions.strip():
        blocks += [Heading(t("Restrictions")), Paragraph(view.restrictions)]
    if view.show_reason:
        blocks += [Heading(t("Medical reason")), Paragraph(view.reason)]
    zone = made.zone_of(head)
    signed = signed_line(moment(view.signed_at, zone), elsewhere=view.elsewhere) if view.signed_at else ""
    specialties = ", ".join(view.provider_specialties)
    signer = view.signed_by if view.elsewhere and view.signed_by else row.provider_name
    blocks += [Gap(14), Signature(signer, (specialties,) if specialties else (), signed)]
    if view.code and row.standing is not NoteStanding.DRAFT:
        blocks.append(_code(head, view))
    issued = row.sent_at or made.at
    return patient_paper(head, note_title(row.kind), tuple(blocks), made, full=False, mark=_mark(view),
                         dated=day(issued.astimezone(zone).date()))  # fmt: skip


def note_title(kind: ExcuseNoteType) -> str:
    """Return what stands over the note."""
    titles = {
        ExcuseNoteType.WORK: t("Note for work"),
        ExcuseNoteType.SCHOOL: t("Note for school"),
        ExcuseNoteType.GENERAL: t("Medical note"),
    }
    return titles[kind]


def _sentence(view: NoteView) -> str:
    name = view.row.patient_name
    match view.row.kind:
        case ExcuseNoteType.WORK:
            return t("{name} is under our care. Please excuse the absence from work on these days.", name=name)
        case ExcuseNoteType.SCHOOL:
            return t("{name} is under our care. Please excuse the absence from school on these days.", name=name)
        case ExcuseNoteType.GENERAL:
            return t("{name} is under our care. Please excuse the absence on these days.", name=name)


def _code(head: PaperHead, view: NoteView) -> QrCode:
    phone = head.branding.get("phone")
    ask = t("Ask {clinic} with this code whether the note holds.", clinic=head.clinic_name)
    if isinstance(phone, str) and phone.strip():
        ask = t("Ask {clinic}, {phone}, with this code whether the note holds.", clinic=head.clinic_name, phone=phone)
    told = t("They will tell the days and initials, nothing medical.")
    return QrCode(shown(view.code), (shown(view.code), ask, told))


def _mark(view: NoteView) -> str:
    if view.row.standing is NoteStanding.DRAFT:
        return t("Draft: not signed, not valid")
    if view.row.standing is NoteStanding.WITHDRAWN:
        return t("Withdrawn: this note is not valid any more")
    return t("Copy: signed elsewhere") if view.elsewhere else ""
