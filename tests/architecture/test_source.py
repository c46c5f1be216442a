"""Rules about the source itself: pure rooms, small files, small functions."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, functions, imports, modules, needs, parse, ring

FILE_LINES = 400
FUNCTION_LINES = 40
PURE = {
    "kernel": ("platformdirs", "app.kernel"),
    "domain": ("phonenumbers", "rapidfuzz", "app.kernel", "app.domain"),  # packages that only compute
}


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


def strangers(text: str, allowed: tuple[str, ...]) -> list[str]:
    found = []
    for module, _names in imports(parse(text)):
        top = module.split(".")[0]
        if top not in sys.stdlib_module_names and not any(module == a or module.startswith(f"{a}.") for a in allowed):
            found.append(module)
    return found


def widget_imports(text: str) -> list[str]:
    return [
        module
        for module, names in imports(parse(text))
        if "QtWidgets" in module.split(".") or "QtWidgets" in names or module.split(".")[0] == "pyqtgraph"
    ]


def large_functions(tree: ast.Module) -> list[str]:
    return [f"{name}: {lines} lines" for name, lines in functions(tree) if lines >= FUNCTION_LINES]


@pytest.mark.parametrize("room", PURE)
def test_the_lowest_rooms_only_compute(room: str) -> None:
    found = {name(file): strangers(file.read_text(encoding="utf-8"), PURE[room]) for file in modules(room)}
    assert found
    assert {file: names for file, names in found.items() if names} == {}


def test_documents_are_drawn_without_widgets() -> None:
    found = {name(file): widget_imports(file.read_text(encoding="utf-8")) for file in modules("documents")}
    assert found
    assert {file: names for file, names in found.items() if names} == {}


def test_files_are_short() -> None:
    lengths = {name(file): len(file.read_text(encoding="utf-8").splitlines()) for file in modules()}
    assert {file: length for file, length in lengths.items() if length >= FILE_LINES} == {}


@dataclass(frozen=True)
class Read:
    """What one reading of a file told."""

    large: list[str]
    needs: set[str]
    names: set[str]


@pytest.fixture(scope="module")
def sources() -> dict[str, Read]:
    """Every module by its dotted name: reading them all takes seconds."""
    found = {}
    for file in modules():
        tree = parse(file.read_text(encoding="utf-8"))
        dotted = name(file).removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        found[dotted] = Read(large_functions(tree), needs(tree), needs(tree, types=True))
    return found


def test_functions_are_short(sources: dict[str, Read]) -> None:
    assert {module: read.large for module, read in sources.items() if read.large} == {}


def test_no_module_needs_itself(sources: dict[str, Read]) -> None:
    """When it is loaded; where a workstation and its server are kept together, nor in what it says of types."""
    assert ring({module: read.needs for module, read in sources.items()}) == []
    assert ring({module: read.names for module, read in sources.items() if module.startswith("app.sync.")}) == []


def test_these_checks_find_what_they_look_for() -> None:
    assert strangers("import json, sqlalchemy\nfrom app.db import base\nimport app.kernel.ids", PURE["kernel"]) == [
        "sqlalchemy",
        "app.db",
    ]
    assert strangers("def f():\n    import numpy", PURE["domain"]) == ["numpy"]
    assert widget_imports("from PySide6 import QtGui, QtWidgets") == ["PySide6"]
    assert widget_imports("from PySide6.QtWidgets import QLabel") == ["PySide6.QtWidgets"]
    assert widget_imports("from PySide6.QtGui import QPainter") == []
    pair = {"a": parse("try:\n    from b import c\nfinally: pass"), "b.c": parse("if TYPE_CHECKING:\n    import a")}
    assert set(ring({one: needs(tree, types=True) for one, tree in pair.items()})) == {"a", "b.c"}
    assert ring({one: needs(tree) for one, tree in pair.items()}) == []
    body = "\n".join("    a = 1" for _ in range(FUNCTION_LINES - 1))
    assert large_functions(parse(f"def f():\n{body}")) == [f"f: {FUNCTION_LINES} lines"]
    assert large_functions(parse(f'def f():\n    """Say\n\n    what.\n    """\n{body[10:]}')) == []


def test_every_package_used_is_declared() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = {
        re.split(r"[^\w.-]", entry)[0].lower().replace("_", "-") for entry in settings["project"]["dependencies"]
    }
    owners = {**packages_distributions(), "shiboken6": ["PySide6-Essentials"]}  # the binding's other half
    undeclared = {
        f"{name(file)}: {module}"
        for file in [*modules(), *sorted((ROOT / "migrations").rglob("*.py"))]
        for module, _ in imports(parse(file.read_text(encoding="utf-8")))
        if (top := module.split(".")[0]) not in {*sys.stdlib_module_names, "app"}
        and not {one.lower().replace("_", "-") for one in owners.get(top, [])} & declared
    }
    assert undeclared == set()
