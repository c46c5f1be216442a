"""Eight processes race for the same slots: commands, plain SQL of staff, and a writer that doesn't know our schema."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import text

from tests.database.scheduling.racer import BOOKED
from tests.support.clinics import PASSWORD
from tests.support.desk import PATIENTS, Desk, login_of, server_desk
from tests.support.postgres import Server

ROOT = Path(__file__).resolve().parents[3]
WAYS = ("command", "command", "command", "command", "command", "sql", "sql", "backend")
CONTESTED = 18
SPARE = 4

_OVERLAPS = """
SELECT count(*) FROM visits a JOIN visit_slots x ON x.id = a.slot_id
JOIN visit_slots y ON y.provider_id = x.provider_id AND y.id > x.id
     AND y.start_time < x.end_time AND x.start_time < y.end_time
JOIN visits b ON b.slot_id = y.id
"""


def race(server: Server, database: str, desk: Desk, slots: list[str]) -> list[dict[str, Any]]:
    """Run all processes at once and return what each says of each slot."""
    running = []
    for number, way in enumerate(WAYS):
        name = "desk" if number % 2 else "desk2"
        url = server.owner_url(database) if way == "backend" else server.url(database, login_of(name).login, PASSWORD)
        job = {"number": number, "way": way, "url": url, "slots": slots, "user": f"u-{name}",
               "patient": f"pat-{PATIENTS[number % len(PATIENTS)][0]}"}  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.database.scheduling.racer"], cwd=ROOT, text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )  # fmt: skip
        running.append((process, json.dumps(job)))
    for process, document in running:
        assert process.stdin is not None
        process.stdin.write(document)
        process.stdin.close()
    heard = []
    for process, _ in running:
        assert process.stdout is not None
        with process.stdout:
            heard.append(json.loads(process.stdout.read()))
        assert process.wait() == 0
    return heard


def test_one_visit_a_slot_and_alternatives_for_the_losers(server: Server, desk_template: str) -> None:
    database = server.create("race", template=desk_template)
    desk = server_desk(server, database)
    try:
        slots = [*desk.slots("11:00", 12), *desk.slots("11:00", CONTESTED - 12, provider="p-chen")]
        # The same hour offered in the other mode: booking one takes the other away.
        desk.slots("11:10", 3)
        desk.slots("16:00", SPARE)
        desk.slots("16:00", SPARE, provider="p-chen")
        heard = race(server, database, desk, slots)
        for slot in slots:
            winners = [answers[slot] for answers in heard if answers[slot] == BOOKED]
            assert len(winners) == 1, slot
        losers = [answer for answers, way in zip(heard, WAYS, strict=True) if way == "command"
                  for answer in answers.values() if answer != BOOKED]  # fmt: skip
        assert losers
        assert {tuple(answer) for answer in losers} == {("SlotTaken", 3)}
        with desk.session() as session:
            assert session.execute(text("SELECT count(*) FROM visits")).scalar_one() == len(slots)
            assert session.execute(text(_OVERLAPS)).scalar_one() == 0
    finally:
        desk.close()
        server.drop(database)
