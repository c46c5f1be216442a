"""Days on which everything goes wrong: nothing lost, nothing doubled, everybody sees the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.desk import Desk
from tests.support.postgres import Server
from tests.support.wire import Wire
from tests.sync.simulation import Simulation
from tests.sync.troubles import KINDS, Troubles
from tests.sync.verdict import problems

COMMANDS = 70
MOST = 5 * COMMANDS
"""A day goes on until everything has happened, but not for ever."""


@pytest.mark.timeout(900)  # a minute of computing, of which a busy machine makes five
@pytest.mark.parametrize("seed", [4, 11])
def test_a_day_on_which_everything_goes_wrong(
    server: Server, clinic: Desk, clinic_name: str, tmp_path: Path, wire: Wire, seed: int
) -> None:
    simulation = Simulation(server, clinic, clinic_name, tmp_path, wire, seed)
    troubles = Troubles(simulation)
    try:
        simulation.run(COMMANDS, troubles.happen)
        while missing(simulation) and simulation.given < MOST:
            simulation.run(COMMANDS // 5, troubles.happen)
        troubles.heal()
        assert problems(simulation) == []
        assert missing(simulation) == [], f"never happened: {simulation.seen}"
    finally:
        simulation.close()


def missing(simulation: Simulation) -> list[str]:
    """What a day has to have and hasn't had."""
    return [kind for kind in KINDS if not simulation.seen[kind]]
