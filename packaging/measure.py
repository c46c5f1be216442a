"""How long until the built program's window can be used: ``python packaging/measure.py [PROGRAM]``.

As ``python -m benchmarks startup`` does for a checkout: each run is a process of its own on a demo clinic, drawn in
memory; without PROGRAM the build in ``dist`` is measured. Seconds count from the process's beginning.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILT = ROOT / "dist" / "myhealthally" / ("myhealthally.exe" if sys.platform == "win32" else "myhealthally")
RUNS = 5


def call(program: str, *words: str, home: str) -> str:
    """Run the program and return what it prints."""
    environment = os.environ | {"MHA_HOME": home, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run([program, *words], env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def try_window(program: str, home: str) -> dict[str, float]:
    """Open the window once and sign in; returns the seconds of each step and the memory in MB."""
    told = json.loads(call(program, "try-window", "--profile", "demo", home=home).splitlines()[-1])
    return {**told["seconds"], "memory": told["memoryMb"]}


def main(program: str) -> None:
    """Print medians."""
    with tempfile.TemporaryDirectory(prefix="mha-measure-") as home:
        call(program, "demo", "--no-window", home=home)
        runs = [try_window(program, home) for _ in range(RUNS)]
        call(program, "db", "stop", "--profile", "demo", home=home)
        cold = try_window(program, home)
        call(program, "db", "stop", "--profile", "demo", home=home)
    median = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    print(f"window shown           {median['shown']:.2f} s")
    print(f"ready to sign in       {median['ready']:.2f} s; {cold['ready']:.2f} s when the server has to start")
    print(f"signed in              {median['signedIn']:.2f} s")
    print(f"memory, all areas      {median['memory']:.0f} MB")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else str(BUILT))
