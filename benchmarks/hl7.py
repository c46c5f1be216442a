"""How fast laboratories' messages are read, and how fast they come into charts.

Run with ``python -m benchmarks.hl7 --messages 500``. Each message has fifteen results of one patient, who is found by
record number, name and birth date; "store" reads the file, matches, makes the order, writes the results and keeps the
message, in batches of fifty. "The same again" finds every message there already.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from zoneinfo import ZoneInfo

from psycopg.conninfo import conninfo_to_dict

from app.interop.hl7.message import read_file
from app.workspace.hl7_import import run_hl7_import
from app.workspace.signin import open_workspace
from benchmarks.large_clinic import bench_server
from tests.support import clinics
from tests.support.hl7 import join, msh, obr, obx, pid
from tests.support.postgres import Server

ZONE = ZoneInfo("Europe/Berlin")
TESTS = ("2345-7", "3094-0", "2160-0", "2951-2", "2823-3", "2075-0", "1963-8", "17861-6", "2885-2", "1751-7", "1975-2",
         "6768-6", "1742-6", "1920-8", "33914-3")  # fmt: skip
PATIENTS = 200


def messages(count: int) -> bytes:
    """Return a file of messages, each with fifteen results."""
    made = []
    for n in range(count):
        who = pid(f"B{n % PATIENTS}", f"Family{n % PATIENTS}^Given", "19620314")
        results = [
            obx(f"{50 + (n + k) % 70}.5", test=f"{code}^Test {k}^LN", number=k) for k, code in enumerate(TESTS, 1)
        ]
        made.append(join(msh(control=f"C{n}"), who, obr(filler=f"F{n}"), *results))
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


def importing(server: Server, database: str, file: Path) -> tuple[float, dict[str, int]]:
    """Return the seconds of an import as an administrator, and what became of the messages."""
    parameters = conninfo_to_dict(clinics.staff_url(server, database, "ADMIN"))
    with open_workspace(parameters, workstation="bench") as workspace:
        start = time.perf_counter()
        report = run_hl7_import(workspace, [file])
        seconds = time.perf_counter() - start
    assert not report.skipped, report.skipped[:3]
    return seconds, {fate: count["Message"] for fate, count in report.counts.items()}


def main() -> None:
    """Print the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=500)
    count = parser.parse_args().messages
    data = messages(count)
    start = time.perf_counter()
    found = sum(1 for one in read_file(data, "bench.hl7", ZONE) if one.report is not None)
    read = time.perf_counter() - start
    assert found == count
    print(f"{'read':16} {read:7.2f} s  {count / read:8.0f} messages/s  (the aim is 500)")
    with tempfile.TemporaryDirectory(prefix="mha-bench-hl7-") as name, bench_server() as (server, template):
        file = Path(name) / "bench.hl7"
        file.write_bytes(data)
        database = server.create("hl7", template=template)
        people(server, database)
        for text in ("read and store", "the same again"):
            seconds, fates = importing(server, database, file)
            print(f"{text:16} {seconds:7.2f} s  {count / seconds:8.0f} messages/s  {fates}")


if __name__ == "__main__":
    main()
