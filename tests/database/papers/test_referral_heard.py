"""Two people note what they heard of one referral: other fields merge, the same one conflicts with both sides."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.commands.another_way import over_theirs
from app.commands.referral_heard import Heard
from app.commands.referrals import AcceptReferral, CompleteReferral, SendReferral, TrackReferral
from app.domain.enums import ReferralStatus
from app.domain.referrals import Attachment
from app.kernel.errors import Conflict
from app.queries.referrals import referral_view
from tests.database.papers.test_referrals import create, detail, lab_order, status
from tests.support.desk import Desk

DAY = date(2026, 6, 3)
NOTHING = Heard()


@pytest.fixture
def sent(desk: Desk) -> str:
    referral = create(desk, referred_to="Dr Hill")
    desk.okafor.run(SendReferral(referral_id=referral))
    return referral


def clash(desk: Desk, command: Any) -> dict[str, Any]:
    with pytest.raises(Conflict) as found:
        desk.okafor.run(command)
    assert found.value.code == "FieldChanged"
    return dict(found.value.data["fields"])


def test_other_fields_merge(desk: Desk, sent: str) -> None:
    desk.desk.run(TrackReferral(referral_id=sent, answer="Seen on Friday", seen=NOTHING))
    order = lab_order(desk)
    came = (Attachment("lab_orders", order),)
    desk.okafor.run(TrackReferral(referral_id=sent, appointment_on=DAY, attachments=came, seen=NOTHING))
    row = detail(desk, sent)
    assert (row.answer, row.appointment_on, row.attachments) == (
        "Seen on Friday", DAY, [{"table": "lab_orders", "id": order}])  # fmt: skip


def test_each_same_field_conflicts_with_both_sides_and_changes_nothing(desk: Desk, sent: str) -> None:
    theirs, mine = lab_order(desk), lab_order(desk)
    first = TrackReferral(referral_id=sent, answer="A", appointment_on=DAY,
                          attachments=(Attachment("lab_orders", theirs),), seen=NOTHING)  # fmt: skip
    desk.desk.run(first)
    other = TrackReferral(referral_id=sent, answer="B", appointment_on=date(2026, 6, 9),
                          attachments=(Attachment("lab_orders", mine),), seen=NOTHING)  # fmt: skip
    fields = clash(desk, other)
    assert fields == {
        "answer": {"base": "", "mine": "B", "server": "A"},
        "appointmentOn": {"base": None, "mine": "2026-06-09", "server": "2026-06-03"},
        "attachments": {"base": [], "mine": [{"table": "lab_orders", "id": mine}],
                        "server": [{"table": "lab_orders", "id": theirs}]},
    }  # fmt: skip
    assert (detail(desk, sent).answer, detail(desk, sent).appointment_on) == ("A", DAY)
    again = over_theirs(other, {"fields": fields})
    assert again is not None
    desk.okafor.run(again)
    row = detail(desk, sent)
    assert (row.answer, row.attachments) == ("B", [{"table": "lab_orders", "id": mine}])


def test_undoing_a_note_leaves_what_others_noted_since(desk: Desk, sent: str) -> None:
    done = desk.desk.run(TrackReferral(referral_id=sent, answer="A", seen=NOTHING))
    desk.okafor.run(TrackReferral(referral_id=sent, answer="A", appointment_on=DAY, seen=Heard(answer="A")))
    assert done.undo is not None
    desk.desk.run(done.undo)
    assert (detail(desk, sent).answer, detail(desk, sent).appointment_on) == ("", DAY)


def test_an_undo_does_not_take_somebody_elses_answer(desk: Desk, sent: str) -> None:
    done = desk.desk.run(TrackReferral(referral_id=sent, answer="A", seen=NOTHING))
    desk.okafor.run(TrackReferral(referral_id=sent, answer="B", seen=Heard(answer="A")))
    assert done.undo is not None
    with pytest.raises(Conflict):
        desk.desk.run(done.undo)
    assert detail(desk, sent).answer == "B"


@pytest.mark.parametrize("first", [TrackReferral, AcceptReferral])
def test_accepting_on_another_day_conflicts(desk: Desk, sent: str, first: Any) -> None:
    """Also where the other one accepted it: one's day was dropped with "done"."""
    desk.desk.run(first(referral_id=sent, appointment_on=DAY))
    mine = AcceptReferral(referral_id=sent, appointment_on=date(2026, 6, 9), seen=NOTHING)
    assert clash(desk, mine) == {"appointmentOn": {"base": None, "mine": "2026-06-09", "server": "2026-06-03"}}
    desk.okafor.run(replace(mine, appointment_on=DAY))
    assert status(desk, sent).status is ReferralStatus.ACCEPTED


def test_accepting_one_that_was_accepted_without_a_day_adds_it(desk: Desk, sent: str) -> None:
    desk.desk.run(AcceptReferral(referral_id=sent, seen=NOTHING))
    desk.okafor.run(AcceptReferral(referral_id=sent, appointment_on=DAY, seen=NOTHING))
    assert detail(desk, sent).appointment_on == DAY


@pytest.mark.parametrize("first", [TrackReferral, CompleteReferral])
def test_completing_with_another_answer_conflicts(desk: Desk, sent: str, first: Any) -> None:
    desk.desk.run(AcceptReferral(referral_id=sent))
    desk.desk.run(first(referral_id=sent, answer="A"))
    mine = CompleteReferral(referral_id=sent, answer="B", seen=NOTHING)
    assert clash(desk, mine) == {"answer": {"base": "", "mine": "B", "server": "A"}}
    order = lab_order(desk)
    desk.okafor.run(replace(mine, answer="", attachments=(Attachment("lab_orders", order),)))
    view = desk.okafor.ask(referral_view, referral_id=sent)
    assert (view.row.status, view.answer, [one.id for one in view.attached]) == (
        ReferralStatus.COMPLETED, "A", [order])  # fmt: skip
