"""Nothing that goes wrong is lost, nothing of a person is told; and the watchdog barks at the right time."""

from __future__ import annotations

import gc
import json
import logging
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer, qWarning
from pytestqt.qtbot import QtBot

from app.kernel.fold import fold
from app.ui.work import Action, bugs
from app.ui.work.bugs import install_hooks, make_report
from app.ui.work.hub import hub
from app.ui.work.stall import StallWatchdog


@pytest.fixture
def hooks() -> Iterator[None]:
    remove = install_hooks()
    yield
    remove()


def _raise() -> None:
    secret = "Ana Ramírez"  # noqa: F841 - a local value that must not get into the report
    try:
        raise ValueError("Ana Ramírez, 1980-02-03")
    except ValueError as error:
        raise RuntimeError("chart of Ana Ramírez") from error


def test_a_report_has_the_stack_but_no_words(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError) as caught:
        _raise()
    report = make_report(caught.value, tmp_path / "logs")
    assert report.file is not None
    text = report.file.read_text(encoding="utf-8")
    assert "Ana" not in text, "however the rest of the name would be written"
    assert "1980-02" not in text
    assert json.loads(text)["kind"] == "RuntimeError < ValueError"
    assert report.where.endswith("_raise")
    assert report.id in report.file.name


def test_what_a_library_raised_is_said_with_the_call_of_ours() -> None:
    act = Action(id="x", title="x", handler=print, enabled=lambda _: bool(json.loads("{")))
    with pytest.raises(ValueError, match="Expecting") as caught:
        act.is_enabled(None)
    first, _, second = make_report(caught.value, None).where.partition(", called by ")
    assert first.endswith("raw_decode")
    assert second.endswith("is_enabled")
    assert second.startswith("app/ui/work/")


@pytest.mark.logs_errors
def test_a_report_survives_a_full_or_missing_disk(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be")
    report = make_report(ValueError("x"), tmp_path / "logs")
    assert report.file is None


@pytest.mark.logs_errors
@pytest.mark.usefixtures("hooks", "home")
def test_uncaught_exceptions_of_slots_and_threads_are_announced(qtbot: QtBot) -> None:
    with qtbot.waitSignal(hub().bug, timeout=2000) as caught:
        sys.excepthook(ValueError, ValueError("x"), None)
    assert caught.args[0].kind == "ValueError"

    def fail() -> None:
        raise LookupError("x")

    with qtbot.waitSignal(hub().bug, timeout=2000) as caught:
        threading.Thread(target=fail).start()
    assert caught.args[0].kind == "LookupError"


@pytest.mark.usefixtures("hooks")
def test_qt_messages_go_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="qt"):
        qWarning("something odd")
    assert ("qt", logging.WARNING, "default: something odd") in caplog.record_tuples


def test_hooks_can_be_taken_away() -> None:
    before = sys.excepthook, threading.excepthook
    install_hooks()()
    assert (sys.excepthook, threading.excepthook) == before
    assert sys.excepthook is not bugs._uncaught


def _busy_in_our_code(seconds: float) -> None:
    """One call of ours that lasts: ``Action.is_enabled`` stays on the stack meanwhile."""
    until = time.thread_time() + seconds  # computing time: a busy machine must not shorten it

    def spin(_: object) -> bool:
        while time.thread_time() < until:
            fold("Óscar Ñandú")
        return True

    Action(id="x", title="x", handler=spin, enabled=spin).is_enabled(None)


def test_watchdog_finds_a_stall_in_our_code_only(qtbot: QtBot, stall_watchdog: StallWatchdog) -> None:
    stall_watchdog.stop()  # the stalls are made on purpose
    watchdog = StallWatchdog()
    watchdog.start()
    QTimer.singleShot(0, lambda: time.sleep(0.25))  # not our code
    qtbot.wait(350)
    watchdog.stop()
    assert watchdog.stalls == []

    patient = StallWatchdog(limit_ms=5000)  # so much that no busy machine makes a fifth of a second of it
    patient.start()
    strict = StallWatchdog(limit_ms=50)
    strict.start()
    QTimer.singleShot(0, lambda: _busy_in_our_code(0.2))
    qtbot.waitUntil(lambda: bool(strict.stalls), timeout=10_000)
    strict.stop()
    patient.stop()
    assert len(strict.stalls) == 1
    assert strict.stalls[0].milliseconds > 50
    assert ".py:" in strict.report()
    assert patient.stalls == [], "what takes less than the limit is no stall"


def test_watchdog_leaves_alone_what_a_test_does_by_itself(qtbot: QtBot, stall_watchdog: StallWatchdog) -> None:
    """A test's own call into the clinic waits for the server on this thread: that was blamed on the window."""
    stall_watchdog.stop()  # the stalls are made on purpose
    blaming, aside = StallWatchdog(limit_ms=50), StallWatchdog(limit_ms=50, aside=[__file__])
    blaming.start()
    aside.start()
    QTimer.singleShot(0, lambda: _busy_in_our_code(0.2))
    qtbot.waitUntil(lambda: bool(blaming.stalls), timeout=10_000)
    blaming.stop()
    aside.stop()
    assert aside.stalls == []


def test_watchdog_finds_waiting_in_our_code_too(qtbot: QtBot, stall_watchdog: StallWatchdog) -> None:
    stall_watchdog.stop()  # the stalls are made on purpose
    watchdog = StallWatchdog(limit_ms=50)
    watchdog.start()
    wait = Action(id="x", title="x", handler=print, enabled=lambda _: threading.Event().wait(0.2))
    QTimer.singleShot(0, lambda: wait.is_enabled(None))
    qtbot.waitUntil(lambda: bool(watchdog.stalls), timeout=10_000)
    watchdog.stop()
    assert len(watchdog.stalls) == 1, "as a database or a disk would hold it up"


def test_watchdog_blames_nobody_for_another_thread(qtbot: QtBot) -> None:
    watchdog = StallWatchdog(limit_ms=60)
    watchdog.start()
    done = threading.Event()

    def compute() -> None:
        until = time.thread_time() + 0.15
        while time.thread_time() < until:
            fold("Óscar Ñandú")
        done.set()

    def wait_for_it() -> bool:
        threading.Thread(target=compute).start()
        return done.wait(5)

    act = Action(id="x", title="x", handler=print, enabled=lambda _: wait_for_it())
    QTimer.singleShot(0, lambda: act.is_enabled(None))
    qtbot.waitUntil(done.is_set)
    qtbot.wait(50)
    watchdog.stop()
    assert watchdog.stalls == []


def test_watchdog_blames_nobody_for_the_garbage_of_all(qtbot: QtBot) -> None:
    watchdog = StallWatchdog(limit_ms=60)
    watchdog.start()
    heap = [[n] for n in range(1_000_000)]

    def collect(_: object) -> bool:
        until = time.thread_time() + 0.15
        while time.thread_time() < until:
            gc.collect()
        return True

    act = Action(id="x", title="x", handler=print, enabled=collect)
    QTimer.singleShot(0, lambda: act.is_enabled(None))
    qtbot.wait(300)
    watchdog.stop()
    assert len(heap) == 1_000_000
    assert watchdog.stalls == []


def test_watchdog_stays_quiet_about_many_short_calls(qtbot: QtBot) -> None:
    watchdog = StallWatchdog(limit_ms=250)
    watchdog.start()
    timer = QTimer(interval=0)
    timer.timeout.connect(lambda: _busy_in_our_code(0.005))
    timer.start()
    qtbot.wait(800)
    timer.stop()
    watchdog.stop()
    assert watchdog.stalls == []
