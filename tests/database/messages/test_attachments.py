"""What a message may refer to: papers of its patient that are out, and encrypted addresses; on both databases."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert, select

from app.commands.messages import SendMessage
from app.db.models import ExcuseNote, ExcuseNoteDetail, LabOrder, LabReview, Message, Referral
from app.domain.enums import ExcuseNoteStatus, ExcuseNoteType, LabOrderStatus, ReferralStatus, ReviewState
from app.domain.messages import Attachment, RecordLink, record_link
from app.kernel.errors import Refused
from app.queries.attachable import attachable, known_paper
from tests.support.desk import NOW, Desk


def papers(desk: Desk, patient: str = "pat-lis", mark: str = "") -> None:
    """Papers of a patient in every state."""
    common: dict[str, Any] = {"patient_id": patient, "provider_id": "p-okafor", "created_at": NOW, "updated_at": NOW}
    for number, status in enumerate(ExcuseNoteStatus):
        desk.write(insert(ExcuseNote).values(id=f"e{mark}-{status.value}", type=ExcuseNoteType.WORK, status=status,
                                             start_date=date(2026, 5, 4 + number), end_date=date(2026, 5, 7),
                                             reason="x", **common))  # fmt: skip
    desk.write(
        insert(ExcuseNote).values(id=f"e{mark}-gone", type=ExcuseNoteType.WORK, status=ExcuseNoteStatus.SENT,
                                  start_date=date(2026, 5, 1), end_date=date(2026, 5, 1), reason="x", **common),
        insert(ExcuseNoteDetail).values(note_id=f"e{mark}-gone", clinic_id="clinic-1", code=f"GONE{mark}",
                                        withdrawn_at=NOW, updated_at=NOW),
    )  # fmt: skip
    for state in ReferralStatus:
        desk.write(insert(Referral).values(id=f"r{mark}-{state.value}", specialty="Cardiology", reason="x",
                                           status=state, sent_at=NOW, **common))  # fmt: skip
    for order in LabOrderStatus:
        desk.write(insert(LabOrder).values(id=f"o{mark}-{order.value}", tests=("CBC", "A1C"), status=order,
                                           ordered_at=NOW, **common))  # fmt: skip
    desk.write(
        insert(LabOrder).values(id=f"o{mark}-signed", tests=("CBC",), status=LabOrderStatus.COMPLETED, ordered_at=NOW,
                                **common),
        *(
            insert(LabReview).values(order_id=f"o{mark}-{which}", clinic_id="clinic-1", patient_id=patient,
                                     state=state, resulted_at=NOW, updated_at=NOW)
            for which, state in (("signed", ReviewState.SIGNED), ("COMPLETED", ReviewState.WAITING))
        ),
    )  # fmt: skip


OUT = {
    "myhealthally://excuse_notes/e-SENT": "Excuse note (Work), 2026-05-05 – 2026-05-07",
    "myhealthally://excuse_notes/e-EXPIRED": "Excuse note (Work), 2026-05-06 – 2026-05-07",
    "myhealthally://referrals/r-SENT": "Referral (Cardiology), 2026-05-04",
    "myhealthally://referrals/r-ACCEPTED": "Referral (Cardiology), 2026-05-04",
    "myhealthally://referrals/r-COMPLETED": "Referral (Cardiology), 2026-05-04",
    "myhealthally://lab_orders/o-ORDERED": "Laboratory order (CBC, A1C), 2026-05-04",
    "myhealthally://lab_orders/o-IN_PROGRESS": "Laboratory order (CBC, A1C), 2026-05-04",
    "myhealthally://lab_orders/o-signed": "Laboratory order (CBC), 2026-05-04",
}


def test_what_is_out_already_may_be_attached(desk: Desk) -> None:
    papers(desk)
    papers(desk, "pat-roux", "2")
    found = desk.desk.ask(attachable, patient_id="pat-lis")
    assert {one.link.url: one.name for one in found} == OUT
    assert [one.day for one in found] == sorted((one.day for one in found), reverse=True)
    assert desk.desk.ask(attachable, patient_id="pat-brandt") == ()


def test_a_reference_is_kept_by_its_address_and_named(desk: Desk) -> None:
    papers(desk)
    given = (
        Attachment("myhealthally://excuse_notes/e-SENT"),
        Attachment("myhealthally://lab_orders/o-signed", "Blood"),
        Attachment("https://files.example/a.pdf", "a.pdf"),
        Attachment("myhealthally://excuse_notes/e-SENT", "again"),
    )
    desk.desk.run(SendMessage(patient_id="pat-lis", text="Here", attachments=given))
    (sent,) = desk.rows(select(Message.attachments))
    assert sent.attachments == [
        {"type": "excuse_note", "url": given[0].url, "filename": OUT[given[0].url], "size": None},
        {"type": "lab_order", "url": given[1].url, "filename": "Blood", "size": None},
        {"type": "", "url": given[2].url, "filename": "a.pdf", "size": None},
    ]


@pytest.mark.parametrize("what", [
    "excuse_notes/e-DRAFT", "excuse_notes/e-gone", "excuse_notes/e2-SENT", "referrals/r-PENDING",
    "referrals/r-CANCELLED", "lab_orders/o-CANCELLED", "lab_orders/o-COMPLETED", "lab_orders/e-SENT",
])  # fmt: skip
def test_what_is_not_out_or_somebody_elses_is_refused(desk: Desk, what: str) -> None:
    papers(desk)
    papers(desk, "pat-roux", "2")
    given = (Attachment("myhealthally://excuse_notes/e-SENT"), Attachment(f"myhealthally://{what}"))
    with pytest.raises(Refused) as refused:
        desk.desk.run(SendMessage(patient_id="pat-lis", text="Here", attachments=given))
    assert refused.value.field == "attachments"
    assert desk.rows(select(Message.id)) == []


def test_what_a_message_names_is_looked_for_in_its_own_patients_record(desk: Desk) -> None:
    papers(desk)
    for name in ("excuse_notes/e-DRAFT", "referrals/r-PENDING", "lab_orders/o-COMPLETED"):
        link = record_link(f"myhealthally://{name}")
        assert link is not None
        assert desk.desk.ask(known_paper, patient_id="pat-lis", link=link) == link
        with pytest.raises(Refused) as refused:
            desk.desk.ask(known_paper, patient_id="pat-roux", link=link)
        assert refused.value.code == "NoPaper"


@pytest.mark.parametrize("url", [
    "myhealthally://visit_note/1", "myhealthally://excuse_notes/", "myhealthally://excuse_notes/a/b",
    "myhealthally://excuse_notes/a\n", "MYHEALTHALLY://excuse_notes/a", "https://myhealthally://excuse_notes/a",
    "myhealthally://excuse_notes/é", f"myhealthally://excuse_notes/{'a' * 65}",
])  # fmt: skip
def test_other_addresses_stand_for_nothing(url: str) -> None:
    assert record_link(url) is None


def test_an_address_stands_for_the_row_it_was_made_of() -> None:
    link = RecordLink("referrals", "c1-x_Y")
    assert record_link(link.url) == link
