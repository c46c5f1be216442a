"""Results: reading what others wrote, flags from ranges, what replaces what, the digest of what was shown."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.lab_codes import (
    expected,
    find_panel,
    find_test,
    flagged,
    in_order,
    is_possible,
    lab_panels,
    lab_tests,
    read_results,
    search_tests,
)
from app.domain.lab_merge import checked_items, merge_results, typed_value
from app.domain.labs import (
    CRITICAL,
    FLAGS,
    LabResult,
    Limits,
    bounded,
    content_hash,
    flag_of,
    parse_results,
    results_json,
    same_unit,
)
from app.kernel.errors import Refused

AT = datetime(2026, 5, 4, 8, tzinfo=UTC)
numbers = st.floats(-1e6, 1e6).map(lambda value: round(value, 4))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
keys = st.sampled_from(["code", "name", "value", "unit", "low", "high", "flag", "observedAt", "status", "note", "x"])
entries = st.dictionaries(keys, json_values, max_size=8)
words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12).map(str.strip)
results = st.builds(
    LabResult,
    code=words,
    name=words.filter(bool),
    value=numbers | st.integers(-9999, 9999) | words.filter(bool),
    unit=words,
    low=st.none() | numbers,
    high=st.none() | numbers,
    flag=st.sampled_from(["", *sorted(FLAGS)]),
    observed_at=st.none() | st.integers(0, 4 * 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    status=st.sampled_from(["final", "preliminary", "corrected", "cancelled"]),
    note=words,
)


@given(json_values | entries | st.lists(entries | json_values))
def test_nothing_that_others_wrote_raises(document: Any) -> None:
    items, unreadable = parse_results(document)
    assert unreadable >= 0
    for item in items:
        assert item.code or item.name
        assert item.flag == "" or item.flag in FLAGS
        assert item.observed_at is None or item.observed_at.tzinfo is not None
    read_results(document)
    if not isinstance(document, dict) and isinstance(document, list):
        assert len(items) + unreadable == len(document)


@pytest.mark.parametrize("zone", ["Pacific/Honolulu", "America/Los_Angeles", "Asia/Tokyo"])
def test_a_day_without_a_time_stays_that_day(zone: str) -> None:
    (item,), _ = parse_results([{"name": "A1C", "value": 6.1, "observedAt": "2026-11-20"}])
    assert item.observed_at is not None
    assert item.observed_at.astimezone(ZoneInfo(zone)).date() == date(2026, 11, 20)


@given(st.lists(results, max_size=5))
def test_what_is_written_is_read_again(items: list[LabResult]) -> None:
    document = json.loads(json.dumps(results_json(items)))
    again, unreadable = parse_results(document)
    assert unreadable == 0
    for one, other in zip(items, again, strict=True):
        assert (one.code, one.name, one.value, one.unit, one.low, one.high) == (
            other.code, other.name, other.value, other.unit, other.low, other.high,
        )  # fmt: skip
        assert (one.flag, one.status, one.note) == (other.flag, other.status, other.note)
        cut = one.observed_at and one.observed_at.replace(microsecond=one.observed_at.microsecond // 1000 * 1000)
        assert other.observed_at == cut


@given(numbers, numbers, numbers)
def test_flags_follow_the_range(value: float, one: float, other: float) -> None:
    low, high = sorted((one, other))
    flag = flag_of(value, low, high)
    assert flag == ("H" if value > high else "L" if value < low else "")
    assert flag_of(value, None, None) == ""
    assert flag_of(value, low, None) in {"", "L"}
    assert flag_of(value, None, high) in {"", "H"}


@given(numbers, st.lists(numbers, min_size=4, max_size=4))
def test_critical_limits_lie_outside_and_hold_in_their_unit_only(value: float, ends: list[float]) -> None:
    critical_low, low, high, critical_high = sorted(ends)
    limits = Limits("mmol/L", critical_low, critical_high)
    flag = flag_of(value, low, high, limits, "mmol/l")
    if value >= critical_high:
        assert flag == "HH"
    elif value <= critical_low:
        assert flag == "LL"
    else:
        assert flag not in CRITICAL
    assert flag_of(value, low, high, limits, "mg/dL") == flag_of(value, low, high)


@given(numbers, numbers)
def test_a_bound_is_out_of_range_only_when_all_that_it_allows_is(bound: float, limit: float) -> None:
    below, above = f"<{bound:.4f}", f">{bound:.4f}"
    assert (flag_of(below, limit, None) == "L") == (bounded(below)[1] <= limit)  # type: ignore[operator]
    assert flag_of(below, None, limit) == ""
    assert (flag_of(above, None, limit) == "H") == (bounded(above)[1] >= limit)  # type: ignore[operator]
    assert flag_of(above, limit, None) == ""


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("mmol/L", "mmol/l", True), ("10*3/uL", "x10^3/µL", True), ("U/L", "u/l", False), ("mg/dL", "g/dL", False),
        ("mL/min/{1.73_m2}", "ml/min/{1.73_m2}", True), ("", "mg/dL", False), ("mg/dL ", "mg/dL", True),
    ],
)  # fmt: skip
def test_units_are_compared_by_what_they_mean(one: str, other: str, *, same: bool) -> None:
    assert same_unit(one, other) is same


@pytest.mark.parametrize(
    ("flag", "read"),
    [("h", "H"), ("HIGH", "H"), ("N", ""), ("normal", ""), ("AA", "A"), (None, ""), (7, ""), ("critical high", "HH")],
)
def test_flags_as_others_write_them(flag: Any, read: str) -> None:
    assert parse_results([{"name": "x", "value": 1, "flag": flag}])[0][0].flag == read


def test_the_laboratorys_flag_goes_before_ours() -> None:
    high = LabResult(code="2823-3", name="K", value=6.9, unit="mmol/L", low=3.5, high=5.1, flag="H")
    assert flagged(high) == "H"
    assert flagged(LabResult(code="2823-3", name="K", value=6.9, unit="mmol/L")) == "HH"
    assert flagged(LabResult(name="K", value=9, high=1, status="cancelled")) == ""


@given(json_values)
def test_the_digest_knows_whole_numbers_and_orders_of_keys(document: Any) -> None:
    assert content_hash({"a": document, "b": 1}) == content_hash({"b": 1.0, "a": document})
    assert content_hash([1]) != content_hash([2])


def item(value: Any, code: str = "k", **more: Any) -> LabResult:
    values: dict[str, Any] = {"name": code.upper(), "unit": "mmol/L", "observed_at": AT, **more}
    return LabResult(code=code, value=value, **values)


def test_what_replaces_what() -> None:
    before = (item(4.9), item(140, "na"))
    same = merge_results(before, (item(4.9),))
    assert not same.changed
    changed = merge_results(before, (item(6.4),))
    assert [one.value for one in changed.items] == [6.4, 140]
    assert (changed.items[0].status, changed.corrected) == ("corrected", True)
    assert [(old.value, new.value) for old, new in changed.replaced] == [(4.9, 6.4)]
    later = merge_results(before, (item(5, observed_at=AT + timedelta(hours=2)),))
    assert [one.value for one in later.items] == [4.9, 140, 5]
    said = merge_results(before, (item(5, observed_at=AT + timedelta(hours=2), status="corrected"),))
    assert [one.value for one in said.items] == [5, 140]
    first = merge_results((item(4, status="preliminary"),), (item(4),))
    assert (first.changed, first.replaced, first.corrected, first.preliminary) == (True, (), False, False)
    withdrawn = merge_results(before, (item("", status="cancelled", note="clotted"),))
    assert withdrawn.replaced[0][0].value == 4.9


def test_a_preliminary_result_never_takes_the_place_of_a_final_one() -> None:
    final = item("Gram negative rods", flag="A")
    late = merge_results((final,), (item("No growth at 24 h", status="preliminary"),))
    assert (late.items, late.changed, [one.value for one in late.late]) == ((final,), False, ["No growth at 24 h"])
    corrected = item("Gram negative rods", status="corrected")
    assert merge_results((corrected,), (item("No growth", status="preliminary"),)).items == (corrected,)
    hour = AT + timedelta(hours=1)  # a second sample of the same test on the order: glucose after an hour
    both = merge_results((item(5.2),), (item(8.1, observed_at=hour, status="preliminary"),))
    assert [one.value for one in both.items] == [5.2, 8.1]
    void = merge_results((item("", status="cancelled"),), (item(4.4, status="preliminary"),))
    assert [one.value for one in void.items] == [4.4]


@given(st.lists(results, max_size=5), st.lists(results, min_size=1, max_size=5))
def test_merging_twice_changes_nothing_more_and_loses_nothing(old: list[LabResult], new: list[LabResult]) -> None:
    once = merge_results(old, new)
    kept = [*once.items, *(before for before, _ in once.replaced)]
    for one in old:
        assert any(other.key == one.key and other.value == one.value for other in kept)
    assert {one.key for one in new} <= {one.key for one in once.items}


def test_every_panel_is_made_of_known_tests() -> None:
    for panel in lab_panels().values():
        assert panel.members
        assert set(panel.members) <= set(lab_tests())
    for test in lab_tests().values():
        assert find_test(test.code) == find_test(test.name) == find_test(test.short.lower()) == test
        for code in test.same_as:
            assert find_test(code) == test
        if test.possible is not None:
            for end in (test.low, test.high):
                assert end is None or is_possible(test, end, test.unit)
            for end in (test.critical.low, test.critical.high) if test.critical else ():
                assert end is None or is_possible(test, end, test.unit)
        if test.critical is not None:
            assert test.critical.low is None or test.low is None or test.critical.low < test.low
            assert test.critical.high is None or test.high is None or test.critical.high > test.high


def test_orders_name_what_they_expect_each_once() -> None:
    names = [one.name for one in expected(["BMP", "potassium", "K", "Odd thing"])]
    assert len(names) == 10
    assert names[-1] == "Odd thing"
    panel = find_panel("complete blood count")
    assert panel is not None
    assert panel.key == "CBC"


def test_results_are_read_critical_first_then_in_the_panels_order() -> None:
    sodium, potassium = (
        LabResult(code="2951-2", name="Na", value=1),
        LabResult(code="2823-3", name="K", value=9, flag="HH"),
    )
    chloride, odd = LabResult(code="2075-0", name="Cl", value=1), LabResult(name="Odd", value=1)
    assert in_order((odd, chloride, sodium, potassium), ("BMP",)) == (potassium, sodium, chloride, odd)


def test_tests_are_found_by_words_and_codes() -> None:
    assert search_tests("2823")[0].name == "Potassium"
    assert [one.name for one in search_tests("lipid")] == ["Lipid panel"]
    assert search_tests("urine")
    assert search_tests("") == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [("6,3", 6.3), (" 140 ", 140), ("<0,5", "<0.5"), ("0,125", 0.125), ("1:80", "1:80"), ("no growth", "no growth")],
)
def test_what_is_typed_with_a_comma_is_a_number(text: str, value: object) -> None:
    assert typed_value(text, "value") == value


@pytest.mark.parametrize("text", ["1,400", "6.3 %", "6 3"])
def test_what_would_count_as_nothing_out_of_range_is_refused(text: str) -> None:
    now = datetime(2026, 5, 4, 20, tzinfo=UTC)
    with pytest.raises(Refused) as refusal:
        checked_items((LabResult(code="4548-4", name="A1C", value=text, unit="%"),), now, typed=True)
    assert (refusal.value.code, refusal.value.field) == ("BadValue", "items[0].value")


@pytest.mark.parametrize("limit", [True, float("nan"), float("inf"), [1], {"value": 5}, "> 5"])
def test_a_limit_that_is_no_number_is_none(limit: Any) -> None:
    """A limit of ``True`` would read as 1: every result above it would be shown as high."""
    (item,), unread = parse_results([{"code": "GLU", "name": "Glucose", "value": 90, "low": limit, "high": limit}])
    assert (item.low, item.high, unread) == (None, None, 0)
