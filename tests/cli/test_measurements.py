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
    _, found = call("series", patient, "weight", role=DESK)
    assert found["readings"] == 1


@pytest.mark.parametrize(
    ("words", "error", "field"),
    [
        (("WEIGHT", "900"), "ImpossibleValue", "value"),
        (("WEIGHT", "320"), "Unlikely", "value"),
        (("WEIGHT", "82", "--unit", "stone"), "BadUnit", "unit"),
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
