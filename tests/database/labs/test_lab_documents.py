"""Documents that came with results: saved from the message by who reviews, and by nobody else."""

from __future__ import annotations

import base64
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select, update

from app.cli.hl7 import import_hl7
from app.cli.labs import documents
from app.db.models import LabOrder, Patient
from app.kernel.errors import AppError, Refused
from app.workspace.lab_documents import lab_documents, save_document
from tests.database.labs.test_hl7_import import workspace
from tests.support.desk import Desk
from tests.support.hl7 import join, msh, obr, obx, pid

PDF = b"%PDF-1.4 report"
DOCUMENT = obx(
    f"LAB^application^pdf^Base64^{base64.b64encode(PDF).decode()}", kind="ED", test="P1^Report^L", unit="", limits=""
)


@pytest.fixture
def clinic(pg_desk: Desk, tmp_path: Path) -> Desk:
    """An order with a value, a report and a picture; another one without."""
    known = {"date_of_birth": date(1962, 3, 14), "demographics": {"mrn": "4711"}}
    pg_desk.write(update(Patient).where(Patient.id == "pat-lis").values(**known))
    picture = obx("^IM^png^Hex^89504e47", kind="ED", test="P2^Picture^L", unit="", limits="")
    (tmp_path / "in.hl7").write_bytes(
        join(msh(), pid(), obr(), obx(), DOCUMENT, picture) + join(msh(control="M2"), pid(), obr(filler="F2"), obx("7"))
    )
    assert import_hl7(workspace(pg_desk, "admin"), (str(tmp_path / "in.hl7"),))["taken"]["Message"] == 2
    return pg_desk


def orders(desk: Desk) -> list[str]:
    """With documents, and without."""
    rows = desk.rows(select(LabOrder.id, LabOrder.results))
    return [row.id for row in sorted(rows, key=lambda row: -len(row.results))]


def test_documents_of_an_order_or_of_one_test(clinic: Desk, tmp_path: Path) -> None:
    with_some, without = orders(clinic)
    doctor = workspace(clinic, "okafor")
    assert [one.file_name for one in lab_documents(doctor, with_some).items] == ["Report.pdf", "Picture.png"]
    found = lab_documents(doctor, with_some, "Report")
    (report,) = found.items
    assert report.data == PDF
    assert lab_documents(doctor, with_some, "Report (2)") == lab_documents(doctor, with_some, "P1") == found
    assert lab_documents(doctor, with_some, "Glucose").items == lab_documents(doctor, without).items == ()
    file = tmp_path / "out.pdf"
    assert save_document(doctor, found.patient_id, report, file) == len(PDF)
    assert (file.read_bytes(), file.stat().st_mode & 0o077) == (PDF, 0)
    with pytest.raises(Refused) as refused:
        save_document(doctor, found.patient_id, report, tmp_path / "no" / "such" / "out.pdf")
    assert refused.value.code == "NotWritten"
    folder = tmp_path / "all"
    folder.mkdir()
    written = documents(doctor, with_some, str(folder))["items"]
    assert [Path(one["file"]).name for one in written] == ["1 Report.pdf", "2 Picture.png"]


def test_the_desk_gets_none_and_an_order_elsewhere_is_unknown(clinic: Desk) -> None:
    for who, order_id, code in (("desk", orders(clinic)[0], "NotAllowed"), ("okafor", "no-such", "NoSuchOrder")):
        with pytest.raises(AppError) as refused:
            lab_documents(workspace(clinic, who), order_id)
        assert refused.value.code == code
