"""Which height belongs to which weight, against a slow and obvious answer; years of readings cost their number."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.imports import MeasurementRow, SourceId
from app.domain.measurements import MeasurementType
from app.interop.body_mass import body_masses
from app.interop.readings import ObservedBmi
from app.interop.values import Moment

START = datetime(2020, 1, 1, tzinfo=UTC)
DAY = timedelta(hours=24)
ENCOUNTERS = [None, SourceId("s", "Encounter", "1"), SourceId("s", "Encounter", "2")]


def measured(number: int, kind: MeasurementType, value: float, hours: int, encounter: SourceId | None) -> Any:
    source = SourceId("s", "Observation", f"{kind.value}{number}")
    return MeasurementRow(
        source=source, type=kind.value, value=value, at=START + timedelta(hours=hours), encounter=encounter
    )


def observed(number: int, value: float, hours: int, encounter: SourceId | None, height: float | None) -> ObservedBmi:
    when = Moment(START + timedelta(hours=hours))
    source = SourceId("s", "Observation", f"bmi{number}")
    return ObservedBmi(source=source, value=value, when=when, encounter=encounter, height=height)


def together(one: MeasurementRow, at: datetime, encounter: SourceId | None) -> bool:
    return (one.encounter is not None and one.encounter == encounter) or abs(one.at - at) < DAY


def slowly(rows: Sequence[MeasurementRow], seen: Sequence[ObservedBmi], born: date | None) -> tuple[Any, Any]:
    """The height of every weight, and the indexes that are left out."""
    heights = [row for row in rows if row.type == "HEIGHT"]
    weights = [row for row in rows if row.type == "WEIGHT"]
    made: dict[str, float] = {}
    for weight in weights:
        near = [h for h in heights if together(h, weight.at, weight.encounter)]
        earlier = [h for h in heights if h.at <= weight.at]
        if near:
            made[weight.source.value] = min(near, key=lambda h: abs(h.at - weight.at)).value
        elif earlier and born is not None and earlier[-1].at.date() - born >= timedelta(days=int(18 * 365.25)):
            made[weight.source.value] = earlier[-1].value
    for one in seen:
        for weight in weights:
            if one.height is not None and together(weight, one.when.at, one.encounter):
                made.setdefault(weight.source.value, one.height)
    left = {}
    for one in seen:
        near = [w for w in weights if w.source.value in made and together(w, one.when.at, one.encounter)]
        if not near:
            left[one.source.value] = "no weight and height of the same time"
            continue
        nearest = min(near, key=lambda w: abs(w.at - one.when.at))
        if abs(nearest.value / (made[nearest.source.value] / 100) ** 2 - one.value) > 0.5:
            left[one.source.value] = "it does not follow from weight and height of the same time"
    return made, left


hours = st.integers(0, 100)
encounters = st.sampled_from(ENCOUNTERS)
weighed = st.tuples(st.sampled_from([60.0, 81.0]), hours, encounters)
grown = st.tuples(st.sampled_from([160.0, 180.0]), hours, encounters)
computed = st.tuples(st.sampled_from([25.0, 18.5]), hours, encounters, st.sampled_from([None, None, 180.0]))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(weighed, max_size=6),
    st.lists(grown, max_size=4),
    st.lists(computed, max_size=4),
    st.sampled_from([None, date(1970, 1, 1), date(2002, 1, 3), date(2019, 1, 1)]),
)
def test_every_weight_gets_the_height_that_an_obvious_search_finds(w: Any, h: Any, b: Any, born: date | None) -> None:
    rows = [measured(n, MeasurementType.WEIGHT, *one) for n, one in enumerate(w)]
    rows += [measured(n, MeasurementType.HEIGHT, *one) for n, one in enumerate(h)]
    rows.sort(key=lambda row: row.at)
    seen = [observed(n, *one) for n, one in enumerate(b)]
    left: dict[str, str] = {}
    found = body_masses(rows, seen, born, lambda one, reason: left.update({one.source.value: reason}))
    heights, expected = slowly(rows, seen, born)
    assert {row.source.value: row.height_cm for row in found} == heights
    assert left == expected
    assert len(left) + sum(len(row.also) for row in found) == len(seen)


def calls(days: int) -> int:
    """How many functions are called for a scale that sends weight, height and index every day."""
    rows = [measured(n, MeasurementType.WEIGHT, 81.0, 24 * n, None) for n in range(days)]
    rows += [measured(n, MeasurementType.HEIGHT, 180.0, 24 * n, None) for n in range(days)]
    rows.sort(key=lambda row: row.at)
    seen = [observed(n, 25.0, 24 * n, None, None) for n in range(days)]
    count = 0

    def counted(_frame: object, _event: str, _argument: object) -> None:
        nonlocal count
        count += 1

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        body_masses(rows, seen, None, lambda *_: None)
    finally:
        sys.setprofile(before)
    return count


def test_four_times_the_days_cost_about_four_times_the_work() -> None:
    assert calls(800) < 6 * calls(200)
