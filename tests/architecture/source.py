"""Reading the program's own source for rules that import contracts can't express."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def modules(*rooms: str) -> list[Path]:
    """Return the Python files of the rooms named (all of ``app`` without a name)."""
    folders = [ROOT / "app" / room for room in rooms] or [ROOT / "app"]
    return sorted(file for folder in folders for file in folder.rglob("*.py"))


def parse(text: str) -> ast.Module:
    """Return the syntax tree of a module's text."""
    return ast.parse(text)


def imports(tree: ast.Module) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each import, wherever it stands: the module and the names taken from it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, ()
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "", tuple(alias.name for alias in node.names)


def functions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield each function's name and number of lines, its documentation and decorators not counted."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
            note = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
            yield node.name, (node.end_lineno or 0) - node.lineno + 1 - note


def needs(tree: ast.AST, *, types: bool = False) -> set[str]:
    """Return what a module takes from others when it is loaded; with ``types`` also what it names for types only."""
    found: set[str] = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING" and not types:
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            for module, names in imports(ast.Module([node], [])):
                found |= {module, *(f"{module}.{name}" for name in names)}
        else:
            found |= needs(node, types=types)
    return found


def ring(needed: Mapping[str, set[str]]) -> list[str]:
    """Return modules that need each other in a ring, the first again at its end; none when there is no ring."""
    try:
        TopologicalSorter({one: (others & needed.keys()) - {one} for one, others in needed.items()}).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []
