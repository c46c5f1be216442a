"""What must hold after a simulated day, by invariant of the design (I1 … I7)."""

from __future__ import annotations

from sqlalchemy import text

from tests.support.station import differences
from tests.sync.simulation import Simulation


def problems(simulation: Simulation) -> list[str]:
    """What is wrong; nothing when all is well. Everybody has signed in and decided before (``settle``).

    I5 (every row of the feed is delivered) and I7 (a command does the same on both databases) show in I4: what the
    feed left out, or a handler did otherwise, is a difference between the mirror and the server.
    """
    clinic = simulation.clinic
    found = [*simulation.broken]
    found += [f"I1 overlap {row}" for row in clinic.rows(text(_OVERLAPS))]
    found += simulation.account.problems(clinic, simulation.stations)
    found += [f"I3 done twice: {row}" for row in clinic.rows(text(_TWICE))]
    for station in simulation.stations:
        for name in ("desk", "okafor", "admin"):
            station.sit_down(name)
            station.engine.sync_now()
            found += [f"I4 {station.name} {name}: {one}" for one in differences(station)]
    found += [f"I6 {row}" for row in clinic.rows(text("SELECT * FROM desktop.feed_check()"))]
    return found


_OVERLAPS = """
SELECT a.slot_id, b.slot_id FROM desktop.slot_claim a JOIN desktop.slot_claim b
ON a.provider_id = b.provider_id AND a.slot_id < b.slot_id AND a.during && b.during
AND NOT a.overbook AND NOT b.overbook
"""
_TWICE = """
SELECT command_id, count(DISTINCT xid::text) FROM desktop.audit WHERE command_id IS NOT NULL
AND command_id IN (SELECT id FROM desktop.applied_command) GROUP BY command_id HAVING count(DISTINCT xid::text) > 1
"""
