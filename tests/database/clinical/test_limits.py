"""The clinic's clinical limits: who may set them, what can't be, and that the chart goes by them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select, update

from app.commands.limits import SetClinicalLimits
from app.db.models import Alert, ClinicSettings, Measurement
from app.documents.chart_values import vital_blocks
from app.documents.model import Block, Cell, Picture, Table
from app.domain.vitals_metrics import Band, Metric
from app.kernel.errors import AppError, Refused
from app.queries.alerts import AlertBox, alert_detail, alert_page
from app.queries.chart_record import chart_record
from app.queries.chart_summary import chart_summary
from app.queries.limits import clinical_limits
from app.queries.vitals_panel import vitals_panel
from tests.support.desk import CLINIC, NOW, Desk

LIS = "pat-lis"
OWN = {"low": 95.0, "high": 110.0, "criticalLow": 80.0, "criticalHigh": 140.0}


def kept(desk: Desk) -> Any:
    statement = select(ClinicSettings.settings).where(ClinicSettings.clinic_id == CLINIC)
    return desk.rows(statement)[0].settings


def test_the_chart_goes_by_the_clinics_own_limits(desk: Desk) -> None:
    desk.write(
        update(ClinicSettings).where(ClinicSettings.clinic_id == CLINIC).values(settings={"other": [1]}),
        insert(Measurement).values(id="p", patient_id=LIS, type="HEART_RATE", value=140, timestamp=NOW,
                                   source="DEVICE", created_at=NOW),
    )  # fmt: skip
    desk.admin.run(SetClinicalLimits(vitals={"HEART_RATE": OWN}, glp1={"bmi": 32, "conditions": ["gout", " "]}))
    assert kept(desk) == {
        "other": [1], "vitals": {"HEART_RATE": OWN}, "glp1": {"bmi": 32.0, "conditions": ["gout"]},
    }  # fmt: skip
    (line,) = desk.okafor.ask(chart_summary, patient_id=LIS).vitals
    assert (line.metric, line.place) == (Metric.HEART_RATE, 2)
    panel = desk.okafor.ask(vitals_panel, patient_id=LIS)
    assert panel.ranges.place(Metric.HEART_RATE, 93) == -1
    assert (panel.glp1.rule.bmi, panel.glp1.rule.conditions) == (32, ("gout",))
    desk.admin.run(SetClinicalLimits(vitals={"HEART_RATE": None}, glp1={}))
    assert kept(desk) == {"other": [1]}


@pytest.mark.parametrize(
    ("vitals", "glp1", "field"),
    [
        ({"WINGS": {"low": 1}}, None, "WINGS"),
        ({"HRV": {"low": 50, "high": 20}}, None, "HRV.high"),
        ({"HRV": {"low": 50, "criticalLow": 60}}, None, "HRV.low"),
        ({"HRV": {"low": True}}, None, "HRV.low"),
        ({"HRV": {"low": float("nan")}}, None, "HRV.low"),
        ({"HRV": {"lowest": 1}}, None, "HRV.lowest"),
        (None, {"bmi": 5}, "glp1.bmi"),
        (None, {"bmi": 30, "bmiWithCondition": 31}, "glp1.bmiWithCondition"),
        (None, {"conditions": ["x"] * 101}, "glp1.conditions"),
        (None, {"conditions": "gout"}, "glp1.conditions"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_at_its_field(desk: Desk, vitals: Any, glp1: Any, field: str) -> None:
    with pytest.raises(Refused) as refused:
        desk.admin.run(SetClinicalLimits(vitals=vitals, glp1=glp1))
    assert refused.value.field == field


@pytest.mark.parametrize("who", ["desk", "okafor"])
def test_only_an_administrator_sets_them(desk: Desk, who: str) -> None:
    with pytest.raises(AppError) as refused:
        getattr(desk, who).run(SetClinicalLimits(glp1={"bmi": 32}))
    assert refused.value.code == "NotAllowed"


def test_the_printed_chart_says_where_a_value_lies_by_the_clinics_own_limits(desk: Desk) -> None:
    for n, value in enumerate((104, 93)):
        desk.write(insert(Measurement).values(id=f"p{n}", patient_id=LIS, type="HEART_RATE", value=value,
                                              source="MANUAL", timestamp=NOW - timedelta(days=n),
                                              created_at=NOW))  # fmt: skip
    zone = ZoneInfo("UTC")
    usual = vital_blocks(desk.okafor.ask(chart_record, patient_id=LIS, kind=None), zone)
    desk.admin.run(SetClinicalLimits(vitals={"HEART_RATE": OWN}))
    own = vital_blocks(desk.okafor.ask(chart_record, patient_id=LIS, kind=None), zone)
    said, drawn = zip(*(told(blocks) for blocks in (usual, own)), strict=True)
    assert said == (("104 /min, high", "60–100"), ("104 /min", "95–110"))
    assert drawn[0] != drawn[1], "the band is drawn where the clinic has it"


def told(blocks: list[Block]) -> tuple[tuple[str, str], bytes]:
    """What the paper says of the latest value, and which band it shades; and the drawing."""
    table, picture = blocks
    assert isinstance(table, Table)
    assert isinstance(picture, Picture)
    cell = table.rows[0][1]
    assert isinstance(cell, Cell)
    return (cell.text, picture.caption.rpartition(" ")[2]), picture.data


def test_values_are_printed_as_people_write_them(desk: Desk) -> None:
    taken: tuple[tuple[str, object], ...] = (
        ("STEPS", 6400), ("STEPS", 10_231), ("WEIGHT", 81.36), ("BLOOD_PRESSURE", {"systolic": 141, "diastolic": 79}),
        ("BLOOD_PRESSURE", {"systolic": 125, "diastolic": 88}),
    )  # fmt: skip
    for n, (kind, value) in enumerate(taken):
        desk.write(insert(Measurement).values(id=f"s{n}", patient_id=LIS, type=kind, value=value, source="DEVICE",
                                              timestamp=NOW - timedelta(days=9 - n), created_at=NOW))  # fmt: skip
    table = vital_blocks(desk.okafor.ask(chart_record, patient_id=LIS, kind=None), ZoneInfo("UTC"))[0]
    assert isinstance(table, Table)
    rows = {str(row[0]): (row[1], row[3]) for row in table.rows}
    said = {name: (one.text if isinstance(one, Cell) else one, span) for name, (one, span) in rows.items()}
    assert said["Steps"] == ("10231", "6400 – 10231")
    assert said["Weight"] == ("81.4 kg", "81.4 – 81.4")
    assert said["Blood pressure"] == ("125/88 mmHg, high", "125 – 141 / 79 – 88")


def test_an_alert_brings_the_limits_that_it_is_drawn_with(desk: Desk) -> None:
    desk.write(insert(Alert).values(id="a", patient_id=LIS, severity="INFO", type="X", title="Pulse", body="",
                                    created_at=NOW, payload={"metric": "heart_rate"}))  # fmt: skip
    desk.admin.run(SetClinicalLimits(vitals={"HEART_RATE": OWN}))
    (one,) = desk.okafor.ask(alert_page, box=AlertBox.ALL).items
    assert one.ranges.band(Metric.HEART_RATE) == Band(95, 110)
    assert desk.okafor.ask(alert_detail, alert_id="a").ranges == one.ranges
    assert desk.okafor.ask(clinical_limits).ranges == one.ranges
