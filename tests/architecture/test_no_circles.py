"""No two files need each other, neither to run nor to say what something is: a house is read from the ground up."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _modules(root: Path) -> dict[str, Path]:
    return {
        ".".join(file.relative_to(root).with_suffix("").parts): file
        for file in (root / "app").rglob("*.py")
        if file.name != "__init__.py"  # a package's face only hands names on
    }


def _imported(file: Path, known: Mapping[str, Path]) -> Iterator[str]:
    """Every import of the file, those inside functions and under TYPE_CHECKING too."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            names = {f"{node.module}.{alias.name}" for alias in node.names} & known.keys()
            yield from names or {node.module} & known.keys()
        elif isinstance(node, ast.Import):
            yield from {alias.name for alias in node.names} & known.keys()


def _circle(root: Path) -> list[str]:
    modules = _modules(root)
    try:
        TopologicalSorter({name: set(_imported(file, modules)) for name, file in modules.items()}).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        return circle
    return []


def test_no_files_import_each_other() -> None:
    assert len(_modules(ROOT)) > 900
    assert _circle(ROOT) == []


@pytest.mark.parametrize(
    "back", ["    from app.upper import up\n", "if TYPE_CHECKING:\n    from app import upper\n", "import app.upper\n"]
)
def test_a_circle_is_found(tmp_path: Path, back: str) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "upper.py").write_text("from app.lower import down\n", encoding="utf-8")
    body = f"def down():\n{back}" if back.startswith(" ") else back
    (tmp_path / "app" / "lower.py").write_text(body, encoding="utf-8")
    assert set(_circle(tmp_path)) == {"app.lower", "app.upper"}
