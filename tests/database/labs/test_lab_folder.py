"""The folder that a computer watches: kept for the clinic, watched by one, what becomes of files, what goes wrong."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from app.db.models import LabMessage, Patient
from app.kernel.errors import Refused
from app.workspace.lab_folder import GONE_AFTER, MARK, FolderSetting, FolderSettings, LabFolder, watch_folder
from tests.database.labs.test_hl7_import import workspace
from tests.support.desk import Desk
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
    doctor = a_desk(clinic, tmp_path, who="okafor")
    with pytest.raises(Refused):
        doctor.choose(None)
    assert [doctor.look().problem for _ in range(2)] == ["An administrator has to be signed in here."] * 2
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
