"""How long a busy day takes to load: 20 providers, 500 visits, beside the same rows in plain psycopg, in the same run.

Run with ``python -m benchmarks.day``. *plain* is one good select by the owner, whom row-level security lets through,
without making anything of the rows; *board* is what the window asks, as staff, up to the frozen result.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import psycopg

from app.queries.day_board import day_board, week_board
from app.queries.month import month_capacity
from app.queries.openings import next_available
from app.queries.today import today_board
from benchmarks.busy_clinic import busy_clinic
from tests.support.desk import DAY

ROUNDS = 40
PLAIN = """
SELECT p.id, p.name, s.id, s.start_time, s.end_time, s.visit_mode, s.status, s.held_until, d.*, v.id, v.status,
       v.visit_mode, v.visit_type, v.reason_text, x.*, a.name, a.color, t.id, t.first_name, t.last_name,
       t.date_of_birth, t.demographics
FROM providers p
LEFT JOIN visit_slots s ON s.provider_id = p.id AND s.start_time >= %(first)s AND s.start_time < %(last)s
LEFT JOIN desktop.slot_detail d ON d.slot_id = s.id
LEFT JOIN visits v ON v.slot_id = s.id
LEFT JOIN desktop.visit_detail x ON x.visit_id = v.id
LEFT JOIN desktop.appointment_type a ON a.id = x.appointment_type_id
LEFT JOIN patients t ON t.id = v.patient_id
ORDER BY p.name, s.start_time
"""


def typical(work: Callable[[], object]) -> float:
    """The lowest quarter of many runs in milliseconds: other programs on the machine only ever add to a time."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.quantiles(times, n=4)[0]


def measure() -> dict[str, float]:
    """Return milliseconds by what was asked."""
    with busy_clinic() as clinic:
        person = clinic.desk.person("desk", "ws-bench")
        board = person.ask(day_board, day=DAY)
        assert sum(slot.visit is not None for column in board.columns for slot in column.slots) == 500
        span = {"first": board.first.replace(tzinfo=None), "last": board.last.replace(tzinfo=None)}
        with psycopg.connect(clinic.server.owner_url(clinic.database), autocommit=True) as owner:
            found = {"plain": typical(lambda: owner.execute(PLAIN, span).fetchall())}
        found["board"] = typical(lambda: person.ask(day_board, day=DAY))
        found["week"] = typical(lambda: person.ask(week_board, monday=DAY, provider_id="bench-p1"))
        found["month"] = typical(lambda: person.ask(month_capacity, first=DAY, last=DAY.replace(day=31)))
        found["today"] = typical(lambda: person.ask(today_board, day=DAY))
        found["next"] = typical(lambda: person.ask(next_available, count=10))
        person.store.close()
    return found


def main() -> None:
    """Print the result."""
    found = measure()
    print(f"plain select               {found['plain']:7.1f} ms")
    for key, name in (
        ("board", "day of 20 providers"), ("week", "week of one provider"), ("month", "month of 20 providers"),
        ("today", "today's board"), ("next", "next ten free times"),
    ):  # fmt: skip
        print(f"{name:26} {found[key]:7.1f} ms  x{found[key] / found['plain']:.2f}")


if __name__ == "__main__":
    main()
