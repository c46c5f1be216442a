"""The small clinic of the scheduling tests, on both databases, with a way to register people quickly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, event

from app.commands.patients import RegisterPatient
from app.kernel.ids import new_uuid
from tests.database.scheduling.conftest import desk, desk_template, pg_desk  # noqa: F401 - fixtures
from tests.support.desk import Desk

Register = Callable[..., str]


@pytest.fixture
def register(desk: Desk) -> Register:  # noqa: F811 - the fixture
    """``register("Anna", "Kowalska", "1962-03-14", phone="…", mrn="…")`` gives the new patient's id."""
    return registering(desk)


def registering(clinic: Desk, who: str = "desk") -> Register:
    """Return a function that registers people as one of the clinic's staff."""

    def make(first: str = "", last: str = "", born: str | None = None, *, phone: str = "", **more: Any) -> str:
        patient_id = new_uuid()
        details = dict(more.pop("demographics", {}))
        if phone:
            details["phones"] = [{"system": "phone", "use": "mobile", "value": phone}]
        for key in ("mrn", "preferredName", "sex"):
            if key in more:
                details[key] = more.pop(key)
        command = RegisterPatient(
            patient_id=patient_id, user_id=new_uuid(), first_name=first, last_name=last,
            date_of_birth=date.fromisoformat(born) if born else None, demographics=details, **more,
        )  # fmt: skip
        getattr(clinic, who).run(command)
        return patient_id

    return make


@dataclass
class Statements:
    """What was sent to either database."""

    sent: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many statements."""
        return len(self.sent)


@contextmanager
def counted() -> Iterator[Statements]:
    """Count the statements that SQLAlchemy sends within the block."""
    found = Statements()

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            found.sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)
