"""``make sim SEED=… COMMANDS=…``: a longer simulation than the tests run; exits with 1 when something is wrong."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy.orm import Session

from app.setup.migrate import upgrade
from tests.support.desk import make_logins, owner_engine, seed, server_desk
from tests.support.postgres import Server, running_server, versions_here
from tests.support.wire import Wire
from tests.sync.conftest import own_logins
from tests.sync.simulation import Simulation


def say(words: str) -> None:
    """Tell whoever runs it."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def clinic_of(server: Server) -> str:
    """A migrated database with the small clinic."""
    name = server.create("sim")
    upgrade(server.owner_url(name))
    engine = owner_engine(server, name)
    with Session(engine) as session, session.begin():
        seed(session)
    engine.dispose()
    make_logins(server)
    own_logins(server, name)
    return name


def simulate(version: str, chosen: int, commands: int) -> list[str]:
    """One run on one version of PostgreSQL; returns what is wrong."""
    with tempfile.TemporaryDirectory(prefix="mha-sim-", dir="/tmp") as folder:
        Path(folder).chmod(0o711)
        with running_server(Path(folder) / "cluster", version) as server, Wire(server.folder / ".s.PGSQL.5432") as wire:
            database = clinic_of(server)
            desk = server_desk(server, database)
            for provider in ("p-okafor", "p-chen"):
                desk.slots("06:00", 48, provider)
            simulation = Simulation(server, desk, database, Path(folder), wire, chosen)
            begun = time.monotonic()
            try:
                simulation.run(commands)
                simulation.heal()
                problems = simulation.problems()
            finally:
                simulation.close()
                desk.close()
            took = time.monotonic() - begun
            say(f"PostgreSQL {version}, seed {chosen}: {len(simulation.log)} commands in {took:.0f} s")
            say(f"  {dict(simulation.seen.most_common())}")
    return problems


def main() -> None:
    """Run it on every version that is here."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--commands", type=int, default=1000)
    arguments = parser.parse_args()
    problems = [one for version in versions_here() for one in simulate(version, arguments.seed, arguments.commands)]
    for problem in problems:
        say(problem)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
