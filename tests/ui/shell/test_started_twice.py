"""Who starts the program a second time sees the window that is there; the second process ends by itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

FOREVER = 120.0
"""Seconds: longer than the slowest machine needs to start the program."""


@contextmanager
def started(home: Path, *arguments: str, desk: str = "") -> Iterator[subprocess.Popen[str]]:
    """The real program, without any clinic."""
    environment = {**os.environ, "MHA_HOME": str(home), "QT_QPA_PLATFORM": "offscreen", "MHA_DESK": desk or "1"}
    process = subprocess.Popen([sys.executable, "-m", "app.main", *arguments], env=environment,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=FOREVER)


def wait_for(log: Path, words: str) -> None:
    until = time.monotonic() + FOREVER
    while not (log.exists() and words in log.read_text(encoding="utf-8")):
        assert time.monotonic() < until, f"never logged: {words}"
        threading.Event().wait(0.1)


def test_a_second_start_brings_the_window_forward_and_ends(home: Path) -> None:
    log = home / "logs" / "window.log"
    with started(home) as first:
        wait_for(log, "window open")
        with started(home) as second:
            assert second.wait(FOREVER) == 0
        wait_for(log, "the window comes forward")
        assert log.read_text(encoding="utf-8").count("window open") == 1
        assert first.poll() is None


def test_a_second_desk_is_a_window_of_its_own(home: Path) -> None:
    with started(home):
        wait_for(home / "logs" / "window.log", "window open")
        with started(home, desk="2") as other:
            wait_for(home / "logs" / "window-2.log", "window open")
            assert other.poll() is None


def test_a_minimised_window_is_seen_again(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.ui.shell.window import MainWindow

    window = MainWindow()
    qtbot.addWidget(window)
    raised: list[QWidget] = []
    monkeypatch.setattr(window, "raise_", lambda: raised.append(window))
    window.showMinimized()
    qtbot.waitUntil(window.isMinimized)
    window.come_forward()
    qtbot.waitUntil(lambda: window.isVisible() and not window.isMinimized())
    assert raised == [window]
