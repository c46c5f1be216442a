"""Reports against a slow count in Python of generated days: every status, two providers, the clocks' change."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import delete, insert, text, update

from app.db.models import (
    Alert,
    LabOrder,
    LabReview,
    Referral,
    Task,
    Visit,
    VisitDetail,
    VisitEvent,
    VisitNote,
    VisitSlot,
)
from app.domain.enums import (
    ReferralPriority,
    ReferralStatus,
    SlotOrigin,
    SlotStatus,
    TaskKind,
    VisitMode,
    VisitStatus,
    VisitType,
)
from app.domain.reports import Period, PeriodKind, ReportKind, after, before, period_of
from app.domain.visits import DID_NOT_ARRIVE_REASON, CancelKind
from app.kernel.errors import Refused
from app.queries.reports import Report, report, report_table
from tests.support.desk import CLINIC, DAY, NOW, ZONE, Desk

FIRST, LAST = date(2026, 3, 23), date(2026, 4, 26)
"""Five weeks; the clocks change on the first Sunday."""
WHOLE = Period(FIRST, LAST)
PROVIDERS = ("p-chen", "p-okafor")
S = VisitStatus
_SENT_OR_NOT = (ReferralStatus.PENDING, ReferralStatus.SENT, ReferralStatus.ACCEPTED)


@dataclass(frozen=True)
class Made:
    """A visit as it was put in."""

    provider: str
    day: date
    status: VisitStatus
    kind: CancelKind | None
    waited: timedelta | None


def put(desk: Desk, dice: random.Random, number: int) -> Made:
    """Put a visit in past all handlers, with its events, half an hour a slot."""
    day = FIRST + timedelta(days=dice.randrange(-2, (LAST - FIRST).days + 3))
    provider, status = dice.choice(PROVIDERS), dice.choice(list(S))
    local = datetime.combine(day, time(dice.choice((0, 1, 3, 9, 23)), 30), ZONE)
    start = local.astimezone(UTC)
    kind = dice.choice(list(CancelKind)) if status is S.CANCELLED else None
    slot, visit = f"s-{number}", f"v-{number}"
    desk.write(
        insert(VisitSlot).values(
            id=slot, provider_id=provider, start_time=start, end_time=start + timedelta(minutes=30),
            visit_mode=VisitMode.IN_PERSON, status=SlotStatus.BLOCKED, created_at=NOW, updated_at=NOW,
        ),
        insert(Visit).values(
            id=visit, patient_id="pat-lis", provider_id=provider, slot_id=slot, status=status,
            visit_type=VisitType.SCHEDULED, visit_mode=VisitMode.IN_PERSON, reason_text="", created_at=NOW,
            updated_at=NOW,
        ),
        insert(VisitDetail).values(visit_id=visit, updated_at=NOW, **_called_off(kind, number)),
    )  # fmt: skip
    waited = timedelta(seconds=dice.randrange(0, 7200)) if status in (S.IN_PROGRESS, S.COMPLETED) else None
    steps = [(S.CHECKED_IN, start), (S.IN_PROGRESS, start + waited)] if waited is not None else []
    for place, (step, at) in enumerate(steps):
        desk.write(insert(VisitEvent).values(id=f"e-{number}-{place}", visit_id=visit, status=step, at=at))
    return Made(provider, day, status, kind, waited)


def _called_off(kind: CancelKind | None, number: int) -> dict[str, str | None]:
    """How a visit's end is written: what this program writes, or for some only the reason, as others do."""
    if kind is CancelKind.DID_NOT_ARRIVE and number % 3 == 0:
        return {"cancel_kind": None, "cancel_reason": DID_NOT_ARRIVE_REASON}
    return {"cancel_kind": kind.value if kind else None, "cancel_reason": None}


TABLES = ("visits", "visit_slots")


@contextmanager
def without_triggers(desk: Desk) -> Iterator[None]:
    """The triggers of states and claims look away: what is put in is history."""
    for verb in ("DISABLE", "ENABLE"):
        desk.write(*(text(f"ALTER TABLE public.{table} {verb} TRIGGER USER") for table in TABLES))
        if verb == "DISABLE":
            yield


@pytest.fixture
def visits(pg_desk: Desk) -> list[Made]:
    """Enough visits for every status of both providers."""
    dice = random.Random(7)
    with without_triggers(pg_desk):
        made = [put(pg_desk, dice, number) for number in range(120)]
    return [one for one in made if FIRST <= one.day <= LAST]


def asked(desk: Desk, kind: ReportKind, period: Period = WHOLE) -> Report:
    """The report as the ADMIN gets it."""
    return desk.admin.ask(report, kind=kind, period=period)


def figures(found: Report) -> Mapping[str, Mapping[str, float | None]]:
    """The figures by row."""
    return {row.key: row.figures for row in found.rows}


def count(made: Sequence[Made], *statuses: VisitStatus) -> int:
    """Visits of some statuses."""
    return sum(one.status in statuses for one in made)


def test_visits_and_missed_ones_are_those_of_a_slow_count(pg_desk: Desk, visits: list[Made]) -> None:
    found, missed = figures(asked(pg_desk, ReportKind.VISITS)), figures(asked(pg_desk, ReportKind.MISSED))
    for provider in PROVIDERS:
        own = [one for one in visits if one.provider == provider]
        absent = sum(one.kind is CancelKind.DID_NOT_ARRIVE for one in own)
        assert found[provider] == {
            "visits": len(own), "planned": count(own, S.PLANNED), "arrived": count(own, S.CHECKED_IN),
            "inProgress": count(own, S.IN_PROGRESS), "completed": count(own, S.COMPLETED),
            "cancelled": count(own, S.CANCELLED) - absent, "didNotArrive": absent,
            "leftBeforeSeen": count(own, S.NO_SHOW),
        }  # fmt: skip
        due = absent + count(own, S.NO_SHOW, S.CHECKED_IN, S.IN_PROGRESS, S.COMPLETED)
        assert missed[provider]["due"] == due
        assert missed[provider]["missedPercent"] == round(100 * (absent + count(own, S.NO_SHOW)) / due, 1)
        assert missed[provider]["didNotArrivePercent"] == round(100 * absent / due, 1)
    total = asked(pg_desk, ReportKind.VISITS).total
    assert total is not None
    assert total.figures["visits"] == len(visits)


@pytest.mark.parametrize("days", [14, 31, 35])
def test_over_time_counts_days_and_weeks_of_the_clinic(pg_desk: Desk, visits: list[Made], days: int) -> None:
    last = FIRST + timedelta(days=days - 1)
    found = asked(pg_desk, ReportKind.OVER_TIME, Period(FIRST, last))
    slow: dict[str, list[Made]] = defaultdict(list)
    for one in visits:
        if one.day <= last:
            day = one.day if days < 32 else one.day - timedelta(days=one.day.weekday())
            slow[day.isoformat()].append(one)
    assert len(found.rows) == (days if days < 32 else 5)
    for row in found.rows:
        own = slow[row.key]
        missed = count(own, S.NO_SHOW) + sum(one.kind is CancelKind.DID_NOT_ARRIVE for one in own)
        called_off = sum(one.kind not in (None, CancelKind.DID_NOT_ARRIVE) for one in own)
        assert row.figures == {
            "visits": len(own), "completed": count(own, S.COMPLETED), "cancelled": called_off, "missed": missed,
            "toCome": count(own, S.PLANNED, S.CHECKED_IN, S.IN_PROGRESS),
        }  # fmt: skip


def test_a_day_ends_where_the_next_one_begins(pg_desk: Desk) -> None:
    """At midnight of the clinic's wall, a visit at midnight being the next day's; the clocks change on one of them."""
    with without_triggers(pg_desk):
        made = put(pg_desk, random.Random(3), 0)
        for first in (FIRST, date(2026, 3, 29)):
            for shift, inside in ((-1, False), (0, True), (24 * 60 - 1, True), (24 * 60, False)):
                midnight = datetime.combine(first, time(), ZONE) + timedelta(days=shift // (24 * 60))
                start = (midnight + timedelta(minutes=shift % (24 * 60))).astimezone(UTC)
                pg_desk.write(update(VisitSlot).where(VisitSlot.id == "s-0")
                              .values(start_time=start, end_time=start + timedelta(minutes=30)))  # fmt: skip
                found = figures(asked(pg_desk, ReportKind.VISITS, Period(first, first)))
                assert found == ({made.provider: found[made.provider]} if inside else {})
                over = asked(pg_desk, ReportKind.OVER_TIME, Period(first, first))
                assert sum(row.figures["visits"] or 0 for row in over.rows) == inside


def test_waiting_times_are_those_of_a_slow_sort(pg_desk: Desk, visits: list[Made]) -> None:
    def at_share(values: list[float], share: float) -> float:
        place = (len(values) - 1) * share
        low = int(place)
        high = min(low + 1, len(values) - 1)
        return values[low] + (values[high] - values[low]) * (place - low)

    found = asked(pg_desk, ReportKind.WAITING)
    rows = {**figures(found), "": found.total.figures if found.total else {}}
    for provider in (*PROVIDERS, ""):
        waits = sorted(one.waited.total_seconds() for one in visits
                       if one.waited is not None and provider in ("", one.provider))  # fmt: skip
        row = rows[provider]
        assert row["visits"] == len(waits)
        assert row["medianMinutes"] == pytest.approx(at_share(waits, 0.5) / 60, abs=0.051)
        assert row["p90Minutes"] == pytest.approx(at_share(waits, 0.9) / 60, abs=0.051)
        assert row["longestMinutes"] == pytest.approx(waits[-1] / 60, abs=0.051)


def test_a_wait_is_from_the_first_arrival_to_the_first_beginning_after_it(pg_desk: Desk) -> None:
    with without_triggers(pg_desk):
        made = put(pg_desk, random.Random(3), 0)
        pg_desk.write(delete(VisitEvent))
        start = datetime.combine(made.day, time(12), ZONE).astimezone(UTC)
        steps = ((S.IN_PROGRESS, -9), (S.CHECKED_IN, 0), (S.CHECKED_IN, 5), (S.IN_PROGRESS, 12), (S.IN_PROGRESS, 20))
        for place, (step, minutes) in enumerate(steps):
            at = start + timedelta(minutes=minutes)
            pg_desk.write(insert(VisitEvent).values(id=f"w-{place}", visit_id="v-0", status=step, at=at))
    (row,) = asked(pg_desk, ReportKind.WAITING, Period(made.day, made.day)).rows
    assert (row.figures["visits"], row.figures["longestMinutes"]) == (1, 12)


def test_times_offered_twice_count_once(pg_desk: Desk) -> None:
    day = DAY + timedelta(days=7)
    booked = [pg_desk.slot(clock, day=day) for clock in ("09:00", "09:20")]
    pg_desk.slot("09:00", 40, day=day, mode=VisitMode.VIRTUAL)
    pg_desk.slot("10:00", 60, day=day)
    retired = pg_desk.slot("13:00", 60, day=day, origin=SlotOrigin.RETIRED)
    pg_desk.slot("15:00", 60, day=day, status=SlotStatus.BLOCKED)
    with without_triggers(pg_desk):
        pg_desk.write(update(VisitSlot).where(VisitSlot.id.in_(booked)).values(status=SlotStatus.BOOKED))
    assert pg_desk.detail(retired).origin is SlotOrigin.RETIRED
    found = asked(pg_desk, ReportKind.SLOTS, Period(day, day))
    assert figures(found) == {"p-okafor": {"offeredMinutes": 100, "bookedMinutes": 40, "usedPercent": 40.0}}
    # The backend's visits lie on slots that say FREE; what it calls off leaves the slot as it was.
    pg_desk.backend_visit(pg_desk.slot("10:00", 20, day=day, origin=None))
    pg_desk.backend_visit(booked[0], "lis", VisitStatus.CANCELLED)
    found = asked(pg_desk, ReportKind.SLOTS, Period(day, day))
    assert figures(found)["p-okafor"]["bookedMinutes"] == 20 + 20
    # Who left before being seen has freed the time; imported history never was on offer.
    pg_desk.slot("16:00", 60, day=day, origin=SlotOrigin.HISTORY)
    pg_desk.backend_visit(booked[1], "brandt", S.NO_SHOW)
    found = asked(pg_desk, ReportKind.SLOTS, Period(day, day))
    assert figures(found)["p-okafor"] == {"offeredMinutes": 100, "bookedMinutes": 20, "usedPercent": 20.0}
    assert asked(pg_desk, ReportKind.SLOTS, Period(LAST, LAST)).rows == ()


def test_open_loops_are_counted_by_age(pg_desk: Desk) -> None:
    minute = timedelta(minutes=1)
    edges = [timedelta(days=days) for days in (1, 3, 7)]
    ages = sorted([minute, *(edge - minute for edge in edges), *(edge + minute for edge in edges)])
    for number, age in enumerate(ages):
        at = NOW - age
        pg_desk.write(
            insert(LabOrder).values(
                id=f"o{number}", patient_id="pat-lis", provider_id="p-okafor", tests=("BMP",), ordered_at=at,
                created_at=at, updated_at=at,
            ),
            insert(LabReview).values(order_id=f"o{number}", clinic_id=CLINIC, patient_id="pat-lis", resulted_at=at,
                                     updated_at=at),
            insert(Task).values(
                id=f"t{number}", clinic_id=CLINIC, kind=TaskKind.BOOK_FOLLOW_UP, title="", created_by="u-desk",
                due_on=pg_desk.admin.reader().today + timedelta(days=number - 2), created_at=at, updated_at=at,
            ),
            insert(VisitNote).values(id=f"n{number}", clinic_id=CLINIC, patient_id="pat-lis", author_id="u-okafor",
                                     created_at=at, updated_at=at),
            insert(Alert).values(id=f"a{number}", patient_id="pat-lis", severity="INFO", type="T", title="", body="",
                                 status="ACTIVE" if number else "RESOLVED", created_at=at, resolved_at=None),
            insert(Referral).values(
                id=f"r{number}", patient_id="pat-lis", provider_id="p-okafor", specialty="Cardiology", reason="",
                priority=ReferralPriority.ROUTINE, status=_SENT_OR_NOT[number % 3], created_at=NOW - timedelta(days=20),
                sent_at=None if number % 3 == 0 else at, updated_at=at,
            ),
        )  # fmt: skip
    found = figures(asked(pg_desk, ReportKind.OPEN))
    each = {"open": 7, "underOneDay": 2, "underThreeDays": 2, "underSevenDays": 2, "older": 1, "overdue": 0}
    assert found["results"] == found["noteDrafts"] == each
    assert found["followUps"] == {**each, "overdue": 2}, "what is due today isn't late"
    assert found["alerts"] == {**each, "open": 6, "underOneDay": 1}
    assert found["excuseDrafts"] == dict.fromkeys(each, 0)
    # Pending ones since they were made, sent ones since they were sent; an accepted one is closed.
    assert {key: found["referrals"][key] for key in ("open", "underOneDay", "underThreeDays", "older")} == {
        "open": 5, "underOneDay": 1, "underThreeDays": 0, "older": 3,
    }  # fmt: skip


def test_only_an_admin_and_only_periods_that_make_sense(pg_desk: Desk) -> None:
    for who in (pg_desk.desk, pg_desk.okafor):
        with pytest.raises(Refused, match="role"):
            who.ask(report, kind=ReportKind.VISITS, period=Period(FIRST, LAST))
    for period in (Period(LAST, FIRST), Period(FIRST, FIRST + timedelta(days=2000))):
        with pytest.raises(Refused):
            asked(pg_desk, ReportKind.VISITS, period)


def test_a_table_has_the_names_first_and_the_sum_last(pg_desk: Desk, visits: list[Made]) -> None:
    rows = list(report_table(asked(pg_desk, ReportKind.MISSED)))
    assert rows[0][:3] == ("id", "name", "due")
    assert [row[0] for row in rows[1:]] == [*PROVIDERS, ""]
    assert all(len(row) == len(rows[0]) for row in rows)
    assert visits


def test_periods_follow_each_other() -> None:
    assert period_of(PeriodKind.WEEK, DAY) == Period(date(2026, 5, 4), date(2026, 5, 10))
    assert period_of(PeriodKind.MONTH, DAY) == Period(date(2026, 5, 1), date(2026, 5, 31))
    assert period_of(PeriodKind.QUARTER, date(2026, 12, 31)) == Period(date(2026, 10, 1), date(2026, 12, 31))
    for kind in PeriodKind:
        here = period_of(kind, DAY)
        assert after(kind, before(kind, here)) == here
        assert before(kind, here).last + timedelta(days=1) == here.first
