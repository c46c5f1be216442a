"""The head and the summary of a chart, on both databases."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, insert, select, update

from app.commands.tasks import AddTask
from app.db.models import (
    AccessEvent,
    Alert,
    CarePlan,
    ClinicSettings,
    LabOrder,
    Message,
    Patient,
    PatientDetail,
    Referral,
    VisitDetail,
)
from app.domain.clinical_lists import ListKind, read_list
from app.domain.enums import LabOrderStatus, ReferralStatus, TaskKind, VisitStatus
from app.domain.vitals_metrics import Metric, Origin
from app.kernel.errors import Refused
from app.queries.chart import chart_head
from app.queries.chart_open import OpenKind
from app.queries.chart_summary import ChartSummary, chart_summary
from app.queries.chart_vitals import POINTS
from app.queries.since import SinceKind, since_items
from app.queries.timeline import timeline
from app.queries.timeline_sql import TimelineKind
from tests.support.chart_rows import LAST_SEEN
from tests.support.desk import Desk

LIS = "pat-lis"


def summary(desk: Desk, who: str = "okafor", patient: str = LIS) -> ChartSummary:
    found: ChartSummary = getattr(desk, who).ask(chart_summary, patient_id=patient)
    return found


def changes(desk: Desk, kind: SinceKind, who: str = "okafor") -> list[tuple[Any, ...]]:
    return [(one.id, one.what, one.value, one.before) for one in summary(desk, who).changes if one.kind is kind]


def test_the_head_says_who_it_is_and_what_waits(full: Desk) -> None:
    head = full.okafor.ask(chart_head, patient_id=LIS)
    assert (head.name, head.details.mrn, head.flags) == ("Zygmunt Lis", "004417", ("HIGH_RISK", "INTERPRETER"))
    assert [item.name for item in head.allergies.items] == ["Sulfonamides", "Penicillin"]
    assert head.last_visit is not None
    assert head.next_visit is not None
    assert (head.last_visit.id, head.next_visit.id) == ("v-other", "v-next")
    assert (head.unread, head.unsigned, head.unsigned_critical) == (1, 1, True)
    assert (head.open_labs, head.open_referrals) == (1, 2)


def test_the_next_patient_is_the_next_of_my_own_day(full: Desk) -> None:
    head = full.okafor.ask(chart_head, patient_id=LIS)
    assert [one.visit_id for one in head.my_day] == ["v-now", "v-later"]
    after = head.beside(1)
    assert after is not None
    assert (after.patient_id, after.name) == ("pat-kowalska", "Anna Kowalska")
    assert head.beside(-1) is None
    other = full.okafor.ask(chart_head, patient_id="pat-kowalska")
    assert other.beside(1) is None
    assert other.beside(-1) == head.my_day[0]
    stranger = full.okafor.ask(chart_head, patient_id="pat-roux")
    assert stranger.beside(1) == head.my_day[1]
    assert full.desk.ask(chart_head, patient_id=LIS).my_day == ()


def test_who_could_be_mistaken_for_the_patient_today_is_named(full: Desk) -> None:
    head = full.desk.ask(chart_head, patient_id="pat-kowalska")
    assert [one.name for one in head.alike] == ["Anna Kowalski"]
    assert full.desk.ask(chart_head, patient_id=LIS).alike == ()


def test_an_open_identity_and_a_merge_are_told(full: Desk) -> None:
    values = {"identity_to_confirm": True, "merged_into": "pat-roux"}
    stamp = full.clock.now()
    full.write(insert(PatientDetail).values(patient_id=LIS, updated_at=stamp, **values))
    head = full.desk.ask(chart_head, patient_id=LIS)
    assert (head.identity_to_confirm, head.merged_into, head.merged_name) == (True, "pat-roux", "Élodie Roux")


def test_opening_is_kept_where_there_is_a_server(full: Desk) -> None:
    full.okafor.ask(chart_head, patient_id=LIS)
    full.okafor.ask(chart_head, patient_id=LIS, opening=True)
    kept = full.rows(select(AccessEvent.patient_id, AccessEvent.kind, AccessEvent.user_id)) if full.online else []
    assert [tuple(row) for row in kept] == ([(LIS, "OPEN", "u-okafor")] if full.online else [])


@pytest.mark.parametrize("question", [chart_head, chart_summary])
def test_nobody_is_refused(full: Desk, question: Any) -> None:
    with pytest.raises(Refused) as caught:
        full.okafor.ask(question, patient_id="nobody")
    assert (caught.value.code, caught.value.field) == ("NoPatient", "patientId")


def test_changes_are_those_since_my_own_last_visit(full: Desk) -> None:
    found = summary(full)
    assert found.since == LAST_SEEN
    assert changes(full, SinceKind.LAB) == [
        ("l-cmp", "Potassium", "6.4", ""), ("l-cmp", "CMP", "", ""), ("l-a1c-new", "A1C", "7.1", "7.8"),
    ]  # fmt: skip
    assert changes(full, SinceKind.PRESSURE) == [("BLOOD_PRESSURE", "", "144/89", "128/84")]
    assert changes(full, SinceKind.WEIGHT) == [("WEIGHT", "", "82.4", "-4.1")]
    assert changes(full, SinceKind.MESSAGE) == [("th-1", "Dizzy when I get up in the morning", "", "")]
    assert [row[:2] for row in changes(full, SinceKind.VISIT)] == [("v-off", ""), ("v-other", "Dizziness")]
    assert [row[0] for row in changes(full, SinceKind.NOTE)] == ["n-chen"]
    assert [row[1] for row in changes(full, SinceKind.MEDICINE)] == ["Semaglutide"]
    assert found.changes[0].critical


@pytest.mark.parametrize(("began", "at"), [
    ("2026-04-09", datetime(2026, 4, 9, 19, tzinfo=UTC)),  # noon
    ("2026-04-10", datetime(2026, 4, 10, 17, tzinfo=UTC)),  # today, where it isn't noon yet
    ("2026-04-08", None),  # the day of the visit itself
    ("2026-04", None),
])  # fmt: skip
def test_a_medicine_begun_on_a_day_stands_under_that_day_of_the_clinic(began: str, at: datetime | None) -> None:
    """A day was taken for its midnight in Greenwich, which is the day before on a clock of the Americas."""
    listed = read_list({"medications": [{"display": "Semaglutide", "status": "active", "started": began}]},
                       ListKind.MEDICATIONS)  # fmt: skip
    seen, now = datetime(2026, 4, 8, 16, tzinfo=UTC), datetime(2026, 4, 10, 17, tzinfo=UTC)
    found = since_items(defaultdict(list), seen, now, [listed], ZoneInfo("America/Los_Angeles"))
    assert [one.at for one in found] == ([] if at is None else [at])


def test_another_provider_has_another_last_visit(full: Desk) -> None:
    assert changes(full, SinceKind.WEIGHT, "chen") == [("WEIGHT", "", "82.4", "-4.1")]
    found = summary(full, "chen")
    assert found.since is not None
    assert found.since > LAST_SEEN
    assert changes(full, SinceKind.MEDICINE, "chen") == []
    assert changes(full, SinceKind.NOTE, "chen") == []
    assert summary(full, "chen", "pat-roux").since is None


def test_the_desk_never_gets_a_results_value(full: Desk) -> None:
    found = [one for one in summary(full, "desk").changes if one.kind is SinceKind.LAB]
    assert [(one.id, one.what) for one in found] == [("l-cmp", "CMP"), ("l-a1c-new", "A1C")]
    assert all(not one.value and not one.before and not one.critical for one in found)


def test_the_latest_vitals_come_with_their_trend_and_its_gaps(full: Desk) -> None:
    lines = {line.metric: line for line in summary(full).vitals}
    assert list(lines) == [Metric.BLOOD_PRESSURE, Metric.HEART_RATE, Metric.SPO2, Metric.GLUCOSE, Metric.WEIGHT,
                           Metric.BMI, Metric.HRV]  # fmt: skip
    pressure, heart = lines[Metric.BLOOD_PRESSURE], lines[Metric.HEART_RATE]
    assert (pressure.value, pressure.second, pressure.origin, pressure.place) == (147, 92, Origin.DEVICE, 1)
    assert len(heart.trend) == POINTS
    assert heart.trend[-1] == 70
    assert heart.trend[-7:-1].count(None) >= 1
    assert heart.trend[:5] == (None,) * 5
    assert lines[Metric.WEIGHT].days == 360
    assert [value for value in lines[Metric.WEIGHT].trend if value is not None] == [86.5, 82.4]


def test_a_value_that_cannot_be_read_is_told_and_hides_nothing(full: Desk) -> None:
    found = summary(full)
    glucose = next(line for line in found.vitals if line.metric is Metric.GLUCOSE)
    assert (glucose.id, glucose.value, glucose.place) == ("m-bad", None, 0)
    assert next(one for one in found.changes if one.what == "CMP").unreadable == 1
    assert found.care is not None
    assert found.care.unreadable == 1


@pytest.mark.parametrize("junk", ["text", 7, [1, [2]], {"conditions": 5, "medications": "none", "x": {}}, [None]])
def test_json_of_any_shape_never_blanks_the_summary(full: Desk, junk: Any) -> None:
    full.write(update(Patient).where(Patient.id == LIS).values(demographics=junk))
    full.write(update(CarePlan).values(phases=junk), update(LabOrder).values(results=junk))
    found = summary(full)
    assert full.okafor.ask(chart_head, patient_id=LIS).id == LIS
    assert len(found.open) >= 7  # the server puts results that were changed before their provider again
    assert found.vitals


def test_open_items_are_critical_first_then_mine(full: Desk) -> None:
    found = summary(full).open
    assert [(one.kind, one.id) for one in found] == [
        (OpenKind.RESULTS, "l-cmp"), (OpenKind.ALERT, "a-crit"), (OpenKind.VISIT, "v-now"), (OpenKind.NOTE, "n-mine"),
        (OpenKind.REFERRAL, "r-over"), (OpenKind.MESSAGE, "th-1"), (OpenKind.TASK, "t-1"),
        (OpenKind.REFERRED, "r-fine"),
    ]  # fmt: skip
    assert [one.critical for one in found[:3]] == [True, True, False]
    assert [one.tab for one in found[:2]] == ["labs", "timeline"]


@pytest.mark.parametrize("status", [LabOrderStatus.ORDERED, LabOrderStatus.IN_PROGRESS])
def test_what_was_ordered_is_open_until_all_of_it_came(full: Desk, status: LabOrderStatus) -> None:
    stamp = full.clock.now()
    order = {"id": "l-out", "patient_id": LIS, "provider_id": "p-okafor", "tests": ["CBC", "TSH"], "status": status}
    full.write(insert(LabOrder).values(**order, ordered_at=stamp, created_at=stamp, updated_at=stamp))
    *_, last, referred = summary(full).open
    assert (last.kind, last.id, last.what, last.word) == (OpenKind.ORDER, "l-out", "CBC, TSH", status)
    assert (last.tab, referred.tab) == ("labs", "referrals")
    full.write(update(LabOrder).where(LabOrder.id == "l-out").values(status=LabOrderStatus.COMPLETED))
    assert OpenKind.ORDER not in {one.kind for one in summary(full).open}


@pytest.mark.parametrize("status", [ReferralStatus.PENDING, ReferralStatus.SENT, ReferralStatus.ACCEPTED])
def test_a_referral_is_open_until_it_is_over(full: Desk, status: ReferralStatus) -> None:
    full.write(update(Referral).where(Referral.id == "r-fine").values(status=status))
    last = summary(full).open[-1]
    assert (last.kind, last.id, last.word) == (OpenKind.REFERRED, "r-fine", status)
    full.write(update(Referral).where(Referral.id == "r-fine").values(status=ReferralStatus.CANCELLED))
    assert OpenKind.REFERRED not in {one.kind for one in summary(full).open}


@pytest.mark.parametrize("status", [ReferralStatus.SENT, ReferralStatus.PENDING])
@pytest.mark.parametrize("days", [15, 17])
def test_a_referral_is_overdue_by_the_clinics_days(full: Desk, status: ReferralStatus, days: int) -> None:
    began = full.clock.now() - timedelta(days=16)
    fine = update(Referral).where(Referral.id == "r-fine")
    full.write(fine.values(status=status, created_at=began, sent_at=began if status is ReferralStatus.SENT else None))
    full.write(update(ClinicSettings).values(settings={"referralDays": {"ROUTINE": days}}))
    (found,) = [one for one in summary(full).open if one.id == "r-fine"]
    assert found.kind is (OpenKind.REFERRAL if days < 16 else OpenKind.REFERRED)
    assert found.sent is (days < 16 and status is ReferralStatus.SENT)


def test_a_task_without_a_title_is_called_by_what_is_to_be_done(full: Desk) -> None:
    full.desk.run(AddTask(kind=TaskKind.BOOK_FOLLOW_UP, patient_id=LIS, task_id="t-untitled"))
    assert [one.what for one in summary(full).open if one.id == "t-untitled"] == ["Book a follow-up"]
    found = full.desk.ask(timeline, patient_id=LIS, kinds=(TimelineKind.TASK,)).items
    assert [one.what for one in found if one.id == "t-untitled"] == ["Book a follow-up"]


def test_an_answered_message_is_not_open(full: Desk) -> None:
    stamp = full.clock.now()
    full.write(insert(Message).values(id="ms-3", thread_id="th-1", sender_id="u-desk", content="Rest",
                                                 read=False, created_at=stamp))  # fmt: skip
    assert OpenKind.MESSAGE not in {one.kind for one in summary(full).open}
    assert full.desk.ask(chart_head, patient_id=LIS).unread == 1


def test_coming_visits_and_notes(full: Desk) -> None:
    full.write(update(VisitDetail).where(VisitDetail.visit_id == "v-now").values(room="3"))
    found = summary(full)
    assert [(one.id, one.status, one.room) for one in found.coming] == [
        ("v-now", VisitStatus.IN_PROGRESS, "3"), ("v-next", VisitStatus.PLANNED, ""),
    ]  # fmt: skip
    assert [(one.id, one.signed, one.text) for one in found.notes] == [
        ("n-mine", False, "Orthostatic drop"), ("n-chen", True, "Orthostatic drop"),
    ]  # fmt: skip


def test_the_care_plan_says_how_much_was_done(full: Desk) -> None:
    care = summary(full).care
    assert care is not None
    assert (care.phase, care.phase_number, care.phases, care.until) == ("Keep on", 2, 2, date(2026, 6, 11))
    assert (care.percent, care.before) == (74, 100), "14 of 19: days that nobody marked were due too"
    assert [(line.title, line.done, line.due) for line in care.tasks] == [("Walk 30 minutes", 13, 18)], (
        "its phase began 17 days ago"
    )


def test_an_empty_chart_has_nothing_and_says_so(full: Desk) -> None:
    found = summary(full, patient="pat-brandt")
    assert (found.since, found.changes, found.vitals, found.open, found.coming, found.care, found.notes) == (
        None, (), (), (), (), None, (),
    )  # fmt: skip
    assert not found.problems.asked


def test_ten_megabytes_of_text_are_not_sent(full: Desk) -> None:
    full.write(update(Alert).values(title="x" * 10_000_000))
    alert = next(one for one in summary(full).open if one.kind is OpenKind.ALERT)
    assert len(alert.what) <= 200
    assert full.rows(select(func.length(Alert.title)))[0][0] == 10_000_000
