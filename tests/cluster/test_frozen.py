"""The embedded server of a frozen program: its own executable is the keeper, found by one word."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from app.cluster.keeper import SUPERVISE, supervisor
from app.cluster.layout import find_layout
from tests.cluster.conftest import Make


def test_the_frozen_program_keeps_the_server_itself(make: Make, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable = folder / "myhealthally"
    executable.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m app.main "$@"\n')
    executable.chmod(0o755)
    server = make()
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(executable))
    server.start()
    layout = find_layout(server.home)
    assert layout is not None
    keeper = supervisor(layout)
    assert keeper is not None
    assert SUPERVISE in keeper.cmdline()
    assert server.status().running
    assert server.stop()
    assert supervisor(layout) is None
