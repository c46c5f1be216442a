"""How long until the window can be used, and how much memory it takes: ``python -m benchmarks.startup``.

Each run is a process of its own on a demo clinic; a plain Qt window in the same run is the yardstick. As in an
installed program the modules are there as bytecode: a shell that forbids writing it (PYTHONDONTWRITEBYTECODE) would
have 200 modules compiled at each start, which takes a third of a second.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

RUNS = 5
ROOT = Path(__file__).resolve().parents[1]

PLAIN = """
import os, time, psutil
from PySide6.QtWidgets import QApplication, QWidget
app = QApplication([]); w = QWidget(); w.show(); app.processEvents()
print(time.time() - psutil.Process().create_time(), psutil.Process().memory_info().rss / 1e6)
"""

OURS = """
import time, psutil
from app.kernel.paths import Paths
from app.main import WindowOptions, build, make_application
from app.ui.shell.choice_card import ChoiceCard
from tests.screens.views import keys, settle
app = make_application()
shell = build(app, Paths.from_environment(), WindowOptions(profile="demo"))
shell.start(); app.processEvents()
since = psutil.Process().create_time()
shown = time.time() - since
while not [c for c in shell.window.findChildren(ChoiceCard) if c.isVisible()]:
    settle(10)
ready = time.time() - since
began = time.time()
keys("Alt+1")(shell.window)
while not shell.working:
    settle(10)
signed_in = time.time() - began
for area in ("Ctrl+1", "Ctrl+2", "Ctrl+3", "Ctrl+4"):
    keys(area)(shell.window)
print(shown, ready, signed_in, psutil.Process().memory_info().rss / 1e6)
shell.window.close()
"""


def run(program: str, environment: dict[str, str]) -> list[float]:
    """Run a program in a process and return the figures it prints last."""
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [float(word) for word in done.stdout.strip().splitlines()[-1].split()]


def command(*words: str, environment: dict[str, str]) -> None:
    """Run the program's command line."""
    subprocess.run([sys.executable, "-m", "app.main", *words], env=environment, cwd=ROOT, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip


def main() -> None:
    """Print medians in seconds and MB."""
    with tempfile.TemporaryDirectory(prefix="mha-bench-") as home:
        environment = os.environ | {"MHA_HOME": home, "QT_QPA_PLATFORM": "offscreen",
                                    "PYTHONPYCACHEPREFIX": str(Path(home) / "bytecode")}  # fmt: skip
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        command("demo", "--no-window", environment=environment)
        run(OURS, environment)  # compiles what the command line didn't
        plain = [run(PLAIN, environment) for _ in range(RUNS)]
        warm = [run(OURS, environment) for _ in range(RUNS)]
        command("db", "stop", environment=environment)
        cold = run(OURS, environment)
        command("db", "stop", environment=environment)
    median = [statistics.median(column) for column in zip(*warm, strict=True)]
    base = [statistics.median(column) for column in zip(*plain, strict=True)]
    print(f"plain Qt window        {base[0]:.2f} s, {base[1]:.0f} MB")
    print(f"window shown           {median[0]:.2f} s ({median[0] / base[0]:.1f} x plain)")
    print(f"ready to sign in       {median[1]:.2f} s; {cold[1]:.2f} s when the server has to start")
    print(f"signed in              {median[2]:.2f} s")
    print(f"memory, four areas     {median[3]:.0f} MB ({median[3] / base[1]:.1f} x plain)")


if __name__ == "__main__":
    main()
