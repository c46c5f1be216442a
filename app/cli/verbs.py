"""Verbs: what the command line and ``rpc`` can do, each a plain typed function.

A verb's function takes a ``Workspace`` (or a ``Setup`` for work without sign-in) and keyword arguments;
it returns a JSON value. Command-line options and ``rpc`` arguments are made from its signature: the
parameter ``visit_mode`` is ``--visit-mode`` there and ``visitMode`` here.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from app.cli.given import read_value
from app.kernel.errors import Refused
from app.kernel.i18n import t

JSON = Any


class Needs(StrEnum):
    """What a verb works with."""

    WORKSPACE = "workspace"
    SETUP = "setup"


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing to do: its words, its function, which parameters are given without an option's name."""

    words: str
    function: Callable[..., JSON]
    needs: Needs
    positional: tuple[str, ...]
    names: Mapping[str, str]
    rpc: bool

    @property
    def help(self) -> str:
        """The first line of the function's docstring."""
        return (inspect.getdoc(self.function) or "").split("\n", 1)[0]

    def parameters(self) -> dict[str, inspect.Parameter]:
        """The parameters that a caller gives."""
        hints = typing.get_type_hints(self.function)
        given = list(inspect.signature(self.function).parameters.values())[1:]
        return {p.name: p.replace(annotation=hints[p.name]) for p in given}

    def public(self, name: str) -> str:
        """How ``rpc`` and errors call a parameter: camelCase, of its option's name where it has another one."""
        option = self.names.get(name)
        return camel(option.lstrip("-").replace("-", "_")) if option else camel(name)


VERBS: dict[str, Verb] = {}


def verb(
    words: str,
    *,
    positional: tuple[str, ...] = (),
    needs: Needs = Needs.WORKSPACE,
    names: Mapping[str, str] | None = None,
    rpc: bool = True,
) -> Callable[[Callable[..., JSON]], Callable[..., JSON]]:
    """Register a verb; ``names`` gives options another name (``{"start": "--from"}``)."""

    def register(function: Callable[..., JSON]) -> Callable[..., JSON]:
        VERBS[words] = Verb(words, function, needs, positional, names or {}, rpc)
        return function

    return register


def camel(name: str) -> str:
    """Turn ``visit_mode`` into ``visitMode``."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def bind(found: Verb, given: Mapping[str, Any]) -> dict[str, Any]:
    """Turn ``rpc`` arguments (camelCase) into the function's; raises ``Refused`` "BadArgument" naming one.

    What stands first without an option's name is also understood as "id", and a day as "date", as it is described.
    """
    parameters = found.parameters()
    public = {found.public(name): name for name in parameters}
    if found.positional:
        first = found.public(found.positional[0])
        called = "date" if parameters[found.positional[0]].annotation is date else "id"
        if called in given and called not in public and first not in given:
            given = {first if name == called else name: value for name, value in given.items()}
    unknown = sorted(set(given) - set(public))
    if unknown:
        raise Refused("BadArgument", t("There is no argument {name}.", name=unknown[0]), field=unknown[0])
    values: dict[str, Any] = {}
    for shown, name in public.items():
        parameter = parameters[name]
        if shown in given:
            values[name] = read_value(parameter.annotation, given[shown], shown)
        elif parameter.default is inspect.Parameter.empty:
            raise Refused("BadArgument", t("The argument {name} is needed.", name=shown), field=shown)
    return values
