"""How fast visits are booked: the program's command beside a bare transaction in plain psycopg, in the same run.

Run with ``python -m benchmarks.booking``. *bare* is what any client must send: BEGIN, the slot's update, the visit's
insert, COMMIT, as the same member of staff on the same database, with its claims, audit and feed. *command* is
``BookVisit`` with everything that it checks and keeps. The race lets 8 processes book the same slots: *attempts* count
winners and losers, and every loser is told with alternatives.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from app.commands.booking import BookVisit
from app.commands.stores import ServerStore
from app.db.server import ServerDatabase
from app.domain.enums import VisitMode
from app.kernel.errors import Conflict
from app.kernel.ids import new_cuid
from benchmarks.busy_clinic import BusyClinic, busy_clinic
from tests.support.desk import Desk, Person

CLIENTS = 8


@dataclass(frozen=True, slots=True)
class Result:
    """Milliseconds of one booking, and what the race did in a second."""

    bare: float
    command: float
    with_names: float
    attempts: float
    wins: int
    losses: int


def typical(times: list[float]) -> float:
    """The lowest quarter of many runs: other programs on the machine only ever add to a time."""
    return statistics.quantiles(times, n=4)[0]


def measure(clinic: BusyClinic, rounds: int, seconds: float) -> Result:
    """Book alone, bare and by command in turn, then race."""
    free = clinic.free_slots(rounds * 3 + 60)
    person = clinic.desk.person("desk", "ws-bench")
    with psycopg.connect(clinic.staff_url("desk"), autocommit=True) as connection:
        ways: tuple[Callable[[tuple[str, str], int], None], ...] = (
            lambda slot, n: _bare(connection, clinic, slot, n),
            lambda slot, n: _command(person, clinic, slot, n),
            lambda slot, n: _command(person, clinic, slot, n, names=True),
        )
        times: list[list[float]] = [[], [], []]
        for number, slot in enumerate(free):
            start = time.perf_counter()
            ways[number % 3](slot, number)
            times[number % 3].append((time.perf_counter() - start) * 1000)
    person.store.close()
    bare, command, with_names = (typical(one[20:]) for one in times)
    attempts, wins, losses = race(clinic, seconds)
    return Result(bare, command, with_names, attempts, wins, losses)


def _bare(connection: psycopg.Connection, clinic: BusyClinic, slot: tuple[str, str], number: int) -> None:
    at = clinic.desk.clock.now().replace(tzinfo=None)
    with connection.transaction():
        done = connection.execute(
            "UPDATE visit_slots SET status = 'BOOKED', updated_at = %s WHERE id = %s AND status = 'FREE'", (at, slot[0])
        )
        assert done.rowcount == 1
        connection.execute(
            "INSERT INTO visits (id, patient_id, provider_id, slot_id, visit_type, visit_mode, reason_text, updated_at)"
            " VALUES (%s, %s, %s, %s, 'SCHEDULED', 'IN_PERSON', 'Follow-up', %s)",
            (new_cuid(), clinic.patient(number), slot[1], slot[0], at),
        )


def _command(
    person: Person, clinic: BusyClinic, slot: tuple[str, str], number: int, *, names: bool = False
) -> None:
    command = BookVisit(
        slot_id=slot[0], patient_id=clinic.patient(number), visit_mode=VisitMode.IN_PERSON, reason_text="Follow-up",
        warn_of_names=names,
    )  # fmt: skip
    person.run(command)


def race(clinic: BusyClinic, seconds: float) -> tuple[float, int, int]:
    """Let 8 processes book the same slots; returns attempts a second, wins and losses."""
    slots = [slot for slot, _ in clinic.free_slots(4000)]
    context = multiprocessing.get_context("spawn")
    with context.Pool(CLIENTS) as pool:
        tasks = [(clinic.staff_url("desk"), slots, number, seconds) for number in range(CLIENTS)]
        counts = pool.starmap(_racer, tasks)
    wins, losses = sum(c[0] for c in counts), sum(c[1] for c in counts)
    return sum((c[0] + c[1]) / c[2] for c in counts), wins, losses


def _racer(url: str, slots: list[str], number: int, seconds: float) -> tuple[int, int, float]:
    """Book random slots of the same few until the time is up; every loser must be offered others."""
    dice = random.Random(number)
    desk = Desk.__new__(Desk)
    person = racer(url, desk, number)
    wins = losses = 0
    _try(person, slots[-1 - number], number)
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        window = int((time.perf_counter() - start) / seconds * (len(slots) - 60))
        if _try(person, slots[window + dice.randrange(20)], dice.randrange(200)):
            wins += 1
        else:
            losses += 1
    spent = time.perf_counter() - start
    person.store.close()
    return wins, losses, spent


def racer(url: str, desk: Desk, number: int) -> Person:
    """A member of staff in a process of their own."""
    from app.commands.core import Actor
    from app.domain.enums import Role
    from app.kernel.clock import FixedClock
    from tests.support.desk import CLINIC, NOW

    desk.clock = FixedClock(NOW)
    actor = Actor("u-desk", CLINIC, "Dana Whitfield", "", frozenset({Role.MEDICAL_ASSISTANT}), None)
    return Person(desk, actor, ServerStore(ServerDatabase({"conninfo": url}, pool_size=1)), f"ws-{number}")


def _try(person: Person, slot_id: str, number: int) -> bool:
    command = BookVisit(
        slot_id=slot_id, patient_id=f"bench-{number}", visit_mode=VisitMode.IN_PERSON, warn_of_names=False
    )
    try:
        person.run(command)
    except Conflict as error:
        assert error.code == "SlotTaken", error.code
        assert len(error.data["alternatives"]) == 3
        return False
    return True


def main() -> None:
    """Print the result."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=8.0)
    given = parser.parse_args()
    with busy_clinic() as clinic:
        found = measure(clinic, given.rounds, given.seconds)
    print(f"bare booking transaction  {found.bare:7.2f} ms")
    print(f"BookVisit                 {found.command:7.2f} ms  x{found.command / found.bare:.2f}")
    print(f"BookVisit, names checked  {found.with_names:7.2f} ms  x{found.with_names / found.bare:.2f}")
    print(f"8 clients racing          {found.attempts:7.0f} attempts/s ({found.wins} won, {found.losses} lost)")


if __name__ == "__main__":
    main()
