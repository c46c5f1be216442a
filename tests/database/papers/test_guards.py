"""What left the house can't be changed by anybody's own SQL either; merging and the backend still may."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, text, update

from app.commands.excuse_notes import DraftExcuseNote, SendExcuseNote, WithdrawExcuseNote
from app.commands.referrals import CreateReferral, SendReferral
from app.db.models import ExcuseNote, ExcuseNoteDetail, Referral, ReferralDetail
from app.domain.enums import ExcuseNoteType
from app.kernel.errors import AppError
from tests.support.desk import DAY, Desk


def refused(desk: Desk, who: str, statement: str, row_id: str) -> None:
    """Fail unless the statement, given by the person's own login, changes nothing."""

    def do(session: Any) -> int:
        return int(session.execute(text(statement), {"id": row_id}).rowcount)

    try:
        changed = getattr(desk, who).store.read(do)
    except AppError:
        return
    assert changed == 0, f"{who}: {statement}"


@pytest.fixture
def sent(pg_desk: Desk) -> tuple[Desk, str, str]:
    letter = CreateReferral(patient_id="pat-lis", specialty="Eye", reason="x", referred_to="Dr Eye", letter="Dear")
    note = DraftExcuseNote(patient_id="pat-lis", kind=ExcuseNoteType.WORK, start=DAY, end=DAY, reason="Flu")
    for command in (letter, SendReferral(referral_id=letter.referral_id), note, SendExcuseNote(note_id=note.note_id)):
        pg_desk.okafor.run(command)
    return pg_desk, letter.referral_id, note.note_id


LETTER = (
    "UPDATE public.referrals SET reason = 'y' WHERE id = :id",
    "UPDATE public.referrals SET referred_to = 'Dr X' WHERE id = :id",
    "UPDATE public.referrals SET status = 'PENDING' WHERE id = :id",
    "UPDATE desktop.referral_detail SET letter = 'y' WHERE referral_id = :id",
    "UPDATE desktop.referral_detail SET sent_by = NULL WHERE referral_id = :id",
    "DELETE FROM public.referrals WHERE id = :id",
)
NOTE = (
    "UPDATE public.excuse_notes SET end_date = end_date + interval '9 days' WHERE id = :id",
    "UPDATE public.excuse_notes SET status = 'DRAFT' WHERE id = :id",
    "UPDATE public.excuse_notes SET status = 'EXPIRED' WHERE id = :id",
    "UPDATE desktop.excuse_note_detail SET show_reason = true WHERE note_id = :id",
    "UPDATE desktop.excuse_note_detail SET signed_by = 'u-chen' WHERE note_id = :id",
    "UPDATE desktop.excuse_note_detail SET code = 'x' WHERE note_id = :id",
    "UPDATE desktop.excuse_note_detail SET withdrawn_at = now(), withdrawn_by = 'u-chen' WHERE note_id = :id",
    "DELETE FROM desktop.excuse_note_detail WHERE note_id = :id",
)


@pytest.mark.parametrize("who", ["okafor", "desk", "admin"])
def test_nobody_changes_a_sent_letter_by_sql(sent: tuple[Desk, str, str], who: str) -> None:
    desk, letter, _ = sent
    for statement in LETTER:
        refused(desk, who, statement, letter)
    assert desk.rows(select(Referral.reason, ReferralDetail.letter).join(ReferralDetail)) == [("x", "Dear")]


@pytest.mark.parametrize("who", ["okafor", "desk", "admin"])
def test_nobody_changes_a_sent_note_by_sql(sent: tuple[Desk, str, str], who: str) -> None:
    desk, _, note = sent
    for statement in NOTE:
        refused(desk, who, statement, note)
    row = desk.rows(select(ExcuseNote.end_date, ExcuseNoteDetail.signed_by, ExcuseNoteDetail.show_reason)
                    .join(ExcuseNoteDetail))  # fmt: skip
    assert row == [(DAY, "u-okafor", False)]


def test_a_withdrawal_stays(sent: tuple[Desk, str, str]) -> None:
    desk, _, note = sent
    desk.okafor.run(WithdrawExcuseNote(note_id=note, reason="Mistake"))
    for who in ("okafor", "chen", "desk"):
        refused(desk, who, "UPDATE desktop.excuse_note_detail SET withdrawn_at = NULL WHERE note_id = :id", note)
        refused(desk, who, "UPDATE desktop.excuse_note_detail SET withdrawn_reason = 'x' WHERE note_id = :id", note)
    assert desk.rows(select(ExcuseNoteDetail.withdrawn_reason)) == [("Mistake",)]


def test_a_letter_to_nobody_is_not_sent_by_sql(pg_desk: Desk) -> None:
    command = CreateReferral(patient_id="pat-lis", specialty="Eye", reason="x")
    pg_desk.okafor.run(command)
    refused(pg_desk, "okafor", "UPDATE public.referrals SET status = 'SENT' WHERE id = :id", command.referral_id)


def test_what_may_change_does_by_the_same_way(sent: tuple[Desk, str, str]) -> None:
    desk, letter, _ = sent
    with pytest.raises(AssertionError):
        refused(desk, "okafor", "UPDATE desktop.referral_detail SET answer = 'y' WHERE referral_id = :id", letter)


def test_the_owner_passes(sent: tuple[Desk, str, str]) -> None:
    desk, letter, note = sent
    desk.write(update(Referral).where(Referral.id == letter).values(patient_id="pat-roux"),
               update(ExcuseNote).where(ExcuseNote.id == note).values(patient_id="pat-roux"))  # fmt: skip
    assert desk.rows(select(Referral.patient_id)) == [("pat-roux",)]
