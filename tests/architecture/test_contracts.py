"""Every import contract guards something: a planted violation breaks it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINTER = Path(sys.executable).with_name("lint-imports")

Plant = tuple[str, str, str, str]
PLANTS: list[Plant] = [
    ("rooms", "app.domain.planted", "import app.db.base", "app.domain.planted -> app.db.base"),
    ("rooms", "app.queries.planted", "import app.commands.core", "app.queries.planted -> app.commands.core"),
    ("rooms", "app.sync.planted", "import app.interop", "app.sync.planted -> app.interop"),
    ("rooms", "app.cluster.planted", "import app.workspace", "app.cluster.planted -> app.workspace"),
    ("rooms", "app.ui.planted", "import app.cli", "app.ui.planted -> app.cli"),
    ("rooms", "app.kernel.planted", "def late():\n    from app.domain import enums\n    return enums",
     "app.kernel.planted -> app.domain"),
    ("qt", "app.workspace.planted", "from PySide6.QtCore import QObject", "app.workspace.planted -> PySide6"),
    ("qt", "app.cli.planted", "import PySide6", "app.cli.planted -> PySide6"),
    ("qt", "app.queries.drawn", "import pyqtgraph", "app.queries.drawn -> pyqtgraph"),
    ("doors", "app.ui.shell.planted", "from sqlalchemy import select", "app.ui.shell.planted -> sqlalchemy"),
    ("doors", "app.ui.widgets.planted", "import app.db.base", "app.ui.widgets.planted -> app.db.base"),
    ("doors", "app.cli.driven", "import psycopg", "app.cli.driven -> psycopg"),
    ("doors", "app.cli.served", "from app.cluster import server", "app.cli.served -> app.cluster.server"),
    ("doors", "app.cli.passed", "import app.interop", "app.cli.passed -> app.interop"),
    ("pure", "app.domain.stored", "import sqlalchemy", "app.domain.stored -> sqlalchemy"),
    ("pure", "app.kernel.stored", "import sqlite3", "app.kernel.stored -> sqlite3"),
    ("ui-floors", "app.ui.theme.planted", "import app.ui.widgets", "app.ui.theme.planted -> app.ui.widgets"),
    ("ui-floors", "app.ui.widgets.upstairs", "import app.ui.areas", "app.ui.widgets.upstairs -> app.ui.areas"),
    ("ui-floors", "app.ui.models.planted", "import app.ui.work", "app.ui.models.planted -> app.ui.work"),
    ("ui-floors", "app.ui.areas.planted", "import app.ui.shell", "app.ui.areas.planted -> app.ui.shell"),
    ("areas", "app.ui.areas.first_planted.__init__", "import app.ui.areas.second_planted",
     "app.ui.areas.first_planted -> app.ui.areas.second_planted"),
    ("areas", "app.ui.areas.second_planted.__init__", "", ""),
    ("file-kinds", "app.interop.devices.planted", "import app.interop.fhir.values",
     "app.interop.devices.planted -> app.interop.fhir.values"),
]  # fmt: skip
"""Contract, module, its text, and the forbidden import as the linter names it."""


def contracts() -> dict[str, str]:
    """The contracts' names by their ids."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {contract["id"]: contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]}


def copy_of_the_tree(folder: Path) -> Path:
    """Copy the program's packages to where they may be spoilt."""
    shutil.copytree(ROOT / "app", folder / "app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def plant(tree: Path, module: str, text: str) -> None:
    """Write a module into a copy."""
    file = tree / (module.replace(".", "/") + ".py")
    assert not file.exists()
    file.parent.mkdir(exist_ok=True)
    file.write_text(text + "\n", encoding="utf-8")


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    """Run the linter, as ``make contracts`` does."""
    return subprocess.run([str(LINTER), "--no-cache"], cwd=tree, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the linter says of a tree with all plants, in one run: the broken contracts' texts by name."""
    tree = copy_of_the_tree(tmp_path_factory.mktemp("spoilt"))
    for _, module, text, _ in PLANTS:
        plant(tree, module, text)
    done = lint(tree)
    shutil.rmtree(tree)
    assert done.returncode == 1, done.stdout + done.stderr
    _, _, broken = done.stdout.partition("Broken contracts")
    starts = sorted((place, name) for name in contracts().values() if (place := broken.find(f"\n{name}\n")) >= 0)
    ends = [place for place, _ in starts[1:]] + [len(broken)]
    return {name: broken[place:end] for (place, name), end in zip(starts, ends, strict=True)}


def test_the_tree_keeps_its_contracts(tmp_path: Path) -> None:
    done = lint(copy_of_the_tree(tmp_path))
    assert done.returncode == 0, done.stdout
    shutil.rmtree(tmp_path)


@pytest.mark.parametrize(("contract", "found"), [(one[0], one[3]) for one in PLANTS if one[3]])
def test_a_planted_violation_is_found(spoilt: dict[str, str], contract: str, found: str) -> None:
    assert found in spoilt[contracts()[contract]]


@pytest.mark.parametrize("package", ["app.attic", "app.ui.attic"])
def test_a_room_that_no_contract_knows_is_found(tmp_path: Path, package: str) -> None:
    tree = copy_of_the_tree(tmp_path)
    plant(tree, f"{package}.__init__", "")
    done = lint(tree)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "attic" in done.stdout
    shutil.rmtree(tree)


def test_every_contract_has_a_plant() -> None:
    assert {contract for contract, _, _, _ in PLANTS} == contracts().keys()
