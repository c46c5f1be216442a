"""Signing results, handing over, and what the desk sees, on both databases."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

from app.commands.labs_results import RecordResults
from app.commands.labs_review import HandOverResults, Shown, SignResults
from app.commands.labs_sets import SaveOrderSet
from app.db.models import Alert, Cover, LabOrder, LabOrderDetail, LabReview, LabSignature, Login, Task
from app.domain.enums import LabOrderStatus, NextStep, ReviewState, Role, TaskKind
from app.domain.lab_codes import OrderedTest
from app.kernel.errors import Conflict, Refused
from app.queries.labs import Which, results_to_review
from app.queries.labs_grid import lab_signers, order_sets
from app.queries.labs_order import order_results
from tests.support.desk import CLINIC, NOW, Desk
from tests.support.lab_values import A1C, POTASSIUM, SODIUM, order, result, resulted, review, shown, signing


def cover(desk: Desk, *, may_sign: bool) -> None:
    desk.write(
        insert(Cover).values(
            id="cover", clinic_id=CLINIC, for_user="u-okafor", by_user="u-chen", starts_at=NOW - timedelta(hours=1),
            ends_at=NOW + timedelta(days=1), may_sign=may_sign, created_by="u-admin", created_at=NOW, updated_at=NOW,
        )
    )  # fmt: skip


def test_the_owner_signs(desk: Desk) -> None:
    order_id = resulted(desk)
    desk.okafor.run(signing(desk, order_id, note="Fine"))
    row = review(desk, order_id)
    assert (row.state, row.signed_by, row.signed_at, row.next_step) == (
        ReviewState.SIGNED, "u-okafor", NOW, NextStep.NOTHING,
    )  # fmt: skip
    (signature,) = desk.rows(select(LabSignature.__table__))
    assert (signature.by_user, signature.for_user, signature.note) == ("u-okafor", None, "Fine")
    assert signature.results_hash == shown(desk, order_id).results
    assert desk.rows(select(Task.id)) == []
    again = desk.okafor.run(signing(desk, order_id))
    assert again.result["signed"] == 0
    assert len(desk.rows(select(LabSignature.id))) == 1


def test_ones_own_second_signature_with_another_next_step_is_told(desk: Desk) -> None:
    """From another window: it said that it had signed, and the call that was to follow was lost without a word."""
    order_id = resulted(desk)
    desk.okafor.run(signing(desk, order_id))
    with pytest.raises(Conflict) as found:
        desk.okafor.run(signing(desk, order_id, next_step=NextStep.CALL))
    assert (found.value.code, found.value.field) == ("StateChanged", "nextStep")
    assert desk.rows(select(Task.id)) == []
    assert len(desk.rows(select(LabSignature.id))) == 1


def test_what_changed_while_it_was_looked_at_is_a_conflict(desk: Desk) -> None:
    order_id = resulted(desk, result(POTASSIUM, 4.9))
    seen = shown(desk, order_id)
    desk.okafor.run(RecordResults(order_id=order_id, items=(result(POTASSIUM, 6.4),)))
    with pytest.raises(Conflict) as found:
        desk.okafor.run(SignResults(shown=(seen,)))
    assert found.value.code == "ResultsChanged"
    assert review(desk, order_id).state is ReviewState.WAITING
    assert desk.rows(select(LabSignature.id)) == []


def test_another_provider_says_that_they_sign_for_somebody(desk: Desk) -> None:
    order_id = resulted(desk)
    with pytest.raises(Refused) as found:
        desk.chen.run(signing(desk, order_id))
    assert (found.value.code, found.value.field) == ("NotYours", "signFor")
    assert "Okafor" in found.value.message
    with pytest.raises(Refused):
        desk.chen.run(signing(desk, order_id, sign_for="u-admin"))
    desk.chen.run(signing(desk, order_id, sign_for="u-okafor"))
    (signature,) = desk.rows(select(LabSignature.__table__))
    assert (signature.by_user, signature.for_user) == ("u-chen", "u-okafor")


@pytest.mark.parametrize("may_sign", [True, False])
def test_who_covers_signs_when_that_was_set(desk: Desk, *, may_sign: bool) -> None:
    order_id = resulted(desk)
    cover(desk, may_sign=may_sign)
    assert [row.order_id for row in desk.chen.ask(results_to_review, which=Which.MINE).items] == [order_id]
    listed = desk.chen.ask(results_to_review, which=Which.COVERING)
    assert [(row.order_id, row.signs_for) for row in listed.items] == [(order_id, may_sign)]
    assert desk.chen.ask(order_results, order_id=order_id).may_sign is may_sign
    if may_sign:
        desk.chen.run(signing(desk, order_id))
        assert desk.rows(select(LabSignature.for_user))[0].for_user == "u-okafor"
        return
    with pytest.raises(Refused):
        desk.chen.run(signing(desk, order_id))


@pytest.mark.parametrize(
    ("times", "stands_in"),
    [({}, True), ({"starts_at": NOW + timedelta(minutes=1)}, False), ({"ends_at": NOW}, False)],
)
def test_who_covers_is_asked_for_no_more_than_while_it_lasts(
    desk: Desk, times: dict[str, datetime], *, stands_in: bool
) -> None:
    """What the window goes by is what the handler goes by."""
    order_id = resulted(desk)
    cover(desk, may_sign=True)
    if times:
        desk.write(update(Cover).values(**times))
    assert desk.chen.ask(order_results, order_id=order_id).may_sign is stands_in


def test_an_ended_cover_signs_nothing(desk: Desk) -> None:
    order_id = resulted(desk)
    cover(desk, may_sign=True)
    desk.write(update(Cover).values(ends_at=NOW))
    with pytest.raises(Refused):
        desk.chen.run(signing(desk, order_id))


def test_assistant_and_admin_dont_sign(desk: Desk) -> None:
    order_id = resulted(desk)
    for who in (desk.desk, desk.admin):
        for command in (signing(desk, order_id), HandOverResults(order_id=order_id, owner_user="u-chen")):
            with pytest.raises(Refused, match="role"):
                who.run(command)


def test_only_final_results_in_range_are_signed_together(desk: Desk) -> None:
    fine = [resulted(desk, result(SODIUM, 140), patient=who) for who in ("lis", "roux")]
    high = resulted(desk, result(SODIUM, 150))
    part = resulted(desk, result(SODIUM, 140), complete=False)
    words = resulted(desk, result(SODIUM, 140), result(A1C, "see report", low=None, high=None))
    bare = resulted(desk, result(SODIUM, 140, low=None, high=None))
    not_done = resulted(desk, result(SODIUM, 140), result(A1C, "", status="cancelled"))
    for odd in (high, part, words, bare, not_done):
        with pytest.raises(Refused) as found:
            desk.okafor.run(signing(desk, *fine, odd))
        assert found.value.code == "NotTogether"
        assert found.value.data["orderId"] == odd
    assert desk.rows(select(LabSignature.id)) == []
    outcome = desk.okafor.run(signing(desk, *fine))
    assert outcome.result["signed"] == 2
    old = [
        resulted(desk, result(POTASSIUM, 6.9, observed_at=NOW - timedelta(days=days)), imported=True)
        for days in (20, 40)
    ]
    assert desk.okafor.run(signing(desk, *old)).result["signed"] == 2


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (NextStep.MESSAGE, TaskKind.TELL_RESULT),
        (NextStep.CALL, TaskKind.TELL_RESULT),
        (NextStep.VISIT, TaskKind.BOOK_FOLLOW_UP),
    ],
)
def test_what_happens_next_becomes_a_task(desk: Desk, step: NextStep, kind: TaskKind) -> None:
    order_id = resulted(desk, result(A1C, 7.9), tests=("A1C",))
    day = date(2026, 5, 6)
    desk.okafor.run(signing(desk, order_id, next_step=step, released_text="Dr Okafor calls", due_on=day,
                            owner_user="u-desk"))  # fmt: skip
    (task,) = desk.rows(select(Task.__table__))
    assert (task.kind, task.title, task.owner_user, task.owner_role, task.due_on) == (
        kind, "Dr Okafor calls", "u-desk", None, day,
    )  # fmt: skip
    assert (task.source_table, task.source_id, task.patient_id) == ("lab_orders", order_id, "pat-lis")
    assert "7.9" not in str(tuple(task))


def test_a_repeat_makes_the_order_and_the_task(desk: Desk) -> None:
    order_id = resulted(desk, result(A1C, 7.9), tests=("A1C",))
    desk.okafor.run(signing(desk, order_id, next_step=NextStep.REPEAT, weeks=6))
    (again,) = desk.rows(select(LabOrder.__table__).where(LabOrder.id != order_id))
    assert (tuple(again.tests), again.status, again.patient_id) == (("A1C",), LabOrderStatus.ORDERED, "pat-lis")
    detail = desk.rows(select(LabOrderDetail.repeat_of).where(LabOrderDetail.order_id == again.id))[0]
    assert detail.repeat_of == order_id
    (task,) = desk.rows(select(Task.__table__))
    assert (task.due_on, task.owner_role, task.source_id) == (date(2026, 6, 15), Role.MEDICAL_ASSISTANT, again.id)
    desk.pass_time(timedelta(hours=14))  # 00:42 of the next day in the clinic, still the same day in UTC
    late = resulted(desk, result(A1C, 7.9), tests=("A1C",))
    desk.okafor.run(signing(desk, late, next_step=NextStep.REPEAT, weeks=6))
    assert {row.due_on for row in desk.rows(select(Task.due_on))} == {date(2026, 6, 15), date(2026, 6, 16)}
    other = resulted(desk)
    for weeks in (None, 0, 521):
        with pytest.raises(Refused) as found:
            desk.okafor.run(signing(desk, other, next_step=NextStep.REPEAT, weeks=weeks))
        assert found.value.field == "weeks"


def test_the_wording_for_the_desk_never_carries_a_value(desk: Desk) -> None:
    order_id = resulted(desk, result(POTASSIUM, 6.4))
    with pytest.raises(Refused) as found:
        desk.okafor.run(signing(desk, order_id, next_step=NextStep.CALL, released_text="Potassium is 6.4, call"))
    assert found.value.field == "releasedText"


def test_nothing_to_sign(desk: Desk) -> None:
    order_id = order(desk)
    with pytest.raises(Refused, match="no results"):
        desk.okafor.run(SignResults(shown=(Shown(order_id, "0" * 16),)))
    with pytest.raises(Refused):
        desk.okafor.run(SignResults(shown=()))
    done = resulted(desk)
    with pytest.raises(Refused):
        desk.okafor.run(SignResults(shown=(shown(desk, done), shown(desk, done))))


def test_somebody_else_was_faster(desk: Desk) -> None:
    order_id = resulted(desk)
    command = signing(desk, order_id, sign_for="u-okafor")
    desk.okafor.run(signing(desk, order_id))
    with pytest.raises(Conflict):
        desk.chen.run(command)


def test_handing_over_and_back(desk: Desk) -> None:
    order_id = resulted(desk)
    outcome = desk.okafor.run(HandOverResults(order_id=order_id, owner_user="u-chen", old_user="u-okafor"))
    assert review(desk, order_id).owner_user == "u-chen"
    assert [row.mine for row in desk.chen.ask(results_to_review).items] == [True]
    with pytest.raises(Conflict):
        desk.okafor.run(HandOverResults(order_id=order_id, owner_user="u-okafor", old_user="u-okafor"))
    with pytest.raises(Refused, match="providers"):
        desk.chen.run(HandOverResults(order_id=order_id, owner_user="u-desk", old_user="u-chen"))
    assert outcome.undo is not None
    desk.okafor.run(outcome.undo)
    assert review(desk, order_id).owner_user == "u-okafor"
    desk.write(update(Login).where(Login.user_id == "u-chen").values(disabled_at=NOW))
    with pytest.raises(Refused, match="disabled"):
        desk.okafor.run(HandOverResults(order_id=order_id, owner_user="u-chen", old_user="u-okafor"))


def test_results_that_were_nobodys_are_handed_over_for_good(desk: Desk) -> None:
    """There is nobody to whom they could go back; what would be refused isn't offered."""
    order_id = resulted(desk)
    desk.write(update(LabReview).where(LabReview.order_id == order_id).values(owner_user=None))
    outcome = desk.okafor.run(HandOverResults(order_id=order_id, owner_user="u-chen"))
    assert review(desk, order_id).owner_user == "u-chen"
    assert outcome.undo is None


def test_the_list_has_critical_ones_first_then_the_oldest(desk: Desk) -> None:
    first = resulted(desk, result(SODIUM, 150))
    desk.pass_time(timedelta(minutes=5))
    second = resulted(desk, result(POTASSIUM, 6.9), result(SODIUM, 150), patient="roux")
    desk.pass_time(timedelta(minutes=5))
    third = resulted(desk, result(SODIUM, 140), complete=False)
    listed = desk.okafor.ask(results_to_review)
    assert [row.order_id for row in listed.items] == [second, first, third]
    assert listed.counts == {
        Which.ALL: 3, Which.MINE: 3, Which.CRITICAL: 1, Which.PARTIAL: 1, Which.COVERING: 0, Which.HISTORY: 0,
    }  # fmt: skip
    gist = listed.items[0].gist
    assert gist is not None
    assert gist.lead is not None
    assert (gist.lead.code, gist.lead.flag, gist.more_abnormal) == (POTASSIUM, "HH", 1)
    assert [row.order_id for row in desk.chen.ask(results_to_review, which=Which.PARTIAL).items] == [third]
    assert desk.chen.ask(results_to_review, which=Which.MINE).items == ()
    desk.write(update(LabReview).where(LabReview.order_id == third).values(owner_user=None))
    for who in (desk.okafor, desk.chen):
        mine = {row.order_id for row in who.ask(results_to_review, which=Which.MINE).items}
        assert third in mine, "what is nobody's is everybody's who may sign"


@pytest.mark.parametrize("first", ["final", "preliminary"])
def test_signing_what_a_correction_made_harmless_closes_the_alert_too(desk: Desk, first: str) -> None:
    order_id = resulted(desk, result(POTASSIUM, 6.9, status=first), imported=True)
    other = resulted(desk, result(POTASSIUM, 6.9))
    better = result(POTASSIUM, 4.2, status="corrected")
    desk.okafor.run(RecordResults(order_id=order_id, items=(better,), imported=True))
    assert not review(desk, order_id).critical
    desk.okafor.run(signing(desk, order_id))
    rows = desk.rows(select(Alert.payload, Alert.status))
    assert {(row.payload["orderId"], row.status) for row in rows} == {(order_id, "RESOLVED"), (other, "ACTIVE")}


def test_whose_results_come_after_hundreds_of_others_still_finds_them(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The filters look in the database: the list's length cuts off what is shown, not what is looked through."""
    monkeypatch.setattr("app.queries.labs.MOST_WAITING", 2)
    others = [resulted(desk, result(SODIUM, 150)) for _ in range(3)]
    desk.pass_time(timedelta(minutes=5))
    mine = resulted(desk, result(SODIUM, 140), complete=False)
    desk.write(update(LabReview).where(LabReview.order_id.in_(others)).values(owner_user="u-chen"))
    for which in (Which.MINE, Which.PARTIAL):
        listed = desk.okafor.ask(results_to_review, which=which)
        assert ([row.order_id for row in listed.items], listed.more) == ([mine], False)
    listed = desk.okafor.ask(results_to_review)
    assert (len(listed.items), listed.more) == (2, True)
    assert (listed.counts[Which.ALL], listed.counts[Which.MINE], listed.oldest) == (4, 1, NOW)


def test_the_desk_sees_where_they_stand_and_what_was_released(desk: Desk) -> None:
    order_id = resulted(desk, result(POTASSIUM, 6.9))
    (row,) = desk.desk.ask(results_to_review).items
    assert (row.gist, row.owner_name, row.state) == (None, "Ngozi Okafor", ReviewState.WAITING)
    assert "6.9" not in str(row)
    desk.okafor.run(signing(desk, order_id, next_step=NextStep.CALL, released_text="Dr Okafor calls"))
    (row,) = desk.desk.ask(results_to_review).items
    assert (row.released_text, row.state) == ("Dr Okafor calls", ReviewState.SIGNED)
    assert desk.okafor.ask(results_to_review).items == ()
    desk.pass_time(timedelta(days=31))
    assert desk.desk.ask(results_to_review).items == ()


def test_order_sets_of_the_clinic_take_the_place_of_the_usual(desk: Desk) -> None:
    usual = [one.name for one in desk.okafor.ask(order_sets)]
    assert usual[:7] == ["CBC", "CMP", "BMP", "A1C", "Lipid panel", "TSH", "UA"]
    command = SaveOrderSet(name="Annual", tests=(OrderedTest("", "CBC"), OrderedTest("4548-4", "A1C")), sort_order=-1)
    outcome = desk.admin.run(command)
    first = desk.okafor.ask(order_sets)[0]
    assert (first.id, first.name, len(first.single_tests)) == (command.set_id, "Annual", 10)
    with pytest.raises(Refused, match="name"):
        desk.admin.run(SaveOrderSet(name="annual", tests=(OrderedTest("", "CBC"),)))
    desk.admin.run(SaveOrderSet(name="TSH", tests=(OrderedTest("", "TSH"),), active=False))
    assert "TSH" not in [one.name for one in desk.okafor.ask(order_sets)]
    assert "TSH" in [one.name for one in desk.okafor.ask(order_sets, inactive=True)]
    assert outcome.undo is not None
    desk.admin.run(outcome.undo)
    assert "Annual" not in [one.name for one in desk.okafor.ask(order_sets)]
    for who in (desk.okafor, desk.desk):
        with pytest.raises(Refused, match="role"):
            who.run(command)


def test_who_may_review(desk: Desk) -> None:
    assert [one.name for one in desk.okafor.ask(lab_signers)] == ["Mei-Ling Chen", "Ngozi Okafor"]
