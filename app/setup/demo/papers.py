"""The demo's papers: referrals with their letters on every stage of their way, excuse notes with their codes."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from app.domain.enums import ExcuseNoteStatus, ExcuseNoteType, ReferralPriority, ReferralStatus
from app.domain.paper_codes import ALPHABET, LENGTH, complete
from app.domain.referrals import letter_text
from app.setup.demo.clinic import DemoProvider
from app.setup.demo.patients import DemoPatient
from app.setup.demo.world import World

_PLACES = {
    "Cardiology": ("Dr Amara Hill, Bay Heart Center", "Chest tightness when climbing stairs, for two weeks",
                   ("Problems", ("Essential hypertension",)), "Stress test normal. Please go on as before."),
    "Endocrinology": ("Dr Tomas Reyes, Bay Specialists", "A1C rising in spite of two medicines",
                      ("Medicines", ("Metformin 1000 mg twice daily",)), "Started a weekly injection; see letter."),
    "Physical therapy": ("Harbor Movement", "Knee painful after gardening, left, since six weeks",
                         ("Problems", ("Osteoarthritis of the left knee",)), "Six sessions done, walks without pain."),
    "Dermatology": ("Dr Ines Falk, Bay Specialists", "Mole on the back that changed in colour",
                    ("Allergies", ("None known",)), "Removed, benign."),
}  # fmt: skip
_TAKES = {ReferralStatus.ACCEPTED: 4, ReferralStatus.COMPLETED: 21}
"""How many days a referral is old at least on this stage of its way: nothing of it lies in the future."""
_REASONS = ("Influenza", "Sprained ankle", "Migraine", "Gastroenteritis", "After a minor procedure")


def make_papers(world: World, patients: tuple[DemoPatient, ...], providers: tuple[DemoProvider, ...]) -> None:
    """Add referrals and excuse notes with what is ours beside them."""
    for index, patient in enumerate(world.dice.sample(patients, min(len(patients), 24))):
        _referral(world, patient, index, providers)
    apart = random.Random(f"{world.seed}/papers")  # noqa: S311 - codes of invented notes, not secrets
    for index, patient in enumerate(world.dice.sample(patients, min(len(patients), 18))):
        _note(world, patient, index, providers, apart)


def _referral(world: World, patient: DemoPatient, index: int, providers: tuple[DemoProvider, ...]) -> None:
    status = list(ReferralStatus)[index % len(ReferralStatus)]
    made = world.ago(days=world.dice.randrange(1, 60) + _TAKES.get(status, 1))
    sent = made + timedelta(days=1) if status not in (ReferralStatus.PENDING, ReferralStatus.CANCELLED) else None
    provider = world.dice.choice(providers)
    specialty = world.dice.choice(("Cardiology", "Endocrinology", "Physical therapy", "Dermatology"))
    place, reason, part, answer = _PLACES[specialty]
    done = made + timedelta(days=20) if status is ReferralStatus.COMPLETED else None
    row = world.add("referrals", id=world.ids.cuid(), patient_id=patient.id, visit_id=None, provider_id=provider.id,
                    specialty=specialty, reason=reason, priority=list(ReferralPriority)[index % 3], status=status,
                    referred_to=place if sent or index % 2 else None, notes=None, sent_at=sent, completed_at=done,
                    created_at=made, updated_at=done or sent or made)  # fmt: skip
    accepted = status in (ReferralStatus.ACCEPTED, ReferralStatus.COMPLETED)
    world.add("referral_detail", referral_id=row["id"], clinic_id=world.clinic_id, letter=letter_text(reason, (part,)),
              recipient={"address": "300 Bay Road\nSan Francisco, CA 94105", "fax": "(415) 555-0190"},
              attachments=None, sent_by=provider.user_id if sent else None,
              accepted_at=made + timedelta(days=3) if accepted else None,
              appointment_on=(made + timedelta(days=18)).date() if accepted else None, answer=answer if done else "",
              cancel_reason="The patient feels well again" if status is ReferralStatus.CANCELLED else None,
              updated_at=row["updated_at"])  # fmt: skip


def _kind(patient: DemoPatient, index: int, day: date) -> ExcuseNoteType:
    """Whom a note is for: a child's school, a grown-up's work, every third time whoever asks."""
    if index % 3 == 2:
        return ExcuseNoteType.GENERAL
    return ExcuseNoteType.WORK if patient.grown(day) else ExcuseNoteType.SCHOOL


def _note(
    world: World, patient: DemoPatient, index: int, providers: tuple[DemoProvider, ...], apart: random.Random
) -> None:
    status = list(ExcuseNoteStatus)[index % len(ExcuseNoteStatus)]
    over = status is ExcuseNoteStatus.EXPIRED
    start, made = world.today - timedelta(days=30 if over else 1), world.ago(days=31 if over else 1)
    provider = world.dice.choice(providers)
    sent = None if status is ExcuseNoteStatus.DRAFT else made
    row = world.add("excuse_notes", id=world.ids.cuid(), patient_id=patient.id, visit_id=None, provider_id=provider.id,
                    type=_kind(patient, index, start), start_date=start, end_date=start + timedelta(days=4),
                    reason=_REASONS[index % len(_REASONS)], restrictions="No heavy lifting" if index % 2 else None,
                    status=status, sent_at=sent, created_at=made, updated_at=made)  # fmt: skip
    withdrawn: Any = world.ago(hours=20) if index == 10 and sent else None
    code = complete("".join(apart.choice(ALPHABET) for _ in range(LENGTH - 1)))
    world.add("excuse_note_detail", note_id=row["id"], clinic_id=world.clinic_id, code=code, show_reason=index % 5 == 0,
              corrects=None, drafted_by=provider.user_id, signed_by=provider.user_id if sent else None, signed_at=sent,
              withdrawn_at=withdrawn, withdrawn_by=provider.user_id if withdrawn else None,
              withdrawn_reason="Given to the wrong person" if withdrawn else None, updated_at=made)  # fmt: skip
