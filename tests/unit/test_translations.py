"""Every text that people see has its Spanish, file by file."""

from __future__ import annotations

import ast
import json
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from app.kernel.resources import resource

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(file for file in (ROOT / "app").rglob("*.py") if "i18n" not in file.name)
TITLED = {"Action", "AreaSpec", "Column", "TabSpec", "FootAction"}
SECOND = {"Column", "TabSpec", "FootAction"}
"""Their titles are English sources that the shell or a model translates."""


@cache
def spanish() -> dict[str, str]:
    texts: dict[str, str] = {}
    for file in sorted(resource("translations", "es").glob("*.json")):
        texts.update(json.loads(file.read_text(encoding="utf-8")))
    return texts


def strings(node: ast.AST) -> Iterator[str]:
    """The literals of an expression: "a" if x else "b" has two; a variable has none."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from strings(node.body)
        yield from strings(node.orelse)


def texts_of(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        name = node.func.id
        if name in {"t", "tn", "later"}:
            for argument in node.args[: 2 if name == "tn" else 1]:
                yield from strings(argument)
        elif name in TITLED:
            titles = [word.value for word in node.keywords if word.arg == "title"]
            for title in [*titles, *(node.args[1:2] if name in SECOND else ())]:
                yield from strings(title)


def spoken_files() -> list[Path]:
    return [file for file in FILES if any(texts_of(file))]


@pytest.mark.parametrize("file", spoken_files(), ids=lambda file: str(file.relative_to(ROOT / "app")))
def test_every_text_has_its_spanish(file: Path) -> None:
    missing = sorted({text for text in texts_of(file) if text not in spanish()})
    assert missing == []


def test_translations_keep_the_places_of_values() -> None:
    def places(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert {text: other for text, other in spanish().items() if places(text) != places(other)} == {}


def test_a_text_without_spanish_is_found(tmp_path: Path) -> None:
    file = tmp_path / "page.py"
    file.write_text('t("No such text in any language")\ntn("{n} such", "{n} of such", 2)\n')
    assert list(texts_of(file)) == ["No such text in any language", "{n} such", "{n} of such"]


def test_a_text_has_one_spanish_wherever_it_stands() -> None:
    found: dict[str, set[str]] = {}
    for file in sorted(resource("translations", "es").glob("*.json")):
        for english, spanish in json.loads(file.read_text(encoding="utf-8")).items():
            found.setdefault(english, set()).add(str(spanish))
    assert {english: texts for english, texts in found.items() if len(texts) > 1} == {}
