"""Referrals and excuse notes as people write, send and follow them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from app.commands.core import Command
from app.commands.excuse_notes import (
    DiscardExcuseNote,
    DraftExcuseNote,
    EditExcuseNote,
    ExpireExcuseNotes,
    SendExcuseNote,
    WithdrawExcuseNote,
)
from app.commands.patients import FieldChange
from app.commands.referral_heard import Heard
from app.commands.referrals import (
    AcceptReferral,
    CancelReferral,
    CompleteReferral,
    CreateReferral,
    EditReferral,
    SendReferral,
    TrackReferral,
)
from app.domain.enums import ExcuseNoteType, ReferralPriority
from app.domain.excuse_notes import draft_hash
from app.domain.referrals import Recipient
from app.kernel.errors import AppError
from tests.support.desk import DAY
from tests.support.twins import Twins


def referrals(twins: Twins) -> None:
    """One that goes its whole way, one that is called off."""
    first = CreateReferral(
        patient_id="pat-lis", specialty="Cardiology", reason="Chest pain", priority=ReferralPriority.STAT,
        letter="Dear colleague", recipient=Recipient(address="9 Hill Road", phone="030 1"),
    )  # fmt: skip
    twins.okafor.run(first)
    with suppress(AppError):  # to nobody
        twins.okafor.run(SendReferral(referral_id=first.referral_id))
    there = {"address": "9 Hill Road", "phone": "030 1"}
    changes = (FieldChange("referredTo", None, "Dr Hill"), FieldChange("recipient", there, {"fax": "2"}))
    edited = twins.okafor.run(EditReferral(referral_id=first.referral_id, changes=changes))
    assert edited.undo is not None
    twins.okafor.run(edited.undo)
    twins.okafor.run(EditReferral(referral_id=first.referral_id, changes=changes[:1]))
    with suppress(AppError):  # somebody else changed it
        twins.chen.run(EditReferral(referral_id=first.referral_id, changes=(FieldChange("referredTo", None, "Dr X"),)))
    twins.pass_time(timedelta(days=2))
    twins.okafor.run(SendReferral(referral_id=first.referral_id))
    twins.desk.run(AcceptReferral(referral_id=first.referral_id, appointment_on=DAY + timedelta(days=9)))
    noted = twins.desk.run(TrackReferral(referral_id=first.referral_id, answer="On Friday"))
    assert noted.undo is not None
    twins.desk.run(noted.undo)
    twins.desk.run(TrackReferral(referral_id=first.referral_id, answer="Seen", seen=Heard()))
    with suppress(AppError):  # somebody else noted another answer
        twins.okafor.run(TrackReferral(referral_id=first.referral_id, answer="Not seen", seen=Heard()))
    twins.desk.run(CompleteReferral(referral_id=first.referral_id, answer="All well"))
    second = CreateReferral(patient_id="pat-roux", specialty="Eye", reason="Blurred", referred_to="Dr Eye", notes="x")
    twins.chen.run(second)
    twins.chen.run(CancelReferral(referral_id=second.referral_id, reason="Better"))


def excuse_notes(twins: Twins) -> None:
    """A draft of the desk that is signed, one that is withdrawn and corrected, one whose days are over."""
    first = DraftExcuseNote(
        patient_id="pat-lis", kind=ExcuseNoteType.WORK, start=DAY, end=DAY + timedelta(days=1), reason="Influenza",
        provider_id="p-okafor",
    )  # fmt: skip
    twins.desk.run(first)
    edited = twins.desk2.run(
        EditExcuseNote(note_id=first.note_id, changes=(
            FieldChange("restrictions", None, "Rest"), FieldChange("showReason", False, True),
            FieldChange("type", "WORK", "SCHOOL"),
        ))
    )  # fmt: skip
    assert edited.undo is not None
    twins.desk2.run(edited.undo)
    twins.okafor.run(SendExcuseNote(note_id=first.note_id))
    with suppress(AppError):  # it was sent
        twins.okafor.run(EditExcuseNote(note_id=first.note_id, changes=(FieldChange("reason", "Influenza", "Cold"),)))
    second = DraftExcuseNote(
        patient_id="pat-roux", kind=ExcuseNoteType.SCHOOL, start=DAY, end=DAY + timedelta(days=20), reason="Fracture",
        show_reason=True,
    )  # fmt: skip
    twins.chen.run(second)
    twins.chen.run(SendExcuseNote(note_id=second.note_id))
    twins.chen.run(WithdrawExcuseNote(note_id=second.note_id, reason="Wrong leg"))
    twins.chen.run(
        DraftExcuseNote(patient_id="pat-roux", kind=ExcuseNoteType.GENERAL, start=DAY, end=DAY + timedelta(days=20),
                        reason="Fracture", corrects=second.note_id)
    )  # fmt: skip
    _thrown_away(twins)
    twins.pass_time(timedelta(days=3))
    twins.desk.run(ExpireExcuseNotes())


def _thrown_away(twins: Twins) -> None:
    """A draft that nobody wants, and what may not go."""
    third = DraftExcuseNote(patient_id="pat-lis", kind=ExcuseNoteType.WORK, start=DAY, end=DAY, reason="Cold",
                            restrictions="Rest", provider_id="p-okafor")  # fmt: skip
    twins.desk.run(third)
    seen = draft_hash(ExcuseNoteType.WORK, DAY, DAY, "Cold", "Rest", show_reason=False)
    with suppress(AppError):  # it isn't what was seen
        twins.desk.run(DiscardExcuseNote(note_id=third.note_id, content="x"))
    gone = twins.desk.run(DiscardExcuseNote(note_id=third.note_id, content=seen))
    assert gone.undo is not None
    twins.desk.run(gone.undo)
    twins.okafor.run(DiscardExcuseNote(note_id=third.note_id, content=seen))
    twins.okafor.run(DiscardExcuseNote(note_id=third.note_id, content=seen))


PAPER_SCENARIOS: dict[Callable[[Twins], None], frozenset[type[Command]]] = {
    referrals: frozenset({CreateReferral, EditReferral, SendReferral, AcceptReferral, TrackReferral, CompleteReferral,
                          CancelReferral}),
    excuse_notes: frozenset({DraftExcuseNote, EditExcuseNote, SendExcuseNote, WithdrawExcuseNote, ExpireExcuseNotes,
                             DiscardExcuseNote}),
}  # fmt: skip
