"""Kills a process at one step of what it does to files: run by tests, as `python -m tests.support.kill_steps`.

    kill_steps K module:function argument…

calls ``function(*arguments)`` and ends the process, as kill -9 would, before its K-th touch of the disk.
Exits 0 when there were fewer, so that a test knows when it has seen all of them.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

KILLED = 137
_TOUCHES = ("fsync", "replace", "rename", "unlink", "mkdir", "link")
_LIMIT = 200


def steps(target: str, *arguments: str) -> Iterator[int]:
    """Run the target again and again, killed one step later each time; yields the step after each kill."""
    for step in range(1, _LIMIT):
        command = [sys.executable, "-m", "tests.support.kill_steps", str(step), target, *arguments]
        root = Path(__file__).resolve().parents[2]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
        assert done.returncode == KILLED, done.stderr
        yield step
    raise AssertionError("it never ended")


def _count(call: Callable[..., Any], left: list[int]) -> Callable[..., Any]:
    def counted(*arguments: Any, **named: Any) -> Any:
        left[0] -= 1
        if left[0] == 0:
            os._exit(KILLED)
        return call(*arguments, **named)

    return counted


def main() -> None:
    step, target, *arguments = sys.argv[1:]
    module, _, function = target.partition(":")
    call = getattr(importlib.import_module(module), function)
    left = [int(step)]
    for name in _TOUCHES:
        setattr(os, name, _count(getattr(os, name), left))
    tempfile.mkstemp = _count(tempfile.mkstemp, left)
    call(*arguments)


if __name__ == "__main__":
    main()
