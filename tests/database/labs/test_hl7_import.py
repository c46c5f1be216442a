"""Laboratories' files through the workspace: folders, watching, the report, the inbox, every real file."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from app.cli.hl7 import assign, import_hl7, list_messages, refuse, reopen, show_message
from app.db.models import ImportRun, LabMessage, LabOrder, Patient
from app.domain.enums import LabMessageState
from app.kernel.errors import Refused
from app.queries.lab_inbox import lab_inbox, lab_message_count
from app.workspace.hl7_import import BATCH, run_hl7_import
from app.workspace.hl7_watch import FolderWatch
from app.workspace.workspace import ClinicProfile, Workspace
from tests.support.desk import CLINIC, ZONE, Desk
from tests.support.hl7 import REAL, join, msh, obr, obx, pid
from tests.support.shapes import faults


def workspace(desk: Desk, who: str) -> Workspace:
    person = getattr(desk, who)
    profile = ClinicProfile(CLINIC, "Harbor Street", ZONE, "en", False, 5, 5, "US")
    return Workspace(person.store, person.actor, profile, desk.clock, person.workstation)


@pytest.fixture
def clinic(pg_desk: Desk) -> Desk:
    """Zygmunt Lis has record number 4711."""
    known = {"date_of_birth": date(1962, 3, 14), "demographics": {"mrn": "4711"}}
    pg_desk.write(update(Patient).where(Patient.id == "pat-lis").values(**known))
    return pg_desk


def count(desk: Desk, model: type[LabMessage | LabOrder]) -> int:
    found: int = desk.rows(select(func.count()).select_from(model))[0][0]
    return found


GOOD = join(msh(), pid(), obr(), obx())
LOST = join(msh(control="M2"), pid(number="815"), obr(filler="F2"), obx())


def test_a_folder_is_taken_with_each_message_accounted_for(clinic: Desk, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "both.hl7").write_bytes(GOOD + LOST)
    (tmp_path / "in" / "adt.hl7").write_bytes(join(msh(kind="ADT^A01", control="M3"), pid()))
    (tmp_path / "notes.txt").write_text("no message", encoding="utf-8")
    (tmp_path / ".hidden").write_bytes(GOOD)
    found = import_hl7(workspace(clinic, "admin"), (str(tmp_path),))
    assert (found["taken"], found["updated"], found["unchanged"]) == ({"Message": 1, "Result": 1}, {}, {})
    assert (found["files"], found["messages"], found["waiting"], found["refused"]) == (3, 3, 1, 2)
    assert {(one["source"], one["resource"]): one["reason"] for one in found["skipped"]} == {
        ("both.hl7, message 2", "Message/M2"): "waits for a person: nobody here has this record number",
        ("in/adt.hl7", "Message/M3"): "not a result message: ADT is patient administration",
        ("notes.txt", ""): "this is no HL7 version 2 file: it has no MSH line",
    }
    orders = clinic.rows(select(LabOrder.results).where(LabOrder.results.is_not(None)))
    assert [faults("lab_orders", {"results": one.results}) for one in orders] == [[]]
    again = import_hl7(workspace(clinic, "admin"), (str(tmp_path / "both.hl7"),))
    assert (again["taken"], again["unchanged"]) == ({}, {"Message": 2})
    assert [one["text"] for one in again["remarks"]] == ["the same message is waiting for a person already"]
    (first, _) = clinic.rows(select(ImportRun.kind, ImportRun.summary).order_by(ImportRun.started_at))
    assert (first.kind, first.summary["messages"]) == ("hl7", 3)


def test_messages_of_one_import_are_listed_in_their_order(clinic: Desk, tmp_path: Path) -> None:
    lost = [join(msh(control=f"N{n}"), pid(number="815"), obr(filler=f"F{n}"), obx()) for n in range(12)]
    (tmp_path / "lost.hl7").write_bytes(b"".join(lost))
    doctor = workspace(clinic, "chen")
    run_hl7_import(workspace(clinic, "admin"), [tmp_path])
    listed, cursor = [], None
    for _ in range(4):
        page = doctor.ask(lab_inbox, limit=3, cursor=cursor)
        listed += [one.control_id for one in page.items]
        cursor = page.cursor
    assert (listed, cursor) == ([f"N{n}" for n in reversed(range(12))], None)
    assert doctor.ask(lab_message_count) == 12
    assert doctor.ask(lab_message_count, state=LabMessageState.APPLIED) == 0


def test_an_import_that_is_stopped_keeps_what_it_took_and_the_next_one_goes_on(clinic: Desk, tmp_path: Path) -> None:
    lost = [join(msh(control=f"N{n}"), pid(number="815"), obr(filler=f"F{n}"), obx()) for n in range(BATCH * 2 + 5)]
    (tmp_path / "lost.hl7").write_bytes(b"".join(lost))
    told: list[tuple[int, int, int]] = []
    doctor = workspace(clinic, "okafor")
    first = run_hl7_import(doctor, [tmp_path], progress=lambda *far: told.append(far), cancelled=lambda: bool(told))
    assert (first.cancelled, first.messages, told) == (True, BATCH, [(0, 1, BATCH)])
    assert count(clinic, LabMessage) == BATCH
    told.clear()
    rest = run_hl7_import(doctor, [tmp_path], progress=lambda *far: told.append(far))
    assert (rest.cancelled, rest.counts["unchanged"]["Message"], rest.waiting) == (False, BATCH, BATCH + 5)
    assert told == [(0, 1, BATCH), (0, 1, BATCH * 2), (1, 1, BATCH * 2)]
    assert count(clinic, LabMessage) == BATCH * 2 + 5


def test_only_who_may_file_results_imports(clinic: Desk, tmp_path: Path) -> None:
    with pytest.raises(Refused) as no:
        run_hl7_import(workspace(clinic, "desk"), [tmp_path])
    assert no.value.code == "NotAllowed"
    with pytest.raises(Refused) as missing:
        run_hl7_import(workspace(clinic, "admin"), [tmp_path / "gone"])
    assert missing.value.code == "NoFile"


def test_the_inbox_is_settled_on_the_command_line(clinic: Desk, tmp_path: Path) -> None:
    (tmp_path / "lost.hl7").write_bytes(LOST)
    import_hl7(workspace(clinic, "admin"), (str(tmp_path),))
    doctor = workspace(clinic, "okafor")
    (waiting,) = list_messages(doctor)["items"]
    assert (waiting["name"], waiting["birthDate"], waiting["state"]) == ("Zygmunt Lis", "1962-03-14", "UNMATCHED")
    shown = show_message(doctor, waiting["id"])
    assert shown["body"].startswith("MSH|^~\\&|LAB")
    (candidate,) = shown["candidates"]
    assert (candidate["patientId"], candidate["sameNumber"], candidate["sameName"], candidate["sameBirth"]) == (
        "pat-lis", False, True, True,
    )  # fmt: skip
    refuse(doctor, waiting["id"], reason="not ours")
    assert list_messages(doctor)["items"] == []
    reopen(doctor, waiting["id"])
    filed = assign(doctor, waiting["id"], patient="pat-lis")
    assert (filed["state"], filed["warnings"]) == ("APPLIED", [])
    assert count(clinic, LabOrder) == 1


def test_a_watched_folder_waits_for_whole_files(clinic: Desk, tmp_path: Path) -> None:
    inbox, done = tmp_path / "in", tmp_path / "done"
    inbox.mkdir()
    watch = FolderWatch(workspace(clinic, "admin"), [inbox], done)
    file = inbox / "a.hl7"
    file.write_bytes(GOOD[:60])
    assert watch.look() is None
    file.write_bytes(GOOD)
    (inbox / "b.hl7.part").write_bytes(LOST)
    assert watch.look() is None
    report = watch.look()
    assert report is not None
    assert report.counts["taken"]["Message"] == 1
    assert [one.name for one in done.iterdir()] == ["a.hl7"]
    file.write_bytes(GOOD)
    assert [watch.look(), watch.look()] == [None, None]
    assert sorted(one.name for one in done.iterdir()) == ["a 2.hl7", "a.hl7"]
    assert count(clinic, LabMessage) == 1


def test_a_watched_folder_leaves_files_where_they_are(clinic: Desk, tmp_path: Path) -> None:
    (tmp_path / "a.hl7").write_bytes(GOOD)
    watch = FolderWatch(workspace(clinic, "admin"), [tmp_path])
    looks = [watch.look() for _ in range(4)]
    assert [look is not None for look in looks] == [False, True, False, False]
    assert (tmp_path / "a.hl7").exists()


def test_every_real_file_is_taken_in_or_accounted_for(clinic: Desk, tmp_path: Path) -> None:
    """None of their people is a patient here: results wait; nine ADT and an ORM are refused."""
    shutil.copytree(REAL, tmp_path / "real")
    report = run_hl7_import(workspace(clinic, "admin"), [tmp_path / "real"])
    assert (report.files, report.messages, report.waiting, report.refused) == (41, 44, 34, 10)
    assert count(clinic, LabMessage) == 44
    assert count(clinic, LabOrder) == 0
    again = run_hl7_import(workspace(clinic, "admin"), [tmp_path / "real"])
    assert again.counts["unchanged"]["Message"] == 44


def test_a_real_message_of_a_patient_here_goes_to_the_chart_as_history(clinic: Desk) -> None:
    thompson = {"first_name": "Eleanor", "last_name": "Thompson", "date_of_birth": date(1950, 8, 12),
                "demographics": {"mrn": "MRN00000003"}}  # fmt: skip
    clinic.write(update(Patient).where(Patient.id == "pat-roux").values(**thompson))
    report = run_hl7_import(workspace(clinic, "admin"), [REAL / "healthsim" / "cbc.hl7"])
    assert (dict(report.counts["taken"]), report.history, report.alerts) == ({"Message": 1, "Result": 14}, 1, 0)


def test_what_is_older_than_the_chart_is_said(clinic: Desk, tmp_path: Path) -> None:
    (tmp_path / "1.hl7").write_bytes(
        join(msh(control="M2", sent="20260505080000"), pid(), obr(), obx("89", status="C"))
    )
    (tmp_path / "2.hl7").write_bytes(join(msh(control="M1", sent="20260504080000"), pid(), obr(), obx("98")))
    found = import_hl7(workspace(clinic, "admin"), (str(tmp_path),))
    assert (found["taken"]["Message"], found["unchanged"]) == (1, {"Message": 1})
    assert found["remarks"] == [
        {"source": "2.hl7", "resource": "Message/M1", "text": "1 of its results are older than what is in the chart"}
    ]
