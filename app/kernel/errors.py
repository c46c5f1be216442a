"""The error families every layer above speaks.

Four families, told apart by what a person can do about them: ``Refused`` (a rule or a
permission says no), ``Conflict`` (someone was faster; both sides are shown), ``Unavailable``
(the server is gone; work goes on offline) and everything else, which is a bug.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class AppError(Exception):
    """An error that a person is meant to read.

    ``code`` is a stable CamelCase name that scripts may rely on, ``message`` plain words in the
    person's language, ``field`` the input that is wrong, ``data`` more keys for the JSON form
    (``alternatives``, ``server``, ``mine`` …), in camelCase and JSON-serialisable.
    """

    def __init__(self, code: str, message: str, *, field: str | None = None, **data: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.data: Mapping[str, Any] = data

    def __reduce__(self) -> tuple[Any, ...]:
        """Make errors survive a process boundary (races are tested with processes)."""
        return _rebuild, (type(self), self.code, self.message, self.field, dict(self.data))

    def to_json(self) -> dict[str, Any]:
        """Return the shape that ``cli.md`` promises: error, message, field and the keys that apply."""
        body: dict[str, Any] = {"error": self.code, "message": self.message}
        if self.field is not None:
            body["field"] = self.field
        body.update(self.data)
        return body


def _rebuild(kind: type[AppError], code: str, message: str, field: str | None, data: dict[str, Any]) -> AppError:
    return kind(code, message, field=field, **data)


class Refused(AppError):
    """A rule, a permission or bad input: shown inline, with what to do."""


class Conflict(AppError):
    """Someone was faster, or the row is no longer what the person saw."""


class Unavailable(AppError):
    """The server cannot be reached, or its answer was lost."""

    def __init__(
        self, code: str, message: str, *, field: str | None = None, outcome_unknown: bool = False, **data: Any
    ) -> None:
        super().__init__(code, message, field=field, **data)
        self.outcome_unknown = outcome_unknown


class Cancelled(AppError):
    """A question that was withdrawn: nobody waits for its answer, nobody is told."""
