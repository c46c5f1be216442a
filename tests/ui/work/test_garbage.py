"""Widgets in cycles end on the GUI thread, however busy the others are."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from typing import ClassVar

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.ui.work.garbage import GuiThreadGarbage


class Cyclic(QWidget):
    """A widget that only the collector can end; it notes on which thread that was."""

    ended: ClassVar[list[int]] = []

    def __init__(self) -> None:
        super().__init__()
        self.me = self

    def __del__(self) -> None:
        Cyclic.ended.append(threading.get_ident())


@pytest.fixture
def collector(qapp: object) -> Iterator[GuiThreadGarbage]:
    """At work, looking often."""
    assert qapp is not None
    made = GuiThreadGarbage(every_ms=5)
    yield made
    made.stop()


@pytest.mark.usefixtures("collector")
def test_what_another_thread_allocates_collects_nothing_there(qtbot: QtBot) -> None:
    Cyclic.ended.clear()
    collected_on: set[int] = set()

    def note(phase: str, _: object) -> None:
        collected_on.add(threading.get_ident())

    gc.callbacks.append(note)
    for _ in range(50):
        Cyclic()
    busy = threading.Thread(target=lambda: [[[]] for _ in range(300_000)])
    busy.start()
    qtbot.waitUntil(lambda: not busy.is_alive(), timeout=20_000)
    kept: list[list[int]] = [[] for _ in range(5_000)]  # a collection is due
    qtbot.waitUntil(lambda: len(Cyclic.ended) == 50, timeout=20_000)
    gc.callbacks.remove(note)
    assert len(kept) == 5_000
    assert collected_on == {threading.get_ident()}
    assert set(Cyclic.ended) == {threading.get_ident()}


def test_the_interpreter_goes_on_afterwards() -> None:
    before = gc.isenabled()
    gc.enable()
    made = GuiThreadGarbage()
    assert not gc.isenabled()
    made.stop()
    assert gc.isenabled()
    if not before:
        gc.disable()
