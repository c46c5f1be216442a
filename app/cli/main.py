"""The command line's entry: global options anywhere, verbs by their words, exit codes by family."""

from __future__ import annotations

import importlib
import inspect
import logging
import sys
import types
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import click
import typer

from app.cli.output import EXIT_REFUSED, EXIT_USAGE, Output
from app.cli.verbs import VERBS, Needs, Verb
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.setup.session import Session, SessionOptions

log = logging.getLogger(__name__)

_MODULES = ("setup", "patients", "providers", "booking", "visits", "staff", "imports", "rpc", "doctor")


@dataclass
class Invocation:
    """What one call of the program was given besides the verb."""

    output: Output
    options: SessionOptions


def run(arguments: Sequence[str]) -> int:
    """Carry out a command line; returns the exit code (0 done, 1 refused, 2 usage, 3 unavailable)."""
    rest, invocation = global_options(arguments)
    for module in _MODULES:
        importlib.import_module(f"app.cli.{module}")
    group = build(invocation)
    try:
        code = group.main(args=list(rest), prog_name="myhealthally", standalone_mode=False)
    except click.exceptions.UsageError as error:
        return _usage(error, invocation.output)
    except click.exceptions.Abort:
        return EXIT_REFUSED
    except AppError as error:
        return invocation.output.problem(error)
    return code if isinstance(code, int) else 0


def _usage(error: click.exceptions.UsageError, output: Output) -> int:
    if output.as_json:
        output.result({"error": "Usage", "message": error.format_message()})
    else:
        error.show()
    return EXIT_USAGE


def global_options(arguments: Sequence[str]) -> tuple[list[str], Invocation]:
    """Take ``--json``, ``--profile NAME`` and ``--as EMAIL`` from wherever they stand."""
    rest: list[str] = []
    found: dict[str, str] = {}
    as_json = False
    pending = iter(arguments)
    for argument in pending:
        name, equals, value = argument.partition("=")
        if argument == "--json":
            as_json = True
        elif name in ("--profile", "--as"):
            found[name] = value if equals else next(pending, "")
        elif argument == "--":
            rest.extend([argument, *pending])
        else:
            rest.append(argument)
    options = SessionOptions.from_environment(profile=found.get("--profile"), email=found.get("--as"))
    return rest, Invocation(Output(as_json), options)


def build(invocation: Invocation) -> click.Group:
    """Make the command tree from the registered verbs."""
    root = click.Group("myhealthally", help=t("Run a clinic. Without words: open the window."))
    for found in VERBS.values():
        *groups, last = found.words.split()
        parent = root
        for name in groups:
            child = parent.commands.get(name)
            if not isinstance(child, click.Group):
                child = click.Group(name, help=" ".join(groups))
                parent.add_command(child)
            parent = child
        parent.add_command(_command(last, found, invocation))
    return root


def _command(name: str, found: Verb, invocation: Invocation) -> click.Command:
    app = typer.Typer(add_completion=False)
    app.command(name, help=found.help)(_callback(found, invocation))
    return typer.main.get_command(app)


def _callback(found: Verb, invocation: Invocation) -> Callable[..., None]:
    parameters = [_typer_parameter(found, parameter) for parameter in found.parameters().values()]

    def callback(**given: Any) -> None:
        cleaned = {name: _back(found, name, value) for name, value in given.items()}
        invocation.output.result(perform(found, cleaned, invocation))

    callback.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    callback.__annotations__ = {p.name: p.annotation for p in parameters}
    return callback


def _typer_parameter(found: Verb, parameter: inspect.Parameter) -> inspect.Parameter:
    annotation = _plain(parameter.annotation)
    default: Any = ... if parameter.default is inspect.Parameter.empty else parameter.default
    if isinstance(default, tuple):
        default = list(default)
    if parameter.name in found.positional:
        info: Any = typer.Argument(default)
    else:
        option = found.names.get(parameter.name, "--" + parameter.name.replace("_", "-"))
        declared = f"{option}/--no-{option[2:]}" if annotation is bool else option
        info = typer.Option(default, declared)
    return parameter.replace(annotation=annotation, default=info, kind=inspect.Parameter.KEYWORD_ONLY)


def _plain(annotation: Any) -> Any:
    """Typer knows lists, not tuples; dates and times arrive as text and are read by the codec."""
    origin = typing.get_origin(annotation)
    if origin is tuple:
        return list[str]
    if origin in (typing.Union, types.UnionType):
        inner = [choice for choice in typing.get_args(annotation) if choice is not type(None)]
        return _plain(inner[0]) | None
    return annotation if annotation in (str, int, float, bool) else str


def _back(found: Verb, name: str, value: Any) -> Any:
    from app.commands.codec import from_json

    annotation = found.parameters()[name].annotation
    return value if value is None else from_json(annotation, value, name)


def perform(found: Verb, given: dict[str, Any], invocation: Invocation) -> Any:
    """Open what the verb needs, do it, close it."""
    with Session(invocation.options, invocation.output.progress) as session:
        if found.needs is Needs.SETUP:
            return found.function(session, **given)
        return found.function(session.workspace(), **given)


def main() -> None:
    """Entry for ``python -m app.cli.main``."""
    sys.exit(run(sys.argv[1:]))
