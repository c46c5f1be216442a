"""One process of the race for slots: ``python -m tests.database.scheduling.racer``, a job as JSON on its input.

It books every slot that it is given, in an order of its own, in one of three ways: through commands, in plain SQL as a
member of staff, or as the backend, which doesn't know our schema. It prints what became of each as JSON.
"""

from __future__ import annotations

import json
import random
import sys
from typing import Any

import psycopg

from app.commands.booking import BookVisit
from app.commands.core import Actor, Envelope
from app.commands.stores import ServerStore
from app.db.server import ServerDatabase
from app.domain.enums import Role, VisitMode
from app.kernel.errors import AppError
from app.kernel.ids import new_cuid, new_uuid
from app.queries.core import Reader
from tests.support.desk import CLINIC, NOW, ZONE

BOOKED = "booked"
_BOOK = """
UPDATE visit_slots SET status = 'BOOKED', updated_at = updated_at + interval '1 ms' WHERE id = %s AND status = 'FREE'
"""
_VISIT = """
INSERT INTO visits (id, patient_id, provider_id, slot_id, visit_type, visit_mode, reason_text, updated_at)
SELECT %s, %s, provider_id, id, 'SCHEDULED', visit_mode, '', now() FROM visit_slots WHERE id = %s
"""


def by_command(job: dict[str, Any], slot: str) -> Any:
    """Book through the handler; a loser gets the error's code and how many alternatives."""
    roles = frozenset({Role.MEDICAL_ASSISTANT})
    actor = Actor(job["user"], CLINIC, "Racer", "racer@clinic1.example", roles)
    reader = Reader(CLINIC, job["user"], roles, None, ZONE, NOW, online=True)
    command = BookVisit(slot_id=slot, patient_id=job["patient"], visit_mode=VisitMode.IN_PERSON)
    try:
        job["store"].write(Envelope(new_uuid(), actor, f"desk {job['number']}", NOW, command), reader)
    except AppError as error:
        return [error.code, len(error.data.get("alternatives", ()))]
    return BOOKED


def by_sql(job: dict[str, Any], slot: str) -> Any:
    """Book in plain SQL: the row of the slot, then the visit, in one transaction."""
    for _ in range(20):
        try:
            with psycopg.connect(job["url"]) as connection:
                if connection.execute(_BOOK, (slot,)).rowcount == 0:
                    return ["no longer free", 0]
                connection.execute(_VISIT, (new_cuid(), job["patient"], slot))
            return BOOKED
        except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure):
            continue
        except psycopg.errors.IntegrityError as error:
            return [error.sqlstate, 0]
    return ["gave up", 0]


def main() -> None:
    """Run the job that stands on standard input."""
    job = json.load(sys.stdin)
    book = by_command if job["way"] == "command" else by_sql
    if job["way"] == "command":
        job["store"] = ServerStore(ServerDatabase({"conninfo": job["url"]}, pool_size=1))
    slots = list(job["slots"])
    random.Random(job["number"]).shuffle(slots)
    sys.stdout.write(json.dumps({slot: book(job, slot) for slot in slots}))


if __name__ == "__main__":
    main()
