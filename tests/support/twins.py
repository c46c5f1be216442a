"""The same clinic twice, on the server and in the store: whatever is done to one is done to both and compared.

A ``Twins`` is a ``Desk``: tests that work on one clinic work on twins too. After every command the outcome (or the
error) and all rows of all mirrored tables must be the same, field by field.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import Column, select, text

from app.commands.codec import encode_outcome
from app.commands.core import Command, Envelope, Outcome
from app.db import models  # noqa: F401 - maps all tables
from app.db.base import Base
from app.db.catalog import TABLES
from app.kernel.errors import AppError
from app.kernel.ids import new_uuid
from tests.support.desk import Desk, Person, local_desk, server_desk
from tests.support.postgres import Server
from tests.support.shapes import SHAPED, faults_of

KEPT_ASIDE = ("patient_search",)
"""Not mirrored but made on both: must be the same all the same."""
OURS_ONLY = {"workstation": frozenset({"last_seen_at"})}
"""Columns that only the server writes, at its own time."""


def compared() -> dict[str, list[Column[Any]]]:
    """The columns to compare, by table."""
    found = {}
    for table in Base.metadata.tables.values():
        entry = TABLES[table.name]
        if (entry.synced or table.name in KEPT_ASIDE) and not entry.server_only:
            aside = entry.secret_columns | OURS_ONLY.get(table.name, frozenset())
            found[table.name] = [column for column in table.columns if column.name not in aside]
    return found


def rows_of(desk: Desk, names: Collection[str] | None = None) -> dict[str, dict[Any, dict[str, Any]]]:
    """All rows by table and key."""
    found: dict[str, dict[Any, dict[str, Any]]] = {}
    with desk.engine.connect() as connection:
        for name, columns in compared().items():
            if names is None or name in names:
                table = columns[0].table
                keys = [column.name for column in table.primary_key.columns]
                rows = [
                    {column.name: value for column, value in zip(columns, row, strict=True)}
                    for row in connection.execute(select(*columns)).all()
                ]
                found[name] = {tuple(row[key] for key in keys): row for row in rows}
    return found


def differences(server: Desk, store: Desk, names: Collection[str] | None = None) -> list[str]:
    """What differs between the two, a line for each field."""
    here, there = rows_of(server, names), rows_of(store, names)
    lines = []
    for table, rows in here.items():
        for key in sorted(rows.keys() | there[table].keys(), key=str):
            one, other = rows.get(key), there[table].get(key)
            if one is None or other is None:
                lines.append(
                    f"{table} {key}: only {'in the store' if one is None else 'on the server'}: {one or other}"
                )
                continue
            lines += [
                f"{table} {key} {name}: {one[name]!r} on the server, {other[name]!r} in the store"
                for name in one
                if one[name] != other[name]
            ]
    return lines


class TwinPerson(Person):
    """Somebody who gives the same command at both."""

    def run(self, command: Command, *, command_id: str | None = None) -> Outcome:
        """Give a command at both now; raises the error that both raise."""
        assert isinstance(self.desk, Twins)
        return self.desk.run(self, command, command_id or new_uuid())


class Twins(Desk):
    """Two clinics that are one; questions are answered by the server's."""

    def __init__(self, server: Desk, store: Desk, names: Collection[str] | None = None) -> None:
        super().__init__(server.engine, server.open_store, online=True, clock=server.clock)
        self.server, self.store, self.names = server, store, names
        self.run_kinds: set[type[Command]] = set()

    def person(self, name: str, workstation: str) -> Person:
        """Somebody at a workstation."""
        one = self.server.person(name, workstation)
        return TwinPerson(self, one.actor, one.store, one.workstation)

    def run(self, person: Person, command: Command, command_id: str) -> Outcome:
        """Give a command at both and compare what came of it."""
        self.store.clock.set(self.clock.now())
        before = self._misshapen()
        answers: list[Outcome | AppError] = []
        for desk in (self.server, self.store):
            one = person if desk is self.server else self.store.person(_key(person), person.workstation)
            envelope = Envelope(command_id, person.actor, person.workstation, self.clock.now(), command)
            try:
                answers.append(one.store.write(envelope, one.reader()).outcome)
            except AppError as error:
                answers.append(error)
        self.run_kinds.add(type(command))
        mine, yours = (
            answer.to_json() if isinstance(answer, AppError) else encode_outcome(answer) for answer in answers
        )
        assert mine == yours, f"{command}: server {mine}, store {yours}"
        self.compare(command)
        new = self._misshapen() - before  # what the test itself put there as others' stays theirs
        assert not new, f"{command} writes what others can't read: {list(new)}"
        if isinstance(answers[0], AppError):
            raise answers[0]
        return answers[0]

    def _misshapen(self) -> Counter[str]:
        """What of the JSON in the shared tables hasn't the documented shape."""
        return Counter(faults_of({name: rows.values() for name, rows in rows_of(self.server, SHAPED).items()}))

    def both_answers(self, question: Callable[..., Any], **values: Any) -> tuple[Any, Any]:
        """Ask both; an error is an answer too."""
        self.store.clock.set(self.clock.now())
        answers = []
        for desk in (self.server, self.store):
            try:
                answers.append(desk.desk.ask(question, **values))
            except AppError as error:
                answers.append(error.to_json())
        return answers[0], answers[1]

    def compare(self, after: object = "") -> None:
        """Fail unless both hold the same rows."""
        found = differences(self.server, self.store, self.names)
        assert not found, "\n".join([f"after {after}:", *found])

    def write(self, *statements: Any) -> None:
        """Write at both as somebody who doesn't know our rules."""
        self.store.clock.set(self.clock.now())
        for desk in (self.server, self.store):
            Desk.write(desk, *statements)

    def set_database_clock(self) -> None:
        """Stop the server's clock where ours is: the times that it decides on can be compared too."""
        now = self.clock.now().replace(tzinfo=None)
        Desk.write(self.server, text(_CLOCK.format(now=now)))
        self.store.clock.set(self.clock.now())

    def close(self) -> None:
        """End every connection of both."""
        super().close()
        self.server.close()
        for person in self.store.people.values():
            person.store.close()
        self.store.close()


def _key(person: Person) -> str:
    return person.actor.user_id.removeprefix("u-")


_CLOCK = """
CREATE OR REPLACE FUNCTION desktop.db_now() RETURNS timestamp(3)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN timestamp '{now}';
END $$
"""


def make_twins(server: Server, database: str, names: Collection[str] | None = None) -> Twins:
    """The small clinic in a PostgreSQL database and in a store."""
    there = server_desk(server, database)
    twins = Twins(there, local_desk(), names)
    twins.set_database_clock()
    return twins
