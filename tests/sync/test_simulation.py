"""Days on which everything goes wrong: nothing lost, nothing doubled, everybody sees the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.desk import Desk
from tests.support.postgres import Server
from tests.support.wire import Wire
from tests.sync.simulation import Simulation


@pytest.mark.parametrize("seed", [1, 3])
def test_a_day_on_which_everything_goes_wrong(
    server: Server, clinic: Desk, clinic_name: str, tmp_path: Path, wire: Wire, seed: int
) -> None:
    for provider in ("p-okafor", "p-chen"):
        clinic.slots("09:00", 24, provider)
    simulation = Simulation(server, clinic, clinic_name, tmp_path, wire, seed)
    try:
        simulation.run(70)
        simulation.heal()
        assert simulation.problems() == []
        assert simulation.seen["killed"] > 0
    finally:
        simulation.close()
