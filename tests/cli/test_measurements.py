"""``measure`` and ``series`` on the command line and in ``rpc``."""

from __future__ import annotations

import io
import json

import pytest

from app.cli.rpc import serve
from app.setup.session import Session, SessionOptions
from tests.cli.test_contract import Call, call, clinic  # noqa: F401 - fixtures
from tests.support.clinics import staff

DESK = "MEDICAL_ASSISTANT"


@pytest.fixture
def patient(clinic: dict[str, str]) -> str:  # noqa: F811 - the fixture
    return clinic["patient"]


def test_values_go_in_and_come_out(call: Call, patient: str) -> None:  # noqa: F811
    code, made = call("measure", patient, "WEIGHT", "182", "--unit", "lb", role=DESK)
    assert (code, made["type"], made["unit"]) == (0, "WEIGHT", "kg")
    assert made["value"] == pytest.approx(82.55, abs=0.01)
    code, made = call("measure", patient, "bp", "148/92", "--at", "2020-02-03T10:00:00+00:00", role=DESK)
    assert (code, made["value"]) == (0, {"systolic": 148, "diastolic": 92})
    code, found = call("series", patient, "bp", "--from", "2020-01-01", "--to", "2020-12-31", role=DESK)
    assert code == 0
    assert {key: found[key] for key in ("metric", "unit", "readings", "unreadable", "bucketSeconds", "more")} == {
        "metric": "BLOOD_PRESSURE", "unit": "mmHg", "readings": 1, "unreadable": 0, "bucketSeconds": None,
        "more": False,
    }  # fmt: skip
    (item,) = found["items"]
    assert item["timestamp"] == "2020-02-03T10:00:00+00:00"
    assert (item["value"], item["place"], item["source"]) == ({"systolic": 148, "diastolic": 92}, "high", "TYPED")
    code, gone = call("measurement", "retract", item["id"], "--reason", "Wrong patient", role=DESK)
    assert (code, gone["measurementId"]) == (0, item["id"])
    _, found = call("series", patient, "bp", "--from", "2020-01-01", "--to", "2020-12-31", role=DESK)
    assert found["items"] == []
    code, refused = call("series", "nobody", "bp", role=DESK)
    assert (code, refused["error"], refused["field"]) == (1, "NoPatient", "patient")
    code, refused = call("visits", "list", "--provider", "nobody", role=DESK)
    assert (code, refused["error"], refused["field"]) == (1, "NoProvider", "provider")
    _, found = call("series", patient, "weight", role=DESK)
    assert found["readings"] == 1


@pytest.mark.parametrize(
    ("words", "error", "field"),
    [
        (("WEIGHT", "900"), "ImpossibleValue", "value"),
        (("WEIGHT", "320"), "Unlikely", "value"),
        (("WEIGHT", "82", "--unit", "slug"), "BadUnit", "unit"),
        (("BMI", "30"), "BadMetric", "type"),
        (("FEET", "2"), "BadMetric", "type"),
    ],
)
def test_refusals_name_the_field(call: Call, patient: str, words: tuple[str, ...], error: str, field: str) -> None:  # noqa: F811
    code, refused = call("measure", patient, *words, role=DESK)
    assert (code, refused["error"], refused["field"]) == (1, error, field)


def test_an_unlikely_value_can_be_confirmed_and_an_admin_types_none(call: Call, patient: str) -> None:  # noqa: F811
    assert call("measure", patient, "WEIGHT", "320", "--confirmed", role=DESK)[0] == 0
    code, refused = call("measure", patient, "WEIGHT", "82")
    assert (code, refused["error"]) == (1, "NotAllowed")
    code, refused = call("series", patient, "weight", "--from", "2026-02-01", "--to", "2026-01-01")
    assert (code, refused["field"]) == (1, "to")


def test_rpc_measures_and_reads(call: Call, patient: str) -> None:  # noqa: F811
    lines = [
        {"id": 1, "do": "measure", "args": {"patient": patient, "type": "HEART_RATE", "value": "72"}},
        {"id": 2, "do": "series", "args": {"patient": patient, "metric": "heart rate"}},
    ]
    out = io.StringIO()
    with Session(SessionOptions.from_environment(email=staff(DESK).email), lambda _text: None) as session:
        serve(session.workspace(), io.StringIO("".join(json.dumps(line) + "\n" for line in lines)), out)
    first, second = (json.loads(line) for line in out.getvalue().splitlines())
    assert (first["ok"], first["result"]["value"]) == (True, 72)
    assert [item["value"] for item in second["result"]["items"]] == [72]


def test_the_clinics_own_limits_are_set_and_judge_what_is_measured(call: Call, patient: str) -> None:  # noqa: F811
    code, shown = call("limits", "show", role=DESK)
    usual = {"low": 60, "high": 100, "criticalLow": 40, "criticalHigh": 131, "unit": "/min", "usual": True}
    assert (code, shown["vitals"]["HEART_RATE"], shown["glp1"]["bmi"]) == (0, usual, 30)
    assert call("limits", "set", "pulse", "--high", "70", role=DESK)[1]["error"] == "NotAllowed"
    own = {"low": 50, "high": 70, "criticalLow": None, "criticalHigh": 90}
    code, kept = call("limits", "set", "pulse", "--low", "50", "--high", "70", "--critical-low", "none",
                      "--critical-high", "90")  # fmt: skip
    assert (code, kept) == (0, {"metric": "HEART_RATE", **own, "unit": "/min", "usual": False})
    assert call("limits", "set", "pulse", "--low", "55")[1]["high"] == 70, "what isn't given stays"
    places = [call("measure", patient, "pulse", value, role=DESK)[1]["place"] for value in ("54", "60", "71", "90")]
    assert places == ["low", "normal", "high", "criticallyHigh"]
    _, found = call("series", patient, "pulse", role=DESK)
    assert [one["place"] for one in found["items"]] == places
    _, few = call("series", patient, "pulse", "--buckets", "1", role=DESK)
    assert {one["place"] for one in few["items"]} <= {*places}
    assert call("limits", "usual", "pulse")[1]["usual"] is True


@pytest.mark.parametrize(
    ("words", "error", "field"),
    [
        (("set", "wings", "--low", "1"), "BadMetric", "metric"),
        (("set", "weight", "--low", "1"), "BadMetric", "metric"),
        (("set", "systolic", "--low", "much"), "BadValue", "low"),
        (("set", "systolic", "--low", "200"), "BadValue", "SYSTOLIC.high"),
        (("glp1", "--bmi", "3"), "BadValue", "glp1.bmi"),
    ],
)
def test_limits_that_cannot_be_are_refused(call: Call, words: tuple[str, ...], error: str, field: str) -> None:  # noqa: F811
    code, refused = call("limits", *words)
    assert (code, refused["error"], refused["field"]) == (1, error, field)


def test_the_glp1_thresholds(call: Call) -> None:  # noqa: F811
    code, kept = call("limits", "glp1", "--bmi", "32", "--condition", "gout", "--condition", "E11")
    assert (code, kept) == (0, {"bmi": 32, "bmiWithCondition": 27, "conditions": ["gout", "E11"]})
    assert call("limits", "glp1", "--bmi-with-condition", "28")[1]["conditions"] == ["gout", "E11"]
    assert call("limits", "glp1", "--usual")[1]["bmi"] == 30
