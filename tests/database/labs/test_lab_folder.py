"""The folder that a computer watches: kept for the clinic, watched by one, what becomes of files, what goes wrong."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from app.commands.imports import NoteImport
from app.db.models import ImportRun, LabMessage, LabOrder, Patient, Provider
from app.kernel.errors import Refused
from app.workspace.lab_folder import GONE_AFTER, MARK, FolderSettings, LabFolder, watch_folder
from app.workspace.watched_folder import FolderSetting
from tests.database.labs.test_hl7_import import workspace
from tests.support.desk import CLINIC, NOW, Desk
from tests.support.hl7 import join, msh, obr, obx, pid
from tests.support.waiting import eventually

GOOD = join(msh(), pid(), obr(), obx())
LOST = join(msh(control="M2"), pid(number="815"), obr(filler="F2"), obx())


@pytest.fixture
def clinic(pg_desk: Desk) -> Desk:
    """Zygmunt Lis has record number 4711."""
    known = {"date_of_birth": date(1962, 3, 14), "demographics": {"mrn": "4711"}}
    pg_desk.write(update(Patient).where(Patient.id == "pat-lis").values(**known))
    return pg_desk


@pytest.fixture
def arriving(tmp_path: Path) -> Path:
    """The folder that the laboratory writes to."""
    folder = tmp_path / "in"
    folder.mkdir()
    return folder


def a_desk(clinic: Desk, tmp_path: Path, name: str = "one", who: str = "admin") -> LabFolder:
    made = workspace(clinic, who)
    made.workstation = f"ws-{name}"
    return LabFolder(made, FolderSettings(tmp_path / f"{name}.json"))


def messages(clinic: Desk) -> int:
    found: int = clinic.rows(select(func.count()).select_from(LabMessage))[0][0]
    return found


def test_files_are_taken_and_the_state_says_so(clinic: Desk, tmp_path: Path, arriving: Path) -> None:
    desk = a_desk(clinic, tmp_path)
    assert desk.look().setting is None
    desk.choose(FolderSetting(arriving))
    (arriving / "a.hl7").write_bytes(GOOD + LOST)
    (arriving / "b.txt").write_bytes(b"no message")
    assert (desk.look().taken, desk.state.looked_at is not None) == (0, True)
    state = desk.look()
    assert (state.taken, state.waiting, state.refused, state.problem, state.elsewhere) == (1, 1, 1, "", "")
    assert sorted(one.name for one in arriving.iterdir()) == [MARK, "a.hl7", "b.txt"]
    assert desk.look() == state
    assert messages(clinic) == 2


def test_taken_files_go_where_they_are_to_and_unread_ones_stay(clinic: Desk, tmp_path: Path, arriving: Path) -> None:
    desk = a_desk(clinic, tmp_path)
    desk.choose(FolderSetting(arriving, move=True))
    (arriving / "a.hl7").write_bytes(GOOD)
    (arriving / "b.txt").write_bytes(b"no message")
    for _ in range(3):
        desk.look()
    assert sorted(str(one.relative_to(arriving)) for one in arriving.rglob("*") if one.is_file()) == [
        MARK, "b.txt", "taken/a.hl7",
    ]  # fmt: skip
    assert desk.state.refused == 1


def test_the_setting_is_this_computers_and_the_clinics(clinic: Desk, tmp_path: Path, arriving: Path) -> None:
    desk = a_desk(clinic, tmp_path)
    desk.choose(FolderSetting(arriving, move=True))
    assert a_desk(clinic, tmp_path).state.setting == FolderSetting(arriving, move=True)
    assert FolderSettings(tmp_path / "one.json").load("another clinic") is None
    desk.choose(None)
    assert a_desk(clinic, tmp_path).state.setting is None
    (tmp_path / "one.json").write_text("{", encoding="utf-8")
    assert a_desk(clinic, tmp_path).state.setting is None


def test_one_computer_watches_a_folder_and_another_takes_over(clinic: Desk, tmp_path: Path, arriving: Path) -> None:
    first, second = a_desk(clinic, tmp_path), a_desk(clinic, tmp_path, "two")
    for desk in (first, second):
        desk.choose(FolderSetting(arriving))
    (arriving / "a.hl7").write_bytes(GOOD)
    assert [first.look().elsewhere, second.look().elsewhere] == ["", "ws-one"]
    assert [first.look().taken, second.look().taken] == [1, 0]
    first.stop()
    (arriving / "b.hl7").write_bytes(LOST)
    second.look()
    assert (second.look().waiting, second.state.elsewhere) == (1, "")
    assert json.loads((arriving / MARK).read_text(encoding="utf-8"))["name"] == "ws-two"


def test_a_computer_that_is_gone_no_longer_watches(clinic: Desk, tmp_path: Path, arriving: Path) -> None:
    first, second = a_desk(clinic, tmp_path), a_desk(clinic, tmp_path, "two")
    for desk in (first, second):
        desk.choose(FolderSetting(arriving))
    first.look()
    assert second.look().elsewhere == "ws-one"
    mark = arriving / MARK
    past = mark.stat().st_mtime - GONE_AFTER - 5
    os.utime(mark, (past, past))
    assert second.look().elsewhere == ""
    assert first.look().elsewhere == "ws-two"


def test_what_goes_wrong_is_said_and_ends(clinic: Desk, tmp_path: Path, arriving: Path) -> None:
    desk = a_desk(clinic, tmp_path)
    desk.choose(FolderSetting(arriving))
    arriving.rename(tmp_path / "away")
    assert desk.look().problem == f"{arriving}: no folder"
    (tmp_path / "away").rename(arriving)
    assert desk.look().problem == ""
    with pytest.raises(Refused) as no:
        desk.choose(FolderSetting(tmp_path / "nowhere"))
    assert (no.value.code, no.value.field) == ("NoFile", "folder")


def test_only_who_may_take_files_in_watches(clinic: Desk, tmp_path: Path, arriving: Path) -> None:
    a_desk(clinic, tmp_path).choose(FolderSetting(arriving))
    (arriving / "a.hl7").write_bytes(GOOD)
    assistant = a_desk(clinic, tmp_path, who="desk")
    with pytest.raises(Refused):
        assistant.choose(None)
    said = "Its files wait until a provider or an administrator signs in here."
    assert [assistant.look().problem for _ in range(2)] == [said] * 2
    assert messages(clinic) == 0


@pytest.fixture
def signed_in(clinic: Desk, tmp_path: Path) -> Iterator[LabFolder]:
    """As after signing in: the watch looks by itself until the person signs out."""
    with contextlib.closing(workspace(clinic, "admin")) as made:
        made.store = _Kept(made.store)  # type: ignore[assignment]
        yield watch_folder(made, tmp_path / "config" / "lab_folders.json")


class _Kept:
    """The desk's store, which stays open when the workspace is closed: other tests' rows are looked up with it."""

    def __init__(self, store: object) -> None:
        self._store = store

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def close(self) -> None:
        """It isn't ours."""


def test_the_watch_begins_when_a_folder_is_chosen_and_ends_with_the_session(
    clinic: Desk, signed_in: LabFolder, arriving: Path
) -> None:
    (arriving / "a.hl7").write_bytes(GOOD)
    heard: list[int] = []
    signed_in.changed.append(lambda state: heard.append(state.taken))
    signed_in.choose(FolderSetting(arriving))
    eventually(lambda: signed_in.state.looked_at is not None)
    signed_in._wake.set()
    eventually(lambda: signed_in.state.taken == 1)
    assert 1 in heard
    signed_in.stop()
    assert not (arriving / MARK).exists()
    assert messages(clinic) == 1


def test_a_providers_window_watches_too_and_answers_for_nobody_elses_results(
    clinic: Desk, tmp_path: Path, arriving: Path
) -> None:
    desk = a_desk(clinic, tmp_path, who="okafor")
    desk.choose(FolderSetting(arriving))
    (arriving / "a.hl7").write_bytes(GOOD + LOST)
    desk.look()
    state = desk.look()
    assert (state.taken, state.waiting, state.problem) == (1, 1, "")
    (order,) = clinic.rows(select(Provider.name).join(LabOrder, LabOrder.provider_id == Provider.id))
    assert order.name == "External records", "not whoever happens to be signed in"
    (run,) = clinic.rows(select(ImportRun.kind, ImportRun.by_user, ImportRun.summary))
    assert (run.kind, run.by_user, run.summary["messages"]) == ("hl7", "u-okafor", 2)


def test_who_may_not_file_is_told_why_nothing_is_taken(clinic: Desk, tmp_path: Path, arriving: Path) -> None:
    file = tmp_path / "lab_folders.json"
    a_desk(clinic, tmp_path, "lab_folders").choose(FolderSetting(arriving))
    (arriving / "a.hl7").write_bytes(GOOD)
    with contextlib.closing(workspace(clinic, "desk")) as made:
        made.store = _Kept(made.store)  # type: ignore[assignment]
        folder = watch_folder(made, file)
        assert folder.state.problem == "Its files wait until a provider or an administrator signs in here."
        assert not folder._thread.is_alive()
    assert messages(clinic) == 0


def test_a_provider_notes_runs_of_laboratories_files_only(clinic: Desk) -> None:
    for kind in ("fhir", "csv"):
        with pytest.raises(Refused):
            clinic.okafor.run(NoteImport(run_id=f"r-{kind}", kind=kind, started_at=NOW))
    sql = (
        "INSERT INTO desktop.import_run (id, clinic_id, kind, started_at, by_user, summary) "
        "VALUES (:i, :c, :k, now(), :u, '{}')"
    )
    given = {"i": "r1", "c": CLINIC, "k": "fhir", "u": "u-okafor"}
    with pytest.raises(Refused):
        clinic.okafor.ask(lambda session, _: session.execute(text(sql), given))
