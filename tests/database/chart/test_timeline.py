"""The timeline: everything in order, in pages that lose and repeat nothing, found by kind, words and period."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from app.db.models import Alert, Measurement, VitalReading
from app.domain.enums import DeviceProvider
from app.kernel.errors import Refused
from app.queries.timeline import TimelineEntry, timeline
from app.queries.timeline_sql import TimelineKind
from tests.support.desk import NOW, Desk, local_desk

LIS = "pat-lis"


def entries(desk: Desk, who: str = "okafor", **values: Any) -> list[TimelineEntry]:
    return list(getattr(desk, who).ask(timeline, patient_id=LIS, limit=500, **values).items)


def paged(desk: Desk, limit: int, **values: Any) -> list[TimelineEntry]:
    found: list[TimelineEntry] = []
    cursor = None
    while True:
        page = desk.okafor.ask(timeline, patient_id=LIS, limit=limit, cursor=cursor, **values)
        assert len(page.items) <= limit
        found += page.items
        if not page.more:
            return found
        assert page.cursor != cursor
        cursor = page.cursor


def test_everything_is_there_once_the_newest_first(full: Desk) -> None:
    found = entries(full)
    assert [one.at for one in found] == sorted((one.at for one in found), reverse=True)
    assert len({one.key for one in found}) == len(found)
    kinds = {kind: [one.id for one in found if one.kind is kind] for kind in TimelineKind}
    assert kinds[TimelineKind.VISIT] == ["v-next", "v-now", "v-off", "v-other", "v-last", "v-old"]
    assert kinds[TimelineKind.LAB] == ["l-cmp", "l-a1c-new", "l-a1c"]
    assert kinds[TimelineKind.MESSAGE] == ["ms-2", "ms-1"]
    assert kinds[TimelineKind.REFERRAL] == ["r-fine", "r-over", "r-done"]
    assert (kinds[TimelineKind.PLAN], kinds[TimelineKind.TASK]) == (["c-1"], ["t-1"])
    assert (kinds[TimelineKind.EXCUSE], kinds[TimelineKind.ALERT]) == (["e-1"], ["a-crit", "a-old"])
    assert len(kinds[TimelineKind.READINGS]) == 23


def test_entries_say_what_who_and_how_it_stands(full: Desk) -> None:
    found = {one.key: one for one in entries(full)}
    assert (found["visit/v-other"].what, found["visit/v-other"].who, found["visit/v-other"].word) == (
        "Dizziness", "Dr Mei-Ling Chen", "COMPLETED",
    )  # fmt: skip
    assert found["lab/l-cmp"].what == "CMP"
    assert [found[f"message/ms-{n}"].word for n in (1, 2)] == ["staff", "patient"]
    first = next(one for one in found.values() if one.kind is TimelineKind.READINGS)
    assert dict(first.counts)["BLOOD_PRESSURE"] == 1


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 20])
def test_pages_lose_and_repeat_nothing(full: Desk, limit: int) -> None:
    assert paged(full, limit) == entries(full)


def test_a_kind_by_itself(full: Desk) -> None:
    found = entries(full, kinds=(TimelineKind.ALERT, TimelineKind.TASK))
    assert [one.id for one in found] == ["a-crit", "t-1", "a-old"]


WORDS: tuple[tuple[str, list[str]], ...] = (
    ("dízzy", ["ms-2"]),
    ("CMP", ["l-cmp"]),
    ("orthoSTATIC", ["n-mine", "n-chen"]),
    ("100 % of it", []),
    ("q_z", []),
)


@pytest.mark.parametrize(("words", "ids"), WORDS)
def test_words_are_found_without_accents_or_case(full: Desk, words: str, ids: list[str]) -> None:
    assert [one.id for one in entries(full, text=words)] == ids


def test_a_period_has_its_last_day_whole_and_nothing_of_the_next(full: Desk) -> None:
    midnight = NOW.replace(hour=22, minute=0) - timedelta(days=3)  # 00:00 of 2 May in Berlin
    stamps = {"severity": "INFO", "type": "X", "body": "", "status": "ACTIVE", "patient_id": LIS}
    for key, at in (("edge", midnight), ("in", midnight - timedelta(milliseconds=1))):
        full.write(insert(Alert).values(id=key, title=key, created_at=at, **stamps))
        full.write(insert(Measurement).values(id=key, patient_id=LIS, type="GLUCOSE", value=90, source="MANUAL",
                                              timestamp=at, created_at=at))  # fmt: skip
    day = date(2026, 5, 1)
    found = entries(full, first=day, last=day)
    assert {one.key for one in found if one.kind is TimelineKind.ALERT} == {"alert/in"}
    readings = [one for one in found if one.kind is TimelineKind.READINGS]
    assert [dict(one.counts)["GLUCOSE"] for one in readings] == [1]
    assert paged(full, 1, first=day, last=day) == found


def test_a_cursor_of_another_make_is_refused(full: Desk) -> None:
    for cursor in ("x", "2026-01-01|nothing|x", "yesterday|visit|x"):
        with pytest.raises(Refused) as caught:
            full.okafor.ask(timeline, patient_id=LIS, cursor=cursor)
        assert caught.value.code == "BadCursor"


def test_a_day_of_minute_readings_is_one_entry(full: Desk) -> None:
    start = NOW - timedelta(days=700)
    rows = [
        {"id": f"min{n}", "patient_id": LIS, "timestamp": start + timedelta(minutes=n), "source": DeviceProvider.APPLE,
         "heart_rate": 70, "created_at": start}
        for n in range(300)
    ]  # fmt: skip
    full.write(insert(VitalReading).values(rows))
    last = entries(full)[-1]
    assert (last.kind, dict(last.counts)) == (TimelineKind.READINGS, {"HEART_RATE": 300})


def test_what_a_device_gave_is_named_beside_what_was_typed(full: Desk) -> None:
    at = NOW - timedelta(days=700)
    given: tuple[dict[str, int], ...] = (
        {"systolic_bp": 120, "diastolic_bp": 80, "heart_rate": 70}, {"diastolic_bp": 80}, {"spo2": 97}, {},
    )  # fmt: skip
    for number, values in enumerate(given):
        full.write(insert(VitalReading).values(id=f"g{number}", patient_id=LIS, timestamp=at, created_at=at,
                                               source=DeviceProvider.APPLE, **values))  # fmt: skip
    full.write(insert(Measurement).values(id="typed", patient_id=LIS, type="HEART_RATE", value=72, source="MANUAL",
                                          timestamp=at, created_at=at))  # fmt: skip
    found = dict(entries(full)[-1].counts)
    assert found == {"BLOOD_PRESSURE": 2, "HEART_RATE": 2, "SPO2": 1, "DEVICE": 1}


moments = st.integers(0, 6).flatmap(lambda day: st.sampled_from([day * 24 * 60, day * 24 * 60 + 600]))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["alert", "reading"]), moments), max_size=14), st.integers(1, 4))
def test_pages_lose_nothing_when_much_happens_at_one_instant(rows: list[tuple[str, int]], limit: int) -> None:
    desk = local_desk()
    for number, (kind, minutes) in enumerate(rows):
        at = NOW - timedelta(minutes=minutes)
        if kind == "alert":
            desk.write(insert(Alert).values(id=f"a{number}", patient_id=LIS, severity="INFO", type="X", title="t",
                                            body="", status="ACTIVE", created_at=at))  # fmt: skip
        else:
            desk.write(insert(Measurement).values(id=f"m{number}", patient_id=LIS, type="WEIGHT", value=80,
                                                  source="MANUAL", timestamp=at, created_at=at))  # fmt: skip
    whole = entries(desk)
    assert paged(desk, limit) == whole
    assert sum(one.kind is TimelineKind.ALERT for one in whole) == sum(kind == "alert" for kind, _ in rows)
    assert sum(dict(one.counts).get("WEIGHT", 0) for one in whole) == sum(kind == "reading" for kind, _ in rows)
    desk.close()
