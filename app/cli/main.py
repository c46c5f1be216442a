"""The command line's entry: global options anywhere, verbs by their words, exit codes by family."""

from __future__ import annotations

import importlib
import inspect
import json
import logging
import os
import sys
import traceback
import types
import typing
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click

from app.cli.given import read_value
from app.cli.groups import common_options, group_help
from app.cli.output import EXIT_REFUSED, EXIT_USAGE, Output, TrialResult, speak_utf8
from app.cli.verbs import VERBS, Needs, Verb, camel
from app.kernel.errors import AppError, Refused
from app.kernel.i18n import t
from app.setup.session import Session, SessionOptions

log = logging.getLogger(__name__)

_MODULES = (
    "setup",
    "patients",
    "providers",
    "booking",
    "visits",
    "visit_notes",
    "tasks",
    "care",
    "chart",
    "staff",
    "imports",
    "hl7",
    "audit",
    "offline",
    "labs",
    "papers",
    "exports",
    "measurements",
    "clinic",
    "limits",
    "rpc",
    "alerts",
    "messages",
    "requests",
    "rules",
    "summaries",
    "reports",
    "doctor",
    "selftest",
)


@dataclass
class Invocation:
    """What one call of the program was given besides the verb."""

    output: Output
    options: SessionOptions


def run(arguments: Sequence[str]) -> int:
    """Carry out a command line; returns the exit code (0 done, 1 refused, 2 usage, 3 unavailable)."""
    try:
        rest, invocation = global_options(arguments)
    except click.exceptions.UsageError as error:
        return _usage(error, Output("--json" in arguments))
    if invocation.output.as_json:
        speak_utf8(sys.stdout)
    for module in _MODULES:
        importlib.import_module(f"app.cli.{module}")
    group = build(invocation)
    try:
        code = group.main(args=list(rest), prog_name="myhealthally", standalone_mode=False)
    except click.exceptions.UsageError as error:
        return _usage(error, invocation.output)
    except click.exceptions.Abort:
        return invocation.output.problem(Refused("Interrupted", t("This was interrupted.")))
    except BrokenPipeError:  # whoever read the answer has gone; Python's own last flush must not complain
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_REFUSED
    except AppError as error:
        return invocation.output.problem(error)
    except Exception as error:  # a fault of ours: whoever reads the JSON gets a document all the same
        if not invocation.output.as_json:
            raise
        traceback.print_exc()
        invocation.output.result({"error": "Bug", "message": type(error).__name__})
        return EXIT_REFUSED
    return code if isinstance(code, int) else 0


def _usage(error: click.exceptions.UsageError, output: Output) -> int:
    if not output.as_json:
        error.show()
        return EXIT_USAGE
    bare = isinstance(error, click.exceptions.NoArgsIsHelpError)  # its message is the whole help
    message = t("Say which command: --help lists them.") if bare else error.format_message()
    wrong = getattr(error, "param", None)
    field = {"field": _called(wrong)} if wrong is not None else {}
    output.result({"error": "Usage", "message": message, **field})
    return EXIT_USAGE


def _called(parameter: click.Parameter) -> str:
    """How the caller writes a parameter, in camelCase: an option by its long name, an argument by its place's name."""
    written = parameter.opts[0].lstrip("-") if isinstance(parameter, click.Option) else parameter.human_readable_name
    return camel(written.lower().replace("-", "_"))


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
            if not found[name] or found[name].startswith("--"):
                raise click.exceptions.UsageError(t("Option {name} needs a value.", name=name))
        elif argument == "--":
            rest.extend([argument, *pending])
        else:
            rest.append(argument)
    options = SessionOptions.from_environment(profile=found.get("--profile"), email=found.get("--as"))
    return rest, Invocation(Output(as_json), options)


def build(invocation: Invocation) -> click.Group:
    """Make the command tree from the registered verbs."""
    about, epilog = group_help(), common_options()
    root = click.Group("myhealthally", help=t("Run a clinic. Without words: open the window."), epilog=epilog)
    for found in VERBS.values():
        *groups, last = found.words.split()
        parent = root
        for number, name in enumerate(groups, 1):
            child = parent.commands.get(name)
            if not isinstance(child, click.Group):
                words = " ".join(groups[:number])
                child = click.Group(name, help=about.get(words, words), epilog=epilog)
                parent.add_command(child)
            parent = child
        parent.add_command(_command(last, found, invocation))
    return root


def _command(name: str, found: Verb, invocation: Invocation) -> click.Command:
    parameters = [_parameter(found, parameter) for parameter in found.parameters().values()]

    def callback(**given: Any) -> int:
        cleaned = {key: _back(found, key, value) for key, value in given.items()}
        result = perform(found, cleaned, invocation)
        invocation.output.result(result)
        return EXIT_REFUSED if isinstance(result, TrialResult) and not result["ok"] else 0

    return click.Command(name, params=parameters, callback=callback, help=found.help)


def _parameter(found: Verb, parameter: inspect.Parameter) -> click.Parameter:
    """Make an argument or option; dates, times and enums arrive as text and are read by the codec."""
    kind = _plain(parameter.annotation)
    many = typing.get_origin(parameter.annotation) is tuple
    required = parameter.default is inspect.Parameter.empty
    # Click tells "no default" from None: what is required must not name one.
    more: dict[str, Any] = {} if required or many else {"default": parameter.default}
    if parameter.name in found.positional:
        place = found.names.get(parameter.name, parameter.name).upper()
        if many:
            return click.Argument([parameter.name], type=kind, nargs=-1, required=required, metavar=place)
        return click.Argument([parameter.name], type=kind, required=required, metavar=place, **more)
    option = found.names.get(parameter.name, "--" + parameter.name.replace("_", "-"))
    if kind is bool:
        return click.Option([parameter.name, f"{option}/--no-{option[2:]}"], default=bool(more.get("default")))
    return click.Option([parameter.name, option], type=kind, required=required, multiple=many, **more)


def _plain(annotation: Any) -> Any:
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        inner = [choice for choice in typing.get_args(annotation) if choice is not type(None)]
        return _plain(inner[0])
    return annotation if annotation in (str, int, float, bool) else str


def _back(found: Verb, name: str, value: Any) -> Any:
    annotation = found.parameters()[name].annotation
    if isinstance(value, str) and _is_json(annotation):
        value = _json_option(found.public(name), value)
    return value if value is None else read_value(annotation, value, found.public(name))


def _is_json(annotation: Any) -> bool:
    """Whether a value is given as JSON text: an object or a list, also one that may be left out."""
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        return any(_is_json(choice) for choice in typing.get_args(annotation))
    return origin not in (None, tuple)


def _json_option(name: str, value: str) -> Any:
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise Refused("BadCommand", t("This is not JSON."), field=name) from None


def perform(found: Verb, given: dict[str, Any], invocation: Invocation) -> Any:
    """Open what the verb needs, do it, close it."""
    with Session(invocation.options, invocation.output.progress) as session:
        if found.needs is Needs.SETUP:
            return found.function(session, **given)
        from app.cli.known import carry_out  # noqa: PLC0415 - asks the clinic; help and set-up do without

        return carry_out(found, session.workspace(), given)


def main() -> None:
    """Entry for ``python -m app.cli.main``."""
    sys.exit(run(sys.argv[1:]))
