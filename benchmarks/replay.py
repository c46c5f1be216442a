"""What it costs to send a thousand commands that waited, of this process and of the server: the aim is 5 s for both.

Run with ``python -m benchmarks replay``; ``python -m benchmarks.replay --profile`` says where this process' part goes.
The store is encrypted, the clinic busy; every command is a booking, the dearest of the desk's. Processor time is what
counts: what another program takes of the machine at the same time doesn't change it. The wall's seconds stand beside.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

from benchmarks.busy_clinic import BusyClinic, busy_clinic
from benchmarks.rules import postmaster_of, processor_seconds
from benchmarks.sync import book_offline, station


def measure(clinic: BusyClinic, folder: Path, count: int, profile: cProfile.Profile | None) -> None:
    """Book without a server, send, and print what the sending took."""
    here = station(clinic, folder)
    here.engine.sync_now()
    book_offline(clinic, here, count)
    with clinic.server.admin(clinic.database) as owner:
        postmaster = postmaster_of(owner)
    begun, busy, there = time.perf_counter(), time.process_time(), processor_seconds(postmaster)
    with profile or nullcontext():
        report = here.mend()
    wall, client = time.perf_counter() - begun, time.process_time() - busy
    server = processor_seconds(postmaster) - there
    print(f"replay: {report.sent} commands, {report.needs_attention} need attention: {client + server:.1f} s of "
          f"processor (client {client:.2f}, server {server:.2f}), {wall:.1f} s wall", flush=True)  # fmt: skip
    here.close()


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commands", type=int, default=1000)
    parser.add_argument("--profile", action="store_true", help="say where this process' time went")
    arguments = parser.parse_args()
    profile = cProfile.Profile(time.process_time) if arguments.profile else None
    with busy_clinic() as clinic, tempfile.TemporaryDirectory(prefix="mha-bench-") as folder:
        measure(clinic, Path(folder), arguments.commands, profile)
    if profile is not None:
        pstats.Stats(profile).sort_stats("cumtime").print_stats(
            "app/|execute|commit|checkout|wait|Session|pipeline", 70
        )


if __name__ == "__main__":
    main()
