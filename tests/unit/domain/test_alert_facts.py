"""What raised an alert: read from whatever a payload holds."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.domain.alert_facts import AlertFacts, read_facts
from app.domain.vitals_metrics import Metric

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYS = (
    "ruleName",
    "ruleVersion",
    "metric",
    "windowDays",
    "condition",
    "figures",
    "evidence",
    "orderId",
    "name",
    "last",
)


@given(st.dictionaries(st.sampled_from(KEYS), JSON))
def test_nothing_in_a_payload_is_an_error(payload: dict[str, Any]) -> None:
    facts = read_facts(payload)
    assert all(at.tzinfo is UTC and math.isfinite(value) for at, value in facts.evidence)
    assert list(facts.evidence) == sorted(facts.evidence)
    listed = payload.get("evidence")
    assert len(facts.evidence) + facts.left_out == (len(listed) if isinstance(listed, list) else 0)


def test_the_rules_payload_is_read() -> None:
    facts = read_facts({
        "ruleName": " High ", "ruleVersion": 2, "metric": "bp", "windowDays": 7,
        "condition": {"op": "<", "threshold": 60, "component": "diastolic"}, "figures": {"figure": 55.5, "readings": 3},
        "evidence": [
            {"at": "2026-05-04T08:00:00.000Z", "value": 55}, {"at": "2026-05-03T10:00:00+02:00", "value": 56},
            {"at": "2026-05-03", "value": True}, {"at": 7, "value": 7}, "x",
        ],
    })  # fmt: skip
    assert (facts.rule_name, facts.rule_version, facts.metric) == ("High", 2, Metric.BLOOD_PRESSURE)
    assert facts.window_days == 7
    assert facts.condition is not None
    assert (facts.condition.threshold, facts.condition.component) == (60.0, "diastolic")
    assert (facts.figure, facts.readings, facts.left_out) == (55.5, 3, 3)
    assert facts.evidence == (
        (datetime(2026, 5, 3, 8, tzinfo=UTC), 56.0), (datetime(2026, 5, 4, 8, tzinfo=UTC), 55.0),
    )  # fmt: skip
    assert facts.explained


def test_the_last_reading_before_one_was_missed_is_read() -> None:
    facts = read_facts({"last": {"at": "2026-05-04T08:00:00.000Z", "value": 104}})
    assert (facts.last, facts.never) == ((datetime(2026, 5, 4, 8, tzinfo=UTC), 104.0), False)
    never, unknown = read_facts({"last": None}), read_facts({"last": "yesterday"})
    assert ((never.last, never.never), (unknown.last, unknown.never)) == ((None, True), (None, False))


def test_without_a_payload_nothing_is_known() -> None:
    assert read_facts({}) == AlertFacts()
    assert not AlertFacts().explained
