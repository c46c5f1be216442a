"""Every text of the shell has its Spanish, with the same places for values."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.kernel.i18n import set_language, t
from app.kernel.resources import resource
from app.ui.shell.checklist import STEPS

ROOT = Path(__file__).resolve().parents[3]
FILES = [*(ROOT / "app/ui/shell").rglob("*.py"), *(ROOT / "app/ui/work").glob("*.py"), ROOT / "app/main.py"]


def catalogue() -> dict[str, str]:
    texts: dict[str, str] = {}
    for file in resource("translations", "es").glob("*.json"):
        texts.update(json.loads(file.read_text(encoding="utf-8")))
    return texts


def constants(node: ast.AST) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str) and inner.value:
            yield inner.value


def texts_of(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", "")
        if name in {"t", "tn"}:
            for argument in node.args[: 2 if name == "tn" else 1]:
                if not isinstance(argument, ast.Name | ast.Attribute):
                    yield from constants(argument)
        elif name == "Action":
            yield from (t for k in node.keywords if k.arg == "title" for t in constants(k.value))
        elif name == "_action":
            yield from constants(node.args[1])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_spanish_is_complete(file: Path) -> None:
    known = catalogue()
    assert [text for text in texts_of(file) if text not in known] == []


def test_steps_of_the_checklist_are_translated() -> None:
    known = catalogue()
    assert all(text in known for step in STEPS for text in (step.title, step.detail))


def test_values_have_the_same_places() -> None:
    places = re.compile(r"{(\w+)}")
    wrong = [en for en, es in catalogue().items() if set(places.findall(en)) != set(places.findall(es))]
    assert wrong == []


def test_a_text_is_shown_in_the_language_chosen() -> None:
    set_language("es")
    assert t("Lock") == "Bloquear"
