"""JSON that is what it says: no duplicate keys, no NaN, no bottomless nesting, exact decimal numbers."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

from app.kernel.i18n import t

_SPACE = re.compile(r"[ \t\r\n]*")


class BadJsonError(ValueError):
    """Text that is no acceptable JSON; the message is for people. ``framed`` when it still can be stepped over."""

    def __init__(self, reason: str, *, framed: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.framed = framed


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise BadJsonError(t("the key {key} stands twice in one object", key=ascii(key[:60])), framed=True)
            seen.add(key)
    return found


def _no_constant(name: str) -> Any:
    raise BadJsonError(t("{name} is no number", name=name), framed=True)


_STRICT = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=Decimal)
_LENIENT = json.JSONDecoder(parse_float=str, parse_int=str)


def _explained(error: ValueError | RecursionError | ArithmeticError) -> BadJsonError:
    if isinstance(error, BadJsonError):
        return error
    if isinstance(error, json.JSONDecodeError):
        return BadJsonError(t("no JSON at character {at}: {problem}", at=error.pos, problem=error.msg))
    if isinstance(error, RecursionError):
        return BadJsonError(t("nested too deeply"))
    return BadJsonError(t("a number that is too long"), framed=True)


def decode(text: str, at: int, depth: int) -> tuple[Any, int]:
    """Read the JSON value at ``at``; return it and where it ends. Raises ``BadJsonError``."""
    try:
        value, end = _STRICT.raw_decode(text, at)
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise _explained(error) from None
    brackets = text.count("{", at, end) + text.count("[", at, end)
    if brackets > depth and _deeper(value, depth):
        raise BadJsonError(t("nested deeper than {depth} levels", depth=depth), framed=True)
    return value, end


def decode_all(text: str, depth: int) -> Any:
    """Read a text that is one JSON value and nothing else."""
    value, end = decode(text, skip_space(text, 0), depth)
    end = skip_space(text, end)
    if end != len(text):
        raise BadJsonError(t("more text after the end, at character {at}", at=end))
    return value


def step_over(text: str, at: int) -> tuple[Any, int]:
    """Return a faulty but well-formed value and where it ends, to go on behind it. Raises ``BadJsonError``."""
    try:
        return _LENIENT.raw_decode(text, at)
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise _explained(error) from None


def skip_space(text: str, at: int) -> int:
    """Return the position of the next character that is no white space."""
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _deeper(value: Any, depth: int) -> bool:
    """Tell whether lists and objects nest deeper than ``depth``; without recursion."""
    level: list[Any] = [value]
    for _ in range(depth):
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(v for v in item.values() if isinstance(v, dict | list))
            elif isinstance(item, list):
                below.extend(v for v in item if isinstance(v, dict | list))
        if not below:
            return False
        level = below
    return True
