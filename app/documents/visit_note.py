"""A visit note on paper, with its addenda; a draft says so."""

from __future__ import annotations

from app.documents.heads import Made, patient_paper
from app.documents.model import Block, Document, Gap, Heading, Paragraph, Signature
from app.documents.words import day, moment, signed_line
from app.domain.visit_notes import NOTE_FIELDS, part_title
from app.kernel.i18n import t
from app.queries.papers import PaperHead
from app.queries.visit_notes import NoteView


def visit_note_paper(head: PaperHead, note: NoteView, made: Made) -> Document:
    """Return the note's parts in their order, who signed it, then each addendum with its date."""
    zone = made.zone_of(head)
    blocks: list[Block] = []
    for name in NOTE_FIELDS:
        if note.parts[name].strip():
            blocks += [Heading(part_title(name)), Paragraph(note.parts[name])]
    if note.signed_at is not None:
        signed = signed_line(moment(note.signed_at, zone), elsewhere=note.elsewhere)
        blocks += [Gap(10), Signature(note.signed_by, (), signed)]
    for one in note.addenda:
        head_line = t("Addendum by {name}, {time}", name=one.by, time=moment(one.at, zone))
        blocks += [Heading(head_line), Paragraph(one.text)]
    mark = "" if note.signed else t("Draft: not signed, not valid")
    return patient_paper(head, t("Visit note"), tuple(blocks), made, mark=mark,
                         dated=day(note.at.astimezone(zone).date()))  # fmt: skip
