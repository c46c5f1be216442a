"""How fast visits are booked: the program's command beside a bare transaction in plain psycopg, in the same run.

Run with ``python -m benchmarks.booking``. *bare* is what any client must send: BEGIN, the slot's update, the visit's
insert, COMMIT, as the same member of staff on the same database, with its claims, audit and feed. *command* is
``BookVisit`` with everything that it checks and keeps. The race lets 8 processes book the same slots: *attempts* count
winners and losers, and every loser is told with alternatives.

Beside the time on the wall stands processor time, of this program and of the server together: other programs on the
machine hardly change that. Two processors that do nothing else allow 2,000 ms of it a second.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import psycopg
from sqlalchemy import text

from app.commands.booking import BookVisit
from app.commands.core import Actor
from app.commands.stores import ServerStore
from app.db.server import ServerDatabase
from app.domain.enums import Role, VisitMode
from app.kernel.clock import FixedClock
from app.kernel.errors import Conflict
from app.kernel.ids import new_cuid
from benchmarks.busy_clinic import BusyClinic, busy_clinic
from benchmarks.rules import postmaster_of, processor_seconds
from tests.support.desk import CLINIC, NOW, Desk, Person

CLIENTS = 8
HANDFUL = 25
"""Slots that all clients try to book at the same time."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds that one booking takes: on the wall, and of processors on both sides."""

    wall: float
    work: float


@dataclass(frozen=True, slots=True)
class Race:
    """What 8 clients did: attempts a second, and milliseconds of processor time for each on both sides."""

    attempts: float
    work: float
    wins: int
    losses: int


@dataclass(frozen=True, slots=True)
class Result:
    """A booking alone in three ways, and the race in two."""

    bare: Cost
    command: Cost
    with_names: Cost
    plain_race: Race
    race: Race


def typical(times: list[float]) -> float:
    """The lowest quarter of many runs: other programs on the machine only ever add to a time."""
    return statistics.quantiles(times, n=4)[0]


def measure(clinic: BusyClinic, rounds: int, seconds: float) -> Result:
    """Book alone, bare and by command in turn, then race."""
    free = clinic.free_slots(rounds * 3 + 60)
    person = clinic.desk.person("desk", "ws-bench")
    with (
        psycopg.connect(clinic.staff_url("desk"), autocommit=True) as connection,
        clinic.server.admin(clinic.database) as owner,
    ):
        ways: tuple[Callable[[tuple[str, str], int], None], ...] = (
            lambda slot, n: _bare(connection, clinic, slot, n),
            lambda slot, n: _command(person, clinic, slot, n),
            lambda slot, n: _command(person, clinic, slot, n, names=True),
        )
        costs: list[list[Cost]] = [[], [], []]
        backends = [connection.info.backend_pid, backend_of(person), backend_of(person)]
        for number, slot in enumerate(free):
            way = number % 3
            costs[way].append(cost_of(partial(ways[way], slot, number), backends[way]))
        postmaster = postmaster_of(owner)
        person.store.close()
        bare, command, with_names = (
            Cost(typical([c.wall for c in one[20:]]), typical([c.work for c in one[20:]])) for one in costs
        )
        races = []
        for plain in (True, False):
            owner.execute("VACUUM ANALYZE")  # neither pays for what was done before it
            races.append(race(clinic, seconds, postmaster, plain=plain))
        return Result(bare, command, with_names, *races)


def cost_of(work: Callable[[], None], backend: int) -> Cost:
    """Do it; return what it took of the wall's time, and of this process' and the server's processors."""
    start, client, server = time.perf_counter(), time.process_time(), on_processor(backend)
    work()
    done = (time.process_time() - client) + (on_processor(backend) - server)
    return Cost((time.perf_counter() - start) * 1000, done * 1000)


def on_processor(process: int) -> float:
    """Seconds that a process has been on a processor."""
    return int(Path(f"/proc/{process}/schedstat").read_text(encoding="utf-8").split()[0]) / 1e9


def backend_of(person: Person) -> int:
    """The server's process behind a person's one connection."""
    return int(person.ask(lambda session, _reader: session.execute(text("SELECT pg_backend_pid()")).scalar_one()))


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


def _command(person: Person, clinic: BusyClinic, slot: tuple[str, str], number: int, *, names: bool = False) -> None:
    command = BookVisit(
        slot_id=slot[0], patient_id=clinic.patient(number), visit_mode=VisitMode.IN_PERSON, reason_text="Follow-up",
        warn_of_names=names,
    )  # fmt: skip
    person.run(command)


def race(clinic: BusyClinic, seconds: float, postmaster: int, *, plain: bool) -> Race:
    """Let 8 processes book the same slots.

    With `plain` they are psycopg and two statements: the slot's guarded update and the visit's insert.
    """
    slots = [slot for slot, _ in clinic.free_slots(6000)]
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(CLIENTS + 1), context.Queue()
    job = (clinic.staff_url("desk"), slots, seconds, barrier, results, plain)
    racers = [context.Process(target=_race, args=(number, *job)) for number in range(CLIENTS)]
    for one in racers:
        one.start()
    barrier.wait()
    server = processor_seconds(postmaster)
    runs = [results.get() for _ in racers]
    server = processor_seconds(postmaster) - server
    for one in racers:
        one.join()
    wins, losses = sum(run[0] for run in runs), sum(run[1] for run in runs)
    work = (server + sum(run[3] for run in runs)) / (wins + losses) * 1000
    return Race(sum((run[0] + run[1]) / run[2] for run in runs), work, wins, losses)


def _race(
    number: int,
    url: str,
    slots: list[str],
    seconds: float,
    barrier: Barrier,
    results: Queue[tuple[int, int, float, float]],
    plain: bool,
) -> None:
    """Book every slot of one handful after the other, in an order of its own."""
    dice = random.Random(number)
    person = racer(url, number)
    with psycopg.connect(url, autocommit=True) as connection:

        def attempt(slot: str) -> bool:
            patient = f"bench-{dice.randrange(200)}"
            return _try_plain(connection, slot, patient) if plain else _try(person, slot, patient)

        tried = {True: 0, False: 0}
        for slot in slots[-CLIENTS * 12 :][number::CLIENTS]:
            attempt(slot)
        barrier.wait()
        start, busy = time.perf_counter(), time.process_time()
        for first in range(0, len(slots) - CLIENTS * 12, HANDFUL):
            handful = slots[first : first + HANDFUL]
            for slot in dice.sample(handful, len(handful)):
                tried[attempt(slot)] += 1
            if time.perf_counter() - start > seconds:
                break
    results.put((tried[True], tried[False], time.perf_counter() - start, time.process_time() - busy))
    person.store.close()


def _try_plain(connection: psycopg.Connection, slot_id: str, patient_id: str) -> bool:
    with connection.transaction():
        taken = connection.execute(
            "UPDATE visit_slots SET status = 'BOOKED', updated_at = now() WHERE id = %s AND status = 'FREE' "
            "RETURNING provider_id",
            (slot_id,),
        ).fetchone()
        if taken is not None:
            connection.execute(
                "INSERT INTO visits (id, patient_id, provider_id, slot_id, visit_type, visit_mode, reason_text, "
                "updated_at) VALUES (%s, %s, %s, %s, 'SCHEDULED', 'IN_PERSON', '', now())",
                (new_cuid(), patient_id, taken[0], slot_id),
            )
    return taken is not None


def racer(url: str, number: int) -> Person:
    """A member of staff in a process of their own."""
    desk = Desk.__new__(Desk)
    desk.clock = FixedClock(NOW)
    actor = Actor("u-desk", CLINIC, "Dana Whitfield", "", frozenset({Role.MEDICAL_ASSISTANT}), None)
    return Person(desk, actor, ServerStore(ServerDatabase({"conninfo": url}, pool_size=1)), f"ws-{number}")


def _try(person: Person, slot_id: str, patient_id: str) -> bool:
    """Book by command; every loser must be offered three others."""
    command = BookVisit(slot_id=slot_id, patient_id=patient_id, visit_mode=VisitMode.IN_PERSON, warn_of_names=False)
    try:
        person.run(command)
    except Conflict as error:
        if error.code != "SlotTaken" or len(error.data["alternatives"]) != 3:
            raise
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
    print("                             wall         processors, both sides")
    for name, one in (("bare booking transaction", found.bare), ("BookVisit", found.command),
                      ("BookVisit, names checked", found.with_names)):  # fmt: skip
        print(f"{name:25} {one.wall:7.2f} ms  x{one.wall / found.bare.wall:.2f} "
              f"{one.work:7.2f} ms  x{one.work / found.bare.work:.2f}")  # fmt: skip
    for name, run in (("8 clients racing, plain", found.plain_race), ("8 clients racing", found.race)):
        print(f"{name:25} {run.attempts:7.0f} attempts/s   {run.work:6.2f} ms each: "
              f"{2000 / run.work:.0f}/s on two free processors")  # fmt: skip
    print(f"  {found.race.wins} won, {found.race.losses} lost and were offered three alternatives")


if __name__ == "__main__":
    main()
