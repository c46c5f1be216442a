"""Rules about the source itself: pure rooms, small files, small functions."""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, functions, imports, modules, parse

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


def large_functions(text: str) -> list[str]:
    return [f"{name}: {lines} lines" for name, lines in functions(parse(text)) if lines >= FUNCTION_LINES]


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


def test_functions_are_short() -> None:
    found = {name(file): large_functions(file.read_text(encoding="utf-8")) for file in modules()}
    assert {file: large for file, large in found.items() if large} == {}


def test_these_checks_find_what_they_look_for() -> None:
    assert strangers("import json, sqlalchemy\nfrom app.db import base\nimport app.kernel.ids", PURE["kernel"]) == [
        "sqlalchemy",
        "app.db",
    ]
    assert strangers("def f():\n    import numpy", PURE["domain"]) == ["numpy"]
    assert widget_imports("from PySide6 import QtGui, QtWidgets") == ["PySide6"]
    assert widget_imports("from PySide6.QtWidgets import QLabel") == ["PySide6.QtWidgets"]
    assert widget_imports("from PySide6.QtGui import QPainter") == []
    body = "\n".join("    a = 1" for _ in range(FUNCTION_LINES - 1))
    assert large_functions(f"def f():\n{body}") == [f"f: {FUNCTION_LINES} lines"]
    assert large_functions(f'def f():\n    """Say\n\n    what.\n    """\n{body[10:]}') == []


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
