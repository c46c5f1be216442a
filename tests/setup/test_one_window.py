"""Which process is the window, told by a lock and a word left beside it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.kernel.paths import Paths
from app.setup.one_window import OneWindow

FOREVER = 60.0


def paths_of(home: Path) -> Paths:
    return Paths.from_environment({"MHA_HOME": str(home)})


@pytest.fixture
def window_of(tmp_path: Path) -> Iterator[Callable[[str], OneWindow]]:
    """Windows of one person's computer, by clinic."""
    made: list[OneWindow] = []

    def make(profile: str) -> OneWindow:
        made.append(OneWindow(paths_of(tmp_path), profile))
        return made[-1]

    yield make
    for one in made:
        one.release()


def test_a_window_that_does_not_answer_is_not_waited_for(window_of: Callable[[str], OneWindow]) -> None:
    hanging, later = window_of(""), window_of("")
    assert hanging.take()
    assert not later.take()
    assert not later.bring_forward(0.2)
    assert not hanging.was_called(), "the word is taken back"
    assert not later.was_called(), "only the one that answers is called"


def test_each_clinic_has_its_window(window_of: Callable[[str], OneWindow]) -> None:
    one, other, again = (window_of(profile) for profile in ("harbor", "quay", "harbor"))
    assert one.take()
    assert other.take()
    assert not again.take()
    heard = threading.Thread(target=_answer, args=(one,))
    heard.start()
    assert again.bring_forward(FOREVER)
    heard.join(FOREVER)


def _answer(one: OneWindow) -> None:
    until = time.monotonic() + FOREVER
    while not one.was_called() and time.monotonic() < until:
        threading.Event().wait(0.01)


def test_a_disk_that_takes_no_lock_costs_no_window(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("a file")
    one = OneWindow(paths_of(tmp_path), "")
    assert one.take()
    assert not one.bring_forward(0.1)
    assert not one.was_called()
