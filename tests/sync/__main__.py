"""``make sim SEED=… COMMANDS=…``: a longer simulation than the tests run; exits with 1 when something is wrong.

Everybody comes together, and everything is checked, at the end and each time that the commands have doubled: a run of
a hundred thousand says soon when something is wrong, and its checks cost no more than the run itself.
"""

from __future__ import annotations

import argparse
import logging
import resource
import sys
import tempfile
import time
from pathlib import Path

from tests.support.desk import desk_template_of, server_desk
from tests.support.postgres import Server, running_server, versions_here
from tests.support.wire import Wire
from tests.sync.conftest import own_logins
from tests.sync.simulation import Simulation
from tests.sync.troubles import KINDS, Troubles
from tests.sync.verdict import problems

FIRST_CHECK = 2000
TOLD_EVERY = 1000


def say(words: str) -> None:
    """Tell whoever runs it."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def clinic_of(server: Server) -> str:
    """A migrated database with the small clinic."""
    name = server.create("sim", template=desk_template_of(server))
    own_logins(server, name)
    with server.admin() as admin:
        admin.execute("ALTER SYSTEM SET autovacuum = on")  # as in life: a run takes hours
        admin.execute("SELECT pg_reload_conf()")
    return name


class Report:
    """Says how far a run is and what it takes, so that nobody waits for hours without knowing."""

    def __init__(self, simulation: Simulation, commands: int) -> None:
        self._simulation, self._commands = simulation, commands
        self._begun = time.monotonic()

    def __call__(self) -> None:
        """Tell at each thousand."""
        given = self._simulation.given
        if given % TOLD_EVERY == 0:
            say(f"  {given} of {self._commands}: {self.cost()}")

    def cost(self) -> str:
        """Seconds, of the wall and of this process, and memory."""
        mine = resource.getrusage(resource.RUSAGE_SELF)
        return (f"{time.monotonic() - self._begun:.0f} s ({mine.ru_utime + mine.ru_stime:.0f} s of this process), "
                f"{mine.ru_maxrss / 1024:.0f} MB here, {self._simulation.size() / 1e6:.0f} MB there")  # fmt: skip


def run(simulation: Simulation, commands: int, report: Report) -> list[str]:
    """Run and check; returns what is wrong."""
    troubles = Troubles(simulation)
    check = FIRST_CHECK
    while True:
        simulation.run(min(check, commands) - simulation.given, troubles.happen, report)
        troubles.heal()
        found = problems(simulation)
        if found or simulation.given >= commands:
            return found
        say(f"  all is well after {simulation.given}: {report.cost()}")
        check *= 2


def simulate(version: str, chosen: int, commands: int) -> list[str]:
    """One run on one version of PostgreSQL; returns what is wrong."""
    with tempfile.TemporaryDirectory(prefix="mha-sim-", dir="/tmp") as folder:
        Path(folder).chmod(0o711)
        with (
            running_server(Path(folder) / "cluster", version) as server,
            Wire(server.folder / ".s.PGSQL.5432", keep=False) as wire,
        ):
            database = clinic_of(server)
            desk = server_desk(server, database)
            simulation = Simulation(server, desk, database, Path(folder), wire, chosen)
            report = Report(simulation, commands)
            try:
                found = run(simulation, commands, report)
                told = len(simulation.account.told)
                say(f"PostgreSQL {version}, seed {chosen}: {told} commands, {report.cost()}")
            finally:
                say(f"  {dict(simulation.seen.most_common())}")
                say(f"  never: {[kind for kind in KINDS if not simulation.seen[kind]]}")
                simulation.close()
                desk.close()
    return found


def main() -> None:
    """Run it on every version that is here."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--commands", type=int, default=1000)
    parser.add_argument("--postgres", choices=versions_here(), help="on this version alone")
    arguments = parser.parse_args()
    logging.getLogger("app").setLevel(logging.ERROR)
    logging.getLogger("psycopg").setLevel(logging.ERROR)
    versions = [arguments.postgres] if arguments.postgres else versions_here()
    found = [one for version in versions for one in simulate(version, arguments.seed, arguments.commands)]
    for problem in found:
        say(problem)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
