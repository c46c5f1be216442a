"""One worker gets the machine for itself while its neighbours wait between two tests."""

from __future__ import annotations

import threading
from pathlib import Path

from tests.support.neighbours import Neighbours


def test_one_who_never_rests_lets_another_be_alone(tmp_path: Path) -> None:
    mine, other = (Neighbours(tmp_path, any_there=True) for _ in range(2))
    inside, began, ended = threading.Event(), threading.Event(), threading.Event()

    def neighbour() -> None:
        while not ended.is_set():
            with other.among():
                inside.set()
                began.set()
                ended.wait(0.001)
                inside.clear()

    thread = threading.Thread(target=neighbour)
    thread.start()
    assert began.wait(10)
    seen = []
    for _ in range(20):
        with mine.among(), mine.alone():
            seen += [inside.is_set() for _ in range(100)]
    ended.set()
    thread.join(10)
    assert not thread.is_alive()
    assert not any(seen)


def test_without_neighbours_nobody_waits(tmp_path: Path) -> None:
    single = Neighbours(tmp_path / "nowhere", any_there=False)
    with single.among(), single.alone():
        assert not (tmp_path / "nowhere").exists()
