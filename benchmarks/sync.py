"""How fast a workstation and its server come together, on an encrypted store: snapshot, feed lag, replay, rebase.

Run with ``python -m benchmarks sync``. Snapshot of 100,000 patients with their slots and visits (aim < 30 s); from
another desk's commit to this store (< 0.5 s); 1,000 waiting commands sent (< 5 s on a local link); a pull that has
300 waiting commands decided anew (< 0.5 s).
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import time
from pathlib import Path

import psycopg

from app.commands.booking import BookVisit
from app.domain.enums import VisitMode
from app.kernel.ids import new_cuid
from app.sync import file
from benchmarks.busy_clinic import BusyClinic, busy_clinic
from tests.support.station import Station

KEY = bytes(range(32))
_MORE = """
INSERT INTO users (id, email, password_hash, role, clinic_id, patient_id, updated_at)
    SELECT 'more-u' || n, 'more-' || n || '@patients.example', '!', 'PATIENT', 'clinic-1', 'more-' || n, now()
    FROM generate_series(1, {count}) n;
INSERT INTO patients (id, user_id, clinic_id, first_name, last_name, date_of_birth, demographics, flags, updated_at)
    SELECT 'more-' || n, 'more-u' || n, 'clinic-1', initcap(translate(md5('f' || n % 900), '0123456789', 'aeioulmnrs')),
           initcap(left(translate(md5('l' || n), '0123456789', 'aeioulmnrs'), 9)), date '1940-01-01' + n % 29000,
           jsonb_build_object('phones', jsonb_build_array(jsonb_build_object('value', '+1 415 555 ' || n))),
           '{{}}', now()
    FROM generate_series(1, {count}) n;
INSERT INTO visit_slots (id, provider_id, start_time, end_time, visit_mode, status, updated_at)
    SELECT 'past-s' || n, 'bench-p' || 1 + n % 20, s, s + interval '1 minute', 'IN_PERSON', 'BOOKED', now()
    FROM (SELECT n, timestamp '2026-04-08 06:00' + (n / 20) * interval '10 minutes' AS s
          FROM generate_series(1, {count} / 2) n) x;
INSERT INTO visits (id, patient_id, provider_id, slot_id, visit_type, visit_mode, reason_text, status, updated_at)
    SELECT 'past-v' || n, 'more-' || n, 'bench-p' || 1 + n % 20, 'past-s' || n, 'SCHEDULED', 'IN_PERSON', 'Follow-up',
           'COMPLETED', now() FROM generate_series(1, {count} / 2) n
"""


def grow(clinic: BusyClinic, patients: int) -> None:
    """Add patients with a visit of the last weeks for every second one."""
    with psycopg.connect(clinic.server.url(clinic.database), autocommit=True) as owner:
        owner.execute("SET session_replication_role = replica")  # without claims, audit and feed
        for statement in _MORE.format(count=patients).split(";\n"):
            owner.execute(statement.encode())
        owner.execute("VACUUM ANALYZE")


class Enrolled(Station):
    """A workstation whose store is opened as the program opens it."""

    def boot(self) -> None:
        """The program starts (again)."""
        self.local = file.open_store(self.path / f"{self.name}.db", KEY, self.clock, create=True)
        self.sit_down(self.person)


def station(clinic: BusyClinic, folder: Path, name: str = "bench-ws") -> Station:
    """An enrolled workstation with an encrypted store, still empty."""
    made = Enrolled(clinic.server, clinic.database, name, folder, clinic.desk.clock, "desk")
    made.admit()
    return made


def lag(clinic: BusyClinic, here: Station, rounds: int) -> list[float]:
    """Seconds from another desk's commit until its row is in this store."""
    here.engine.start()
    seen = threading.Event()
    here.engine.publish = lambda changes: seen.set() if changes else None
    times = []
    while not here.engine.online:
        time.sleep(0.05)
    with psycopg.connect(clinic.server.owner_url(clinic.database), autocommit=True) as other:
        for turn in range(rounds):
            time.sleep(0.3)
            seen.clear()
            other.execute("UPDATE patients SET first_name = %s WHERE id = 'bench-7'", (f"Name {turn}",))
            begun = time.perf_counter()
            assert seen.wait(10)
            times.append(time.perf_counter() - begun)
    here.engine.stop()
    return times


def book_offline(clinic: BusyClinic, here: Station, count: int, after: int = 0) -> list[float]:
    """Book without a server what is free there, ``after`` so many booked before; seconds of each."""
    slots = clinic.free_slots((after + count) * 2)[after * 2 :: 2]
    here.cut()
    times = []
    for number, (slot_id, _) in enumerate(slots):
        command = BookVisit(visit_id=new_cuid(), slot_id=slot_id, patient_id=clinic.patient(after + number),
                            visit_mode=VisitMode.IN_PERSON)  # fmt: skip
        begun = time.perf_counter()
        here.run(command)
        times.append(time.perf_counter() - begun)
    return times


def measure(clinic: BusyClinic, folder: Path, patients: int) -> None:
    """Measure everything and print it."""
    grow(clinic, patients)
    here = station(clinic, folder)
    begun, busy = time.perf_counter(), time.process_time()
    here.engine.sync_now()
    took, busy = time.perf_counter() - begun, time.process_time() - busy
    rows = sum(here.count(table) for table in ("patients", "users", "visit_slots", "visits"))
    size = (folder / "bench-ws.db").stat().st_size / 1e6
    print(
        f"snapshot: {took:.1f} s ({busy:.1f} s of this process) for {rows} rows, {size:.0f} MB",
        flush=True,
    )
    times = lag(clinic, here, 12)
    print(f"feed lag: median {statistics.median(times) * 1000:.0f} ms, worst {max(times) * 1000:.0f} ms", flush=True)
    here.local.close()
    here.boot()
    here.engine.sync_now()
    offline = book_offline(clinic, here, 300)
    print(f"offline booking: median {statistics.median(offline) * 1000:.1f} ms, worst {max(offline) * 1000:.0f} ms")
    with psycopg.connect(clinic.server.owner_url(clinic.database), autocommit=True) as other:
        other.execute("UPDATE visit_slots SET updated_at = updated_at + interval '1 ms' WHERE status = 'FREE' "
                      "AND start_time < timestamp '2026-05-08'")  # fmt: skip
    pull_alone(here)
    book_offline(clinic, here, 700, after=300)
    begun = time.perf_counter()
    report = here.mend()
    took = time.perf_counter() - begun
    print(f"replay: {report.sent} commands sent and fetched in {took:.1f} s, {report.needs_attention} need attention")
    here.close()


def pull_alone(here: Station) -> None:
    """Fetch without sending: everything that waits is decided anew on rows that came."""
    here.remote.cut(False)
    with here.remote.connect() as raw:
        begun, busy = time.perf_counter(), time.process_time()
        pulled = here.pull(raw)
        took, busy = time.perf_counter() - begun, time.process_time() - busy
    print(f"rebase: {len(pulled.changes)} rows came over 300 waiting commands in {took * 1000:.0f} ms "
          f"({busy * 1000:.0f} ms of this process)", flush=True)  # fmt: skip


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=100_000)
    parser.add_argument("--wipe", action="store_true", help="with SQLCipher's memory security, to compare")
    arguments = parser.parse_args()
    file.WIPE_MEMORY = arguments.wipe
    with busy_clinic() as clinic, tempfile.TemporaryDirectory(prefix="mha-bench-") as folder:
        measure(clinic, Path(folder), arguments.patients)


if __name__ == "__main__":
    main()
