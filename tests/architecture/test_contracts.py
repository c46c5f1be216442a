"""Every import contract guards something: a planted violation breaks it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINTER = Path(sys.executable).with_name("lint-imports")

PLANTS = [
    ("rooms", "app/domain/planted.py", "import app.db.base"),
    ("rooms", "app/queries/planted.py", "import app.commands.core"),
    ("rooms", "app/sync/planted.py", "import app.interop"),
    ("rooms", "app/cluster/planted.py", "import app.workspace"),
    ("rooms", "app/ui/planted.py", "import app.cli"),
    ("rooms", "app/kernel/planted.py", "def late():\n    from app.domain import enums\n    return enums"),
    ("rooms", "app/attic/__init__.py", ""),
    ("qt", "app/workspace/planted.py", "from PySide6.QtCore import QObject"),
    ("qt", "app/cli/planted.py", "import PySide6"),
    ("qt", "app/queries/planted.py", "import pyqtgraph"),
    ("doors", "app/ui/shell/planted.py", "from sqlalchemy import select"),
    ("doors", "app/ui/widgets/planted.py", "import app.db.base"),
    ("doors", "app/cli/planted.py", "import psycopg"),
    ("doors", "app/cli/planted.py", "from app.cluster import server"),
    ("doors", "app/cli/planted.py", "import app.interop"),
    ("pure", "app/domain/planted.py", "import sqlalchemy"),
    ("pure", "app/kernel/planted.py", "import sqlite3"),
    ("ui-floors", "app/ui/theme/planted.py", "import app.ui.widgets"),
    ("ui-floors", "app/ui/widgets/planted.py", "import app.ui.areas"),
    ("ui-floors", "app/ui/models/planted.py", "import app.ui.work"),
    ("ui-floors", "app/ui/areas/planted.py", "import app.ui.shell"),
    ("ui-floors", "app/ui/attic/__init__.py", ""),
    ("areas", "app/ui/areas/planted/__init__.py", "import app.ui.areas.second_planted"),
]


def contract_ids() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return [contract["id"] for contract in settings["tool"]["importlinter"]["contracts"]]


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Path]:
    """A copy of the program's packages, free to be spoilt."""
    shutil.copytree(ROOT / "app", tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    yield tmp_path
    shutil.rmtree(tmp_path)


def lint(tree: Path, contract: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(LINTER), "--no-cache", "--contract", contract], cwd=tree, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("contract", contract_ids())
def test_the_tree_keeps_its_contracts(tree: Path, contract: str) -> None:
    done = lint(tree, contract)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("contract", "file", "text"), PLANTS)
def test_a_planted_violation_is_found(tree: Path, contract: str, file: str, text: str) -> None:
    planted = tree / file
    planted.parent.mkdir(exist_ok=True)
    planted.write_text(text + "\n", encoding="utf-8")
    if contract == "areas":
        second = tree / "app/ui/areas/second_planted"
        second.mkdir()
        (second / "__init__.py").write_text("", encoding="utf-8")
    done = lint(tree, contract)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout or "missing layers" in done.stdout.lower() or "not listed" in done.stdout.lower()


def test_every_contract_has_a_plant() -> None:
    assert {contract for contract, _, _ in PLANTS} == set(contract_ids())
