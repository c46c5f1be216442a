"""Starting, finding and ending the supervisor's process from the outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil

import app
from app.cluster.layout import Layout
from app.cluster.supervisor import Order
from app.kernel.program import is_frozen, own_command

SUPERVISE = "supervise-embedded"
"""First argument with which a frozen program becomes its own supervisor."""

_MODULE = "app.cluster.supervisor"
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "TEMP", "XDG_RUNTIME_DIR", "SYSTEMROOT", "LD_LIBRARY_PATH")
_END_SECONDS = 30.0


def notes(layout: Layout) -> dict[str, Any]:
    """Return what the supervisor last wrote about itself: ``pid`` and the code of its ``problem``."""
    try:
        found = json.loads(layout.supervisor_state.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def supervisor(layout: Layout) -> psutil.Process | None:
    """Return the living supervisor of a server; a reused process id counts as none."""
    try:
        process = psutil.Process(int(notes(layout).get("pid", 0)))
        arguments = process.cmdline()
    except (psutil.Error, ValueError, TypeError):
        return None
    return process if {_MODULE, SUPERVISE} & set(arguments) else None


def retire(layout: Layout) -> None:
    """End the supervisor (and with it its server, if that still runs)."""
    process = supervisor(layout)
    if process is None:
        return
    try:
        process.terminate()
        process.wait(_END_SECONDS)
    except psutil.NoSuchProcess:
        return
    except psutil.TimeoutExpired:
        process.kill()
        process.wait(_END_SECONDS)
        layout.supervisor_state.unlink(missing_ok=True)  # it was ended on purpose: nobody is to bring its server back


def spawn(layout: Layout, order: Order) -> dict[str, Any]:
    """Start a supervisor that outlives this process, and return its answer once the server is up or has failed."""
    what = json.dumps(asdict(order))
    command = own_command(SUPERVISE, what) if is_frozen() else _python(what)
    with open(layout.supervisor_log, "ab", opener=_private) as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=os.path.abspath(os.sep),  # noqa: PTH100  "/" or the drive: no folder is kept busy
            env=_environment(),
            start_new_session=sys.platform != "win32",
            creationflags=getattr(subprocess, "DETACHED_PROCESS", 0)
            | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
    assert process.stdout is not None  # noqa: S101  it was asked for
    with process.stdout as pipe:
        line = pipe.readline()
    process.returncode = 0  # it is nobody's child now: no warning about one still running
    try:
        answer = json.loads(line)
    except ValueError:
        return {"code": "ServerStartFailed", "detail": f"see {layout.supervisor_log}"}
    return answer if isinstance(answer, dict) else {}


def _python(what: str) -> list[str]:
    return [sys.executable, "-m", _MODULE, what]


def _private(path: str, how: int) -> int:
    return os.open(path, how, 0o600)


def _environment() -> dict[str, str]:
    """Return a small environment: above all no password that this program was given."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {"PYTHONPATH": str(Path(app.__file__).parents[1]), "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}
