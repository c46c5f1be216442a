"""Waiting messages whose patient is registered later: offered, filed when a person says so or the file comes again."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from app.cli.hl7 import assign, import_hl7, list_messages, match, reopen, take_back
from app.cli.hl7 import refuse as lay_aside
from app.commands.lab_messages import AssignLabMessage
from app.commands.patients import EditPatient, FieldChange
from app.db.models import LabMessage, LabOrder, LabOrderDetail, Patient
from app.domain.enums import LabMessageState
from app.kernel.errors import Refused
from app.queries.lab_inbox import lab_message_count
from app.workspace.lab_offers import file_offers, lab_offers
from tests.database.labs.test_hl7_import import count, workspace
from tests.support.desk import Desk
from tests.support.hl7 import join, msh, obr, obx, pid
from tests.support.lab_values import order as ordering

FIRST = join(msh(control="M1"), pid(), obr(filler="F1"), obx("98"))
SECOND = join(msh(control="M2"), pid(), obr(filler="F2"), obx("101"))
OTHER = join(msh(control="M3"), pid(number="815", name="Roe^Ann"), obr(filler="F3"), obx("77"))
KNOWN = {"date_of_birth": date(1962, 3, 14), "demographics": {"mrn": "4711"}}


@pytest.fixture
def clinic(pg_desk: Desk, tmp_path: Path) -> Desk:
    """Three messages wait; nobody has record number 4711 yet."""
    (tmp_path / "in.hl7").write_bytes(FIRST + SECOND + OTHER)
    report = import_hl7(workspace(pg_desk, "admin"), (str(tmp_path / "in.hl7"),))
    assert report["waiting"] == 3
    return pg_desk


def register(desk: Desk, **more: Any) -> None:
    """Zygmunt Lis is known by what the messages say from now on."""
    desk.write(update(Patient).where(Patient.id == "pat-lis").values(**{**KNOWN, **more}))


def states(desk: Desk) -> dict[str, LabMessageState]:
    return {row.control_id: row.state for row in desk.rows(select(LabMessage.control_id, LabMessage.state))}


def test_nothing_is_offered_while_nobody_is_certain(clinic: Desk) -> None:
    doctor = workspace(clinic, "okafor")
    assert lab_offers(doctor) == ()
    register(clinic, date_of_birth=date(1962, 3, 15))
    assert lab_offers(doctor) == ()
    register(clinic, date_of_birth=None)
    assert lab_offers(doctor) == ()
    register(clinic, last_name="Liss")
    assert lab_offers(doctor) == ()
    assert doctor.ask(lab_message_count) == 3


def test_who_is_registered_later_is_offered_and_filed_when_a_person_says_so(clinic: Desk) -> None:
    register(clinic)
    doctor = workspace(clinic, "okafor")
    offers = lab_offers(doctor)
    assert {(one.patient_id, one.patient_name) for one in offers} == {("pat-lis", "Zygmunt Lis")}
    assert len(offers) == 2
    assert count(clinic, LabOrder) == 0, "offering files nothing"
    listed = match(doctor)
    assert [one["filed"] for one in listed["items"]] == [False, False]
    done = match(doctor, file=True)
    assert (done["filed"], done["left"], [one["filed"] for one in done["items"]]) == (2, [], [True, True])
    assert states(clinic) == {
        "M1": LabMessageState.APPLIED, "M2": LabMessageState.APPLIED, "M3": LabMessageState.UNMATCHED,
    }  # fmt: skip
    assert {row.patient_id for row in clinic.rows(select(LabOrder.patient_id))} == {"pat-lis"}
    assert match(doctor)["items"] == []


def test_what_came_together_is_filed_in_its_order(pg_desk: Desk, tmp_path: Path) -> None:
    sent = [
        join(msh(control=f"S{n}", sent=""), pid(), obr(filler="S"), obx(str(100 + n), status="C")) for n in range(12)
    ]
    (tmp_path / "in.hl7").write_bytes(b"".join(sent))
    admin = workspace(pg_desk, "admin")
    assert import_hl7(admin, (str(tmp_path),))["waiting"] == 12
    register(pg_desk)
    assert len(file_offers(admin, lab_offers(admin)).filed) == 12
    (row,) = pg_desk.rows(select(LabOrder.results))
    assert [one["value"] for one in row.results] == [111]


def test_an_offer_that_is_no_longer_certain_is_refused(clinic: Desk) -> None:
    register(clinic)
    doctor = workspace(clinic, "okafor")
    offers = lab_offers(doctor)
    register(clinic, demographics={"mrn": "9"})
    result = file_offers(doctor, offers)
    assert result.filed == ()
    assert len(result.left) == 2
    register(clinic)
    command = AssignLabMessage(
        message_id=offers[0].message_id, patient_id="pat-roux", report=offers[0].report, certain=True
    )  # fmt: skip
    with pytest.raises(Refused) as no:
        doctor.execute(command)
    assert (no.value.code, no.value.field) == ("NotCertain", "patientId")
    assert count(clinic, LabOrder) == 0


def test_the_same_file_again_files_who_is_certain_by_now_and_says_of_the_others_that_they_wait(
    clinic: Desk, tmp_path: Path
) -> None:
    register(clinic)
    again = import_hl7(workspace(clinic, "admin"), (str(tmp_path / "in.hl7"),))
    assert (again["taken"], again["unchanged"], again["waiting"]) == ({"Message": 2, "Result": 2}, {"Message": 1}, 0)
    assert count(clinic, LabMessage) == 3
    assert states(clinic)["M1"] is LabMessageState.APPLIED
    third = import_hl7(workspace(clinic, "admin"), (str(tmp_path / "in.hl7"),))
    assert (third["taken"], third["unchanged"]) == ({}, {"Message": 3})
    assert count(clinic, LabOrder) == 2


def test_what_a_person_decided_is_neither_offered_nor_filed_by_the_file_again(clinic: Desk, tmp_path: Path) -> None:
    register(clinic)
    doctor = workspace(clinic, "okafor")
    by_control = {one["controlId"]: one["id"] for one in list_messages(doctor)["items"]}
    assign(doctor, by_control["M1"], patient="pat-lis")
    take_back(doctor, by_control["M1"], reason="another Lis's specimen")
    lay_aside(doctor, by_control["M2"], reason="not ours")
    reopen(doctor, by_control["M2"])
    assert match(doctor)["items"] == []
    again = import_hl7(workspace(clinic, "admin"), (str(tmp_path / "in.hl7"),))
    assert (again["taken"], again["unchanged"]) == ({}, {"Message": 3})
    assert set(states(clinic).values()) == {LabMessageState.UNMATCHED}


def test_a_name_put_right_in_the_window_is_offered_too(clinic: Desk) -> None:
    register(clinic, last_name="Liss")
    doctor = workspace(clinic, "okafor")
    assert lab_offers(doctor) == ()
    change = FieldChange("lastName", "Liss", "Lis")
    doctor.execute(EditPatient(patient_id="pat-lis", changes=(change,), unusual_confirmed=True))
    assert len(lab_offers(doctor)) == 2


def test_a_message_that_names_only_an_order_of_ours_is_offered_once_the_name_is_right(
    pg_desk: Desk, tmp_path: Path
) -> None:
    """No record number, no birth date: the order says whose it is, and the name must agree."""
    ordered = ordering(pg_desk, ["CMP"])
    other = ordering(pg_desk, ["CBC"])
    pg_desk.write(update(LabOrderDetail).where(LabOrderDetail.order_id == other).values(placer_id="PL-7"))
    pg_desk.write(update(Patient).where(Patient.id == "pat-lis").values(last_name="Liz"))
    bare = pid(number="", born="")
    messages = [join(msh(control=name), bare, obr(placer=placer, filler=name), obx())
                for name, placer in (("M1", ordered), ("M2", "PL-7"), ("M3", "PL-8"), ("M4", ""))]  # fmt: skip
    (tmp_path / "in.hl7").write_bytes(b"".join(messages))
    doctor = workspace(pg_desk, "okafor")
    assert import_hl7(doctor, (str(tmp_path / "in.hl7"),))["waiting"] == 4
    assert lab_offers(doctor) == ()
    pg_desk.write(update(Patient).where(Patient.id == "pat-lis").values(last_name="Lis"))
    assert [one.patient_id for one in lab_offers(doctor)] == ["pat-lis", "pat-lis"]
    assert match(doctor, file=True)["filed"] == 2
    assert {name for name, state in states(pg_desk).items() if state is LabMessageState.APPLIED} == {"M1", "M2"}
