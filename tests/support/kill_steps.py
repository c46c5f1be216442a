"""Ends a process at one step of what it does to files, as kill -9 would: before its first touch of the disk, or a later

``steps("module:function", argument…)`` runs the function again and again, killed one step later each time, until it
gets to its end. It runs in children of one helper process, which has imported everything already.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

KILLED = 137
_TOUCHES = ("fsync", "replace", "rename", "unlink", "mkdir", "link")
_LIMIT = 200


def steps(target: str, *arguments: str, every: int = 1) -> Iterator[int]:
    """Yield after each kill: how many touches of the disk had been begun, the last one left undone."""
    command = [sys.executable, "-m", "tests.support.kill_steps", target, *arguments]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as helper:
        assert helper.stdin is not None
        assert helper.stdout is not None
        try:
            for step in range(1, _LIMIT, every):
                helper.stdin.write(f"{step}\n")
                helper.stdin.flush()
                code = int(helper.stdout.readline())
                if code == 0:
                    return
                assert code == KILLED, "see the error output"
                yield step
            raise AssertionError("it never ended")
        finally:
            helper.stdin.close()


def _count(call: Callable[..., Any], left: list[int]) -> Callable[..., Any]:
    def counted(*arguments: Any, **named: Any) -> Any:
        left[0] -= 1
        if left[0] == 0:
            os._exit(KILLED)
        return call(*arguments, **named)

    return counted


def _run(call: Callable[..., Any], arguments: list[str], step: int) -> None:
    left = [step]
    for name in _TOUCHES:
        setattr(os, name, _count(getattr(os, name), left))
    tempfile.mkstemp = _count(tempfile.mkstemp, left)
    call(*arguments)


def main() -> None:
    target, *arguments = sys.argv[1:]
    module, _, function = target.partition(":")
    call = getattr(importlib.import_module(module), function)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                _run(call, arguments, int(line))
                code = 0
            except BaseException:  # noqa: BLE001 - told, and the child ends
                traceback.print_exc()
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
