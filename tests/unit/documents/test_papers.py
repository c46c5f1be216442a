"""The letter of a referral and an excuse note on paper: what must stand there, and what must not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.documents.excuse_note import excuse_paper
from app.documents.heads import Made
from app.documents.lab_requisition import requisition_paper
from app.documents.letters import letter_blocks
from app.documents.model import Bullets, Heading, Paper, Paragraph, QrCode
from app.documents.paged import pdf_bytes
from app.documents.referral import referral_paper
from app.documents.words import short_day
from app.domain.enums import ExcuseNoteStatus, ExcuseNoteType, LabOrderStatus, ReferralPriority, ReferralStatus
from app.domain.excuse_notes import NoteStanding
from app.domain.lab_codes import OrderedTest
from app.domain.referrals import Recipient, letter_text
from app.kernel.i18n import set_language
from app.queries.excuse_notes import NoteRow, NoteView
from app.queries.labs_requisition import Requisition
from app.queries.papers import PaperHead
from app.queries.referrals import ReferralRow, ReferralView
from tests.support.papers import pdf_text, pdf_title

pytestmark = pytest.mark.usefixtures("qapp")
NOW = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)
CODE = "7K3PXQ9D2MTA"
HEAD = PaperHead("p", "Ana Ramírez", date(1962, 3, 14), "MRN-1002", "(415) 555-0134", "4 Elm St", "Harbor Clinic",
                 {"phone": "(415) 555-0100"}, "America/Los_Angeles", "en", "US")  # fmt: skip
MADE = Made(NOW, "Dana Whitfield")
NOTE_ROW = NoteRow("n", "p", "Ana Ramírez", date(1962, 3, 14), ExcuseNoteType.WORK, date(2026, 11, 20),
                   date(2026, 11, 24), ExcuseNoteStatus.SENT, NoteStanding.VALID, "d", "Dr Ngozi Okafor", NOW,
                   NOW)  # fmt: skip
NOTE = NoteView(NOTE_ROW, None, "Influenza A", "No heavy lifting", False, CODE, None, None, "Dana", "Ngozi Okafor", NOW,
                None, "", ("Internal medicine",), NOW)  # fmt: skip
ROW = ReferralRow("r", "p", "Ana Ramírez", date(1962, 3, 14), "Cardiology", "Chest pain", ReferralPriority.URGENT,
                  ReferralStatus.SENT, "Dr Hill", "d", "Dr Ngozi Okafor", NOW, NOW, None, False, None)  # fmt: skip
VIEW = ReferralView(ROW, None, "", "", Recipient("9 Hill Road", fax="555-0188"), "", (), "Ngozi Okafor", None, None, "",
                    (), NOW)  # fmt: skip


def note(**more: Any) -> str:
    row = {name: more.pop(name) for name in ("kind", "standing", "status", "sent_at") if name in more}
    return pdf_text(pdf_bytes(excuse_paper(HEAD, replace(NOTE, row=replace(NOTE_ROW, **row), **more), MADE)))


def test_a_note_says_the_days_the_signature_and_the_code() -> None:
    text = note()
    for words in ("Note for work", "Ana Ramírez", "20 November 2026", "24 November 2026, inclusive", "5 days",
                  "No heavy lifting", "Dr Ngozi Okafor", "Internal medicine", "22 November 2026, 14:30",
                  "7K3P-XQ9D-2MTA", "(415) 555-0100"):  # fmt: skip
        assert words in text, words


def test_the_medical_reason_and_the_record_stay_off_the_paper_unless_ticked() -> None:
    assert "Influenza" not in note()
    assert "Influenza A" in note(show_reason=True)
    for words in ("MRN-1002", "555-0134", "4 Elm St"):
        assert words not in note(show_reason=True)


def test_a_laboratory_reads_the_patient_s_sex_and_an_employer_does_not() -> None:
    order = Requisition(
        "o1", "p", "Ana Ramírez", "Dr Ngozi Okafor", (), (OrderedTest("718-7", "Hemoglobin"),), LabOrderStatus.ORDERED,
        "ROUTINE", False, "", "", "", "", NOW, None, "", None, "",
    )  # fmt: skip
    head = replace(HEAD, sex="female")
    text = pdf_text(pdf_bytes(requisition_paper(head, order, MADE)))
    assert "Sex" in text
    assert "female" in text
    assert "Sex" not in pdf_text(pdf_bytes(requisition_paper(HEAD, order, MADE)))  # unknown: nothing is claimed
    assert "female" not in pdf_text(pdf_bytes(excuse_paper(head, NOTE, MADE)))


def test_a_draft_has_no_code_and_says_that_it_is_one() -> None:
    text = note(standing=NoteStanding.DRAFT, status=ExcuseNoteStatus.DRAFT, signed_at=None, sent_at=None)
    assert "Draft: not signed, not valid" in text
    assert "7K3P" not in text
    assert "Signed electronically" not in text


def test_a_withdrawn_one_says_so() -> None:
    assert "Withdrawn: this note is not valid any more" in note(standing=NoteStanding.WITHDRAWN)


def test_what_was_made_offline_says_so() -> None:
    made = replace(MADE, confirmed=False)
    assert "Not yet confirmed" in pdf_text(pdf_bytes(excuse_paper(HEAD, NOTE, made)))
    assert "Not yet confirmed" in pdf_text(pdf_bytes(referral_paper(HEAD, VIEW, made)))
    assert "Not yet confirmed" not in note()


def test_the_qr_code_holds_the_code_as_it_is_typed() -> None:
    blocks = excuse_paper(HEAD, NOTE, MADE).blocks
    assert [block.content for block in blocks if isinstance(block, QrCode)] == ["7K3P-XQ9D-2MTA"]


def test_a_letter_names_sender_recipient_and_patient() -> None:
    letter = letter_text("Chest pain on exertion", (("Medicines", ("Lisinopril 10 mg",)), ("Allergies", ())))
    document = referral_paper(HEAD, replace(VIEW, letter=letter), MADE)
    text = pdf_text(pdf_bytes(document))
    for words in ("Dr Hill", "9 Hill Road", "555-0188", "Urgent", "Chest pain on exertion", "Medicines",
                  "Lisinopril 10 mg", "MRN-1002", "Born 14 March 1962", "Sent 22 November 2026, 14:30"):  # fmt: skip
        assert words in text, words
    assert "Allergies" not in text
    assert document.paper is Paper.LETTER
    assert pdf_title(pdf_bytes(document)) == "Referral: Cardiology", (
        "the title names no patient: it is seen in tabs and queues"
    )


def test_a_letter_without_words_says_the_reason_and_a_draft_that_it_is_one() -> None:
    text = pdf_text(
        pdf_bytes(referral_paper(HEAD, replace(VIEW, row=replace(ROW, status=ReferralStatus.PENDING)), MADE))
    )
    assert "Chest pain" in text
    assert "not sent yet" in text


def test_a_letters_plain_text_becomes_blocks() -> None:
    text = "Dear colleague,\nthank you.\n\nProblems:\n- Asthma\n- Gout\nand more\n\nMedicines:\nnone\n"
    assert letter_blocks(text) == (
        Paragraph("Dear colleague,\nthank you."), Heading("Problems"), Bullets(("Asthma", "Gout")),
        Paragraph("and more"), Paragraph("Medicines:\nnone"),
    )  # fmt: skip
    assert letter_blocks("  \n\n ") == ()


@pytest.mark.parametrize(("spoken", "said"), [("en", "22 Nov 2026"), ("es", "22 nov 2026")])
def test_days_in_tables_are_words_too(spoken: str, said: str) -> None:
    set_language(spoken)
    try:
        assert short_day(date(2026, 11, 22)) == said
    finally:
        set_language("en")
