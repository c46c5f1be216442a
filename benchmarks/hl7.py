"""How fast laboratories' messages are read, and how fast they come into charts.

Run with ``python -m benchmarks.hl7 --messages 500``. Each message has fifteen results of one patient, who is found by
record number, name and birth date; "store" reads the file, matches, makes the order, writes the results and keeps the
message, in batches. "The same again" finds every message there already; "corrections" change one value of each.

Rates are of processor time (this process and the server's together): what another program takes of the machine at the
same time doesn't change them. The wall's seconds stand beside.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from psycopg.conninfo import conninfo_to_dict

from app.interop.hl7.message import read_file
from app.workspace.hl7_import import run_hl7_import
from app.workspace.signin import open_workspace
from benchmarks.large_clinic import bench_server
from benchmarks.rules import postmaster_of, processor_seconds
from tests.support import clinics
from tests.support.hl7 import join, msh, obr, obx, pid
from tests.support.postgres import Server

ZONE = ZoneInfo("Europe/Berlin")
TESTS = ("2345-7", "3094-0", "2160-0", "2951-2", "2823-3", "2075-0", "1963-8", "17861-6", "2885-2", "1751-7", "1975-2",
         "6768-6", "1742-6", "1920-8", "33914-3")  # fmt: skip
PATIENTS = 200


def messages(count: int, again: str = "") -> bytes:
    """Return a file of messages, each with fifteen results; ``again``: later ones, which correct the first value."""
    made = []
    for n in range(count):
        who = pid(f"B{n % PATIENTS}", f"Family{n % PATIENTS}^Given", "19620314")
        results = [
            obx(f"{50 + (n + k) % 70}.{7 if again and k == 1 else 5}", test=f"{code}^Test {k}^LN", number=k)
            for k, code in enumerate(TESTS, 1)
        ]
        made.append(join(msh(control=f"C{again}{n}"), who, obr(filler=f"F{n}"), *results))
    return b"".join(made)


def people(server: Server, database: str) -> None:
    """Make the patients whom the messages are about."""
    with server.admin(database) as connection:
        row = connection.execute("SELECT id FROM public.clinics ORDER BY id LIMIT 1").fetchone()
        assert row is not None
        for n in range(PATIENTS):
            values = {"n": n, "clinic": row[0], "mail": f"bench-{n}@no-login.invalid"}
            connection.execute(
                "INSERT INTO public.users (id, email, password_hash, role, clinic_id, updated_at)"
                " VALUES ('bu' || %(n)s, %(mail)s, '!', 'PATIENT', %(clinic)s, now())", values,
            )  # fmt: skip
            connection.execute(
                "INSERT INTO public.patients (id, user_id, clinic_id, first_name, last_name, date_of_birth,"
                " demographics, flags, updated_at) VALUES ('bp' || %(n)s, 'bu' || %(n)s, %(clinic)s, 'Given',"
                " 'Family' || %(n)s, '1962-03-14', jsonb_build_object('mrn', 'B' || %(n)s), '{}', now())", values,
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds that something took: of the wall, of this process' processor time, and of the server's."""

    wall: float
    client: float
    server: float = 0.0

    def line(self, text: str, count: int, more: str = "") -> str:
        """One line of the result."""
        cpu = self.client + self.server
        took = f"{cpu:6.2f} s of processor (client {self.client:.2f}, server {self.server:.2f}), {self.wall:.2f} s wall"
        return f"{text:16} {count / cpu:7.0f} messages/s: {took} {more}"


def importing(server: Server, database: str, file: Path) -> tuple[Spent, dict[str, int]]:
    """Return what an import as an administrator took, and what became of the messages."""
    parameters = conninfo_to_dict(clinics.staff_url(server, database, "ADMIN"))
    with server.admin(database) as owner, open_workspace(parameters, workstation="bench") as workspace:
        postmaster = postmaster_of(owner)
        start, busy, there = time.perf_counter(), time.process_time(), processor_seconds(postmaster)
        report = run_hl7_import(workspace, [file])
        spent = Spent(time.perf_counter() - start, time.process_time() - busy, processor_seconds(postmaster) - there)
    assert not report.skipped, report.skipped[:3]
    return spent, {fate: count["Message"] for fate, count in report.counts.items()}


def reading(data: bytes, count: int) -> Spent:
    """Return what reading alone took."""
    start, busy = time.perf_counter(), time.process_time()
    found = sum(1 for one in read_file(data, "bench.hl7", ZONE) if one.report is not None)
    assert found == count
    return Spent(time.perf_counter() - start, time.process_time() - busy)


def main() -> None:
    """Print the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=500)
    count = parser.parse_args().messages
    data = messages(count)
    print(reading(data, count).line("read", count, "(the aim is 500)"))
    with tempfile.TemporaryDirectory(prefix="mha-bench-hl7-") as name, bench_server() as (server, template):
        database = server.create("hl7", template=template)
        people(server, database)
        for text, made in (("read and store", data), ("the same again", data), ("corrections", messages(count, "C"))):
            file = Path(name) / "bench.hl7"
            file.write_bytes(made)
            spent, fates = importing(server, database, file)
            print(spent.line(text, count, str(fates)), flush=True)


if __name__ == "__main__":
    main()
