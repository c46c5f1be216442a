"""Referrals on both databases: written, sent to somebody, followed, overdue; by whom, and what never changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from app.commands.patients import FieldChange
from app.commands.referrals import (
    AcceptReferral,
    CancelReferral,
    CompleteReferral,
    CreateReferral,
    EditReferral,
    SendReferral,
    TrackReferral,
)
from app.db.models import ClinicSettings, LabOrder, Referral, ReferralDetail
from app.domain.enums import LabOrderStatus, ReferralPriority, ReferralStatus
from app.domain.referrals import Attachment, Recipient
from app.kernel.errors import AppError, Conflict, Refused
from app.kernel.ids import new_cuid
from app.queries.counts import rail_counts
from app.queries.referrals import letter_material, overdue_referrals, referral_list, referral_view
from tests.support.desk import NOW, Desk

LIS = "pat-lis"
CARDIOLOGY = Recipient("9 Hill Road\nBerlin", "+49 30 123", "+49 30 124", "office@example.org")


def create(desk: Desk, **more: Any) -> str:
    values = {"patient_id": LIS, "specialty": "Cardiology", "reason": "Chest pain on exertion", **more}
    command = CreateReferral(**values)
    desk.okafor.run(command)
    return command.referral_id


def status(desk: Desk, referral_id: str) -> Any:
    return desk.rows(
        select(Referral.status, Referral.sent_at, Referral.completed_at).where(Referral.id == referral_id)
    )[0]


def detail(desk: Desk, referral_id: str) -> Any:
    return desk.rows(select(ReferralDetail.__table__).where(ReferralDetail.referral_id == referral_id))[0]


def lab_order(desk: Desk, patient: str = LIS, results: Any = None) -> str:
    order = new_cuid()
    desk.write(insert(LabOrder).values(
        id=order, patient_id=patient, provider_id="p-okafor", tests=("Lipid panel",), status=LabOrderStatus.COMPLETED,
        ordered_at=NOW - timedelta(days=3), completed_at=NOW - timedelta(days=2), results=results, created_at=NOW,
        updated_at=NOW,
    ))  # fmt: skip
    return order


def test_the_whole_way(desk: Desk) -> None:
    referral = create(desk, referred_to="Dr Hill", recipient=CARDIOLOGY, letter="Dear colleague", notes="fasting")
    row = desk.rows(select(Referral.__table__).where(Referral.id == referral))[0]
    assert (row.status, row.provider_id, row.priority) == (ReferralStatus.PENDING, "p-okafor", ReferralPriority.ROUTINE)
    assert (row.sent_at, row.created_at) == (None, NOW)
    desk.okafor.run(SendReferral(referral_id=referral))
    assert status(desk, referral)[:2] == (ReferralStatus.SENT, NOW)
    assert detail(desk, referral).sent_by == "u-okafor"
    desk.pass_time(timedelta(days=2))
    desk.desk.run(AcceptReferral(referral_id=referral, appointment_on=date(2026, 5, 20)))
    assert detail(desk, referral).accepted_at == NOW + timedelta(days=2)
    order = lab_order(desk)
    desk.pass_time(timedelta(days=18))
    desk.desk.run(
        CompleteReferral(referral_id=referral, answer="No ischaemia", attachments=(Attachment("lab_orders", order),))
    )
    view = desk.okafor.ask(referral_view, referral_id=referral)
    assert (view.row.status, view.answer, view.row.appointment_on) == (
        ReferralStatus.COMPLETED, "No ischaemia", date(2026, 5, 20))  # fmt: skip
    assert view.completed_at == NOW + timedelta(days=20)
    assert [(one.table, one.id, one.title) for one in view.attached] == [("lab_orders", order, "Lipid panel")]
    assert (view.recipient, view.letter, view.notes, view.sent_by) == (
        CARDIOLOGY,
        "Dear colleague",
        "fasting",
        "Ngozi Okafor",
    )


def test_sending_needs_a_recipient(desk: Desk) -> None:
    referral = create(desk)
    with pytest.raises(Refused) as found:
        desk.okafor.run(SendReferral(referral_id=referral))
    assert (found.value.code, found.value.field) == ("RecipientNeeded", "referredTo")
    desk.okafor.run(EditReferral(referral_id=referral, changes=(FieldChange("referredTo", None, "Heart centre"),)))
    desk.okafor.run(SendReferral(referral_id=referral))
    assert status(desk, referral).status is ReferralStatus.SENT


@pytest.mark.parametrize(
    ("command", "who"),
    [
        (CreateReferral(patient_id=LIS, specialty="x", reason="y"), "desk"),
        (CreateReferral(patient_id=LIS, specialty="x", reason="y"), "admin"),
        (SendReferral(referral_id="r"), "desk"),
        (CancelReferral(referral_id="r", reason="x"), "desk"),
        (EditReferral(referral_id="r", changes=()), "desk"),
        (AcceptReferral(referral_id="r"), "admin"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_an_assistant_only_follows_and_an_admin_does_neither(desk: Desk, command: Any, who: str) -> None:
    with pytest.raises(Refused) as found:
        getattr(desk, who).run(command)
    assert found.value.code == "NotAllowed"


def test_states_follow_the_table(desk: Desk) -> None:
    referral = create(desk, referred_to="Dr Hill")
    for command in (AcceptReferral(referral_id=referral), CompleteReferral(referral_id=referral)):
        with pytest.raises(Conflict) as found:
            desk.okafor.run(command)
        assert found.value.code == "StateChanged"
    desk.okafor.run(CancelReferral(referral_id=referral, reason="Moved away"))
    assert detail(desk, referral).cancel_reason == "Moved away"
    desk.okafor.run(CancelReferral(referral_id=referral, reason="Again"))
    assert detail(desk, referral).cancel_reason == "Moved away", (
        "what is reached already is success and changes nothing"
    )
    with pytest.raises(Conflict):
        desk.okafor.run(SendReferral(referral_id=referral))


def test_the_reason_of_a_cancellation_is_needed_and_a_completed_one_stays(desk: Desk) -> None:
    referral = create(desk, referred_to="Dr Hill")
    with pytest.raises(Refused, match="needed"):
        desk.okafor.run(CancelReferral(referral_id=referral, reason=" "))
    desk.okafor.run(SendReferral(referral_id=referral))
    desk.okafor.run(AcceptReferral(referral_id=referral))
    desk.okafor.run(CompleteReferral(referral_id=referral))
    with pytest.raises(Conflict):
        desk.okafor.run(CancelReferral(referral_id=referral, reason="x"))


def test_two_edit_other_fields_and_conflict_on_the_same(desk: Desk) -> None:
    referral = create(desk, letter="A")
    desk.okafor.run(EditReferral(referral_id=referral, changes=(FieldChange("letter", "A", "B"),)))
    done = desk.chen.run(EditReferral(referral_id=referral, changes=(FieldChange("priority", "ROUTINE", "STAT"),)))
    with pytest.raises(Conflict) as found:
        desk.chen.run(EditReferral(referral_id=referral, changes=(FieldChange("letter", "A", "C"),)))
    assert found.value.data["fields"] == {"letter": {"base": "A", "mine": "C", "server": "B"}}
    assert done.undo is not None
    desk.chen.run(done.undo)
    view = desk.okafor.ask(referral_view, referral_id=referral)
    assert (view.letter, view.row.priority) == ("B", ReferralPriority.ROUTINE)


def test_a_sent_one_is_not_edited(desk: Desk) -> None:
    referral = create(desk, referred_to="Dr Hill")
    desk.okafor.run(SendReferral(referral_id=referral))
    with pytest.raises(Conflict) as found:
        desk.okafor.run(EditReferral(referral_id=referral, changes=(FieldChange("letter", "", "B"),)))
    assert found.value.code == "DocumentLocked"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"specialty": " "}, "specialty"),
        ({"reason": ""}, "reason"),
        ({"letter": "x" * 100_001}, "letter"),
        ({"patient_id": "nobody"}, "patientId"),
        ({"provider_id": "nobody"}, "providerId"),
        ({"visit_id": "no-visit"}, "visitId"),
        ({"recipient": Recipient("a\x00b")}, "recipient.address"),
    ],
)
def test_bad_input_names_its_field(desk: Desk, more: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as found:
        create(desk, **more)
    assert found.value.field == field


def test_what_is_attached_is_the_patients(desk: Desk) -> None:
    referral = create(desk, referred_to="Dr Hill")
    desk.okafor.run(SendReferral(referral_id=referral))
    other = lab_order(desk, "pat-roux")
    for wanted in (Attachment("lab_orders", other), Attachment("users", "u-okafor"), Attachment("visit_note", "none")):
        with pytest.raises(Refused) as found:
            desk.desk.run(TrackReferral(referral_id=referral, attachments=(wanted,)))
        assert found.value.field == "attachments"
    mine = lab_order(desk)
    done = desk.desk.run(
        TrackReferral(referral_id=referral, answer="On 3 June", attachments=(Attachment("lab_orders", mine),))
    )
    assert detail(desk, referral).attachments == [{"table": "lab_orders", "id": mine}]
    assert done.undo is not None
    desk.desk.run(done.undo)
    assert (detail(desk, referral).attachments, detail(desk, referral).answer) == (None, "")


def test_what_was_heard_before_stands_beside_the_answer(desk: Desk) -> None:
    """Completing with no words of its own keeps the answer, what was attached and the day of the appointment."""
    first, second = Attachment("lab_orders", lab_order(desk)), Attachment("lab_orders", lab_order(desk))
    referral = create(desk, referred_to="Dr Hill")
    desk.okafor.run(SendReferral(referral_id=referral))
    heard = TrackReferral(
        referral_id=referral, appointment_on=date(2026, 6, 3), answer="Seen", attachments=(first,)
    )  # fmt: skip
    desk.desk.run(heard)
    desk.desk.run(AcceptReferral(referral_id=referral))
    assert detail(desk, referral).appointment_on == date(2026, 6, 3)
    desk.desk.run(CompleteReferral(referral_id=referral, attachments=(second,)))
    row = detail(desk, referral)
    assert row.answer == "Seen"
    assert [one["id"] for one in row.attachments] == [first.id, second.id]


def test_nothing_is_noted_on_a_cancelled_one(desk: Desk) -> None:
    referral = create(desk, referred_to="Dr Hill")
    desk.okafor.run(SendReferral(referral_id=referral))
    desk.okafor.run(CancelReferral(referral_id=referral, reason="Moved away"))
    with pytest.raises(Conflict):
        desk.desk.run(TrackReferral(referral_id=referral, answer="Seen"))
    assert detail(desk, referral).answer == ""


def test_overdue_by_priority_and_by_the_clinics_own_days(desk: Desk) -> None:
    routine = create(desk, referred_to="a")
    urgent = create(desk, referred_to="b", priority=ReferralPriority.URGENT)
    stat = create(desk, referred_to="c", priority=ReferralPriority.STAT)
    desk.okafor.run(SendReferral(referral_id=urgent))
    assert (desk.desk.ask(overdue_referrals), desk.desk.ask(rail_counts)["referrals"]) == (0, 0)
    desk.pass_time(timedelta(days=1))
    assert [row.id for row in desk.desk.ask(referral_list, overdue=True).items] == [stat]
    desk.pass_time(timedelta(days=2))
    assert [row.id for row in desk.desk.ask(referral_list, overdue=True).items] == [stat, urgent]
    desk.okafor.run(AcceptReferral(referral_id=urgent))
    desk.write(update(ClinicSettings).values(settings={"referralDays": {"ROUTINE": 2, "STAT": "soon"}}))
    assert [row.id for row in desk.desk.ask(referral_list, overdue=True).items] == [stat, routine]
    desk.okafor.run(SendReferral(referral_id=routine))
    assert desk.desk.ask(rail_counts)["referrals"] == 1, "the number stands in the rail before the area was opened"
    assert desk.desk.ask(overdue_referrals) == 1, "the days of a sent one begin when it was sent"


def test_every_overdue_one_is_listed_a_page_at_a_time(desk: Desk) -> None:
    """However many there are, the longest overdue first: by what they wait for, not by when they were written."""
    made = {}
    for _ in range(3):
        for priority in ReferralPriority:
            one = create(desk, referred_to="Heart Center", priority=priority)
            made[one] = desk.rows(select(Referral.created_at).where(Referral.id == one))[0].created_at
            desk.pass_time(timedelta(hours=7))
            if priority is ReferralPriority.URGENT:
                desk.okafor.run(SendReferral(referral_id=one))
    create(desk, priority=ReferralPriority.ROUTINE)
    desk.pass_time(timedelta(days=29, hours=23))
    overdue = desk.desk.ask(referral_list, overdue=True, limit=100)
    assert not overdue.more
    keys = [(row.due_at, row.id) for row in overdue.items]
    assert keys == sorted(keys)
    assert {row.id for row in overdue.items} == set(made)
    pages, cursor = [], None
    for _ in range(5):
        page = desk.desk.ask(referral_list, overdue=True, limit=2, cursor=cursor)
        pages += [row.id for row in page.items]
        cursor = page.cursor
    assert (pages, cursor) == ([row.id for row in overdue.items], None)
    assert desk.desk.ask(overdue_referrals) == len(made)


def test_the_list_by_status_and_page(desk: Desk) -> None:
    made = []
    for _ in range(5):
        made.append(create(desk))
        desk.pass_time(timedelta(minutes=1))
    desk.okafor.run(CancelReferral(referral_id=made[0], reason="x"))
    first = desk.desk.ask(referral_list, status=(ReferralStatus.PENDING,), limit=3)
    rest = desk.desk.ask(referral_list, status=(ReferralStatus.PENDING,), limit=3, cursor=first.cursor)
    assert [row.id for row in (*first.items, *rest.items)] == made[:0:-1]
    assert (first.more, rest.more) == (True, False)
    assert desk.desk.ask(referral_list, patient_id="pat-roux").items == ()


def test_one_of_the_backend_has_no_detail_until_a_provider_opens_it(desk: Desk) -> None:
    referral = new_cuid()
    desk.write(insert(Referral).values(
        id=referral, patient_id=LIS, provider_id="p-okafor", specialty="Eye", reason="x",
        priority=ReferralPriority.ROUTINE, status=ReferralStatus.SENT, referred_to="Dr Eye", sent_at=NOW,
        created_at=NOW, updated_at=NOW,
    ))  # fmt: skip
    assert desk.desk.ask(referral_view, referral_id=referral).letter == ""
    with pytest.raises(AppError):
        desk.desk.run(AcceptReferral(referral_id=referral, appointment_on=date(2026, 6, 1)))
    desk.desk.run(AcceptReferral(referral_id=referral))
    desk.okafor.run(TrackReferral(referral_id=referral, answer="fine"))
    assert desk.desk.ask(referral_view, referral_id=referral).answer == "fine"


def test_a_letter_is_made_of_the_chart_and_values_only_for_who_may_read_them(desk: Desk) -> None:
    from app.db.models import Patient

    desk.write(update(Patient).where(Patient.id == LIS).values(demographics={
        "conditions": [{"display": "Hypertension"}, {"display": "Flu", "status": "resolved"}],
        "medications": [{"display": "Lisinopril", "dosage": "10 mg"}], "allergies": [],
    }))  # fmt: skip
    lab_order(desk, results=[{"code": "4548-4", "name": "HbA1c", "value": 8.2, "unit": "%", "low": 4, "high": 5.6}])
    found = desk.okafor.ask(letter_material, patient_id=LIS)
    assert found.problems == ("Hypertension",)
    assert found.medicines[0].startswith("Lisinopril")
    assert [(one.name, one.value) for one in found.results] == [("HbA1c", 8.2)]
    assert [one.title for one in found.attachable] == ["Lipid panel"]
    assert desk.desk.ask(letter_material, patient_id=LIS).results == ()
    # Half past midnight in the clinic is still the day before in UTC: the paper has the clinic's day.
    desk.write(update(LabOrder).values(completed_at=datetime(2026, 5, 2, 22, 30, tzinfo=UTC)))
    assert [one.day for one in desk.okafor.ask(letter_material, patient_id=LIS).attachable] == [date(2026, 5, 3)]
