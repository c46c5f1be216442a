"""Results on the printed chart, on both databases."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from app.documents.chart_values import lab_blocks
from app.documents.model import Cell, Table
from app.queries.chart_record import chart_record
from tests.support.desk import Desk
from tests.support.lab_values import POTASSIUM, SODIUM, result, resulted


def test_values_and_units_stand_as_on_reports(desk: Desk) -> None:
    """No digits that weren't measured, no codes of units."""
    resulted(desk, result(SODIUM, 140.0), result(POTASSIUM, 6.9, unit="10*3/uL"))
    record = desk.okafor.ask(chart_record, patient_id="pat-lis")
    (table,) = [block for block in lab_blocks(record, ZoneInfo("America/Los_Angeles")) if isinstance(block, Table)]
    rows = {str(row[0]): row[1].text for row in table.rows if isinstance(row[1], Cell)}
    assert rows == {"Potassium, 10³/µL": "6.9 H", "Sodium, mmol/L": "140"}
